"""Who may do what, in the admin, with the rows that belong to an organisation."""

from django.db.models import Q
from wagtail.permission_policies import BasePermissionPolicy

from .models import Organisation, Role, User


class EditorsPolicy(BasePermissionPolicy):
    """An organisation's editors see, add and change what is theirs. Nothing is deleted here: it carries people's words.

    The model's queryset answers `edited_by(user)`. Wagtail's own permissions, by model, would open every row to all.
    """

    ALLOWED = frozenset({"view", "add", "change"})

    permission_cache_name = "_edits_organisations"
    """Lists ask it for each of their rows."""

    def get_all_permissions_for_user(self, user):
        return self.ALLOWED if user.is_active and Organisation.objects.edited_by(user).exists() else frozenset()

    def user_has_permission(self, user, action):
        return action in self.get_cached_permissions_for_user(user)

    def user_has_permission_for_instance(self, user, action, instance):
        return self.instances_user_has_permission_for(user, action).filter(pk=instance.pk).exists()

    def instances_user_has_any_permission_for(self, user, actions):
        if user.is_active and not self.ALLOWED.isdisjoint(actions):
            return self.model._default_manager.edited_by(user)
        return self.model._default_manager.none()

    def users_with_any_permission(self, actions):
        if self.ALLOWED.isdisjoint(actions):
            return User.objects.none()
        everywhere = Q(is_superuser=True) | Q(groups__name__in=[Role.ADMINISTRATOR, Role.ANIMATOR])
        return User.objects.filter(everywhere | Q(membership__edits=True), is_active=True).distinct()


class ReadOnly(BasePermissionPolicy):
    """Those of some roles read; nobody writes but by the verbs."""

    def __init__(self, model, *roles: Role):
        super().__init__(model)
        self.roles = roles

    def user_has_permission(self, user, action):
        return action == "view" and user.is_active and user.has_role(*self.roles)

    def user_has_permission_for_instance(self, user, action, instance):
        return self.user_has_permission(user, action)

    def instances_user_has_any_permission_for(self, user, actions):
        allowed = any(self.user_has_permission(user, action) for action in actions)
        return self.model._default_manager.all() if allowed else self.model._default_manager.none()

    def users_with_any_permission(self, actions):
        if "view" not in actions:
            return User.objects.none()
        return User.objects.filter(Q(is_superuser=True) | Q(groups__name__in=self.roles), is_active=True).distinct()
