"""What holds for every answer that depends on who asks."""

from functools import wraps


def private_page(view):
    """The answer is one person's, or quotes what people wrote: nobody keeps it, no search engine indexes it."""

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        response["X-Robots-Tag"] = "noindex"
        return response

    return wrapped
