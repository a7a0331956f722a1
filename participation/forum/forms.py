from django import forms
from django.utils.translation import gettext_lazy as _

from .models import Message


class MessageForm(forms.Form):
    """The text of a reply."""

    body = forms.CharField(
        label=_("Your message"),
        max_length=Message.MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={
            "required": _("Write your message."),
            "max_length": _("Your message has %(show_value)s characters; %(limit_value)s are allowed. Nothing is lost: shorten it."),
        },
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
        max_length=Message.TITLE_LENGTH,
        error_messages={
            "required": _("Give your topic a title."),
            "max_length": _("This title has %(show_value)s characters; %(limit_value)s are allowed."),
        },
    )
    field_order = ["title", "body"]
