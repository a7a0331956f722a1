"""Every address of the site. Those outside `i18n_patterns` have one form whatever the language."""

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.admin.auth import require_admin_access
from wagtail.contrib.sitemaps.views import sitemap
from wagtail.documents import urls as wagtaildocs_urls
from wagtail.utils.urlpatterns import decorate_urlpatterns

from participation.people import staff_views
from participation.people.decorators import unindexed_page
from participation.people.second_factor import second_factor_for_staff

from . import mailbox, views

ADMIN_POLICY = {
    "default-src": [SELF],
    # Wagtail's choosers write a line of script beside each field, its editor styles; nothing is evaluated.
    "script-src": [SELF, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:", "blob:"],
    "object-src": [NONE],
    "base-uri": [SELF],
    "form-action": [SELF],
    "frame-ancestors": [SELF],
}
"""The Content-Security-Policy of Wagtail's admin; other pages have that of the settings."""

admin_urls = [
    # One way in: the site's own sign-in.
    path("login/", staff_views.entrance),
    path("account/", require_admin_access(staff_views.PreferencesView.as_view())),
    path("", include(wagtailadmin_urls)),
]


def _guarded(view):
    """A view of the admin: a second factor for the staff, a policy of its own, and no search engine."""
    return unindexed_page(csp(ADMIN_POLICY)(second_factor_for_staff(view)))


urlpatterns = [
    path("admin/", include(decorate_urlpatterns(admin_urls, _guarded))),
    # Files are served by this view, as attachments; of media, only Wagtail's renditions of pictures have an address.
    path("documents/", include(wagtaildocs_urls)),
    re_path(r"^media/images/(?P<path>[^/]+)$", serve, {"document_root": settings.MEDIA_ROOT / "images"}),
    # One address for all languages: it is part of what is signed.
    path("registre/", include("participation.ledger.urls")),
    path("sante", views.health, name="health"),
    path("robots.txt", views.robots),
    path("sitemap.xml", sitemap),
    path("courrier/", mailbox.mailbox, name="mailbox"),
]

handler500 = "portal.views.server_error"

urlpatterns += i18n_patterns(
    path("compte/", include("participation.people.urls")),
    path("participation/", include("participation.urls")),
    path("recherche/", include("search.urls")),
    path("proposer-une-experience/", include("experiences.proposals.urls")),
    path("", include("experiences.urls")),
    # One way in here too: Wagtail's own sign-in knows no limit of attempts.
    path("_util/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("", include(wagtail_urls)),
    prefix_default_language=False,
)
