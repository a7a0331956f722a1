"""What people say of themselves, at sign-up and later. The forms that come from allauth are in account_forms.py."""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from participation.plain_text import one_line, shows_something
from participation.vocabulary.models import Territory

from .models import Organisation, ProfileRequest, User
from .names import SIGNS_OF_NAMES, claims_a_mandate, is_of_the_house, is_plain, looks_like

TAKEN = _("Somebody already has this pseudonym: choose another. If it is yours, sign in instead.")


class PseudonymField(forms.CharField):
    """A name to be shown beside what one writes: 2 to 40 characters, without tricks of spacing."""

    owner: User | None = None
    """Whose it is, in the form of an account that exists: what one has is one's own."""

    def __init__(self, **kwargs):
        model_field = User._meta.get_field("pseudonym")
        defaults = {
            "label": _("Pseudonym"),
            "help_text": model_field.help_text,
            "max_length": model_field.max_length,
            "min_length": 2,
            "widget": forms.TextInput(attrs={"autocomplete": "nickname", "autocapitalize": "words"}),
        }
        super().__init__(**{**defaults, **kwargs})

    def to_python(self, value):
        """One form of each letter, single spaces, nothing invisible: two names that look the same are the same."""
        text = unicodedata.normalize("NFKC", super().to_python(value))
        text = "".join(" " if character.isspace() else character for character in text)
        text = "".join(character for character in text if unicodedata.category(character)[0] != "C")
        return re.sub(r" +", " ", text).strip()

    def validate(self, value):
        super().validate(value)
        if _is_address(value):
            raise ValidationError(_("This name is shown to everybody: do not write your e-mail address here."))
        if strange := next((character for character in value if not is_plain(character)), ""):
            raise ValidationError(
                _(
                    "A pseudonym is written with letters, digits, spaces, apostrophes, full stops and hyphens: not “%(strange)s”."
                ),
                params={"strange": strange},
            )
        if self.owner and value == self.owner.pseudonym:
            return
        names = list(Organisation.objects.values_list("name", flat=True))
        if looks_like(value, names) or claims_a_mandate(value, names):
            raise ValidationError(_("This is the name of an organisation. Choose another pseudonym."))
        if is_of_the_house(value):
            raise ValidationError(_("This name would speak for the site. Choose another."))
        known = User.objects.taken_at_their_word().exclude(pk=self.owner and self.owner.pk)
        if looks_like(value, known.values_list("pseudonym", flat=True)):
            raise ValidationError(
                _("This is too close to the name of somebody who works for the site. Choose another.")
            )


class CommuneField(forms.ModelChoiceField):
    """One of the territory's communes, or none."""

    def __init__(self, **kwargs):
        defaults = {
            "queryset": Territory.objects.communes(),
            "label": _("Commune"),
            "help_text": User._meta.get_field("commune").help_text,
            "empty_label": _("I would rather not say"),
            "required": False,
        }
        super().__init__(**{**defaults, **kwargs})


class SignupForm(forms.Form):
    """What sign-up asks besides the address and the password, which allauth's form adds to this one.

    allauth imports this module while it defines its own forms: nothing of allauth's forms can be imported here.
    """

    field_order = ["email", "password1", "pseudonym", "commune", "charter"]

    pseudonym = PseudonymField()
    commune = CommuneField()
    charter = forms.BooleanField(
        label=_("I have read the charter and accept it"),
        error_messages={"required": _("Tick this box: the charter is what we promise each other.")},
    )

    def clean_pseudonym(self):
        pseudonym = self.cleaned_data["pseudonym"]
        if User.objects.named(pseudonym).exists():
            raise ValidationError(TAKEN)
        return pseudonym

    def signup(self, request, user):
        """allauth asks for this method. The adapter has already saved all there is to save."""


class ProfileForm(forms.Form):
    """What one changes of oneself."""

    pseudonym = PseudonymField()
    commune = CommuneField()

    def __init__(self, *args, user: User, **kwargs):
        self.user = user
        initial = {"pseudonym": user.pseudonym, "commune": user.commune_id}
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["pseudonym"].owner = user

    def clean_pseudonym(self):
        pseudonym = self.cleaned_data["pseudonym"]
        if User.objects.named(pseudonym).exclude(pk=self.user.pk).exists():
            raise ValidationError(_("Somebody already has this pseudonym: choose another."))
        return pseudonym


class ProfileRequestForm(forms.ModelForm):
    """An organisation for which one asks a verified profile, and the mandate one has of it."""

    class Meta:
        model = ProfileRequest
        fields = ["name", "kind", "territory", "presentation", "website", "mandate"]
        labels = {"territory": _("Where it acts"), "mandate": _("Your mandate")}
        widgets = {"presentation": forms.Textarea(attrs={"rows": 5}), "mandate": forms.Textarea(attrs={"rows": 4})}
        help_texts = {
            "name": _("As it calls itself; the name that will stand beside what you write."),
            "presentation": _("What it does, for whom: everybody will read it."),
            "website": _("Optional."),
            "mandate": _(
                "Who asked you to speak for it, and how that can be checked: a number, a decision, somebody to call. "
                "Only those who run the site read it."
            ),
        }

    territory = forms.ModelChoiceField(
        queryset=Territory.objects.order_by("kind", "name"),
        label=_("Where it acts"),
        empty_label=_("Everywhere"),
        required=False,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # A browser would cut what is pasted without a word; the field says how much is too much.
            field.widget.attrs.pop("maxlength", None)
        self.fields["website"].assume_scheme = "https"

    def clean_name(self):
        name = one_line(unicodedata.normalize("NFKC", self.cleaned_data["name"]))
        if not shows_something(name):
            raise ValidationError(_("Write the name of the organisation."))
        if strange := next((one for one in name if not (is_plain(one) or one in SIGNS_OF_NAMES)), ""):
            raise ValidationError(
                _("Write this name with the letters of our alphabet and ordinary punctuation: not “%(strange)s”."),
                params={"strange": strange},
            )
        if is_of_the_house(name):
            raise ValidationError(_("This name would speak for the site. Choose another."))
        return name

    def _post_clean(self):
        """The verb builds the row, and checks it."""


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
