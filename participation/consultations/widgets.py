"""How one chooses a consultation or an activity in a page's editor."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.telepath import register
from wagtail.snippets.widgets import AdminSnippetChooser, SnippetChooserAdapter


class OwnRowsChooser(AdminSnippetChooser):
    """Says that one may also create what one chooses."""

    def __init__(self, model=None, **kwargs):
        super().__init__(model, **kwargs)
        self.choose_one_text = _("Choose or create")
        self.choose_another_text = _("Choose another")
        self.link_to_chosen_text = _("Edit")


class ActivityChooser(OwnRowsChooser):
    """Shows the state beside the title: “Et le kiosque ? (brouillon)”."""

    def get_display_title(self, instance):
        return title_with_state(instance)


def title_with_state(activity) -> str:
    return f"{activity} ({activity.state().label.lower()})"


for chooser in (OwnRowsChooser, ActivityChooser):
    register(SnippetChooserAdapter(), chooser)
