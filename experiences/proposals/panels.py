"""What the editor of a sheet is told of who proposed it."""

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import Panel

from .models import Proposal


class ProposalPanel(Panel):
    """Who proposed the sheet, how to reach them, what they ask for: to read. Nothing for a sheet of the editors' own."""

    def __init__(self, **kwargs):
        super().__init__(**{"heading": _("Proposed by somebody"), **kwargs})

    class BoundPanel(Panel.BoundPanel):
        template_name = "experiences/admin/proposal_panel.html"

        @cached_property
        def proposal(self) -> Proposal | None:
            if self.instance.pk is None:
                return None
            return Proposal.objects.filter(page_id=self.instance.pk).select_related("author").first()

        def is_shown(self) -> bool:
            return super().is_shown() and self.proposal is not None

        def get_context_data(self, parent_context=None):
            return {**super().get_context_data(parent_context), "proposal": self.proposal}
