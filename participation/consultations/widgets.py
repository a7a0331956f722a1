"""How one chooses an activity in a page's editor."""

from wagtail.admin.telepath import register
from wagtail.snippets.widgets import AdminSnippetChooser, SnippetChooserAdapter


class ActivityChooser(AdminSnippetChooser):
    """Shows the state beside the title: “Et le kiosque ? (brouillon)”."""

    def get_display_title(self, instance):
        return f"{instance} ({instance.state().label.lower()})"


register(SnippetChooserAdapter(), ActivityChooser)
