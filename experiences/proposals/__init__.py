"""Sheets that anyone signed in proposes: written in four steps, read by the animators in Wagtail, published with a credit."""
