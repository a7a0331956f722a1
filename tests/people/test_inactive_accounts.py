"""An account that nobody uses: its owner is told after twenty-three months, and it is deleted after twenty-four."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from participation.consultations.models import Contribution
from participation.ledger import integrity, watermark
from participation.people.actions import delete_inactive, set_up_roles, warn_inactive
from participation.people.models import DataRequest, Role, User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _roles(db):
    set_up_roles()


@pytest.fixture
def lucette(db) -> User:
    """Signed in for the last time just now."""
    user = factories.a_user("Lucette")
    User.objects.filter(pk=user.pk).update(last_login=timezone.now())
    return user


def after(days: int):
    return time_machine.travel(timezone.now() + timedelta(days=days), tick=False)


def test_after_twenty_three_months_a_letter_says_what_will_happen_once(lucette):
    with after(days=699):
        assert warn_inactive() == 0
    with after(days=701):
        assert warn_inactive() == 1
        assert warn_inactive() == 0

    [letter] = mail.outbox
    assert letter.to == [lucette.email]
    for words in ["sans votre pseudonyme", reverse("account_login"), reverse("people:delete")]:
        assert words in letter.body


def test_after_twenty_four_months_the_account_goes_and_its_texts_stay_without_a_name(forum, lucette):
    factories.a_topic(forum, lucette, body="Place de l’église.")
    with after(days=701):
        warn_inactive()
    with after(days=729):
        assert delete_inactive() == 0

    with after(days=732):
        assert delete_inactive() == 1

    topic = Contribution.objects.get()
    assert (topic.author, topic.body) == (None, "Place de l’église.")
    assert not User.objects.filter(pk=lucette.pk).exists()
    assert DataRequest.objects.get().purpose
    assert list(integrity.problems()) == []


def test_signing_in_cancels_it_and_starts_two_years_again(client, lucette):
    with after(days=701):
        warn_inactive()
        client.post(reverse("account_login"), {"login": lucette.email, "password": factories.PASSWORD})

    with after(days=740):
        assert delete_inactive() == 0
        assert warn_inactive() == 0
    with after(days=701 + 701):
        assert warn_inactive() == 1


def test_nobody_is_deleted_less_than_a_month_after_the_letter(lucette):
    with after(days=1000):
        warn_inactive()
        assert delete_inactive() == 0
        assert timezone.localtime(timezone.now() + timedelta(days=30)).strftime("%Y") in mail.outbox[0].body
    with after(days=1031):
        assert delete_inactive() == 1


def test_a_letter_that_could_not_leave_is_tried_again_and_deletes_nobody(lucette, monkeypatch):
    with after(days=701), monkeypatch.context() as patched:
        patched.setattr("participation.letters._send", lambda *arguments: False)
        assert warn_inactive() == 0
    with after(days=740):
        assert delete_inactive() == 0
        assert warn_inactive() == 1


@pytest.mark.parametrize("role", [Role.AGENT, Role.MODERATOR, Role.ADMINISTRATOR, Role.ELECTED])
def test_who_holds_a_role_is_told_and_stays(lucette, role):
    factories.grant_role(lucette, role)
    with after(days=701):
        assert warn_inactive() == 1
    with after(days=900):
        assert delete_inactive() == 0

    assert "administrateurs" in mail.outbox[0].body
    assert User.objects.filter(pk=lucette.pk).exists()


def test_who_works_for_an_organisation_stays(organisation, lucette):
    factories.set_member(organisation, lucette, edits=True)
    with after(days=701):
        warn_inactive()
    with after(days=900):
        assert delete_inactive() == 0


def test_a_mandate_is_not_a_job_its_holder_is_told_and_deleted(organisation, lucette):
    factories.set_member(organisation, lucette, speaks=True)
    with after(days=701):
        warn_inactive()
    with after(days=740):
        assert delete_inactive() == 1


def test_a_closed_account_is_not_told_to_sign_in(lucette):
    User.objects.filter(pk=lucette.pk).update(is_active=False)

    with after(days=701):
        warn_inactive()

    assert reverse("account_login") not in mail.outbox[0].body
    assert "fermé" in mail.outbox[0].body


def test_an_account_that_was_opened_for_somebody_counts_from_that_day(db):
    factories.a_user("Jamais venue")

    with after(days=701):
        assert warn_inactive() == 1


def test_an_account_that_cannot_be_deleted_does_not_stop_the_others(forum, lucette, caplog, monkeypatch):
    factories.a_topic(forum, lucette)
    other = factories.a_user("Simone")
    with after(days=701):
        assert warn_inactive() == 2
    with after(days=740):
        # The record is older than what was published of it.
        log = forum.consultation.log or type(forum.consultation).objects.get().log
        monkeypatch.setattr(watermark, "read", lambda slug: (log.size + 1000, "00") if slug == log.slug else (0, ""))
        assert delete_inactive() == 1

    assert "not deleted" in caplog.text
    assert User.objects.filter(pk=lucette.pk).exists()
    assert not User.objects.filter(pk=other.pk).exists()
