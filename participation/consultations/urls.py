from django.urls import path

from . import open_data_views, receipt_views, views

app_name = "consultations"

urlpatterns = [
    path("", views.index, name="index"),
    path("contribution/<id:pk>/avis/", views.react, name="react"),
    path("contribution/<id:pk>/retirer/", views.withdraw, name="withdraw"),
    path("contribution/<id:pk>/effacer/", views.erase, name="erase"),
    path("contribution/<id:pk>/signaler/", views.report, name="report"),
    path("consultations/<slug:slug>/donnees/", open_data_views.description, name="open_data"),
    path("consultations/<slug:slug>/donnees/<slug:name>.<slug:extension>", open_data_views.file, name="open_data_file"),
    path("recu/<slug:slug>/<id:seq>/", receipt_views.receipt, name="receipt"),
    path("recu/<slug:slug>/<id:seq>.json", receipt_views.receipt_file, name="receipt_file"),
]
