"""Votes, in Wagtail's admin."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, NumberColumn

from participation.consultations.viewsets import ActivityViewSet, PlaceColumn, StateColumn, WhenColumn

from .admin_forms import BallotForm, NewBallotForm
from .models import Ballot


class BallotViewSet(ActivityViewSet):
    model = Ballot
    url_prefix = "votes"
    icon = "tick-inverse"
    menu_name = "ballots"
    menu_order = 35
    new_form = NewBallotForm
    list_display = [
        "title",
        StateColumn(),
        Column("consultation", label=_("Consultation"), accessor="consultation.title"),
        NumberColumn("participant_count", label=_("Voters"), sort_key="participant_count"),
        WhenColumn("closes_at", label=_("Closes"), sort_key="closes_at"),
        PlaceColumn(),
    ]
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [FieldPanel("title"), FieldPanel("question"), FieldPanel("labels"), FieldPanel("belongs_to")],
                heading=_("What is asked"),
                help_text=_("Once it is open, only these words and the closing date can change; voters are told."),
            ),
            MultiFieldPanel(
                [FieldRowPanel([FieldPanel("opens_at"), FieldPanel("closes_at")])],
                heading=_("When"),
                help_text=_("A vote stays a draft until you press “Open”, whatever its dates."),
            ),
            MultiFieldPanel(
                [FieldPanel("electorate"), FieldPanel("territories"), FieldPanel("addresses")],
                heading=_("Who may vote"),
                help_text=_("Fewer than thirty people: choices are never published, only totals, at the end."),
            ),
            MultiFieldPanel(
                [FieldPanel("method"), FieldPanel("results"), FieldPanel("results_reason"), FieldPanel("minutes")],
                heading=_("How"),
            ),
            MultiFieldPanel([FieldPanel("purpose")], heading=_("What for")),
        ],
        base_form_class=BallotForm,
    )
