"""Following a search: saving it, changing it, going to its results, stopping its letters."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participation.people.decorators import private_page
from participation.people.pending import signed_in_to_act

from . import alerts
from .forms import SavedSearchForm
from .lasting import LastingSearch
from .mails import read_token
from .models import SavedSearch


def _says(fields: dict[str, list[str]], **kwargs) -> list[str]:
    """What a kept form holds, in words."""
    frequencies = dict(SavedSearch.Frequency.choices)
    return [
        *fields.get("name", []),
        *(str(frequencies[one]) for one in fields.get("frequency", []) if one in frequencies),
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@private_page
@signed_in_to_act(gettext_lazy("follow this search"), says=_says)
def save(request: HttpRequest) -> HttpResponse:
    """Follow the search of the query string. Whoever has no account chooses first, and signs in when they send."""
    lasting = LastingSearch.asked_in(request)
    form = SavedSearchForm(request.POST or None, initial={"name": lasting.name})
    if request.method == "POST" and form.is_valid():
        try:
            search = alerts.save_search(request.user, lasting, **form.cleaned_data)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, _("You follow “%(name)s”.") % {"name": search.name})
            return redirect("people:account")
    context = {"form": form, "lasting": lasting}
    return render(request, "search/save.html", context, status=422 if form.errors else 200)


@require_safe
@private_page
@login_required
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to the results: what comes from now on will be new."""
    search = _own_or_404(request, pk)
    alerts.visit(search)
    return HttpResponseRedirect(search.lasting.url)


@require_http_methods(["GET", "HEAD", "POST"])
@private_page
@login_required
def change(request: HttpRequest, pk: int) -> HttpResponse:
    search = _own_or_404(request, pk)
    form = SavedSearchForm(request.POST or None, initial={"name": search.name, "frequency": search.frequency})
    if request.method == "POST" and form.is_valid():
        alerts.change_search(search, **form.cleaned_data)
        messages.success(request, _("Your choice is noted."))
        return redirect("people:account")
    return render(request, "search/change.html", {"form": form, "search": search}, status=422 if form.errors else 200)


@require_POST
@private_page
@login_required
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    search = _own_or_404(request, pk)
    alerts.delete_search(search)
    messages.success(request, _("You no longer follow “%(name)s”.") % {"name": search.name})
    return redirect("people:account")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@private_page
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Stop a person's letters, signed in or not. Only a POST does: programs that read mail follow its links.

    The answer is the same whatever that person follows, and whether they still have an account.
    """
    user_pk = read_token(token)
    if user_pk is None:
        raise Http404
    if request.method == "POST":
        alerts.stop_letters(user_pk)
    return render(request, "search/stop.html", {"stopped": request.method == "POST"})


def _own_or_404(request: HttpRequest, pk: int) -> SavedSearch:
    return get_object_or_404(SavedSearch, pk=pk, user=request.user)
