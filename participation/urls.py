"""The addresses under /participation/: one file a room."""

from django.urls import include, path, register_converter

from .consultations.converters import RowId

register_converter(RowId, "id")

urlpatterns = [
    path("", include("participation.consultations.urls")),
    path("", include("participation.forum.urls")),
    path("", include("participation.ballot.urls")),
]
