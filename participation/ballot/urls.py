from django.urls import path

from . import views

app_name = "ballot"

urlpatterns = [
    path("vote/<id:pk>-<slug:slug>/", views.activity, name="activity"),
    path("fragment/vote/<id:pk>/", views.fragment, name="fragment"),
    path("vote/<id:pk>/voter/", views.vote, name="vote"),
    path("vote/<id:pk>/retirer/", views.withdraw, name="withdraw"),
]
