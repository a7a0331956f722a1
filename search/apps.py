from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext_lazy as _


class SearchConfig(AppConfig):
    name = "search"
    verbose_name = _("Search")

    def ready(self):
        from participation.consultations.models import Consultation
        from participation.consultations.signals import contribution_changed
        from participation.people.models import Organisation
        from participation.review.models import Review
        from participation.vocabulary.models import TERMS, Territory

        from . import receivers

        contribution_changed.connect(receivers.note_contribution, dispatch_uid="search")
        post_save.connect(receivers.note_consultation, sender=Consultation, dispatch_uid="search")
        post_save.connect(receivers.note_review, sender=Review, dispatch_uid="search")
        for named in (Organisation, Territory, *TERMS.values()):
            post_save.connect(receivers.note_name, sender=named, dispatch_uid="search")
            post_delete.connect(receivers.note_name, sender=named, dispatch_uid="search")
