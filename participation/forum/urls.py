from django.urls import path

from . import views

app_name = "forum"

urlpatterns = [
    path("forum/<int:pk>-<slug:slug>/", views.activity, name="activity"),
    path("fragment/forum/<int:pk>/", views.fragment, name="fragment"),
    path("fragment/forum/sujet/<int:pk>/", views.thread, name="thread"),
    path("forum/<int:pk>/ecrire/", views.post_topic, name="post_topic"),
    path("forum/message/<int:pk>/", views.topic, name="contribution"),
    path("forum/message/<int:pk>/repondre/", views.reply, name="reply"),
    path("forum/message/<int:pk>/modifier/", views.edit, name="edit"),
    path("forum/message/<int:pk>/ranger/", views.arrange, name="arrange"),
]
