import re

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from participation.people import actions
from participation.people.models import Role, User
from tests import factories
from tests.people.conftest import code_in

CODE_PAGE = "Tapez le code que nous venons de vous envoyer"


def type_code(client, code, **others):
    return client.post(
        reverse("account_email_verification_sent"), {"action": "verify", "code": code, **others}, follow=True
    )


def test_a_resident_signs_up_and_comes_in_by_typing_the_code(client, sign_up, mailoutbox):
    page = sign_up()
    assert CODE_PAGE in page.text
    assert "mado@exemple.fr" in page.text

    page = type_code(client, code_in(mailoutbox[0]))

    user = User.objects.get(pseudonym="Mado des Sièyes")
    assert page.redirect_chain[-1][0] == reverse("people:account")
    assert page.context["user"] == user
    assert "Votre adresse est confirmée." in page.text
    assert user.email == "mado@exemple.fr"
    assert user.commune.name == "Digne-les-Bains"
    assert user.roles == {Role.RESIDENT}
    assert [(a.email, a.verified, a.primary) for a in user.emailaddress_set.all()] == [("mado@exemple.fr", True, True)]


def test_the_letter_gives_the_code_in_its_subject_and_first_line(sign_up, mailoutbox):
    sign_up()

    letter = mailoutbox[0]
    code = code_in(letter)
    assert letter.subject == f"[La Placette] {code} est votre code"
    assert letter.body.startswith(f"Votre code\N{NO-BREAK SPACE}: {code}\n")
    assert letter.to == ["mado@exemple.fr"]
    assert "http://testserver/" in letter.body


def test_a_commune_is_optional_and_the_communes_are_the_106(client, sign_up, territories):
    page = client.get(reverse("account_signup"))
    assert page.text.count("<option") == 107
    assert "Je préfère ne pas le dire" in page.text

    sign_up(commune="")

    assert User.objects.get(pseudonym="Mado des Sièyes").commune is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"email": "mado"}, "Écrivez une adresse e-mail complète"),
        ({"password1": "court"}, "10 caractères"),
        ({"password1": "motdepasse1234567890", "email": "motdepasse1234567890@exemple.fr"}, "trop semblable"),
        ({"pseudonym": "M"}, "au moins 2 caractères"),
        ({"pseudonym": "mado@exemple.fr"}, "n’y mettez pas votre adresse e-mail"),
        ({"pseudonym": "\u200b\u200b"}, "Ce champ est obligatoire"),
        ({"commune": "999999"}, "Sélectionnez un choix valide"),
        ({"commune": "Digne"}, "Sélectionnez un choix valide"),
        ({"charter": ""}, "Cochez cette case"),
    ],
)
def test_a_wrong_answer_is_told_and_the_others_are_kept(client, sign_up, answer, error):
    page = sign_up(**answer)

    assert page.context["form"].errors
    assert error in page.text
    assert 'value="Mado des Sièyes"' in page.text or "pseudonym" in answer
    assert not User.objects.filter(emailaddress__isnull=False).exists()


@pytest.mark.parametrize(
    "spelling",
    ["Élodie de Thoard", "élodie de thoard", "ÉLODIE DE THOARD", " Élodie  de Thoard ", "Élodie de\u200b Thoard"],
)
def test_a_pseudonym_is_taken_whatever_its_case_and_spaces(sign_up, spelling):
    factories.a_user("Élodie de Thoard")

    page = sign_up(pseudonym=spelling)

    assert "Quelqu’un a déjà ce pseudonyme" in page.text
    assert User.objects.count() == 1


def test_nobody_takes_the_name_of_an_organisation(sign_up, organisation):
    page = sign_up(pseudonym="ville de Digne-les-Bains")

    assert "C’est le nom d’une organisation" in page.text


def test_a_pseudonym_taken_since_the_form_was_checked_is_an_error_of_the_form(sign_up, monkeypatch):
    def too_late(**fields):
        raise IntegrityError

    monkeypatch.setattr(actions, "sign_up", too_late)

    page = sign_up()

    assert page.status_code == 200
    assert "Quelqu’un a déjà ce pseudonyme" in page.text


def test_a_robot_that_fills_in_the_hidden_box_gets_no_account(client, sign_up, mailoutbox):
    page = client.get(reverse("account_signup"))
    box = re.search(r'<input[^>]*name="site_web"[^>]*>', page.text).group()
    assert 'tabindex="-1"' in box
    assert "style=" not in box  # the content security policy would refuse it, and the box would show

    sign_up(site_web="https://pilules.example")

    assert not User.objects.exists()
    assert not mailoutbox


# ── The code ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_wrong_code_leaves_two_more_attempts(client, sign_up, mailoutbox):
    sign_up()
    code = code_in(mailoutbox[0])
    wrong = "000000" if code != "000000" else "111111"

    page = type_code(client, wrong)
    assert "Ce n’est pas le dernier code que nous avons envoyé" in page.text
    assert page.context["user"].is_anonymous
    type_code(client, wrong)
    page = type_code(client, wrong)

    assert "Trop d’essais" in page.text
    assert page.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert type_code(client, code).context["user"].is_anonymous


@pytest.mark.parametrize("typed", ["{0} {1}", "{0}-{1}", " {0}{1} "])
def test_the_code_may_be_typed_with_spaces(client, sign_up, mailoutbox, typed):
    sign_up()
    code = code_in(mailoutbox[0])

    page = type_code(client, typed.format(code[:3], code[3:]))

    assert page.context["user"].is_authenticated


@pytest.mark.parametrize("typed", ["", "é" * 6, "١٢٣٤٥٦", "0" * 5000, "\x00"])
def test_anything_may_be_typed_as_a_code(client, sign_up, typed):
    sign_up()

    page = type_code(client, typed)

    assert page.status_code == 200
    assert page.context["user"].is_anonymous


def test_another_code_replaces_the_first(client, sign_up, mailoutbox):
    sign_up()

    page = client.post(reverse("account_email_verification_sent"), {"action": "resend"}, follow=True)

    assert "Un nouveau code est parti" in page.text
    assert len(mailoutbox) == 2
    if code_in(mailoutbox[0]) != code_in(mailoutbox[1]):
        assert type_code(client, code_in(mailoutbox[0])).context["user"].is_anonymous
    assert type_code(client, code_in(mailoutbox[1])).context["user"].is_authenticated


def test_codes_are_not_sent_one_after_the_other(client, sign_up, mailoutbox, settings):
    settings.ACCOUNT_RATE_LIMITS = {}
    sign_up()

    page = client.post(reverse("account_email_verification_sent"), {"action": "resend"}, follow=True)

    assert "Attendez une dizaine de secondes" in page.text
    assert len(mailoutbox) == 1


def test_after_a_quarter_of_an_hour_the_code_is_no_longer_good(client, sign_up, mailoutbox, time_machine):
    time_machine.move_to(timezone.now())
    sign_up()
    time_machine.shift(16 * 60)

    page = type_code(client, code_in(mailoutbox[0]))

    assert "Aucun code n’est plus attendu ici" in page.text
    assert page.context["user"].is_anonymous


def test_signing_in_before_the_address_is_confirmed_sends_a_code(client, sign_up, mailoutbox, answers):
    sign_up()
    client.cookies.clear()

    page = client.post(
        reverse("account_login"), {"login": answers["email"], "password": answers["password1"]}, follow=True
    )

    assert CODE_PAGE in page.text
    assert type_code(client, code_in(mailoutbox[1])).context["user"].pseudonym == "Mado des Sièyes"


def test_with_a_mistyped_address_one_starts_again_and_keeps_the_answers(client, sign_up, mailoutbox, territories):
    sign_up(email="mado@exmple.fr")

    page = client.post(
        reverse("account_email_verification_sent"), {"action": "restart", "next": "/participation/"}, follow=True
    )

    assert page.redirect_chain[-1][0] == f"{reverse('account_signup')}?next=%2Fparticipation%2F"
    assert 'value="Mado des Sièyes"' in page.text
    assert f'<option value="{territories["04070"].pk}" selected>' in page.text
    assert "mado@exmple.fr" not in page.text
    assert not User.objects.exists()
    sign_up()
    assert type_code(client, code_in(mailoutbox[1])).context["user"].pseudonym == "Mado des Sièyes"


def test_starting_again_erases_no_account_that_someone_signs_in_to(client, sign_up, resident):
    resident.emailaddress_set.update(verified=False)
    client.post(reverse("account_login"), {"login": resident.email, "password": factories.PASSWORD}, follow=True)

    client.post(reverse("account_email_verification_sent"), {"action": "restart"})

    assert User.objects.filter(pk=resident.pk).exists()


def test_a_code_for_an_account_forgotten_meanwhile_leads_back_to_sign_up(client, sign_up, mailoutbox):
    sign_up()
    actions.forget_unconfirmed(before=timezone.now())

    page = type_code(client, code_in(mailoutbox[0]))

    assert page.redirect_chain[-1][0] == reverse("account_signup")
    assert "votre inscription a été abandonnée" in page.text


def test_sign_ups_that_nobody_confirmed_are_forgotten_and_nothing_else(sign_up, resident, moderator, organisation):
    sign_up()
    for known in (resident, moderator):
        known.emailaddress_set.update(verified=False)
    resident.last_login = timezone.now()
    resident.save()
    member = factories.a_user("Membre", speaks=[organisation])
    member.emailaddress_set.update(verified=False)
    confirmed = factories.a_user("Deux adresses")
    confirmed.emailaddress_set.create(email="autre@exemple.fr", verified=False)
    opened_for_somebody = User.objects.create_user("paul@exemple.fr", pseudonym="Paul")

    assert actions.forget_unconfirmed(before=timezone.now() - timezone.timedelta(days=7)) == 0
    assert actions.forget_unconfirmed(before=timezone.now()) == 1

    assert set(User.objects.all()) == {resident, moderator, member, confirmed, opened_for_somebody}


# ── Nobody learns who has an account ─────────────────────────────────────────────────────────────────────────────────


def test_an_address_that_has_an_account_gets_the_same_page_and_another_letter(client, sign_up, resident, mailoutbox):
    unknown = sign_up().text
    client.cookies.clear()

    known = sign_up(email=resident.email, pseudonym="Quelqu’un d’autre").text

    def comparable(text, address):
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text).replace(address, "ADRESSE")

    assert comparable(known, resident.email) == comparable(unknown, "mado@exemple.fr")
    assert User.objects.filter(email=resident.email).count() == 1
    letter = mailoutbox[1]
    assert letter.to == [resident.email]
    assert letter.subject == "[La Placette] Vous avez déjà un compte"
    assert f"http://testserver{reverse('account_login')}" in letter.body
    assert f"http://testserver{reverse('account_reset_password')}" in letter.body


@pytest.mark.parametrize("action", ["resend", "restart", "change"])
def test_neither_the_buttons_tell_that_an_address_has_an_account(client, sign_up, resident, action):
    pages = []
    for email in ["inconnue@exemple.fr", resident.email]:
        client.cookies.clear()
        sign_up(email=email, pseudonym=f"Essai {email[:4]}")
        page = client.post(
            reverse("account_email_verification_sent"), {"action": action, "email": "autre@exemple.fr"}, follow=True
        )
        text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.text)
        pages.append((page.redirect_chain, text.replace(email, "ADRESSE").replace(f"Essai {email[:4]}", "ESSAI")))

    assert pages[0] == pages[1]


def test_a_letter_that_does_not_leave_is_told_and_can_be_sent_again(client, sign_up, monkeypatch, mailoutbox):
    def refuse(*args, **kwargs):
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.message.EmailMessage.send", refuse)
        page = sign_up()
    assert "L’e-mail n’a pas pu partir" in page.text

    client.post(reverse("account_email_verification_sent"), {"action": "resend"})

    assert type_code(client, code_in(mailoutbox[0])).context["user"].is_authenticated
