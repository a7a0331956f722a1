"""The record as it is published: two pages that explain, and files for whoever wants to recount. Nothing here writes."""

from __future__ import annotations

import json
import tempfile
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import wraps
from hashlib import blake2b
from pathlib import Path

from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Count
from django.http import FileResponse, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe

from . import hooks, notes, receipts, tree
from .canonical import canonical
from .kinds import KINDS
from .models import SITE, Log, Opening

LICENCE = '<https://www.etalab.gouv.fr/licence-ouverte-open-licence>; rel="license"; title="Licence Ouverte 2.0"'
VERIFIER = Path(__file__).with_name("verifier.py")
BATCH = 2_000
LONGEST_RECEIPT = 200_000
"""Characters."""


def published(view) -> Callable:
    """An answer for machines and for anyone: no cookie, any origin, never indexed, kept only if it has not changed."""

    @gzip_page
    @require_safe
    @wraps(view)
    def wrapped(request, *args, **kwargs):
        try:
            response = view(request, *args, **kwargs)
        except BadRequest as refusal:
            response = HttpResponse(f"{refusal}\n", status=400, content_type="text/plain; charset=utf-8")
        response["X-Robots-Tag"] = "noindex"
        response["Link"] = LICENCE
        if getattr(request, "registry_is_private", False):
            # It depends on who asks: nobody keeps it, no other site reads it.
            response["Cache-Control"] = "private, no-store"
        else:
            response["Cache-Control"] = "no-cache"
            response["Access-Control-Allow-Origin"] = "*"
        if not response.streaming:
            response.setdefault("ETag", _etag(response.content))
        return get_conditional_response(request, etag=response.get("ETag"), response=response)

    return wrapped


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@published
def index(request):
    """What the record proves and what it does not, the records one may read, and where a receipt is checked."""
    logs = [(log, subject) for log, subject in _known(request.user) if subject.is_public or subject.is_readable]
    request.registry_is_private = not all(subject.is_public for _log, subject in logs)
    return render(request, "ledger/index.html", {"logs": logs})


@published
def log(request, slug):
    """One record: what it is, where it stands, how to verify it."""
    log, subject = _log_and_subject(request, slug)
    readable = subject.is_public or subject.is_readable
    context = {
        "log": log,
        "subject": subject,
        "is_site": log.slug == SITE,
        "readable": readable,
        "address": request.build_absolute_uri(log.get_absolute_url()).rstrip("/"),
        "kinds": _kinds(log) if readable else [],
    }
    return render(request, "ledger/log.html", context)


# No cookie, no account, and it changes nothing: a token would protect nobody.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def check_receipt(request):
    """Whether a receipt that anyone pastes, or sends as a file, is in the record."""
    text, verdict = "", None
    if request.method == "POST":
        if file := request.FILES.get("file"):
            text = file.read(LONGEST_RECEIPT + 1).decode(errors="replace")
        else:
            text = request.POST.get("receipt", "")
        text = text.strip().lstrip("\ufeff")
        if not text:
            verdict = receipts.Verdict(_("Paste a receipt, or choose its file."))
        elif len(text) > LONGEST_RECEIPT:
            text, verdict = "", receipts.Verdict(_("This is too long to be a receipt."))
        else:
            verdict = receipts.check(text)
    response = render(
        request,
        "ledger/check.html",
        {"text": text, "verdict": verdict},
        status=422 if verdict and not verdict.is_good else 200,
    )
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "private, no-store"
    return response


def _kinds(log: Log) -> list[tuple[str, str, int]]:
    """(type, its words, how many entries) for each kind there is."""
    counted = log.entries.order_by("type").values_list("type").annotate(Count("pk"))
    return [(type, KINDS.get(type, ""), count) for type, count in counted]


# ── Files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@published
def index_json(request):
    """The records open to the public."""
    return JsonResponse(
        [
            {
                "slug": log.slug,
                "title": subject.title,
                "url": request.build_absolute_uri(log.get_absolute_url()),
                "open": log.is_open,
                "size": log.size,
            }
            for log, subject in _known(request.user)
            if subject.is_public
        ],
        safe=False,
        json_dumps_params={"ensure_ascii": False},
    )


@published
def checkpoint(request, slug):
    """The signed state of the log; of restricted ones too."""
    log = get_object_or_404(Log, slug=slug)
    return HttpResponse(log.checkpoint, content_type="text/plain; charset=utf-8")


@published
def key(request, slug):
    """The public key that verifies the checkpoints."""
    log = get_object_or_404(Log, slug=slug)
    return HttpResponse(f"{notes.verification_key(log.origin)}\n", content_type="text/plain; charset=utf-8")


@published
def entries(request, slug):
    """One entry a line, exactly the hashed bytes: ?from=SEQ, ?size=N."""
    log = _readable_log(request, slug)
    size = _size(request, log)
    start = _number(request, "from", default=0, most=size)
    return _lines(request, log, _entry_lines(log, start, size))


@published
def openings(request, slug):
    """What opens the commitments that everyone may open, a line each: ?size=N."""
    log = _readable_log(request, slug)
    return _lines(request, log, _opening_lines(log, _size(request, log)))


@published
def results(request, slug):
    """What the ballots give: ?size=N."""
    log = _readable_log(request, slug)
    return HttpResponse(_results(log, _size(request, log)), content_type="application/json")


@published
def proof(request, slug):
    """That the entry ?seq is in the log of ?size entries."""
    log = _readable_log(request, slug)
    size = _size(request, log)
    seq = _number(request, "seq", most=size - 1)
    return _path(log.prove(tree.inclusion_path, seq, size))


@published
def consistency(request, slug):
    """That the log of ?from entries is the beginning of that of ?to entries."""
    log = _readable_log(request, slug)
    new = _number(request, "to", default=log.size, most=log.size)
    old = _number(request, "from", least=1, most=new)
    return _path(log.prove(tree.consistency_path, old, new))


@published
def verifier(request, slug):
    """The program that recounts: one file, nothing to install."""
    get_object_or_404(Log, slug=slug)
    response = HttpResponse(VERIFIER.read_bytes(), content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="verifier.py"'
    return response


@require_safe
def folder(request, slug):
    """All of it in one archive, of one state of the log, for those who verify away from the site."""
    log = _readable_log(request, slug)
    file = tempfile.TemporaryFile()  # noqa: SIM115 — the answer closes it
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, lines in _folder(log):
            with archive.open(name, "w") as member:
                for line in lines:
                    member.write(line)
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=f"registre-{log.slug}.zip")
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "private, no-store"
    return response


def _folder(log: Log) -> Iterator[tuple[str, Iterator[bytes] | list[bytes]]]:
    # Openings and results are what may change behind an entry: read again when one came meanwhile.
    for _attempt in range(5):
        log = Log.objects.get(pk=log.pk)
        opened, counted = list(_opening_lines(log, log.size)), _results(log, log.size)
        if Log.objects.filter(pk=log.pk, size=log.size).exists():
            break
    else:
        raise BadRequest(_("People are voting too fast for an archive to be made now. Try again in a minute."))
    yield "checkpoint", [log.checkpoint.encode()]
    yield "key", [f"{notes.verification_key(log.origin)}\n".encode()]
    yield "openings.ndjson", opened
    yield "results.json", [counted]
    yield "entries.ndjson", _entry_lines(log, 0, log.size)
    yield "verifier.py", [VERIFIER.read_bytes()]


def _entry_lines(log: Log, start: int, size: int) -> Iterator[bytes]:
    bodies = log.entries.filter(seq__gte=start, seq__lt=size).order_by("seq").values_list("body", flat=True)
    for body in bodies.iterator(chunk_size=BATCH):
        yield bytes(body) + b"\n"


def _opening_lines(log: Log, size: int) -> Iterator[bytes]:
    rows = Opening.objects.published(log, size).select_related("entry").defer("entry__body")
    for row in rows.iterator(chunk_size=BATCH):
        yield json.dumps(receipts.opening_line(row, row.entry.seq), ensure_ascii=False).encode() + b"\n"


def _results(log: Log, size: int) -> bytes:
    return canonical({"size": size, "objects": hooks.results(log, size)})


def _path(path: list[bytes]) -> JsonResponse:
    return JsonResponse({"path": [b64encode(node).decode() for node in path]})


def _lines(request, log: Log, lines: Iterator[bytes]) -> HttpResponseBase:
    """A file of lines, sent as it is read."""
    response = StreamingHttpResponse(lines, content_type="application/x-ndjson; charset=utf-8")
    response["ETag"] = _etag(f"{log.checkpoint}{request.get_full_path()}".encode())
    return response


# ── Who reads what, and what is asked ────────────────────────────────────────────────────────────────────────────────


def _known(viewer) -> list[tuple[Log, hooks.Subject]]:
    """All logs that say what they are about, the latest first."""
    logs = list(Log.objects.order_by("-opened_at", "-pk"))
    subjects = hooks.subjects(logs, viewer)
    return [(log, subjects[log.pk]) for log in logs if log.pk in subjects]


def _log_and_subject(request, slug: str) -> tuple[Log, hooks.Subject]:
    log = get_object_or_404(Log, slug=slug)
    subject = hooks.subjects([log], request.user).get(log.pk)
    subject = subject or hooks.Subject(log.slug, "", "", is_public=False, is_readable=False)
    request.registry_is_private = not subject.is_public
    return log, subject


def _readable_log(request, slug: str) -> Log:
    """The log, if everyone may read it or if the visitor may."""
    log, subject = _log_and_subject(request, slug)
    if not (subject.is_public or subject.is_readable):
        raise PermissionDenied
    return log


def _size(request, log: Log) -> int:
    return _number(request, "size", default=log.size, most=log.size)


def _number(request, name: str, *, default: int | None = None, least: int = 0, most: int) -> int:
    """A parameter of the address that is a whole number in these bounds."""
    text = request.GET.get(name, "" if default is None else str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 17 and least <= int(text) <= most):
        raise BadRequest(
            _("“%(name)s” must be a whole number from %(least)s to %(most)s.")
            % {"name": name, "least": least, "most": most}
        )
    return int(text)


def _etag(content: bytes) -> str:
    return f'"{blake2b(content, digest_size=12).hexdigest()}"'
