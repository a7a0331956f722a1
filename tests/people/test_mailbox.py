"""The demonstration's mail room."""

import os

import pytest
from django.core.mail import EmailMessage, get_connection

from tests.people.conftest import code_in


@pytest.fixture
def letters(settings, tmp_path):
    """The folder of letters of a demonstration."""
    settings.DEMONSTRATION = True
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return settings.EMAIL_FILE_PATH


def send(*letters: EmailMessage) -> None:
    get_connection("django.core.mail.backends.filebased.EmailBackend").send_messages(letters)


def a_letter(subject="Bonjour", to="mado@exemple.fr", body="Ça va ?") -> EmailMessage:
    return EmailMessage(subject, body, "La Placette <ne-pas-repondre@placette.example>", [to])


def test_it_exists_in_the_demonstration_only(client, settings):
    settings.DEMONSTRATION = False

    assert client.get("/courrier/").status_code == 404


def test_the_last_letter_comes_first_with_its_accents(client, letters):
    send(
        a_letter("Première lettre"),
        a_letter("Élan d’été — très long objet " * 4, body="Place de l’église : œuvre\nhttp://testserver/x/"),
    )

    page = client.get("/courrier/")

    assert page.text.index("Élan d’été — très long objet") < page.text.index("Première lettre")
    assert "Place de l’église : œuvre" in page.text
    assert '<a href="http://testserver/x/"' in page.text
    assert "mado@exemple.fr" in page.text
    assert page["X-Robots-Tag"] == "noindex"


def test_it_may_show_the_letters_of_one_address(client, letters):
    send(a_letter("Pour Mado"), a_letter("Pour Paul", to="Paul <Paul@exemple.fr>"))

    page = client.get("/courrier/", {"a": "paul@EXEMPLE.fr"})

    assert "Pour Paul" in page.text
    assert "Pour Mado" not in page.text


def test_the_code_page_leads_to_the_letter(client, letters, sign_up, mailoutbox):
    page = sign_up()

    assert 'href="/courrier/?a=mado%40exemple.fr"' in page.text
    send(mailoutbox[0])
    assert code_in(mailoutbox[0]) in client.get("/courrier/", {"a": "mado@exemple.fr"}).text


def test_a_script_in_a_letter_stays_a_text(client, letters):
    send(a_letter("<script>alert(1)</script>", body="<img src=x onerror=alert(1)>"))

    page = client.get("/courrier/", {"a": ""})

    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert "<img" not in client.get("/courrier/", {"a": '"><img src=x>'}).text


def test_only_the_last_fifty_show(client, letters):
    send(*[a_letter(f"Lettre {number}.") for number in range(60)])

    page = client.get("/courrier/")

    assert page.text.count("<article") == 50
    assert "Lettre 59." in page.text
    assert "Lettre 9." not in page.text


def test_no_letter_yet(client, letters):
    assert "Pas encore de courrier" in client.get("/courrier/").text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe" * 1000,
        b"To: x\nContent-Type: text/plain; charset=klingon\n\nbonjour",
        b"To: x\nContent-Type: multipart/mixed; boundary=\n\n--\n",
        b"To: x\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n####",
        b"To: =?utf-8?q?=ZZ?= <\nSubject: =?x?y?z?=\n\nbonjour",
        b"Content-Type: image/png\nTo: x\n\nxx",
    ],
)
def test_a_strange_file_breaks_nothing(client, letters, content):
    send(a_letter("Une vraie lettre"))
    (letters / "99999999-etrange.log").write_bytes(content)
    (letters / "dossier").mkdir()
    os.symlink(letters / "nulle-part", letters / "lien.log")

    page = client.get("/courrier/")

    assert page.status_code == 200
    assert "Une vraie lettre" in page.text
