"""The addresses under /proposer-une-experience/."""

from django.urls import path

from . import views

app_name = "proposals"

urlpatterns = [
    path("", views.propose, name="propose"),
    path("<int:pk>/", views.proposal, name="proposal"),
    path("<int:pk>/etape/<int:number>/", views.step, name="step"),
    path("<int:pk>/retirer/", views.withdraw, name="withdraw"),
    path("<int:pk>/supprimer/", views.discard, name="discard"),
]
