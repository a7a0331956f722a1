"""The one signal that leaves the ground floor."""

from django.dispatch import Signal

contribution_changed = Signal()
"""Sent inside the transaction that changed a contribution (sender: its class; `contribution`: the row). For the search."""
