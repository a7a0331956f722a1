"""Rights on pages and files.

They follow the tree: each organisation has a section under each index, and its editors have rights there and nowhere
else.
"""

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection, GroupApprovalTask, GroupCollectionPermission, GroupPagePermission, Page, Workflow

from participation.people.models import Organisation, Role

from .models import HomePage, SectionPage

RIGHTS_ON_PAGES = ["add", "change", "publish", "lock", "unlock"]
RIGHTS_ON_FILES = ["add", "change", "choose"]
OF_WAGTAIL = ["Editors", "Moderators"]
"""The groups that Wagtail's own migrations create."""


@transaction.atomic
def open_section(
    index: Page, organisation: Organisation, model: type[SectionPage], title: str | None = None
) -> SectionPage:
    """The organisation's section under an index, published, with its editors' rights; created on the first call."""
    section = model.objects.child_of(index).filter(organisation=organisation).first()
    if section is None:
        section = model(title=title or organisation.name, slug=organisation.slug, organisation=organisation)
        index.add_child(instance=section)
        section.save_revision().publish()
    give_rights(section)
    return section


@transaction.atomic
def give_rights(section: SectionPage) -> None:
    """Let the editors of the section's organisation, and of no other, work in it, with a collection for their files."""
    editors = section.organisation.editors
    others = Group.objects.filter(organisation__isnull=False).exclude(pk=editors.pk)
    GroupPagePermission.objects.filter(page=section, group__in=others).delete()
    _give_on_page(editors, section, RIGHTS_ON_PAGES)
    _give_on_files(editors, _collection_of(section.organisation))


@transaction.atomic
def set_up_page_rights(home_page: HomePage) -> None:
    """Let animators and administrators work on the whole site. Safe to run again, and for each language."""
    for role in (Role.ANIMATOR, Role.ADMINISTRATOR):
        group = Group.objects.get(name=role)
        _give_on_page(group, home_page, [*RIGHTS_ON_PAGES, "bulk_delete"])
        _give_on_files(group, Collection.get_first_root_node())
        # Translating creates pages anywhere below the one chosen: it is for those who may write anywhere.
        group.permissions.add(
            Permission.objects.get(content_type__app_label="wagtail_localize", codename="submit_translation")
        )
    _hand_workflow_to(Group.objects.get(name=Role.ANIMATOR))
    # They would stand beside the roles in every list, with rights on everything.
    Group.objects.filter(name__in=OF_WAGTAIL, user__isnull=True).delete()


def _hand_workflow_to(animators: Group) -> None:
    """What is submitted for review is read by the animators, under a name in the site's language."""
    with translation.override(settings.LANGUAGE_CODE):
        name = _("Review by the animators")
    for task in GroupApprovalTask.objects.filter(groups__name__in=OF_WAGTAIL):
        task.groups.set([animators])
        task.name = name
        task.save()
        Workflow.objects.filter(workflow_tasks__task=task).update(name=name)


def _give_on_page(group: Group, page: Page, rights: list[str]) -> None:
    held = set(
        GroupPagePermission.objects.filter(group=group, page=page).values_list("permission__codename", flat=True)
    )
    for right in rights:
        if f"{right}_page" not in held:
            GroupPagePermission.objects.create(group=group, page=page, permission_type=right)


def _give_on_files(group: Group, collection: Collection) -> None:
    for model in (get_image_model(), get_document_model()):
        codenames = [f"{right}_{model._meta.model_name}" for right in RIGHTS_ON_FILES]
        permissions = Permission.objects.filter(content_type__app_label=model._meta.app_label, codename__in=codenames)
        for permission in permissions:
            GroupCollectionPermission.objects.get_or_create(group=group, collection=collection, permission=permission)


def _collection_of(organisation: Organisation) -> Collection:
    """The collection its editors have, or a new one of its name."""
    existing = Collection.objects.filter(group_permissions__group=organisation.editors).first()
    return existing or Collection.get_first_root_node().add_child(instance=Collection(name=organisation.name))
