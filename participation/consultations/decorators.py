"""What holds for every answer that shows contributions."""

from functools import wraps


def personal(view):
    """The answer quotes contributions and depends on who asks: no search engine indexes it, nobody keeps it."""

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex"
        response["Cache-Control"] = "private, no-store"
        return response

    return wrapped
