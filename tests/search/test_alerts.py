"""Searches that people follow: saved, told by letter once, stopped in one press."""

import re
import threading
from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from participation.consultations.actions import restore, withhold
from participation.consultations.models import Reason
from participation.people.hooks import personal_data
from participation.vocabulary.models import Theme
from search import alerts, outbox
from search.engines import EngineDown, engine
from search.lasting import LastingSearch
from search.mails import token_of
from search.models import Arrival, News, SavedSearch
from tests import factories
from tests.factories import a_reply, a_sheet, a_topic
from tests.search.reading import plain

ACCOUNT = "/compte/"
DAILY, WEEKLY, NONE = SavedSearch.Frequency.DAILY, SavedSearch.Frequency.WEEKLY, SavedSearch.Frequency.NONE


def follow(user, query="", *, name="Ma recherche", frequency=DAILY, path="/recherche/", kind="") -> SavedSearch:
    asked = LastingSearch(path, kind, "")
    lasting = LastingSearch.of(asked.read(QueryDict(query)), path, kind)
    return alerts.save_search(user, lasting, name=name, frequency=frequency)


def later(**delay) -> None:
    """Time passes: what was noted about saved searches is that much older."""
    for search in SavedSearch.objects.all():
        for field in ("told_at", "attempted_at"):
            if moment := getattr(search, field):
                setattr(search, field, moment - timedelta(**delay))
        search.save()


def told() -> list[str]:
    """The letters that leave now, as they read."""
    mail.outbox.clear()
    outbox.drain()
    alerts.send_due()
    return [plain(letter.body) for letter in mail.outbox]


@pytest.fixture
def site(home_page):
    """A site that is indexed: a sheet about a dike."""
    a_sheet(home_page, "La vieille digue")
    outbox.rebuild()
    return home_page


# ── Following ────────────────────────────────────────────────────────────────────────────────────────────────────────


def page_of(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def test_a_page_of_results_offers_to_follow_it(client, site, territories):
    page = page_of(client.get("/recherche/?q=digue&territoire=04217&territoire=04070&page=3&tri=titre&n=1"))

    follow = page.select_one(".follow")
    links = {plain(link.text): link["href"] for link in follow.select("a")}
    assert links == {
        "M’avertir des nouveaux résultats": "/recherche/suivre/?q=digue&territoire=04070&territoire=04217",
        "S’abonner au flux Atom": "/recherche/atom/?q=digue&territoire=04070&territoire=04217",
    }
    link = follow.find("input")
    assert link["value"] == "http://testserver/recherche/?q=digue&territoire=04070&territoire=04217"
    assert follow.find("label", attrs={"for": link["id"]}).text == "Lien permanent"
    assert page.head.find("link", type="application/atom+xml")["href"] == links["S’abonner au flux Atom"]


def test_the_inventory_offers_the_same_and_its_kept_page_holds_no_token(client, site):
    inventory = factories.an_inventory(site)
    outbox.rebuild()

    answer = client.get(inventory.url)

    link = page_of(answer).select_one(".follow a")["href"]
    assert link == f"/recherche/suivre/?dans=fiche&ou={inventory.url.replace('/', '%2F')}"
    assert "csrfmiddlewaretoken" not in answer.text
    form = page_of(client.get(link))
    assert form.find("input", attrs={"name": "name"})["value"] == "Fiche expérience"


def test_a_search_is_followed_under_the_name_that_its_words_propose(client, site, territories, resident):
    client.force_login(resident)
    address = "/recherche/suivre/?q=digue&territoire=04217&page=2&faux=1"
    form = page_of(client.get(address))
    name = form.find("input", attrs={"name": "name"})["value"]
    assert plain(name) == "« digue », Thoard"

    answer = client.post(address, {"name": name, "frequency": "weekly"}, follow=True)

    search = SavedSearch.objects.get()
    assert (search.user, search.path, search.query) == (resident, "/recherche/", "q=digue&territoire=04217")
    assert (search.name, search.frequency) == (plain(name), "weekly")
    assert "Vous suivez" in answer.text
    section = page_of(answer).find("h2", string="Mes recherches suivies").find_parent("section")
    assert "Par e-mail, une fois par semaine au plus" in section.text


def test_who_is_not_signed_in_chooses_first_and_finds_the_choice_again(client, site, resident):
    answer = client.post("/recherche/suivre/?q=digue", {"name": "Les digues", "frequency": "weekly"})
    assert answer.url.startswith("/compte/connexion/")
    assert not SavedSearch.objects.exists()

    credentials = {"login": resident.email, "password": factories.PASSWORD, "next": "/compte/reprendre/"}
    page = page_of(client.post("/compte/connexion/", credentials, follow=True))
    form = page.find("form", action="/recherche/suivre/?q=digue")
    assert "Les digues" in page.main.text
    assert "une fois par semaine" in page.main.text
    fields = {field["name"]: field.get("value", "") for field in form.select("input[name]")}
    client.post(form["action"], fields)

    search = SavedSearch.objects.get()
    assert (search.user, search.name, search.query, search.frequency) == (resident, "Les digues", "q=digue", "weekly")


def test_the_same_search_is_followed_once_however_it_is_written(site, territories, resident):
    first = follow(resident, "q=digue&theme=mobilites&territoire=04070&territoire=04217")

    again = follow(
        resident, "territoire=04217&territoire=04070&theme=mobilites&q=+digue&page=4&tri=titre", name="Autre"
    )

    assert again == first
    assert SavedSearch.objects.get().name == "Autre"


def test_the_inventory_and_the_whole_search_are_two_places(site, resident):
    follow(resident, "q=digue")
    sheets = follow(resident, "q=digue&type=sujet", path="/inventaire/", kind="fiche")

    assert SavedSearch.objects.count() == 2
    assert sheets.lasting.url == "/inventaire/?q=digue"


def test_the_51st_search_is_refused_and_says_why(client, site, resident):
    for number in range(alerts.MOST_SEARCHES):
        follow(resident, f"q=digue{number}")
    client.force_login(resident)

    answer = client.post("/recherche/suivre/?q=pont", {"name": "Les ponts", "frequency": "daily"})

    assert answer.status_code == 422
    assert "Vous suivez déjà 50 recherches" in plain(answer.text)
    assert 'value="Les ponts"' in answer.text
    assert SavedSearch.objects.count() == alerts.MOST_SEARCHES
    follow(resident, "q=digue7", name="Celle-ci, je la suis déjà")


@pytest.mark.parametrize(
    "query",
    [
        "q=%00%ef%bf%bd%E2%80%AE",
        "q=" + "a" * 10_000,
        "q=<script>alert(1)</script>",
        "page=999999999999&tri=DROP&format=json",
        "territoire=0&theme='&type[]=fiche&dans=fiche&ou=//evil.example/",
        "dans=fiche&ou=https://evil.example/inventaire/",
        "dans=fiche&ou=javascript:alert(1)",
        "dans=fiche&ou=/" + "a" * 300,
        "dans=rien&ou=/inventaire/",
        "kind__in=1&queryset=2&user=1&pk=1",
    ],
)
def test_a_strange_address_is_a_search_like_another(client, site, resident, query):
    client.force_login(resident)
    address = f"/recherche/suivre/?{query}"

    assert client.get(address).status_code == 200
    client.post(address, {"name": "Étrange", "frequency": "daily"})

    search = SavedSearch.objects.get()
    assert search.path == "/recherche/"
    assert client.get(search.lasting.url).status_code == 200
    assert "<script>" not in page_of(client.get(ACCOUNT)).main.decode()
    assert client.get(f"/recherche/atom/?{query}").status_code == 200


def test_a_search_with_every_filter_is_too_long_and_says_so(client, site, territories, resident):
    client.force_login(resident)
    every = "&".join(f"territoire={code}" for code in territories) + "&q=" + "%F0%9F%8F%94" * 150

    answer = client.post(f"/recherche/suivre/?{every}", {"name": "Tout", "frequency": "daily"})

    assert answer.status_code == 422
    assert "trop de filtres" in answer.text
    assert not SavedSearch.objects.exists()


@pytest.mark.parametrize("name", ["", "   ", "\u2800", "\u202e", "x" * 81])
def test_a_search_needs_a_name(client, site, resident, name):
    client.force_login(resident)

    answer = client.post("/recherche/suivre/?q=digue", {"name": name, "frequency": "daily"})

    assert answer.status_code == 422
    assert page_of(answer).select_one("#id_name_error")
    assert not SavedSearch.objects.exists()


def test_a_name_stays_on_one_line_and_is_text(client, site, resident):
    client.force_login(resident)

    client.post("/recherche/suivre/?q=digue", {"name": "<b>\nBcc: x@y.fr\x00", "frequency": "daily"})
    a_sheet(site, "La digue neuve")

    assert len(told()) == 1
    assert plain(mail.outbox[0].subject) == "[La Placette] 1 nouveau résultat : <b> Bcc: x@y.fr"
    assert mail.outbox[0].recipients() == [resident.email]
    assert "&lt;b&gt; Bcc" in client.get(ACCOUNT).text


# ── One's own ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_search_is_renamed_told_less_often_then_deleted(client, site, resident):
    search = follow(resident, "q=digue")
    client.force_login(resident)
    change = f"/recherche/suivies/{search.pk}/modifier/"
    assert 'value="Ma recherche"' in client.get(change).text

    client.post(change, {"name": "Les digues", "frequency": "none"})
    search.refresh_from_db()
    assert (search.name, search.frequency) == ("Les digues", "none")

    answer = client.post(f"/recherche/suivies/{search.pk}/supprimer/", follow=True)
    assert "Vous ne suivez plus" in answer.text
    assert not SavedSearch.objects.exists()


def test_a_search_of_somebody_else_does_not_exist(client, site, resident):
    search = follow(resident, "q=digue")
    client.force_login(factories.a_user("Voisin"))

    for address in ("", "modifier/", "supprimer/"):
        for method in (client.get, client.post):
            data = {"name": "À moi", "frequency": "none"}
            assert method(f"/recherche/suivies/{search.pk}/{address}", data).status_code in (404, 405)
    search.refresh_from_db()
    assert search.name == "Ma recherche"
    assert "Ma recherche" not in client.get(ACCOUNT).text


def test_who_is_signed_out_is_asked_to_sign_in(client, site, resident):
    search = follow(resident, "q=digue")

    for address in ("", "modifier/"):
        assert client.get(f"/recherche/suivies/{search.pk}/{address}").url.startswith("/compte/connexion/")
    client.post(f"/recherche/suivies/{search.pk}/supprimer/")
    assert SavedSearch.objects.exists()


def test_pages_about_ones_searches_are_private(client, site, resident):
    search = follow(resident, "q=digue")
    client.force_login(resident)

    for address in (
        "/recherche/suivre/?q=x",
        f"/recherche/suivies/{search.pk}/",
        f"/recherche/suivies/{search.pk}/modifier/",
        f"/recherche/sans-courrier/{token_of(resident.pk)}/",
    ):
        assert client.get(address)["Cache-Control"] == "private, no-store"


def test_my_space_counts_what_came_since_the_last_visit(client, site, resident, django_assert_max_num_queries):
    search = follow(resident, "q=digue", frequency=NONE)
    a_sheet(site, "La digue neuve")
    a_sheet(site, "Le pont")
    assert told() == []
    client.force_login(resident)
    assert "1 nouveau résultat" in client.get(ACCOUNT).text

    answer = client.get(f"/recherche/suivies/{search.pk}/")

    assert answer.url == "/recherche/?q=digue"
    assert "nouveau résultat" not in client.get(ACCOUNT).text
    client.get(ACCOUNT)
    for number in range(20):
        follow(resident, f"q=pont{number}")
    with django_assert_max_num_queries(16):
        client.get(ACCOUNT)


def test_what_is_followed_is_in_the_personal_data_and_goes_with_the_account(site, resident):
    follow(resident, "q=digue")
    a_sheet(site, "La digue neuve")
    told()

    (held,) = personal_data(resident)["saved_searches"]
    assert (held["name"], held["address"], held["frequency"]) == ("Ma recherche", "/recherche/?q=digue", "daily")

    resident.delete()
    assert not SavedSearch.objects.exists()
    assert not News.objects.exists()


# ── Letters ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_published_is_told_once_with_absolute_links(site, resident):
    follow(resident, "q=digue", name="Les digues")
    assert told() == []
    sheet = a_sheet(site, "La digue neuve")
    a_sheet(site, "Le pont")

    (letter,) = told()

    assert plain(mail.outbox[0].subject) == "[La Placette] 1 nouveau résultat : Les digues"
    assert "LES DIGUES" in letter
    assert f"– La digue neuve (Fiche expérience)\n  http://testserver{sheet.url}\n" in mail.outbox[0].body
    assert "http://testserver/recherche/?q=digue\n" in mail.outbox[0].body
    assert "vieille" not in letter
    assert "pont" not in letter
    later(days=2)
    assert told() == []


def test_one_letter_tells_of_all_the_searches_of_a_person(site, forum, resident):
    follow(resident, "q=digue", name="Les digues")
    follow(resident, "type=sujet", name="Les sujets")
    follow(factories.a_user("Voisin"), "type=sujet", name="Chez le voisin")
    a_sheet(site, "La digue neuve")
    a_topic(forum, resident, "Des bancs")

    letters = told()

    assert len(letters) == 2
    (own,) = [letter for letter in mail.outbox if letter.to == [resident.email]]
    assert own.subject == "[La Placette] 2 nouveaux résultats dans vos recherches"
    assert own.body.index("LES DIGUES") < own.body.index("La digue neuve") < own.body.index("LES SUJETS")


def test_a_day_or_a_week_passes_between_two_letters(site, resident):
    follow(resident, "q=digue")
    weekly = factories.a_user("Voisin")
    follow(weekly, "q=digue", frequency=WEEKLY)
    a_sheet(site, "Digue une")
    assert len(told()) == 2

    a_sheet(site, "Digue deux")
    later(hours=23)
    assert told() == []
    later(hours=2)
    (letter,) = told()
    assert mail.outbox[0].to == [resident.email]
    assert "Digue deux" in letter
    assert "Digue une" not in letter

    later(days=6)
    assert len(told()) == 1
    assert mail.outbox[0].to == [weekly.email]


def test_a_document_that_is_classified_later_is_told_then_and_once(site, territories, resident):
    follow(resident, "territoire=04217")
    sheet = a_sheet(site, "La digue neuve")
    assert told() == []

    sheet.territories.set([territories["04217"]])
    sheet.save_revision().publish()

    assert len(told()) == 1
    sheet.save_revision().publish()
    later(days=2)
    assert told() == []


def test_what_was_there_before_is_never_told_whatever_becomes_of_it(site, territories, resident):
    sheet = a_sheet(site, "La digue neuve")
    outbox.drain()
    follow(resident, "territoire=04217")

    sheet.territories.set([territories["04217"]])
    sheet.save_revision().publish()
    outbox.rebuild()

    assert told() == []


def test_a_topic_is_told_when_a_reply_brings_the_word(site, forum, resident):
    follow(resident, "q=micocoulier")
    topic = a_topic(forum, resident, "Des bancs")
    assert told() == []

    a_reply(topic, resident, "Sous le micocoulier.")

    (letter,) = told()
    assert "Des bancs" in letter
    a_reply(topic, resident, "Le micocoulier, oui.")
    later(days=2)
    assert told() == []


def test_what_is_withheld_between_the_index_and_the_letter_is_not_told(site, forum, resident, moderator):
    follow(resident, "q=bancs")
    topic = a_topic(forum, resident, "Des bancs")
    outbox.drain()
    alerts.look_for_news(timezone.now())

    withhold(topic, moderator, reason=Reason.OFF_TOPIC)
    alerts.send_due()
    assert mail.outbox == [] or all("Ma recherche" not in letter.subject for letter in mail.outbox)

    restore(topic, moderator)
    later(hours=2)
    assert len(told()) == 1


def test_what_is_withheld_before_we_look_is_told_when_it_comes_back(site, forum, resident, moderator):
    follow(resident, "q=bancs")
    topic = a_topic(forum, resident, "Des bancs")
    outbox.drain()
    withhold(topic, moderator, reason=Reason.OFF_TOPIC)
    outbox.drain()
    assert told() == []
    Arrival.objects.update(changed=timezone.now() - timedelta(days=1))

    restore(topic, moderator)

    assert len(told()) == 1


def test_a_deleted_page_is_not_told(site, resident):
    follow(resident, "q=digue")
    sheet = a_sheet(site, "La digue neuve")
    outbox.drain()
    alerts.look_for_news(timezone.now())

    sheet.delete()

    assert told() == []


def test_a_letter_names_ten_documents_and_counts_the_others(site, resident):
    follow(resident, "q=digue")
    for number in range(12):
        a_sheet(site, f"Digue {number:02}")

    (letter,) = told()

    assert letter.count("Fiche expérience") == 10
    assert "et 2 autres" in letter
    assert "12 nouveaux résultats" in mail.outbox[0].subject


def test_while_the_engine_is_down_nothing_is_sent_then_all_is(site, resident, monkeypatch):
    follow(resident, "q=digue")
    a_sheet(site, "La digue neuve")
    outbox.drain()
    search = type(engine()).search

    def down(self, query):
        raise EngineDown("en panne")

    monkeypatch.setattr(type(engine()), "search", down)
    alerts.send_due()
    assert mail.outbox == []
    assert not News.objects.exists()

    monkeypatch.setattr(type(engine()), "search", search)
    assert len(told()) == 1


def test_what_is_published_while_the_engine_is_down_is_told_once_it_is_indexed(site, resident, monkeypatch):
    follow(resident, "q=digue")
    index = type(engine()).index

    def down(self, entries, **kwargs):
        raise EngineDown("en panne")

    monkeypatch.setattr(type(engine()), "index", down)
    a_sheet(site, "La digue neuve")
    assert told() == []

    monkeypatch.setattr(type(engine()), "index", index)
    assert len(told()) == 1


def test_a_letter_that_does_not_leave_is_tried_again_an_hour_later(site, resident, monkeypatch):
    follow(resident, "q=digue")
    a_sheet(site, "La digue neuve")
    tries = []

    def refuse(self, messages):
        tries.append(messages)
        raise SMTPServerDisconnected("en panne")

    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
        told()
        told()
    assert len(tries) == 1
    assert told() == []

    later(minutes=61)

    (letter,) = told()
    assert "La digue neuve" in letter


def test_a_crash_between_sending_and_noting_does_not_write_again_at_once(site, resident, monkeypatch):
    follow(resident, "q=digue")
    a_sheet(site, "La digue neuve")
    outbox.drain()

    def crash(*args):
        raise RuntimeError("plus de courant")

    with monkeypatch.context() as broken:
        broken.setattr(alerts, "_note_told", crash)
        with pytest.raises(RuntimeError):
            alerts.send_due()
    assert len(mail.outbox) == 1

    assert told() == []
    later(minutes=61)
    assert len(told()) == 1
    later(days=2)
    assert told() == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_write_one_letter(site, resident):
    follow(resident, "q=digue")
    a_sheet(site, "La digue neuve")
    outbox.drain()
    together = threading.Barrier(2)

    def work():
        together.wait()
        alerts.send_due()
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(mail.outbox) == 1


def test_a_closed_account_is_not_written_to(site, resident):
    follow(resident, "q=digue")
    resident.is_active = False
    resident.save()
    a_sheet(site, "La digue neuve")

    assert told() == []


def test_a_search_whose_theme_is_gone_does_not_become_everything(client, site, territories, resident):
    follow(resident, "theme=mobilites")
    Theme.objects.filter(slug="mobilites").delete()
    # What the commit would do: the names that were kept are read again.
    cache.clear()
    outbox.rebuild()

    a_sheet(site, "La digue neuve")

    assert told() == []
    client.force_login(resident)
    assert "Un filtre de cette recherche n’existe plus" in client.get(ACCOUNT).text


def test_a_rebuilt_index_makes_nothing_new(site, resident):
    follow(resident, "q=digue")

    outbox.rebuild()

    assert told() == []


def test_what_came_while_no_letter_was_wanted_is_not_written_about_afterwards(site, resident):
    search = follow(resident, "q=digue", frequency=NONE)
    a_sheet(site, "Digue une")
    told()

    alerts.change_search(search, name=search.name, frequency=DAILY)

    assert told() == []
    a_sheet(site, "Digue deux")
    (letter,) = told()
    assert "Digue une" not in letter


def test_a_followed_search_keeps_to_the_language_of_its_page(site, resident):
    follow(resident, "q=digue", path="/en/recherche/", name="Dikes")
    a_sheet(site, "La digue neuve")

    (letter,) = told()

    # A page without a translation is shown in every language.
    assert "http://testserver/en/recherche/?q=digue" in letter


def test_news_is_forgotten_after_sixty_days_and_is_not_found_anew(site, resident):
    follow(resident, "q=digue")
    sheet = a_sheet(site, "La digue neuve")
    told()
    long_ago = timezone.now() - timedelta(days=61)
    News.objects.update(found_at=long_ago)
    Arrival.objects.update(arrived=long_ago)
    SavedSearch.objects.update(created=long_ago - timedelta(days=1))

    alerts.forget_news()
    assert not News.objects.exists()
    sheet.save_revision().publish()
    later(days=2)

    assert told() == []


def test_followers_of_one_search_cost_one_question(site, monkeypatch):
    for number in range(5):
        follow(factories.a_user(f"Suiveuse {number}"), "q=digue")
    a_sheet(site, "La digue neuve")
    outbox.drain()
    search, questions = type(engine()).search, []

    def count(self, query):
        questions.append(query)
        return search(self, query)

    monkeypatch.setattr(type(engine()), "search", count)

    assert alerts.send_due() == 5
    assert len(questions) == 1


def test_nothing_new_takes_two_queries_whatever_is_followed(site, resident, django_assert_num_queries):
    for number in range(10):
        follow(resident, f"q=digue{number}")
    Arrival.objects.update(changed=timezone.now() - timedelta(days=1))

    with django_assert_num_queries(2):
        alerts.look_for_news(timezone.now())


# ── No more letters ──────────────────────────────────────────────────────────────────────────────────────────────────


def address_to_stop(site) -> str:
    a_sheet(site, "La digue neuve")
    told()
    headers = mail.outbox[0].message()
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = re.fullmatch(r"<http://testserver(/\S+)>", headers["List-Unsubscribe"])[1]
    assert f"http://testserver{address}\n" in mail.outbox[0].body
    return address


def test_a_mail_program_stops_the_letters_without_cookie_or_token(site, resident):
    follow(resident, "q=digue")
    follow(factories.a_user("Voisin"), "q=pont")
    address = address_to_stop(site)
    program = Client(enforce_csrf_checks=True)

    for _twice in range(2):
        assert program.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200

    assert list(SavedSearch.objects.order_by("pk").values_list("frequency", flat=True)) == ["none", "daily"]
    a_sheet(site, "La digue encore")
    later(days=2)
    assert told() == []


def test_a_program_that_follows_links_stops_nothing(client, site, resident):
    follow(resident, "q=digue")
    address = address_to_stop(site)

    page = page_of(client.get(address))

    assert client.head(address).status_code == 200
    assert SavedSearch.objects.get().frequency == "daily"
    assert [plain(button.text) for button in page.main.select("button")] == ["Ne plus recevoir d’e-mails"]
    answer = client.post(address)
    assert "Vous ne recevrez plus d’e-mails sur vos recherches" in answer.text
    assert SavedSearch.objects.get().frequency == "none"


def test_the_way_out_says_nothing_of_the_person(client, site, resident):
    follow(resident, "q=digue", name="Mon secret")
    address = address_to_stop(site)
    before = client.get(address).content
    resident.delete()

    assert client.get(address).content == before
    assert client.post(address).status_code == 200
    assert b"Mon secret" not in before
    assert b"Mireille" not in before


@pytest.mark.parametrize(
    "change", [lambda token: token[:-1], lambda token: "1" + token, lambda token: "1", lambda token: "x:y"]
)
def test_a_token_that_we_did_not_sign_stops_nothing(client, site, resident, change):
    follow(resident, "q=digue")
    token = change(token_of(resident.pk))

    assert client.get(f"/recherche/sans-courrier/{token}/").status_code == 404
    assert client.post(f"/recherche/sans-courrier/{token}/").status_code == 404
    assert SavedSearch.objects.get().frequency == "daily"


def test_the_verb_itself_refuses_one_search_too_many(site, resident, monkeypatch):
    monkeypatch.setattr(alerts, "MOST_SEARCHES", 1)
    follow(resident, "q=digue")

    with pytest.raises(ValidationError):
        follow(resident, "q=pont")
