"""Where one is signed in, and how one ends it."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from participation.people import devices
from participation.people.models import Session
from tests import factories

TELEPHONE = "Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0"
COMPUTER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0 Safari/537.36"
NEW_PASSWORD = "la fontaine du bourg"


def signed_in(user, agent: str = COMPUTER) -> Client:
    client = Client(headers={"User-Agent": agent})
    client.post(reverse("account_login"), {"login": user.email, "password": factories.PASSWORD})
    assert is_in(client)
    return client


def is_in(client) -> bool:
    return client.get(reverse("people:account")).status_code == 200


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (TELEPHONE, "Firefox, Android"),
        (COMPUTER, "Chrome, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 Version/17 Safari/604.1", "Safari, iPhone"),
        (COMPUTER + " Edg/128.0", "Edge, Windows"),
        ("curl/8.5", ""),
        ("", ""),
        ("<script>" * 10_000, ""),
    ],
)  # fmt: skip
def test_a_device_is_told_in_two_words(agent, said):
    assert devices.browser_of(agent) == said


def test_my_devices_are_listed_and_this_one_is_marked(home_page, resident):
    signed_in(resident, TELEPHONE)
    here = signed_in(resident)

    page = here.get(reverse("people:devices")).text

    assert "Firefox, Android" in page
    assert page.count("cet appareil") == 1
    assert page.count("S’y déconnecter") == 1
    assert not any(session.pk in page for session in Session.objects.all())


def test_one_is_signed_out_of_another_device_and_of_that_one_only(home_page, resident):
    lost, other, here = signed_in(resident, TELEPHONE), signed_in(resident), signed_in(resident)
    mark = Session.objects.get(browser="Firefox, Android").mark

    page = here.post(reverse("people:devices"), {"device": mark}, follow=True)

    assert "1 appareil est déconnecté" in page.text
    assert not is_in(lost)
    assert is_in(other)
    assert is_in(here)


def test_one_is_signed_out_everywhere_else(home_page, resident):
    others, here = [signed_in(resident), signed_in(resident, TELEPHONE)], signed_in(resident)

    here.post(reverse("people:devices"))

    assert is_in(here)
    assert not any(map(is_in, others))


def test_nobody_signs_somebody_else_out(home_page, resident):
    neighbour = signed_in(factories.a_user("Paul"))
    here = signed_in(resident)

    here.post(reverse("people:devices"), {"device": Session.objects.exclude(user=resident).get().mark})
    here.post(reverse("people:devices"))

    assert is_in(neighbour)


@pytest.mark.parametrize("mark", ["", "x", "é" * 500, "\x00"])
def test_a_mark_that_is_none_ends_nothing(home_page, resident, mark):
    other, here = signed_in(resident), signed_in(resident)

    here.post(reverse("people:devices"), {"device": mark})

    assert is_in(other)


def test_a_new_password_signs_the_others_out(home_page, resident):
    other, here = signed_in(resident), signed_in(resident)

    here.post(reverse("account_change_password"), {"oldpassword": factories.PASSWORD, "password1": NEW_PASSWORD})

    assert is_in(here)
    assert not is_in(other)
    assert Session.objects.filter(user=resident).count() == 1


def test_a_visit_is_dated_once_an_hour(home_page, resident, time_machine, django_assert_num_queries):
    time_machine.move_to(timezone.now())
    here = signed_in(resident)
    first = Session.objects.get(user=resident).seen_at
    time_machine.shift(30 * 60)
    here.get(reverse("people:profile"))
    soon = Session.objects.get(user=resident).seen_at
    time_machine.shift(45 * 60)

    here.get(reverse("people:profile"))

    assert soon == first
    assert Session.objects.get(user=resident).seen_at > first


def test_a_visitor_s_session_is_nobody_s(client, home_page, forum):
    client.post(reverse("forum:post_topic", args=[forum.pk]), {"title": "Un banc", "body": "Près du lavoir."})

    assert Session.objects.get().user is None


def test_sessions_are_kept_where_a_restart_does_not_lose_them(home_page, resident):
    here = signed_in(resident)

    assert Session.objects.filter(pk=here.session.session_key, user=resident).exists()
    assert "Chrome, Windows" in str(here.get(reverse("people:my_data")).json()["account"]["devices"])
