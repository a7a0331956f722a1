from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from .models import Message

# Lengths are validators, not `max_length`: a browser would cut what is pasted without a word.


class MessageForm(forms.Form):
    """The text of a reply."""

    body = forms.CharField(
        label=_("Your message"),
        widget=forms.Textarea(attrs={"rows": 5}),
        validators=[
            MaxLengthValidator(
                Message.MAX_LENGTH,
                _(
                    "Your message has %(show_value)s characters; %(limit_value)s are allowed. Nothing is lost: shorten it."
                ),
            )
        ],
        error_messages={"required": _("Write your message.")},
    )
    official = forms.BooleanField(required=False)

    def __init__(self, *args, speaks_for=None, **kwargs):
        """`speaks_for` is the organisation in whose name the author may answer, if any."""
        super().__init__(*args, **kwargs)
        if speaks_for is None:
            del self.fields["official"]
        else:
            self.fields["official"].label = _("Answer in the name of %(organisation)s") % {"organisation": speaks_for}


class TopicForm(MessageForm):
    """A title and the text of a topic."""

    title = forms.CharField(
        label=_("Title"),
        validators=[
            MaxLengthValidator(
                Message.TITLE_LENGTH, _("This title has %(show_value)s characters; %(limit_value)s are allowed.")
            )
        ],
        error_messages={"required": _("Give your topic a title.")},
    )
    field_order = ["title", "body"]
