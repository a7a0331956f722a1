"""How one says in the admin what a page is about: boxes to tick, that fit on a screen."""

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _


class WordPicker(forms.CheckboxSelectMultiple):
    """All the words of a list, in columns."""

    template_name = "vocabulary/admin/word_picker.html"

    class Media:
        css = {"all": ["vocabulary/admin/pickers.css"]}

    def _render(self, template_name, context, renderer=None):
        # Django draws widgets with an engine of its own, which does not know this project's templates.
        return mark_safe(render_to_string(template_name, context))


class TerritoryPicker(WordPicker):
    """The divisions, then the communes of each intercommunality, folded; a field finds them by name.

    Its choices must be those of a queryset of territories.
    """

    template_name = "vocabulary/admin/territory_picker.html"

    class Media:
        js = [forms.Script("vocabulary/admin/territory-picker.js", type="module")]

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        options = [option for _name, options, _index in context["widget"]["optgroups"] for option in options]
        divisions = {row.pk: row.name for row in (option["value"].instance for option in options) if not row.is_commune}
        groups: dict[str, list] = {}
        for option in options:
            territory = option["value"].instance
            option["search"] = f"{territory.name} {territory.other_names}".lower()
            title = (
                _("Communes of %(name)s") % {"name": divisions.get(territory.epci_id, "")}
                if territory.is_commune
                else _("Intercommunalities and local action groups")
            )
            groups.setdefault(title, []).append(option)
        context["groups"] = [
            {"title": title, "options": options, "ticked": sum(option["selected"] for option in options)}
            for title, options in sorted(groups.items(), key=lambda group: group[1][0]["value"].instance.is_commune)
        ]
        return context
