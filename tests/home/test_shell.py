"""Pages that are the same for everybody are kept in memory, and only those."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from wagtail.models import PageViewRestriction

from home import shell
from home.models import TextPage
from participation import generation
from participation.consultations.actions import close_activity
from tests import factories

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def about(home_page) -> TextPage:
    page = home_page.add_child(instance=TextPage(title="À propos", slug="a-propos", summary="Qui nous sommes."))
    page.save_revision().publish()
    return page


@pytest.fixture
def at_commit(django_capture_on_commit_callbacks):
    """What is done inside shows as it would after a real commit."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_two_visitors_get_the_same_bytes(about):
    first, second = Client(), Client()

    answers = [client.get(about.url) for client in (first, second, first)]

    assert len({answer.content for answer in answers}) == 1
    assert not any(answer.cookies for answer in answers)
    assert b"csrfmiddlewaretoken" not in answers[0].content


def test_a_kept_page_costs_no_query(client, about, django_assert_num_queries):
    client.get(about.url)

    with django_assert_num_queries(0):
        answer = client.get(about.url)

    assert "Qui nous sommes." in answer.text


def test_a_kept_page_says_how_it_may_be_kept_elsewhere(client, about):
    client.get(about.url)

    answer = client.get(about.url)

    assert answer["Cache-Control"] == "no-cache"
    assert answer["ETag"]
    assert {"Cookie", "Accept-Language", "Accept-Encoding"} <= {name.strip() for name in answer["Vary"].split(",")}
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in answer["Content-Security-Policy"]


def test_a_kept_page_travels_compressed_to_those_who_can_read_it(client, about):
    plain = client.get(about.url)

    compressed = client.get(about.url, headers={"accept-encoding": "br, gzip"})

    assert gzip.decompress(compressed.content) == plain.content
    assert compressed["Content-Encoding"] == "gzip"
    assert compressed["Content-Length"] == str(len(compressed.content))
    assert compressed["ETag"] == plain["ETag"]
    assert "Content-Encoding" not in client.get(about.url)


@pytest.mark.parametrize("form", ["{}", '"autre", {}', "*"])
def test_who_has_the_page_already_gets_304(client, about, form):
    etag = client.get(about.url)["ETag"]

    answer = client.get(about.url, headers={"if-none-match": form.format(etag)})

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer["ETag"] == etag
    assert "Cookie" in answer["Vary"]


def test_head_is_answered_from_memory_and_never_fills_it(client, about, django_assert_num_queries):
    assert client.head(about.url).status_code == 200
    client.get(about.url)

    with django_assert_num_queries(0):
        answer = client.head(about.url)

    assert answer.status_code == 200
    assert answer.content == b""
    assert "Qui nous sommes." in client.get(about.url).text


def test_a_visitor_with_a_session_goes_through(client, about, resident, django_assert_max_num_queries):
    Client().get(about.url)
    client.force_login(resident)

    with django_assert_max_num_queries(20) as queries:
        answer = client.get(about.url)

    assert len(queries) > 0
    assert answer["Cache-Control"] == "private, no-cache"
    assert resident.pseudonym not in answer.text


def test_an_editor_sees_wagtails_bar_and_nobody_else_does(about, agent):
    editor, visitor = Client(), Client()
    editor.force_login(agent)

    assert "wagtail-userbar" in editor.get(about.url).text
    assert "wagtail-userbar" not in visitor.get(about.url).text


def test_a_message_waits_for_a_page_that_shows_it(client, about, forum, resident):
    client.force_login(resident)
    client.post(reverse("forum:post_topic", args=[forum.pk]), {"title": "Un kiosque !", "body": "Place de l’église."})

    answer = client.get(about.url)

    assert len(list(get_messages(answer.wsgi_request))) == 1


def test_a_query_string_is_not_kept(client, about, django_assert_max_num_queries):
    client.get(f"{about.url}?utm_source=infolettre")

    with django_assert_max_num_queries(20) as queries:
        client.get(f"{about.url}?utm_source=infolettre")

    assert len(queries) > 0


def test_a_page_that_does_not_exist_is_not_kept(client, home_page, at_commit):
    assert client.get("/a-propos/").status_code == 404

    with at_commit():
        home_page.add_child(instance=TextPage(title="À propos", slug="a-propos"))

    assert client.get("/a-propos/").status_code == 200


def test_a_preview_neither_reads_nor_fills_the_memory(client, about, agent):
    client.get(about.url)
    about.title = "Brouillon secret"

    preview = about.make_preview_request()

    assert "Brouillon secret" in preview.rendered_content
    assert "Brouillon secret" not in client.get(about.url).text


# ── What makes a page old ────────────────────────────────────────────────────────────────────────────────────────────


def test_publishing_shows_at_once(client, about, at_commit):
    client.get(about.url)
    about.title = "Qui sommes-nous ?"

    with at_commit():
        about.save_revision().publish()

    assert "Qui sommes-nous ?" in client.get(about.url).text


def test_a_draft_does_not_show(client, about, at_commit):
    client.get(about.url)
    about.title = "Pas encore"

    with at_commit():
        about.save_revision()

    assert "Pas encore" not in client.get(about.url).text


def test_a_page_that_is_unpublished_is_gone_at_once(client, about, at_commit):
    client.get(about.url)

    with at_commit():
        about.unpublish()

    assert client.get(about.url).status_code == 404


def test_a_page_that_is_deleted_is_gone_at_once(client, about, at_commit):
    client.get(about.url)

    with at_commit():
        about.delete()

    assert client.get(about.url).status_code == 404


def test_a_page_that_moves_leaves_its_address_at_once(client, home_page, about, at_commit):
    client.get(about.url)
    legal = home_page.add_child(instance=TextPage(title="Mentions", slug="mentions"))

    with at_commit():
        about.move(legal, pos="last-child")

    assert client.get("/mentions/a-propos/").status_code == 200
    assert client.get("/a-propos/")["Location"] == "/mentions/a-propos/"


def test_a_page_made_private_is_closed_at_once(client, about, at_commit):
    client.get(about.url)

    with at_commit():
        PageViewRestriction.objects.create(page=about, restriction_type=PageViewRestriction.LOGIN)

    assert client.get(about.url).status_code == 302


def test_what_a_page_names_shows_when_it_changes(client, home_page, organisation, at_commit):
    project = factories.a_project(home_page, consultation=factories.a_consultation(organiser=organisation))
    client.get(project.url)
    organisation.name = "Ville de Digne"

    with at_commit():
        organisation.save()

    assert "Ville de Digne<" in client.get(project.url).text


def test_closing_an_activity_shows_at_once(client, home_page, forum, at_commit):
    assert "Ouvert en ce moment" in client.get("/").text

    with at_commit():
        close_activity(forum)

    assert "Rien n’est ouvert aujourd’hui" in client.get("/").text


def test_a_page_kept_before_an_opening_is_old_when_it_opens(client, home_page):
    with time_machine.travel(MONDAY, tick=False) as clock:
        factories.a_forum("Les bancs de la place", opens_at=MONDAY + timedelta(hours=2))
        assert "Bientôt" in client.get("/").text

        clock.shift(timedelta(hours=1, minutes=59))
        assert "Bientôt" in client.get("/").text

        clock.shift(timedelta(minutes=1))
        assert "Ouvert en ce moment" in client.get("/").text


def test_a_page_kept_before_a_closing_is_old_when_it_closes(client, home_page):
    with time_machine.travel(MONDAY, tick=False) as clock:
        factories.a_forum("Les bancs de la place", closes_at=MONDAY + timedelta(hours=2))
        assert "Les bancs de la place" in client.get("/").text

        clock.shift(timedelta(hours=2))

        assert "Les bancs de la place" not in client.get("/").text


def test_an_opening_during_the_drawing_makes_the_page_old(home_page):
    with time_machine.travel(MONDAY, tick=False) as clock:
        factories.a_forum(opens_at=MONDAY + timedelta(seconds=1))
        drawn = []

        def slow_page(request):
            drawn.append(timezone.now())
            clock.shift(timedelta(seconds=2))
            return shell.keep(HttpResponse("page"))

        middleware = shell.ShellCacheMiddleware(slow_page)
        middleware(RequestFactory().get("/"))
        middleware(RequestFactory().get("/"))

    assert len(drawn) == 2


def test_a_page_is_old_at_midnight(client, about, django_assert_num_queries, django_assert_max_num_queries):
    with time_machine.travel(datetime(2026, 11, 23, 22, 59, tzinfo=UTC), tick=False) as clock:
        client.get(about.url)
        with django_assert_num_queries(0):
            client.get(about.url)

        clock.shift(timedelta(minutes=1))

        with django_assert_max_num_queries(20) as queries:
            client.get(about.url)
        assert len(queries) > 0


@pytest.mark.django_db
def test_two_generations_within_the_clocks_tick_differ(settings, tmp_path, django_capture_on_commit_callbacks):
    settings.VAR_DIR = tmp_path
    stamps = []
    with time_machine.travel(MONDAY, tick=False):
        for _time in range(3):
            with django_capture_on_commit_callbacks(execute=True):
                generation.bump()
            stamps.append(generation.current())

    assert len(set(stamps)) == 3


# ── What is kept ─────────────────────────────────────────────────────────────────────────────────────────────────────


def answering(response):
    return shell.ShellCacheMiddleware(lambda request: response)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "response",
    [
        HttpResponse("sans marque"),
        shell.keep(HttpResponse("erreur", status=500)),
        shell.keep(HttpResponse("ailleurs", status=302)),
        shell.keep(StreamingHttpResponse(["par ", "morceaux"])),
    ],
    ids=["unmarked", "error", "redirect", "streaming"],
)
def test_other_answers_go_through_untouched(response):
    middleware = answering(response)

    assert middleware(RequestFactory().get("/")) is response
    assert not middleware.pages


@pytest.mark.django_db
def test_an_answer_with_a_cookie_is_never_kept():
    response = shell.keep(HttpResponse("à quelqu’un"))
    response.set_cookie("panier", "3")
    middleware = answering(response)

    middleware(RequestFactory().get("/"))

    assert not middleware.pages


@pytest.mark.django_db
def test_the_least_read_pages_leave_the_memory_first(monkeypatch):
    monkeypatch.setattr(shell, "MOST_BYTES", 2500)
    middleware = shell.ShellCacheMiddleware(lambda request: shell.keep(HttpResponse("x" * 1000)))

    for path in ["/a/", "/b/", "/a/", "/c/"]:
        middleware(RequestFactory().get(path))

    assert [path for _host, _secure, path in middleware.pages] == ["/a/", "/c/"]
    assert 2000 < middleware.bytes < 2500


@pytest.mark.django_db
def test_a_page_that_is_drawn_again_takes_its_own_place(monkeypatch):
    stamps = iter([1, 2])
    monkeypatch.setattr(shell.generation, "current", lambda: next(stamps))
    middleware = shell.ShellCacheMiddleware(lambda request: shell.keep(HttpResponse("x" * 1000)))

    for _time in range(2):
        middleware(RequestFactory().get("/"))

    assert 1000 < middleware.bytes < 1500


@pytest.mark.django_db
def test_hosts_and_schemes_have_pages_of_their_own():
    middleware = shell.ShellCacheMiddleware(lambda request: shell.keep(HttpResponse(request.build_absolute_uri())))

    answers = [
        middleware(RequestFactory(headers={"host": host}).get("/", secure=secure)).content
        for host, secure in [("testserver", False), ("localhost", False), ("testserver", True)]
    ]

    assert answers == [b"http://testserver/", b"http://localhost/", b"https://testserver/"]
