"""Documents under review, in Wagtail's admin."""

from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail.admin.widgets.button import Button, HeaderButton

from participation.consultations.admin_forms import ActivityForm
from participation.consultations.viewsets import ActivityEditView, ActivityIndexView, ActivityViewSet

from . import remark_screens, text_screens
from .admin_forms import NewReviewForm
from .models import Review


def work_buttons(review: Review, edit_url_name: str, button: type) -> list:
    """The ways to the text of a document and to the remarks on it."""
    namespace = edit_url_name.split(":")[0]

    def to(name: str, label: str, icon: str, priority: int):
        address = reverse(f"{namespace}:{name}", args=[review.pk])
        return button(label, url=address, icon_name=icon, priority=priority)

    return [to("text", _("The text"), "doc-full", 2), to("work", _("The remarks"), "comment", 3)]


class ReviewIndexView(ActivityIndexView):
    def get_list_more_buttons(self, instance):
        return [*super().get_list_more_buttons(instance), *work_buttons(instance, self.edit_url_name, Button)]


class ReviewEditView(ActivityEditView):
    @cached_property
    def header_buttons(self):
        return [*work_buttons(self.object, self.edit_url_name, HeaderButton), *super().header_buttons]


class ReviewViewSet(ActivityViewSet):
    model = Review
    url_prefix = "documents-a-discuter"
    icon = "doc-full"
    menu_name = "reviews"
    menu_order = 32
    new_form = NewReviewForm
    index_view_class = ReviewIndexView
    edit_view_class = ReviewEditView
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [FieldPanel("title"), FieldPanel("question"), FieldPanel("belongs_to")],
                heading=gettext_lazy("What is asked"),
                help_text=gettext_lazy(
                    "The text itself is written, or imported, under “The text”, once this is saved."
                ),
            ),
            MultiFieldPanel(
                [FieldRowPanel([FieldPanel("opens_at"), FieldPanel("closes_at")])],
                heading=gettext_lazy("When"),
                help_text=gettext_lazy("A document stays a draft until you press “Open”, whatever its dates."),
            ),
            FieldRowPanel(
                [FieldPanel("moderation"), FieldPanel("hours_to_decide"), FieldPanel("minutes")],
                heading=gettext_lazy("How"),
            ),
        ],
        base_form_class=ActivityForm,
    )

    def get_urlpatterns(self):
        def screen(route: str, view: type, name: str):
            return path(route, self.construct_view(view), name=name)

        return [
            *super().get_urlpatterns(),
            screen("texte/<id:pk>/", text_screens.TextView, "text"),
            screen("texte/<id:pk>/passage/<id:number>/", text_screens.PassageView, "passage"),
            screen("texte/<id:pk>/ajouter/<id:after>/", text_screens.NewPassageView, "new_passage"),
            screen("texte/<id:pk>/ecrire/", text_screens.WholeTextView, "whole_text"),
            screen("texte/<id:pk>/importer/", text_screens.ImportView, "import"),
            screen("texte/<id:pk>/importer/<id:import_pk>/", text_screens.PreviewView, "preview"),
            screen("texte/<id:pk>/publier/", text_screens.PublishView, "publish"),
            screen("remarques/<id:pk>/", remark_screens.WorkView, "work"),
            screen("remarques/<id:pk>/<id:remark_pk>/", remark_screens.RemarkView, "remark"),
            *(
                path(
                    f"remarques/<id:pk>/remarques.{extension}",
                    self.construct_view(remark_screens.ExportView),
                    {"extension": extension},
                    name=f"export_{extension}",
                )
                for extension in ("csv", "xlsx", "docx")
            ),
        ]
