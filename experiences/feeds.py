"""A project's journal as an Atom feed."""

import re

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.template.loader import render_to_string
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from participation.blocks import ACTIVITY_BLOCKS
from search.documents import at_noon
from search.feeds import printable

LEFT_OUT = {"scene", *dict(ACTIVITY_BLOCKS)}
"""Blocks that mean nothing elsewhere: a drawing needs the site's colours, an activity its page."""


class JournalFeed(Feed):
    """The latest entries of a project's journal, whole: one follows it without an account.

    Call it as `JournalFeed()(request, project=project)`.
    """

    feed_type = Atom1Feed
    MOST_ENTRIES = 50

    def __call__(self, request, *args, **kwargs):
        response = super().__call__(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex"
        return response

    def get_object(self, request, project):
        self.request = request
        return project

    def title(self, project) -> str:
        return printable(_("%(project)s: the journal") % {"project": project.title})

    def subtitle(self, project) -> str:
        return printable(project.summary)

    def link(self, project) -> str:
        return project.get_url(self.request)

    def author_name(self, project) -> str:
        return printable(project.consultation.organiser.name if project.consultation else settings.PORTAL_NAME)

    def feed_guid(self, project) -> str:
        return f"urn:uuid:{project.translation_key}"

    def items(self, project):
        return project.journal[: self.MOST_ENTRIES]

    def item_title(self, entry) -> str:
        return printable(entry.title)

    def item_description(self, entry) -> str:
        """Its whole text, as HTML with absolute links."""
        blocks = [block for block in entry.body if block.block_type not in LEFT_OUT]
        html = render_to_string("experiences/feed_entry.html", {"page": entry, "blocks": blocks})
        here = self.request.build_absolute_uri("/")
        return printable(re.sub(r'(href|src)="/(?!/)', rf'\1="{here}', html.strip()))

    def item_link(self, entry) -> str:
        return entry.get_url(self.request)

    def item_guid(self, entry) -> str:
        """Stays the same when its address changes, so that no reader shows it twice."""
        return f"urn:uuid:{entry.translation_key}"

    def item_categories(self, entry) -> list[str]:
        return [entry.get_entry_kind_display()]

    def item_pubdate(self, entry):
        return at_noon(entry.date)

    def item_updateddate(self, entry):
        return max(at_noon(entry.date), entry.last_published_at or at_noon(entry.date))
