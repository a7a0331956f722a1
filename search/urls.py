from django.urls import path

from . import alert_views, views
from .feeds import SearchFeed

app_name = "search"

urlpatterns = [
    path("", views.search, name="search"),
    path("suggestions/", views.suggest, name="suggest"),
    path("atom/", SearchFeed(), name="feed"),
    path("suivre/", alert_views.save, name="save"),
    path("suivies/<int:pk>/", alert_views.visit, name="visit"),
    path("suivies/<int:pk>/modifier/", alert_views.change, name="change"),
    path("suivies/<int:pk>/supprimer/", alert_views.delete, name="delete"),
    path("sans-courrier/<str:token>/", alert_views.stop, name="stop"),
]
