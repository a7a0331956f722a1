from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from participation.consultations.models import Consultation, Reason
from participation.people.models import Organisation, User

from .models import Appeal, GuarantorNote


class ModerationForm(forms.Form):
    """Why a text is not shown, and a word to its author."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=Reason.choices,
        required=False,
        widget=forms.RadioSelect,
        help_text=_("Everyone sees it in the place of a message that is taken down; its author receives it by mail."),
    )
    note = forms.CharField(
        label=_("A word to the author"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Optional: what could be written differently, or where to say it. Sent by mail."),
    )


class QueueForm(forms.Form):
    """What narrows the queue; a value that does not exist is ignored."""

    consultation = forms.ModelChoiceField(
        Consultation.objects.none(), label=_("Consultation"), required=False, empty_label=_("All consultations")
    )
    q = forms.CharField(label=_("Words or pseudonym"), required=False, max_length=100)

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        organisers = Organisation.objects.moderated_by(user)
        self.fields["consultation"].queryset = Consultation.objects.filter(organiser__in=organisers)
        self.full_clean()


def _at_most(field: str, model: type) -> MaxLengthValidator:
    """A validator rather than `max_length`: a browser would cut what is pasted without a word."""
    return MaxLengthValidator(
        model._meta.get_field(field).max_length,
        _("This text has %(show_value)s characters; %(limit_value)s are allowed. Nothing is lost: shorten it."),
    )


class AppealForm(forms.Form):
    text = forms.CharField(
        label=_("Why should your message be shown?"),
        widget=forms.Textarea(attrs={"rows": 5}),
        validators=[_at_most("text", Appeal)],
        error_messages={"required": _("Say why your message should be shown.")},
    )


class DecisionForm(forms.Form):
    """What is answered to an appeal."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("accepted", _("The appeal is right: show the message again")), ("rejected", _("The decision stays"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you decide.")},
    )
    answer = forms.CharField(
        label=_("Your answer to the author"),
        widget=forms.Textarea(attrs={"rows": 4}),
        validators=[_at_most("answer", Appeal)],
        error_messages={"required": _("Answer the author: say why.")},
        help_text=_("Sent by mail. The guarantor, if there is one, reads it too."),
    )


class NoteForm(forms.Form):
    """What a guarantor publishes."""

    kind = forms.ChoiceField(label=_("Kind"), choices=GuarantorNote.Kind, widget=forms.RadioSelect, initial="note")
    title = forms.CharField(label=_("Title"), max_length=140)
    body = forms.CharField(
        label=_("Text"),
        widget=forms.Textarea(attrs={"rows": 12}),
        validators=[_at_most("body", GuarantorNote)],
        help_text=_("Plain text; addresses become links. Once published it stays as it is: another note corrects it."),
    )
