from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ...engines import EngineDown
from ...outbox import rebuild


class Command(BaseCommand):
    help = "Index every page and forum topic anew. Visitors search the old index until the new one is complete."

    def handle(self, *args, **options):
        try:
            count = rebuild()
        except EngineDown as down:
            raise CommandError(_("The search engine does not answer: %(reason)s") % {"reason": down}) from down
        self.stdout.write(_("%(count)s documents indexed.") % {"count": count})
