"""What the screens on a document share, in Wagtail's admin: of its text (text_screens.py), of the remarks (remark_screens.py).

Everything is a form that calls a verb; none needs JavaScript. A refusal gives the form back with what was typed.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic import PermissionCheckedMixin, WagtailAdminTemplateMixin
from wagtail.admin.views.generic.base import BaseObjectMixin
from wagtail.log_actions import log

from participation.admin_views import OfOnesOwn

from .models import Version


class ReviewScreen(OfOnesOwn, PermissionCheckedMixin, BaseObjectMixin, WagtailAdminTemplateMixin, TemplateView):
    """A screen on one document, for those who edit its organiser's pages."""

    permission_required = "change"
    index_url_name = None
    edit_url_name = None
    header_icon = "doc-full"
    place = "text"
    """The name of the screen this one is, or is under."""

    def address(self, name: str, *arguments) -> str:
        namespace = self.edit_url_name.split(":")[0]
        return reverse(f"{namespace}:{name}", args=[self.object.pk, *arguments])

    def get_page_subtitle(self):
        return str(self.object)

    def get_breadcrumbs_items(self):
        items = [
            *super().get_breadcrumbs_items(),
            {"url": reverse(self.index_url_name), "label": self.object._meta.verbose_name_plural.capitalize()},
            {"url": reverse(self.edit_url_name, args=[self.object.pk]), "label": str(self.object)},
        ]
        if self.page_title != SCREENS[self.place]:
            items.append({"url": self.address(self.place), "label": SCREENS[self.place]})
        return [*items, {"url": "", "label": self.get_page_title()}]

    def get_context_data(self, **kwargs):
        namespace = self.edit_url_name.split(":")[0]
        addresses = {name: self.address(name) for name in ("edit", "text", "whole_text", "import", "work", "publish")}
        return super().get_context_data(
            review=self.object,
            addresses=addresses,
            screen=self.place,
            change_passage_url=f"{namespace}:passage",
            new_passage_url=f"{namespace}:new_passage",
            **kwargs,
        )

    def back(self, name: str, *arguments, anchor: str = "") -> HttpResponseRedirect:
        return HttpResponseRedirect(self.address(name, *arguments) + (f"#{anchor}" if anchor else ""))

    def do(self, verb, done: str) -> bool:
        """Call the verb and say that it is done, or say why it was refused."""
        try:
            # The history tells all that was done, and nothing else.
            with transaction.atomic():
                verb()
                log(self.object, "review.text", user=self.request.user)
        except ValidationError as refusal:
            messages.error(self.request, " ".join(refusal.messages))
            return False
        messages.success(self.request, done)
        return True

    def draft_or_404(self) -> Version:
        draft = self.object.draft
        if draft is None:
            raise Http404
        draft.review = self.object
        return draft


def number_sent(sent: str | None) -> int:
    """The number that a form sends, 0 when it is none that a row could have."""
    sent = (sent or "").strip()
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else 0


SCREENS = {"text": gettext_lazy("The text"), "work": gettext_lazy("The remarks")}
