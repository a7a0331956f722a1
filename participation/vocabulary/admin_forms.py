"""The forms by which editors complete the territory and its words."""

from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.admin.forms import WagtailAdminModelForm

from . import actions


class TerritoryForm(WagtailAdminModelForm):
    """Which local action group a commune is in, and the names people give it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.instance.is_commune:
            # A division is in no local action group.
            self.fields["gal"].disabled = True
            self.fields["gal"].help_text = _("Only communes belong to a local action group.")

    def save(self, commit=True):
        return actions.change_territory(self.instance)


class TermForm(WagtailAdminModelForm):
    """A word, whose short name is made from it the first time."""

    def clean_name(self):
        name = self.cleaned_data["name"].strip()
        others = type(self.instance).objects.exclude(pk=self.instance.pk)
        slug = self.instance.slug or slugify(name)[:60]
        if others.filter(name__iexact=name).exists() or others.filter(slug=slug).exists():
            self.add_error("name", _("This word exists already."))
        self.instance.slug = slug
        return name

    def save(self, commit=True):
        return actions.save_term(self.instance)
