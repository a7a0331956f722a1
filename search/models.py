"""What waits to be indexed."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Change(models.Model):
    """Something that changed since it was indexed: written in the same transaction, deleted once the engine has it.

    `created` is the time of the last change: a row that moved while it was being indexed is left for another round.
    """

    key = models.CharField(_("document"), max_length=60, unique=True)
    created = models.DateTimeField(_("changed"), default=timezone.now)

    class Meta:
        verbose_name = _("change to index")
        verbose_name_plural = _("changes to index")
        ordering = ["pk"]

    def __str__(self):
        return self.key
