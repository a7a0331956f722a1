"""What the rooms' screens in Wagtail's admin share.

Their forms save by a verb (`form.save()` calls it with the person at work, `form.for_user`). What the verb refuses is
shown in the form, in the verb's own words, like any other error.
"""

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.log_actions import log
from wagtail.snippets.views.chooser import (
    ChooseResultsView,
    ChooseView,
    SnippetChosenMultipleView,
    SnippetChosenView,
    SnippetCreateView,
)
from wagtail.snippets.views.snippets import CreateView, EditView, HistoryView, IndexView, UsageView


def show_refusal(form: forms.Form, refusal: ValidationError) -> None:
    """Add the errors of a verb to a form: beside their fields where the form has them, above it otherwise."""
    for field, errors in refusal.update_error_dict({}).items():
        form.add_error(field if field in form.fields else None, errors)


def with_count(label: str, number: int) -> str:
    """What the menu says of a list where so many things wait: « Modération (3) »."""
    return f"{label} ({number})" if number else str(label)


class SavesByVerb:
    """Of a view that creates or edits: a refusal by the verb gives the form back, with what was typed."""

    def form_valid(self, form):
        try:
            return super().form_valid(form)
        except ValidationError as refusal:
            show_refusal(form, refusal)
            self.produced_error_code = "validation_error"
            self.produced_error_message = self.get_error_message()
            return self.form_invalid(form)


class NearestPage:
    """Of a list: what is asked for and is no page of it shows the nearest one."""

    def paginate_queryset(self, queryset, page_size):
        paginator = self.get_paginator(queryset, page_size)
        page = paginator.get_page(self.request.GET.get(self.page_kwarg))
        return paginator, page, page.object_list, page.has_other_pages()


class OfOnesOwn:
    """Of a view on one row: closed to those who may not change that very row.

    Wagtail asks whether somebody may change *some* rows of a model, and leaves which ones to the list.
    """

    def get_object(self, *args, **kwargs):
        try:
            return super().get_object(*args, **kwargs)
        except (ValueError, OverflowError):
            # What no database can hold is the id of no row.
            raise Http404 from None

    def dispatch(self, request, *args, **kwargs):
        if not self.permission_policy.user_has_permission_for_instance(request.user, "change", self.object):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class PlainIndexView(IndexView):
    """A list without boxes to tick: nothing is deleted here, let alone by the dozen."""

    @cached_property
    def columns(self):
        return super().columns[1:]


class CreateByVerb(SavesByVerb, CreateView):
    pass


class EditByVerb(OfOnesOwn, SavesByVerb, EditView):
    pass


class OwnUsageView(OfOnesOwn, UsageView):
    pass


class OwnHistoryView(OfOnesOwn, HistoryView):
    pass


# ── Choosers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class TitleSearchForm(BaseFilterForm):
    """The search of a chooser, for rows that have a title and no full-text index."""

    q = forms.CharField(label=_("Search by title"), required=False)

    def filter(self, objects):
        if words := self.cleaned_data["q"].strip():
            self.is_searching = True
            self.search_query = words
            objects = objects.filter(title__icontains=words)
        return objects


class OwnRows:
    """Of a chooser's list: the rows this person may use, newest first."""

    ordering = "-created_at"
    filter_form_class = TitleSearchForm

    def get_object_list(self):
        return self.model_class.objects.edited_by(self.request.user)


class ForThisPerson:
    """Of a chooser's creation form: it is told who fills it in."""

    def get_creation_form_kwargs(self):
        return {**super().get_creation_form_kwargs(), "for_user": self.request.user}


class ChooseOwn(OwnRows, ForThisPerson, ChooseView):
    pass


class ChooseOwnResults(OwnRows, ForThisPerson, ChooseResultsView):
    pass


class OwnChosen(SnippetChosenView):
    def get_object(self, pk):
        if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
            raise Http404
        return get_object_or_404(self.model_class.objects.edited_by(self.request.user), pk=pk)


class OwnChosenMultiple(SnippetChosenMultipleView):
    def get_objects(self, pks):
        numbers = [int(pk) for pk in pks if pk.isascii() and pk.isdigit() and len(pk) < 19]
        return self.model_class.objects.edited_by(self.request.user).filter(pk__in=numbers)


class CreateChosenByVerb(ForThisPerson, SnippetCreateView):
    def save_form(self, form):
        created = super().save_form(form)
        log(created, "wagtail.create", user=self.request.user)
        return created

    def post(self, request):
        try:
            with transaction.atomic():
                return super().post(request)
        except ValidationError as refusal:
            show_refusal(self.form, refusal)
            return self.get_reshow_creation_form_response()
