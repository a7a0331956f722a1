"""The addresses under /participation/: one file a room."""

from django.urls import include, path

from .consultations import converters  # noqa: F401 — the rooms' addresses are made of its ids

urlpatterns = [
    path("", include("participation.consultations.urls")),
    path("organisations/", include("participation.people.organisation_urls")),
    path("", include("participation.moderation.urls")),
    path("", include("participation.forum.urls")),
    path("", include("participation.ballot.urls")),
    path("", include("participation.review.urls")),
]
