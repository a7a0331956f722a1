from django import forms
from django.db import models
from wagtail.admin.forms.models import register_form_field_override
from wagtail.snippets.models import register_snippet

from .models import TERMS, DeviceType, Method, Territory
from .viewsets import VocabularyGroup
from .widgets import TerritoryPicker, WordPicker

register_snippet(VocabularyGroup)

# A list, where a letter typed leads to its names, is quicker than a chooser.
for model in (Territory, Method, DeviceType):
    register_form_field_override(models.ForeignKey, to=model, override={"widget": forms.Select})


def _pick(db_field) -> dict:
    """Boxes to tick, rather than a list where one must hold a key to choose several."""
    if db_field.related_model is Territory:
        return {"widget": TerritoryPicker}
    if db_field.related_model in TERMS.values():
        return {"widget": WordPicker}
    return {}


register_form_field_override(models.ManyToManyField, override=_pick)
