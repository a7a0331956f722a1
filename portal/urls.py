"""Every address of the site. Those outside `i18n_patterns` have one form whatever the language."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.admin.auth import require_admin_access
from wagtail.contrib.sitemaps.views import sitemap
from wagtail.documents import urls as wagtaildocs_urls

from participation.people import staff_views

from . import mailbox, views

urlpatterns = [
    # One way in: the site's own sign-in.
    path("admin/login/", staff_views.entrance),
    path("admin/account/", require_admin_access(staff_views.PreferencesView.as_view())),
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
