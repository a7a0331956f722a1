"""The addresses of verified organisations, under /participation/organisations/."""

from django.urls import path

from . import organisation_views

app_name = "organisations"

urlpatterns = [
    path("", organisation_views.index, name="index"),
    path("<slug:slug>/", organisation_views.profile, name="profile"),
]
