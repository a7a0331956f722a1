"""The search page, and suggestions while one types. Other floors show the same facets elsewhere with `Results`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .results import Results
from .suggestions import suggestions


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    return respond(request, "search/search.html", Results(request))


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    found = suggestions(request.GET.get("q", ""))
    if request.GET.get("format") == "json":
        return unindexed(JsonResponse({"suggestions": [suggestion.as_json() for suggestion in found]}))
    return unindexed(render(request, "search/suggestions.html", {"suggestions": found}))


def respond(request: HttpRequest, template: str, results: Results, **context) -> HttpResponse:
    """The results as `template` draws them, or as JSON for `?format=json`. The inventory answers with it too."""
    if request.GET.get("format") == "json":
        return unindexed(JsonResponse(results.as_json(), json_dumps_params={"ensure_ascii": False}))
    return unindexed(render(request, template, {"results": results, **context}))


def unindexed(response: HttpResponse) -> HttpResponse:
    """Results quote contributions: search engines leave them alone, and nothing keeps what is withheld a moment later."""
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "private, no-cache"
    return response
