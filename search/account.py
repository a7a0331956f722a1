"""What « Mon espace » and the file of personal data say of the searches that a person follows."""

from django.utils.translation import gettext as _

from participation.people.hooks import Section
from participation.people.models import User

from .models import SavedSearch


def my_searches(request) -> Section | None:
    """The person's saved searches, each with what came since they last went and saw."""
    searches = list(SavedSearch.objects.filter(user=request.user).counting_news())
    return Section(130, "search/account.html", {"searches": searches}) if searches else None


def searches_as_data(user: User) -> tuple[str, list[dict]]:
    return "saved_searches", [
        {
            "name": search.name,
            "address": search.lasting.url,
            "frequency": search.frequency,
            "created": search.created,
            "last_letter": search.told_at,
        }
        for search in SavedSearch.objects.filter(user=user).order_by("pk")
    ]


def words_of_data() -> dict[str, str]:
    return {
        "saved_searches": _("My saved searches"),
        "frequency": _("Be told of new results"),
        **{f"frequency.{choice.value}": choice.label for choice in SavedSearch.Frequency},
        "last_letter": _("Last letter"),
    }
