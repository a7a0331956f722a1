"""The forms by which organisations, their members and accounts are managed."""

from allauth.account.adapter import get_adapter
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.users.forms import GroupForm as WagtailGroupForm

from . import actions
from .forms import CommuneField, PseudonymField
from .models import ROLES_GIVEN, Membership, Organisation, ProfileRequest, Role, User
from .second_factor import protects


class OrganisationForm(WagtailAdminModelForm):
    def save(self, commit=True):
        if self.instance.pk:
            return actions.change_organisation(self.instance)
        self.instance = actions.create_organisation(**self.cleaned_data)
        return self.instance


class MemberForm(forms.Form):
    """What somebody may do for an organisation."""

    edits = forms.BooleanField(
        label=_("Edits"), required=False, help_text=Membership._meta.get_field("edits").help_text
    )
    speaks = forms.BooleanField(
        label=_("Speaks"), required=False, help_text=Membership._meta.get_field("speaks").help_text
    )

    def save(self, organisation: Organisation, user: User):
        return actions.set_member(
            organisation, user, edits=self.cleaned_data["edits"], speaks=self.cleaned_data["speaks"]
        )


class NewMemberForm(MemberForm):
    """The same, for somebody who has an account."""

    email = forms.EmailField(label=_("E-mail address of their account"))
    field_order = ["email"]

    def clean_email(self):
        """The account itself; members are known by the address they sign in with."""
        user = User.objects.filter(email__iexact=self.cleaned_data["email"], is_active=True).first()
        if user is None:
            raise ValidationError(_("Nobody has an account with this address. Ask them to create one, then come back."))
        return user


CHECKED = Organisation._meta.get_field("checked")


class VerificationForm(forms.Form):
    """What somebody checked of an organisation."""

    checked = forms.CharField(
        label=_("What was checked"),
        max_length=CHECKED.max_length,
        help_text=CHECKED.help_text,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class AnswerForm(VerificationForm):
    """The answer to a request for a profile: `act` is accept or decline. What was checked is asked by the verb, to accept."""

    act = forms.ChoiceField(choices=[("accept", ""), ("decline", "")])
    organisation = forms.ModelChoiceField(
        queryset=Organisation.objects.order_by("name"),
        label=_("Organisation"),
        empty_label=_("A new one, made of the request"),
        required=False,
    )
    answer = forms.CharField(
        label=_("Why it is declined"),
        max_length=ProfileRequest._meta.get_field("answer").max_length,
        help_text=_("Written to the person who asked."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["checked"].required = False

    def save(self, asked: ProfileRequest, by: User) -> Organisation | None:
        """Answer; return the organisation that is verified. Raises ValidationError: answered meanwhile, or a word is missing."""
        words = self.cleaned_data
        if words["act"] == "accept":
            return actions.accept_profile_request(
                asked, by, checked=words["checked"], organisation=words["organisation"]
            )
        actions.decline_profile_request(asked, by, answer=words["answer"])
        return None


class AccountForm(WagtailAdminModelForm):
    """An account: who it is for, and the roles it holds on the whole site. Rights on pages come from organisations."""

    required_css_class = "required"

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        required=False,
        choices=[(role.value, role.label) for role in ROLES_GIVEN],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("On the whole site. Rights on an organisation's pages are given in the organisation's members."),
    )

    pseudonym = PseudonymField()
    commune = CommuneField()

    class Meta:
        model = User
        fields = ["email", "pseudonym", "commune"]

    def __init__(self, *args, editing_self=False, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            # Read apart: validation writes what is typed in the instance.
            self.fields["pseudonym"].owner = User.objects.get(pk=self.instance.pk)
            self.fields["roles"].initial = sorted(self.instance.roles)

    def save(self, commit=True):
        actions.create_account(self.instance, roles=map(Role, self.cleaned_data["roles"]))
        return self.instance


class AccountChangeForm(AccountForm):
    """The same, for an account that is open. What its owner has lost is taken away here, and they are told by mail."""

    reset_second_factor = forms.BooleanField(
        label=_("Remove the second factor"),
        required=False,
        help_text=_("When its owner has lost it, and you are sure that it is them. They are told by mail."),
    )

    class Meta(AccountForm.Meta):
        fields = [*AccountForm.Meta.fields, "is_active", "is_doubtful"]
        labels = {"is_active": _("Open")}
        help_texts = {"is_active": _("Untick to close the account: its owner can no longer sign in.")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance == self.for_user or not protects(self.instance):
            del self.fields["reset_second_factor"]

    def save(self, commit=True):
        actions.change_account(self.instance, self.for_user, roles=map(Role, self.cleaned_data["roles"]))
        if self.cleaned_data.get("reset_second_factor"):
            actions.reset_second_factor(self.instance, self.for_user)
            get_adapter().send_notification_mail("people/mail/factors_reset", self.instance)
        return self.instance


class GroupForm(WagtailGroupForm):
    """What a group may do. The code and the organisations know groups by their names: those do not change here."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        group = self.instance
        if group.name in Role.values or hasattr(group, "organisation"):
            self.fields["name"].disabled = True
            self.fields["name"].help_text = _("This name is used by the site; it does not change.")
