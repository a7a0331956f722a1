from django import template

register = template.Library()


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
