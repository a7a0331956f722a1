"""What the guarantor of a consultation sees in Wagtail's admin: every act, every text that was taken down, appeals; and publishes."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import ListView
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from participation.admin_views import NearestPage, show_refusal
from participation.consultations.models import Consultation, ModerationAction

from . import actions, register
from .forms import NoteForm


class ForGuarantors:
    """Of a view: open to those who warrant a consultation."""

    def dispatch(self, request, *args, **kwargs):
        if not self.warranted.exists():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def warranted(self):
        return Consultation.objects.warranted_by(self.request.user)


class WarrantsView(ForGuarantors, WagtailAdminTemplateMixin, ListView):
    """The consultations one warrants."""

    page_title = gettext_lazy("Guarantor")
    header_icon = "view"
    template_name = "moderation/admin/warrants.html"
    context_object_name = "consultations"

    def get_queryset(self):
        return self.warranted.select_related("organiser").order_by("title")


class WarrantedView(ForGuarantors, NearestPage, WagtailAdminTemplateMixin, ListView):
    """Every act of moderation of one of them, the latest first; a POST publishes a note."""

    page_title = gettext_lazy("Guarantor")
    header_icon = "view"
    template_name = "moderation/admin/warranted.html"
    context_object_name = "acts"
    paginate_by = 50
    page_kwarg = "p"

    @cached_property
    def consultation(self) -> Consultation:
        return get_object_or_404(self.warranted.select_related("organiser"), pk=self.kwargs["pk"])

    def get_page_subtitle(self):
        return str(self.consultation)

    def get_breadcrumbs_items(self):
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse("moderation:warrants"), "label": self.get_page_title()},
            {"url": "", "label": str(self.consultation)},
        ]

    def get_queryset(self):
        acts = ModerationAction.objects.filter(contribution__activity__consultation=self.consultation)
        return acts.select_related(
            "moderator", "contribution__author", "contribution__activity", "appeal__decided_by"
        ).order_by("-created_at", "-pk")

    def post(self, request, pk):
        form = NoteForm(request.POST)
        if form.is_valid():
            try:
                actions.publish_note(self.consultation, request.user, **form.cleaned_data)
            except ValidationError as refusal:
                show_refusal(form, refusal)
            else:
                messages.success(request, _("It is published, and stays as it is."))
                return HttpResponseRedirect(reverse("moderation:warranted", args=[pk]))
        self.object_list = self.get_queryset()
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs):
        numbers = register.numbers_of(Consultation.objects.filter(pk=self.consultation.pk))
        return super().get_context_data(
            **{
                "consultation": self.consultation,
                "numbers": numbers,
                "notes": self.consultation.guarantor_notes.select_related("author"),
                "form": NoteForm(),
                **kwargs,
            }
        )


class GuarantorMenuItem(MenuItem):
    def is_shown(self, request):
        return Consultation.objects.warranted_by(request.user).exists()
