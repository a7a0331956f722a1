"""Signing in never loses the text."""

import re
import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from participation.consultations.models import Reaction
from participation.forum import actions
from participation.forum.models import Message
from participation.people import pending
from participation.people.models import Session
from tests import factories
from tests.people.conftest import ELSEWHERE, code_in, link_in

TEXT = "Un kiosque, place de l’église.\nEt des bancs à l’ombre."
RESUME = "/compte/reprendre/"


@pytest.fixture
def strict_client():
    """A browser whose forms must hold a token."""
    return Client(enforce_csrf_checks=True)


def write(client, forum, *, headers=None, **fields):
    fields = {"title": "Un kiosque !", "body": TEXT, "next": "/projets/kiosque/", **fields}
    return client.post(reverse("forum:post_topic", args=[forum.pk]), fields, headers=headers)


def sign_in(client, user, next=RESUME, **options):
    return client.post(
        reverse("account_login"),
        {"login": user.email, "password": factories.PASSWORD, "next": next},
        follow=True,
        **options,
    )


def form_of(page) -> tuple[str, dict]:
    """Where the first form of the page's content goes and what it holds, as a browser would send it."""
    form = re.search(r'<form class="form" method="post" action="([^"]*)".*?</form>', page.text.split("<main")[1], re.S)
    fields = dict(re.findall(r'<input[^>]*name="([^"]*)" value="([^"]*)"', form.group()))
    fields |= dict(re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n(.*?)</textarea>', form.group(), re.S))
    return form.group(1), fields


# ── The journey ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_text_written_without_signing_in_is_kept_then_published(client, forum, resident):
    response = write(client, forum)
    assert response.url == f"{reverse('account_login')}?next={RESUME.replace('/', '%2F')}"
    page = client.get(response.url)
    assert "Votre texte est gardé\N{NO-BREAK SPACE}: connectez-vous pour publier votre message." in page.text
    assert not Message.objects.exists()

    page = sign_in(client, resident)
    assert "Votre texte est là, rien n’est perdu" in page.text
    assert "Publier votre message</button>" in page.text
    action, fields = form_of(page)
    fields["body"] += " Merci."
    response = client.post(action, fields)

    message = Message.objects.get()
    assert response.url == f"/projets/kiosque/#activity-{forum.pk}"
    assert (message.author, message.title) == (resident, "Un kiosque !")
    assert message.body == f"{TEXT} Merci."
    assert pending.SESSION_KEY not in client.session


def test_the_text_is_kept_through_sign_up_and_its_code(client, forum, answers, mailoutbox):
    write(client, forum)
    page = client.get(reverse("account_signup") + f"?next={RESUME}")
    assert "Votre texte est gardé." in page.text
    page = client.post(reverse("account_signup"), {**answers, "next": RESUME}, follow=True)
    assert "Votre texte est gardé." in page.text

    page = client.post(
        reverse("account_email_verification_sent"), {"action": "verify", "code": code_in(mailoutbox[0])}, follow=True
    )

    assert page.redirect_chain[-1][0] == RESUME
    assert form_of(page)[1]["body"] == TEXT


def test_the_text_is_kept_through_a_forgotten_password(client, forum, resident, mailoutbox):
    write(client, forum)
    client.post(reverse("account_reset_password"), {"email": resident.email})
    page = client.get(link_in(mailoutbox[0]), follow=True)
    assert "Votre texte est gardé." in page.text

    page = client.post(page.request["PATH_INFO"], {"password1": "la fontaine du bourg"}, follow=True)

    assert page.redirect_chain[-1][0] == RESUME
    assert form_of(page)[1]["body"] == TEXT


def test_whoever_signs_in_by_another_way_is_led_to_what_they_began(client, forum, resident):
    write(client, forum)

    page = sign_in(client, resident, next="")

    assert page.redirect_chain[-1][0] == RESUME
    assert "Ce que vous avez commencé vous attend" in client.get(reverse("people:account")).text


def test_a_session_that_ends_while_one_writes_loses_nothing(client, forum, resident):
    client.force_login(resident)
    client.get(forum.get_absolute_url())
    Session.objects.all().delete()

    write(client, forum)

    assert form_of(sign_in(client, resident))[1]["body"] == TEXT


def test_a_click_is_kept_too(client, forum, resident):
    topic = factories.a_topic(forum, factories.a_user("Paul"))
    client.post(reverse("consultations:react", args=[topic.pk]), {"choice": "agree"})
    assert "Votre choix est gardé" in client.get(reverse("account_login")).text

    page = sign_in(client, resident)
    assert "Encore un clic" in page.text
    client.post(*form_of(page))

    assert Reaction.objects.get().user == resident


def test_htmx_is_led_to_a_whole_page(client, forum):
    response = write(client, forum, headers={"HX-Request": "true"})

    assert response.status_code == 204
    assert response["HX-Redirect"].startswith(reverse("account_login"))
    assert client.session[pending.SESSION_KEY]["path"] == reverse("forum:post_topic", args=[forum.pk])


def test_what_was_begun_can_be_thrown_away(client, forum, resident):
    write(client, forum)
    sign_in(client, resident)
    assert client.get(reverse("people:abandon")).status_code == 405

    response = client.post(reverse("people:abandon"))

    assert response.url == "/projets/kiosque/"
    page = client.get(RESUME, follow=True)
    assert "Rien n’attend ici" in page.text


def test_a_signed_in_person_publishes_at_once(client, forum, resident):
    client.force_login(resident)

    write(client, forum)

    assert Message.objects.count() == 1
    assert pending.SESSION_KEY not in client.session


# ── What may happen to it ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_text_that_is_refused_is_shown_again_and_still_kept(client, forum, resident):
    write(client, forum)
    action, fields = form_of(sign_in(client, resident))

    page = client.post(action, {**fields, "title": ""})

    assert page.status_code == 422
    assert TEXT.splitlines()[0] in page.text
    assert form_of(client.get(RESUME))[1]["body"] == TEXT


def test_a_text_corrected_after_a_refusal_no_longer_waits(client, forum, resident):
    write(client, forum)
    action, fields = form_of(sign_in(client, resident))
    client.post(action, {**fields, "title": ""})

    write(client, forum)

    assert Message.objects.count() == 1
    assert pending.SESSION_KEY not in client.session


def test_a_text_that_meets_a_failure_of_the_site_is_still_kept(client, forum, resident, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError

    write(client, forum)
    action, fields = form_of(sign_in(client, resident))
    client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr(actions, "post_message", fail)
        assert client.post(action, fields).status_code == 500

    action, fields = form_of(client.get(RESUME))
    client.post(action, fields)

    assert Message.objects.get().body == TEXT


def test_a_button_pressed_twice_publishes_once(client, forum, resident):
    write(client, forum)
    action, fields = form_of(sign_in(client, resident))

    client.post(action, fields)
    response = client.post(action, fields, follow=True)

    assert Message.objects.count() == 1
    assert response.redirect_chain[-1][0] == "/projets/kiosque/"


def test_a_button_pressed_twice_at_once_publishes_once(client, forum, resident, monkeypatch):
    write(client, forum)
    action, fields = form_of(sign_in(client, resident))
    post_message = actions.post_message

    def while_the_first_is_being_written(*args, **kwargs):
        other_tab = Client()
        other_tab.cookies = client.cookies
        monkeypatch.setattr(actions, "post_message", post_message)
        other_tab.post(action, fields)
        return post_message(*args, **kwargs)

    monkeypatch.setattr(actions, "post_message", while_the_first_is_being_written)
    client.post(action, fields)

    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_requests_in_the_same_instant_one_takes_the_text(client, forum, resident):
    write(client, forum)
    _action, fields = form_of(sign_in(client, resident))
    taken = []

    def take():
        request = type("Request", (), {"session": type(client.session)(client.session.session_key)})()
        list(request.session.items())  # read before the others have taken it
        ready.wait()
        taken.append(pending._take(request, fields["_pending"]))
        connection.close()

    ready = threading.Barrier(4)
    threads = [threading.Thread(target=take) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == [False, False, False, True]


def test_a_form_resumed_after_a_day_is_still_sent(client, forum, resident, time_machine):
    time_machine.move_to(timezone.now())
    write(client, forum)
    action, fields = form_of(sign_in(client, resident))
    time_machine.shift(25 * 60 * 60)
    client.get(reverse("people:account"))
    assert pending.SESSION_KEY not in client.session

    client.post(action, fields)

    assert Message.objects.get().body == TEXT


def test_after_a_day_it_is_dropped(client, forum, resident, time_machine):
    time_machine.move_to(timezone.now())
    write(client, forum)
    time_machine.shift(24 * 60 * 60 + 1)

    page = sign_in(client, resident)

    assert "Rien n’attend ici" in page.text


def test_the_last_text_takes_the_place_of_the_one_before(client, forum, resident):
    write(client, forum, body="Le premier texte")
    write(client, forum, body="Le second texte")

    assert form_of(sign_in(client, resident))[1]["body"] == "Le second texte"


def test_a_click_does_not_take_the_place_of_a_text(client, forum, resident):
    topic = factories.a_topic(forum, factories.a_user("Paul"))
    write(client, forum)
    client.post(reverse("consultations:react", args=[topic.pk]), {"choice": "agree"})

    assert form_of(sign_in(client, resident))[1]["body"] == TEXT


def test_what_somebody_began_is_not_shown_to_who_signs_in_after_another(client, forum, resident):
    other = factories.a_user("Paul")
    client.force_login(other)
    session = client.session
    session[pending.SESSION_KEY] = {"path": "/", "fields": [], "next": "", "lost_files": False, "id": "x", "at": 0}
    session.save()
    client.force_login(resident)

    assert pending.SESSION_KEY not in client.session


def test_ten_thousand_characters_are_kept(client, forum, resident):
    text = "é" * 9_999 + "."
    write(client, forum, body=text)

    assert form_of(sign_in(client, resident))[1]["body"] == text


def test_a_text_too_long_for_a_session_is_given_back_at_once(client, forum):
    text = "é" * 26_000
    page = write(client, forum, body=text)

    assert page.status_code == 413
    assert "trop long pour être gardé" in page.text
    assert form_of(page)[1]["body"] == text
    assert pending.SESSION_KEY not in client.session


def test_a_script_in_a_text_stays_a_text(client, forum, resident):
    script = "</textarea><script>alert(1)</script>"
    write(client, forum, body=script, title='"><img src=x onerror=alert(1)>', official='"><b>')

    page = sign_in(client, resident)

    assert script not in page.text
    assert "&lt;/textarea&gt;&lt;script&gt;" in page.text
    assert "<img src=x" not in page.text
    assert '"><b>' not in page.text


def test_a_text_that_starts_with_an_empty_line_keeps_it(client, forum, resident):
    write(client, forum, body="\n\nPlus bas.")

    assert form_of(sign_in(client, resident))[1]["body"] == "\n\nPlus bas."


def test_neither_the_token_nor_files_are_kept(client, forum, tmp_path):
    photo = tmp_path / "place.jpg"
    photo.write_bytes(b"x")
    with photo.open("rb") as file:
        write(client, forum, csrfmiddlewaretoken="secret", photo=file)

    kept = client.session[pending.SESSION_KEY]
    assert [name for name, _value in kept["fields"]] == ["title", "body", "next"]
    assert kept["lost_files"]


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_one_goes_back_to_no_other_site(client, forum, resident, elsewhere):
    write(client, forum, next=elsewhere)
    page = sign_in(client, resident)
    assert "next" not in form_of(page)[1]

    assert client.post(reverse("people:abandon")).url == "/"


def test_the_page_one_came_from_is_found_without_next(client, forum):
    write(client, forum, next="", headers={"Referer": "http://testserver/projets/kiosque/?page=2"})
    assert client.session[pending.SESSION_KEY]["next"] == "/projets/kiosque/?page=2"

    write(client, forum, next="", headers={"Referer": "https://mechant.example/"})
    assert client.session[pending.SESSION_KEY]["next"] == ""


@pytest.mark.parametrize(
    "path",
    [
        "/compte/profil/",
        "/compte/deconnexion/",
        "/admin/",
        "/nulle-part/",
        "https://mechant.example/",
        "//mechant.example/",
    ],
)
def test_a_kept_form_is_sent_nowhere_but_to_a_view_that_keeps(client, forum, resident, path):
    write(client, forum)
    session = client.session
    session[pending.SESSION_KEY] |= {"path": path}
    session.save()

    page = sign_in(client, resident)

    assert TEXT.splitlines()[0] in page.text
    assert "L’endroit auquel il était destiné n’existe plus" in page.text
    assert "<button" not in page.text.split('<form class="form"')[1].split("</form>")[0]


def test_a_text_begun_in_english_is_resumed_in_english(client, forum, resident):
    client.post(
        f"/en{reverse('forum:post_topic', args=[forum.pk])}", {"title": "A bandstand", "body": "By the church."}
    )

    page = sign_in(client, resident)

    assert "Publier votre message</button>" in page.text
    assert form_of(page)[0] == f"/en{reverse('forum:post_topic', args=[forum.pk])}"


def test_a_form_that_is_only_shown_asks_nobody_to_sign_in(client, forum, resident):
    topic = factories.a_topic(forum, resident)

    assert client.get(reverse("forum:edit", args=[topic.pk])).status_code == 403
    assert pending.SESSION_KEY not in client.session


# ── A refused token ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_refused_token_gives_the_text_back_with_a_new_one(strict_client, forum, resident):
    strict_client.force_login(resident)

    page = write(strict_client, forum, csrfmiddlewaretoken="périmé")

    assert page.status_code == 403
    assert "donc rien n’est parti" in page.text or "autorisez les cookies" in page.text
    action, fields = form_of(page)
    assert fields["body"] == TEXT
    strict_client.post(action, fields)
    assert Message.objects.get().body == TEXT


def test_without_cookie_the_page_says_that_one_is_needed(strict_client, forum):
    page = write(strict_client, forum)

    assert page.status_code == 403
    assert "autorisez les cookies de ce site" in page.text
    assert form_of(page)[1]["body"] == TEXT


def test_a_page_elsewhere_cannot_replace_what_one_began(strict_client, forum, resident):
    page = strict_client.get(reverse("account_login"))
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text).group(1)
    write(strict_client, forum, csrfmiddlewaretoken=token)

    write(strict_client, forum, body="Achetez mes pilules")

    assert ["body", TEXT] in strict_client.session[pending.SESSION_KEY]["fields"]


def test_a_refused_token_in_a_fragment_gives_a_whole_page(strict_client, forum, resident):
    strict_client.force_login(resident)

    page = write(strict_client, forum, headers={"HX-Request": "true"})

    assert page.status_code == 200
    assert (page["HX-Retarget"], page["HX-Reswap"]) == ("body", "innerHTML show:window:top")
    assert form_of(page)[1]["body"] == TEXT


def test_a_refused_token_at_sign_in_shows_sign_in_again(strict_client, resident):
    page = strict_client.post(
        reverse("account_login"),
        {"login": resident.email, "password": factories.PASSWORD, "next": "/participation/"},
        follow=True,
    )

    assert page.redirect_chain == [(f"{reverse('account_login')}?next=%2Fparticipation%2F", 302)]
    assert "Cette page était ouverte depuis trop longtemps." in page.text


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_a_refused_token_leads_to_no_other_site(strict_client, elsewhere):
    response = strict_client.post(reverse("account_login"), {"next": elsewhere})

    assert response.url == reverse("account_login")


def test_a_refused_token_elsewhere_is_explained_in_french(strict_client, resident):
    strict_client.force_login(resident)

    page = strict_client.post(reverse("people:profile"), {"pseudonym": "Mimi"})

    assert page.status_code == 403
    assert "Ce formulaire n’a pas été accepté" in page.text
    assert page["Cache-Control"] == "private, no-store"
