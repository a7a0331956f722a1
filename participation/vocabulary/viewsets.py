"""The territory and its words, in Wagtail's admin."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.admin.ui.tables import Column
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from participation.admin_views import CreateByVerb, EditByVerb, PlainIndexView

from .admin_forms import TermForm, TerritoryForm
from .models import Audience, DeviceType, Means, Method, Need, Territory, Theme


class TerritoryViewSet(SnippetViewSet):
    """Communes and their divisions: they come from files, editors complete them."""

    model = Territory
    url_prefix = "territoires"
    icon = "site"
    menu_name = "territories"
    copy_view_enabled = False
    index_view_class = PlainIndexView
    edit_view_class = EditByVerb
    list_display = [
        "name",
        Column("kind", label=_("Kind"), accessor="get_kind_display", sort_key="kind"),
        "epci",
        "gal",
        Column(
            "other_names",
            label=_("Other names"),
            accessor=lambda territory: ", ".join(territory.other_names.split("\n")),
        ),
    ]
    list_filter = ["kind", "epci", "gal"]
    search_fields = ["name", "other_names", "code"]
    search_backend_name = None
    edit_handler = ObjectList(
        [
            FieldPanel("name", read_only=True),
            FieldPanel("epci", read_only=True),
            FieldPanel("gal"),
            FieldPanel("other_names"),
        ],
        base_form_class=TerritoryForm,
    )

    def get_queryset(self, request):
        return Territory.objects.select_related("epci", "gal")


class TermViewSet(SnippetViewSet):
    """A list of words."""

    copy_view_enabled = False
    index_view_class = PlainIndexView
    add_view_class = CreateByVerb
    edit_view_class = EditByVerb
    list_display = ["name"]
    search_fields = ["name"]
    search_backend_name = None
    edit_handler = ObjectList([FieldPanel("name")], base_form_class=TermForm)


class ThemeViewSet(TermViewSet):
    model = Theme
    url_prefix = "thematiques"
    icon = "tag"
    menu_name = "themes"


class AudienceViewSet(TermViewSet):
    model = Audience
    url_prefix = "publics"
    icon = "group"
    menu_name = "audiences"


class MethodViewSet(TermViewSet):
    model = Method
    url_prefix = "methodes"
    icon = "clipboard-list"
    menu_name = "methods"


class DeviceTypeViewSet(TermViewSet):
    model = DeviceType
    url_prefix = "types-de-dispositif"
    icon = "list-ul"
    menu_name = "device_types"


class MeansViewSet(TermViewSet):
    model = Means
    url_prefix = "moyens"
    icon = "cog"
    menu_name = "means"


class NeedViewSet(TermViewSet):
    model = Need
    url_prefix = "besoins"
    icon = "help"
    menu_name = "needs"


class VocabularyGroup(SnippetViewSetGroup):
    items = [
        TerritoryViewSet,
        ThemeViewSet,
        AudienceViewSet,
        MethodViewSet,
        DeviceTypeViewSet,
        MeansViewSet,
        NeedViewSet,
    ]
    menu_label = _("Places and words")
    menu_name = "vocabulary"
    menu_icon = "tag"
    menu_order = 450
