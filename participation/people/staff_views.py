"""How staff come into Wagtail's admin, and what they choose for themselves there."""

from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.urls import reverse
from wagtail.admin.views.account import AccountView


def entrance(request):
    """Stands for Wagtail's own sign-in: one signs in where everybody does.

    Somebody who is signed in and comes here has no business in the admin. Sending them to sign in would send them back.
    """
    if request.user.has_perm("wagtailadmin.access_admin"):
        return HttpResponseRedirect(reverse("wagtailadmin_home"))
    if request.user.is_authenticated:
        raise PermissionDenied
    wanted = request.GET.get("next") or reverse("wagtailadmin_home")
    return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': wanted})}")


class PreferencesView(AccountView):
    """Theme, notifications, picture. The pseudonym, the address and the password are changed in the account itself."""

    def get_panels(self):
        return [panel for panel in super().get_panels() if panel.name not in {"name_email", "password"}]
