from django import template

register = template.Library()


@register.filter
def of(counts: dict[int, int], row) -> int:
    """What is counted for a row, by its key; 0 when nothing is."""
    return counts.get(row.pk, 0)
