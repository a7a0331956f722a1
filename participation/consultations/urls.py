from django.urls import path

from . import views

app_name = "consultations"

urlpatterns = [
    path("", views.index, name="index"),
    path("contribution/<id:pk>/avis/", views.react, name="react"),
    path("contribution/<id:pk>/retirer/", views.withdraw, name="withdraw"),
    path("contribution/<id:pk>/signaler/", views.report, name="report"),
]
