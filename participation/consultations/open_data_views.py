"""The open data of a consultation: the page that describes them, and their files."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from participation.ledger.views import published

from .models import Consultation
from .open_data import FILES, LICENCE, tables


@published
def description(request, slug) -> HttpResponseBase:
    """Whose data they are, under which licence, what each column holds, where the files are."""
    context = {
        "consultation": _consultation_or_404(request, slug),
        "tables": tables().values(),
        "extensions": list(FILES),
        "licence": LICENCE,
        "now": timezone.now(),
    }
    return render(request, "consultations/open_data.html", context)


@published
def file(request, slug, name, extension) -> HttpResponseBase:
    """A table as it is now, sent as it is read. What fails on the way cuts the connection: the end is never written."""
    consultation = _consultation_or_404(request, slug)
    if (table := tables().get(name)) is None or extension not in FILES:
        raise Http404
    content_type, drawn = FILES[extension]
    response = StreamingHttpResponse(drawn(table, consultation), content_type=content_type)
    day = f"{timezone.localdate():%Y-%m-%d}"
    response["Content-Disposition"] = f'attachment; filename="{consultation.slug}-{name}-{day}.{extension}"'
    return response


def _consultation_or_404(request, slug: str) -> Consultation:
    """One where something has opened. The visitor is only looked at for those that are not public."""
    consultation = get_object_or_404(Consultation.objects.begun().select_related("organiser", "log"), slug=slug)
    request.registry_is_private = not consultation.is_public
    if not consultation.is_public and not Consultation.objects.accessible(request.user).filter(pk=consultation.pk):
        raise Http404
    return consultation
