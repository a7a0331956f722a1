"""The addresses of a person's account, under /compte/."""

from django.urls import path

from . import views

app_name = "people"

urlpatterns = [
    path("", views.account, name="account"),
]
