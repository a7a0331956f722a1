"""Where proposed sheets are read: a workflow of Wagtail's, that of the inventory, with a step of its own."""

from django import forms
from django.conf import settings
from django.contrib.auth.models import Group
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.forms import TaskStateCommentForm
from wagtail.models import AbstractGroupApprovalTask, Page, Workflow, WorkflowPage, WorkflowState, WorkflowTask

from participation.people.models import Role

from . import outcomes
from .models import Proposal


class WordsToTheAuthorForm(TaskStateCommentForm):
    comment = forms.CharField(
        label=gettext_lazy("What you tell the person who proposed it"),
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("They receive it by e-mail, as it is."),
    )


class ProposalReview(AbstractGroupApprovalTask):
    """Reading a proposed sheet: approve it, ask its author to complete it, or decline it, with words for them."""

    class Meta:
        verbose_name = gettext_lazy("reading of proposed sheets")
        verbose_name_plural = gettext_lazy("readings of proposed sheets")

    def get_actions(self, obj, user):
        """Those of an approval; declining too where somebody proposed the sheet."""
        actions = super().get_actions(obj, user)
        if actions and Proposal.objects.under_review().filter(page_id=obj.pk).exists():
            actions.append(("decline", _("Decline"), True))
        return actions

    def get_form_for_action(self, action):
        return WordsToTheAuthorForm if action in ("reject", "decline") else super().get_form_for_action(action)

    def on_action(self, task_state, user, action_name, **kwargs):
        if action_name == "decline":
            outcomes.decline(task_state, user, **kwargs)
        else:
            super().on_action(task_state, user, action_name, **kwargs)

    @classmethod
    def get_description(cls):
        return _("Members of the chosen groups read the sheets that people propose, and answer them.")


def submit(page: Page, index: Page) -> None:
    """Put a sheet before those who read it; again, when they had asked for changes.

    Nobody is said to have asked for it: Wagtail would give its author rights, and write to them about the admin.
    """
    set_up(index)
    state = page.current_workflow_state
    if state is None:
        page.get_workflow().start(page, user=None)
    elif state.status == WorkflowState.STATUS_NEEDS_CHANGES:
        state.resume(user=None)


def set_up(index: Page) -> None:
    """Give the inventory a workflow in which the animators read, unless it has one in which somebody does."""
    if Workflow.objects.active().filter(workflow_pages__page=index, workflow_tasks__task__active=True).exists():
        return
    with translation.override(settings.LANGUAGE_CODE):
        name = _("Proposed sheets")
    step = ProposalReview.objects.create(name=name)
    step.groups.add(Group.objects.get(name=Role.ANIMATOR))
    workflow = Workflow.objects.create(name=name)
    WorkflowTask.objects.create(workflow=workflow, task=step, sort_order=0)
    WorkflowPage.objects.update_or_create(page=Page.objects.get(pk=index.pk), defaults={"workflow": workflow})
