from django.urls import path

from . import views

app_name = "public_moderation"

urlpatterns = [
    path("moderation/", views.site_register, name="register"),
    path("moderation/moderation.csv", views.site_file, name="file"),
    path("moderation/<slug:slug>/", views.consultation_register, name="consultation"),
    path("moderation/<slug:slug>/moderation.csv", views.consultation_file, name="consultation_file"),
    path("contribution/<id:pk>/decision/", views.decision, name="decision"),
]
