"""The form of a project's editor."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from home.admin_forms import PageForm


class ProjectForm(PageForm):
    def clean_consultation(self):
        """One tells one's own consultation, or leaves the one that somebody else chose."""
        consultation = self.cleaned_data["consultation"]
        changed = consultation and "consultation" in self.changed_data
        if changed and self.for_user and not consultation.is_edited_by(self.for_user):
            raise ValidationError(_("This consultation is another organisation's: choose one of yours, or create it."))
        return consultation
