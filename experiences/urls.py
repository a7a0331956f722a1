from django.urls import re_path

from . import views

app_name = "experiences"

urlpatterns = [
    # Wagtail routes addresses that end with a slash: a file of the inventory comes before them.
    re_path(r"^(?P<path>(?:[\w-]+/)+)export\.(?P<extension>csv|xlsx|json|geojson)$", views.export, name="export"),
]
