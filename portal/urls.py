"""Every address of the site. Those outside `i18n_patterns` have one form whatever the language."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.contrib.sitemaps.views import sitemap
from wagtail.documents import urls as wagtaildocs_urls

from . import mailbox, views

urlpatterns = [
    # One way in: the site's own sign-in.
    path("admin/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("admin/", include(wagtailadmin_urls)),
    # Files are served by this view, as attachments; of media, only pictures have an address of their own.
    path("documents/", include(wagtaildocs_urls)),
    re_path(r"^media/(?P<path>images/.+)$", serve, {"document_root": settings.MEDIA_ROOT}),
    path("sante", views.health, name="health"),
    path("robots.txt", views.robots),
    path("sitemap.xml", sitemap),
    path("courrier/", mailbox.mailbox, name="mailbox"),
]

urlpatterns += i18n_patterns(
    path("compte/", include("participation.people.urls")),
    path("participation/", include("participation.urls")),
    path("recherche/", include("search.urls")),
    path("", include(wagtail_urls)),
    prefix_default_language=False,
)
