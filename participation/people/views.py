"""« Mon espace »: who one is, what one began, what is held about oneself. Signing in is in account_views.py."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import HttpResponseRedirect, JsonResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from . import actions, pending, readable
from .account_forms import DeletionForm
from .decorators import private_page
from .forms import ProfileForm
from .hooks import account_sections, personal_data
from .models import ROLES_GIVEN, DataRequest, Organisation, ProfileRequest


@require_safe
@private_page
@login_required
def account(request):
    """One's own page: the account, what was begun, then what the rooms above have to say (see hooks.py)."""
    context = {
        "kept": pending.kept(request),
        "sections": [section.drawn(request) for section in account_sections(request)],
        "roles": [role.label for role in ROLES_GIVEN if role in request.user.roles],
        "memberships": list(request.user.membership_set.select_related("organisation").order_by("organisation__name")),
        "profile_requests": list(request.user.profile_requests.exclude(state=ProfileRequest.State.ACCEPTED)),
        # Those who answer for the site, and for what it holds about people.
        "carriers": list(Organisation.objects.filter(kind=Organisation.Kind.EPCI).exclude(contact="")),
    }
    return render(request, "people/account.html", context)


@private_page
@login_required
def profile(request):
    """Change one's pseudonym and commune."""
    form = ProfileForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_profile(request.user, **form.cleaned_data)
        except IntegrityError:
            form.add_error("pseudonym", _("Somebody already has this pseudonym: choose another."))
        else:
            messages.success(request, _("Your profile is changed."))
            return redirect("people:account")
    return render(request, "people/profile.html", {"form": form}, status=422 if form.errors else 200)


@private_page
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def devices(request):
    """Where one is signed in; sign out there, one by one (`device`: its mark) or everywhere else."""
    if request.method == "POST":
        marks = request.POST.getlist("device") or None
        ended = actions.sign_out(request.user, but=request.session.session_key, marks=marks)
        said = ngettext("%(count)d device is signed out.", "%(count)d devices are signed out.", ended)
        messages.success(request, said % {"count": ended})
        return redirect("people:devices")
    sessions = request.user.session_set.filter(expire_date__gt=timezone.now()).order_by("-seen_at")
    context = {"sessions": sessions, "this": request.session.session_key}
    return render(request, "people/devices.html", context)


@require_safe
@private_page
@login_required
def my_data(request):
    """Download all that is held about oneself, as JSON."""
    actions.note_request(DataRequest.Kind.DOWNLOAD, by=request.user)
    response = JsonResponse(personal_data(request.user), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = 'attachment; filename="mes-donnees.json"'
    return response


@require_safe
@private_page
@login_required
def my_data_readable(request):
    """The same on one page, to be read or printed, with where each thing is put right."""
    return render(request, "people/my_data.html", {"parts": readable.parts(personal_data(request.user))})


@private_page
@login_required
def delete(request):
    """Delete one's account: what that does is said first, and the password is asked."""
    form = DeletionForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            actions.delete_account(request.user, erase_texts=form.erases_texts)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            logout(request)
            return redirect("people:deleted")
    return render(request, "people/delete.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@private_page
def deleted(request):
    """What one reads once one's account is deleted."""
    if request.user.is_authenticated:
        return redirect("people:account")
    return render(request, "people/deleted.html")


@require_safe
@private_page
@login_required
def resume(request):
    """What was begun before signing in, to be read again and sent."""
    act = pending.kept(request)
    if act is None:
        messages.info(request, _("Nothing is waiting here: what you began was sent, or is more than a day old."))
        return redirect("people:account")
    return render(request, "people/resume.html", {"act": act, **pending.to_choose(act, request)})


@require_POST
@private_page
def abandon(request):
    """Drop what was begun, and go back to where it was."""
    act = pending.kept(request)
    pending.forget(request)
    return HttpResponseRedirect((act and act.next) or "/")


@private_page
def csrf_failure(request, reason=""):
    """A form whose token is refused: the cookie has changed or gone, or another site sent it.

    What was written is given back with a new token; a sign-in page is shown again; elsewhere a page says what happened.
    """
    no_cookie = reason == REASON_NO_CSRF_COOKIE
    # What another site sent is not this visitor's text: it is not put before them with a button.
    from_elsewhere = reason.startswith(("Origin checking", "Referer checking"))
    again = None if from_elsewhere else pending.give_back(request, status=403, no_cookie=no_cookie)
    if again:
        return again
    match = request.resolver_match
    if match and not match.app_names and (match.url_name or "").startswith("account_"):
        messages.warning(request, _("This page had been open for too long. Nothing is broken: fill it in again."))
        next_page = pending.page_of_this_site(request, request.POST.get("next") or request.GET.get("next") or "")
        return HttpResponseRedirect(f"{request.path}?{urlencode({'next': next_page})}" if next_page else request.path)
    return render(request, "people/csrf_failure.html", {"no_cookie": no_cookie}, status=403)
