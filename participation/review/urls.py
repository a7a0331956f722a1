from django.urls import path

from . import views

app_name = "review"

urlpatterns = [
    path("document/<id:pk>-<slug:slug>/", views.activity, name="activity"),
    path("fragment/document/<id:pk>/", views.fragment, name="fragment"),
    path("document/<id:pk>/version/<id:number>/", views.version, name="version"),
    path("document/<id:pk>/version/<id:number>.json", views.version_file, name="version_file"),
    path("document/<id:pk>/comparer/", views.compare, name="compare"),
    path("document/<id:pk>/remarques/", views.remarks, name="remarks"),
    path("document/<id:pk>/passage/<id:number>/", views.passage, name="passage"),
    path("fragment/document/<id:pk>/passage/<id:number>/", views.panel, name="panel"),
    path("document/<id:pk>/passage/<id:number>/ecrire/", views.write, name="write"),
    path("document/remarque/<id:pk>/", views.remark, name="contribution"),
    path("fragment/document/remarque/<id:pk>/", views.thread, name="thread"),
    path("document/remarque/<id:pk>/repondre/", views.reply, name="reply"),
    path("document/remarque/<id:pk>/modifier/", views.edit, name="edit"),
]
