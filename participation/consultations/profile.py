"""What the public profile of an organisation says of what is written in its name."""

from django.core.paginator import Paginator

from participation.people.hooks import Section
from participation.people.models import Organisation

from .models import Contribution

PER_PAGE = 20


def contributions(organisation: Organisation, request) -> Section:
    """What was written in its name, of what whoever asks may read, the latest first; a trial is a rehearsal."""
    rows = Contribution.objects.published().visible(request.user).filter(on_behalf_of=organisation)
    rows = rows.exclude(activity__consultation__is_trial=True).with_particulars()
    rows = rows.select_related("activity", "author").order_by("-created_at", "-pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return Section(100, "consultations/profile.html", {"page": page})
