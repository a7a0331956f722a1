"""The addresses under /participation/: one file a room."""

from django.urls import include, path

urlpatterns = [
    path("", include("participation.consultations.urls")),
    path("", include("participation.forum.urls")),
]
