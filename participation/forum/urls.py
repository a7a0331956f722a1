from django.urls import path

from . import views

app_name = "forum"

urlpatterns = [
    path("forum/<id:pk>-<slug:slug>/", views.activity, name="activity"),
    path("fragment/forum/<id:pk>/", views.fragment, name="fragment"),
    path("fragment/forum/sujet/<id:pk>/", views.thread, name="thread"),
    path("forum/<id:pk>/ecrire/", views.post_topic, name="post_topic"),
    path("forum/message/<id:pk>/", views.topic, name="contribution"),
    path("forum/message/<id:pk>/repondre/", views.reply, name="reply"),
    path("forum/message/<id:pk>/modifier/", views.edit, name="edit"),
    path("forum/message/<id:pk>/ranger/", views.arrange, name="arrange"),
]
