from django.urls import path

from . import views

app_name = "consultations"

urlpatterns = [
    path("", views.index, name="index"),
    path("contribution/<int:pk>/avis/", views.react, name="react"),
    path("contribution/<int:pk>/retirer/", views.withdraw, name="withdraw"),
    path("contribution/<int:pk>/signaler/", views.report, name="report"),
]
