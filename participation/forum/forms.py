from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from participation.consultations.forms import MessageForm

from .models import Message


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
