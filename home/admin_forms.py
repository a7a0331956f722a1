"""The form of a page's editor."""

from itertools import count

from wagtail.admin.forms import WagtailAdminPageForm


class PageForm(WagtailAdminPageForm):
    def clean_slug(self):
        """The address of a new page comes from its title; the second page of the same title gets a number."""
        slug = self.cleaned_data["slug"]
        if not slug or self.instance.pk:
            return slug
        taken = set(self.parent_page.get_children().filter(slug__startswith=slug).values_list("slug", flat=True))
        return next(name for number in count(1) if (name := slug if number == 1 else f"{slug}-{number}") not in taken)
