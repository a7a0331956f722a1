from django.urls import path

from . import views

app_name = "ledger"

urlpatterns = [
    path("", views.index, name="index"),
    path("index.json", views.index_json, name="index_json"),
    path("verification/", views.check_receipt, name="check"),
    path("<slug:slug>/", views.log, name="log"),
    path("<slug:slug>/checkpoint", views.checkpoint, name="checkpoint"),
    path("<slug:slug>/key", views.key, name="key"),
    path("<slug:slug>/entries.ndjson", views.entries, name="entries"),
    path("<slug:slug>/openings.ndjson", views.openings, name="openings"),
    path("<slug:slug>/results.json", views.results, name="results"),
    path("<slug:slug>/proof", views.proof, name="proof"),
    path("<slug:slug>/consistency", views.consistency, name="consistency"),
    path("<slug:slug>/verifier.py", views.verifier, name="verifier"),
    path("<slug:slug>/registre.zip", views.folder, name="folder"),
]

RESERVED = {"site", "verification"}
"""Words that no consultation's record may be called."""
