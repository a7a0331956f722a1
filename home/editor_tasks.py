"""The first panel of the admin: the things one comes to do, each with the link that begins it."""

from dataclasses import dataclass, field

from wagtail import hooks
from wagtail.admin.ui.components import Component


@dataclass(frozen=True)
class EditorTask:
    """Something to do. A floor adds its own with the hook `register_editor_task` (a function of the request)."""

    order: int
    icon: str
    title: str
    text: str
    links: list[tuple[str, str]] = field(default_factory=list)
    """(words, address): one for each place where it can be done."""


class TasksPanel(Component):
    name = "tasks"
    order = 10
    template_name = "home/admin/tasks.html"

    def __init__(self, request):
        self.request = request

    def get_context_data(self, parent_context):
        found = [task for ask in hooks.get_hooks("register_editor_task") if (task := ask(self.request))]
        return {"tasks": sorted(found, key=lambda task: task.order)}
