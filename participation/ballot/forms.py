from django import forms
from django.utils.translation import gettext_lazy as _

from .methods import BLANK
from .models import Ballot


class VoteForm(forms.Form):
    """The answers, and the blank vote. What is ticked is judged by the verb: see `cast_vote`."""

    def __init__(self, *args, ballot: Ballot, **kwargs):
        super().__init__(*args, **kwargs)
        many = ballot.way.many
        self.fields["choice"] = (forms.MultipleChoiceField if many else forms.ChoiceField)(
            label=_("Tick all the answers that suit you") if many else _("Choose one answer"),
            choices=[*((answer.key, answer.label) for answer in ballot.answers), (BLANK, _("Blank vote"))],
            widget=forms.CheckboxSelectMultiple if many else forms.RadioSelect,
            required=False,
        )
