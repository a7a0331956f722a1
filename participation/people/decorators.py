"""What holds for every answer that depends on who asks."""

from functools import wraps


def unindexed_page(view):
    """The answer may quote what people wrote: no search engine indexes it."""

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex"
        return response

    return wrapped


def private_page(view):
    """The answer is one person's, or quotes what people wrote: nobody keeps it, no search engine indexes it."""

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        response = unindexed_page(view)(request, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        return response

    return wrapped
