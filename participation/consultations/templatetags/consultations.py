from django import template
from django.conf import settings
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from participation.consultations.models import Activity
from participation.vocabulary.models import InvolvementDegree

register = template.Library()


@register.inclusion_tag("components/card.html")
def activity_card(activity: Activity, pages: dict, heading: int = 3) -> dict:
    """The card of an activity; it leads to its place in the page that shows it (`pages`: activity's id → page), if any."""
    page = pages.get(activity.pk)
    messages, participants = activity.contribution_count, activity.participant_count
    return {
        "title": activity.title,
        "url": f"{page.get_url()}#{activity.anchor}" if page else activity.get_absolute_url(),
        "state": activity.state(),
        "until": activity.closes_at,
        "opens": activity.opens_at,
        "minutes": activity.minutes,
        "summary": activity.question,
        "degree": InvolvementDegree(activity.consultation.degree),
        "meta": [
            *([page.title] if page and page.title != activity.title else []),
            *(
                [ngettext("%(count)s message", "%(count)s messages", messages) % {"count": messages}]
                if messages
                else []
            ),
            ngettext("%(count)s participant", "%(count)s participants", participants) % {"count": participants},
            activity.consultation.organiser.name,
        ],
        "action": _("Take part") if activity.is_open else _("Read"),
        "heading": heading,
        # People write in the site's main language, whatever the page around.
        "lang": "" if get_language() == settings.LANGUAGE_CODE else settings.LANGUAGE_CODE,
    }


@register.simple_tag(takes_context=True)
def first_block_of(context, activity) -> bool:
    """Whether this is the first block of the page that shows the activity: a second one only leads to it."""
    request = context.get("request")
    if request is None:
        return True
    # Each block of a page is drawn in a context of its own: the request is what they share.
    shown = request.__dict__.setdefault("activities_shown", set())
    first = activity.pk not in shown
    shown.add(activity.pk)
    return first
