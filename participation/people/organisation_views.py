"""Verified organisations: their list, their profiles, and what a person does to have one or to give a mandate back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participation.admin_views import show_refusal
from participation.plain_text import without_accents

from . import actions, limits
from .decorators import private_page
from .forms import ProfileRequestForm
from .hooks import organisation_sections
from .models import Organisation, ProfileRequest
from .pending import signed_in_to_act

PER_PAGE = 50
LABELS = {name: field.label for name, field in ProfileRequestForm.base_fields.items()}


@require_safe
@private_page
def index(request):
    """The verified organisations by name, those whose name holds the words of `q` when it is asked."""
    asked = request.GET.get("q", "").strip()[:100]
    rows = Organisation.objects.verified().select_related("territory").order_by("name")
    if words := without_accents(asked.casefold()).split():
        names = rows.values_list("pk", "name")
        rows = rows.filter(
            pk__in=[pk for pk, name in names if all(word in without_accents(name.casefold()) for word in words)]
        )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "people/organisations/index.html", {"page": page, "asked": asked})


@require_safe
@private_page
def profile(request, slug):
    """What a verified organisation is, then what the rooms above have to say of it (see hooks.py)."""
    organisation = get_object_or_404(Organisation.objects.verified().select_related("territory"), slug=slug)
    sections = [section.drawn(request) for section in organisation_sections(organisation, request)]
    context = {"organisation": organisation, "sections": sections}
    return render(request, "people/organisations/profile.html", context)


def _in_words(fields: dict[str, list[str]]) -> list[str]:
    """What a request says, for who reads it again before it is sent."""
    return [_("You ask for a verified profile of:"), *(name[:120] for name in fields.get("name", []))]


@require_http_methods(["GET", "HEAD", "POST"])
@private_page
@signed_in_to_act(gettext_lazy("send your request"), says=_in_words, labels=LABELS)
def ask(request):
    """Ask that an organisation get a verified profile. Anyone reads the form; it is sent once they have signed in."""
    form = ProfileRequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            # Each one writes to those who run the site; one that is taken back has written too.
            if not limits.allows(request, "ask_for_profile"):
                raise ValidationError(_("You have asked often today. Nothing is sent: try again tomorrow."))
            actions.ask_for_profile(request.user, **form.cleaned_data)
        except ValidationError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request, _("Thank you. Your request is sent: those who run the site answer you by e-mail.")
            )
            return redirect("people:account")
    return render(request, "people/organisations/ask.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@private_page
@login_required
def take_back(request, pk):
    """Take a request back while it waits."""
    asked = get_object_or_404(ProfileRequest, pk=pk, by=request.user)
    try:
        actions.take_profile_request_back(asked, request.user)
    except ValidationError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Your request is taken back."))
    return redirect("people:account")


@require_POST
@private_page
@login_required
def give_back(request, slug):
    """No longer write in an organisation's name."""
    organisation = get_object_or_404(Organisation.objects.spoken_for_by(request.user), slug=slug)
    actions.give_mandate_back(organisation, request.user)
    messages.success(request, _("You no longer write in the name of %(name)s.") % {"name": organisation})
    return redirect("people:account")
