from django.urls import path

from . import guarantor, queue

app_name = "moderation"

urlpatterns = [
    path("", queue.QueueView.as_view(), name="queue"),
    path("<int:pk>/", queue.ItemView.as_view(), name="item"),
    path("ensemble/", queue.BulkView.as_view(), name="bulk"),
    path("recours/<int:pk>/", queue.DecideView.as_view(), name="decide"),
    path("courrier-du-matin/", queue.SummaryView.as_view(), name="summary"),
    path("garant/", guarantor.WarrantsView.as_view(), name="warrants"),
    path("garant/<int:pk>/", guarantor.WarrantedView.as_view(), name="warranted"),
]
