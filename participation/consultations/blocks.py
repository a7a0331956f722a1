"""How a page points to an activity."""

from django.utils.functional import cached_property
from wagtail.snippets.blocks import SnippetChooserBlock


class ActivityChooserBlock(SnippetChooserBlock):
    """Chooses an activity among one's own, or creates it on the spot; says whether it is open."""

    @cached_property
    def widget(self):
        from .widgets import ActivityChooser

        return ActivityChooser(self.target_model, icon=super().widget.icon)
