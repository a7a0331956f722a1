"""Reading a document and remarking on it: on its own page, on the page of a passage, and from its fragment."""

from hashlib import sha256

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from participation.consultations.actions import close_activity, react, withhold
from participation.review import drafts
from participation.review.actions import merge_remarks, reply_to, take_remark
from participation.review.models import Remark, Version
from participation.review.passages import Kind, Words
from tests.factories import CHARTER, a_consultation, a_project, a_remark, a_review, a_user, embed

pytestmark = pytest.mark.django_db

FROM_A_FRAGMENT = {"HX-Request": "true"}


def text_of(response) -> str:
    return response.content.decode()


def write(client, review, number=5, headers=None, **fields):
    sent = {"nature": "comment", "body": "Trois mois, c’est long.", "version": 1, **fields}
    return client.post(reverse("review:write", args=[review.pk, number]), sent, headers=headers)


def passage_page(review, number=5) -> str:
    return reverse("review:passage", args=[review.pk, number])


def publish(review, number: int, text: str | None, **fields) -> Version:
    draft = drafts.next_version(review, None)
    if text is None:
        drafts.remove_passage(draft, number, None)
    else:
        drafts.change_passage(draft, number, None, words=Words(Kind.PARAGRAPH, text))
    return drafts.publish_version(Version.objects.get(pk=draft.pk), **fields)


def test_the_document_is_read_on_its_page_and_in_its_fragment(client, review):
    for address in (review.get_absolute_url(), review.fragment_url):
        page = text_of(client.get(address))
        assert all(words.text in page for words in CHARTER)
        assert f'href="{passage_page(review)}"' in page
        assert f'id="activity-{review.pk}-passage-5"' in page


def test_each_passage_has_a_way_in_that_says_which(client, review):
    page = text_of(client.get(review.get_absolute_url()))

    assert page.count(": Article 2, passage 1</span></a>") == 1
    assert page.count('class="passage-way') == 7


def test_each_passage_says_how_many_remarks_and_amendments_it_has(client, review, resident):
    a_remark(review, resident, 5)
    a_remark(review, resident, 5, wording="Un mois.")
    a_remark(review, resident, 3)

    page = text_of(client.get(review.fragment_url))

    assert ">2 remarques, dont 1 amendement<" in page
    assert ">1 remarque<" in page
    assert page.count("amendement<") == 1


def test_a_page_embeds_the_document_and_shows_no_remark(client, home_page, review, resident):
    page = a_project(home_page, consultation=review.consultation)
    embed(page, review)
    a_remark(review, resident, body="Un mois suffit bien.")

    shell = text_of(client.get(page.url))

    assert review.fragment_url in shell
    assert "Un mois suffit bien." not in shell


def test_a_resident_remarks_on_a_passage(client, review, resident):
    client.force_login(resident)

    response = write(client, review)

    remark = Remark.objects.get()
    assert (remark.passage.number, remark.version.number, remark.nature) == (5, 1, "comment")
    assert response.url == f"{passage_page(review)}#contribution-{remark.pk}"
    assert "Trois mois, c’est long." in text_of(client.get(response.url))


def test_a_resident_proposes_a_wording_and_its_difference_is_told_in_words(client, review, resident):
    client.force_login(resident)
    wording = "La commune répond à chaque contribution dans un délai d’un mois."

    write(client, review, nature="amendment", body="Un mois suffit.", wording=wording)

    page = text_of(client.get(passage_page(review)))
    assert Remark.objects.get().wording == wording
    assert "<del>" in page
    assert "<ins>" in page
    assert "[supprimé" in page
    assert "[ajouté" in page


def test_a_remark_from_a_page_comes_back_to_that_page(client, review, resident):
    client.force_login(resident)

    assert write(client, review, next="/projets/la-charte/").url == f"/projets/la-charte/#activity-{review.pk}"


def test_a_remark_from_the_text_gives_its_panel_back(client, review, resident):
    client.force_login(resident)

    panel = text_of(write(client, review, headers=FROM_A_FRAGMENT))

    assert "Votre remarque est publiée." in panel
    assert "Trois mois, c’est long." in panel
    assert "<html" not in panel


def test_a_visitor_is_asked_to_sign_in_and_finds_all_their_words_again(client, review, resident):
    wording = "La commune répond à chaque contribution dans le mois."
    response = write(client, review, nature="amendment", body="Pour aller vite.", wording=wording, quote="3-10")
    client.force_login(resident)

    page = text_of(client.get(reverse("people:resume")))

    assert response.status_code == 302
    assert "Pour aller vite." in page
    assert wording in page
    assert 'name="version" value="1"' in page
    assert 'name="quote" value="3-10"' in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"body": ""}, "Écrivez votre message."),
        ({"body": "x" * 5001}, "5001 caractères"),
        ({"nature": "reply"}, "nature"),
        ({"nature": "amendment", "wording": "y" * 10_001}, "10001 caractères"),
        ({"nature": "amendment", "wording": CHARTER[4].text}, "le texte tel qu’il est"),
        ({"version": "99"}, "pas dans cette version"),
        ({"version": "drop table"}, "Une partie du formulaire n’est pas arrivée"),
    ],
    ids=["empty", "long", "nature", "long wording", "same wording", "version", "no version"],
)
def test_what_is_refused_is_given_back_with_its_reason(client, review, resident, fields, said):
    client.force_login(resident)
    kept = {"body": "Mes mots à garder.", **fields}

    response = write(client, review, **kept)

    assert response.status_code == 422
    assert said in text_of(response)
    assert kept["body"][:5001] in text_of(response)
    assert not Remark.objects.exists()


def test_a_remark_on_a_version_just_replaced_is_kept_and_its_author_is_told(client, review, resident):
    client.force_login(resident)
    publish(review, 5, "La commune répond dans les deux mois.")

    page = text_of(write(client, review, version=1, headers=FROM_A_FRAGMENT))

    assert Remark.objects.get().version.number == 1
    assert "La version 2 est parue pendant que vous écriviez" in page
    assert CHARTER[4].text in page


def test_a_remark_on_a_passage_just_removed_is_kept_too(client, review, resident):
    client.force_login(resident)
    publish(review, 5, None)

    response = write(client, review, version=1)

    assert Remark.objects.get().anchoring == "orphan"
    assert "Trois mois, c’est long." in text_of(client.get(response.url))


def test_a_remark_on_a_frozen_version_is_given_back(client, review, resident):
    client.force_login(resident)
    publish(review, 5, "Deux mois.", freeze_previous=True)

    response = write(client, review, version=1, body="Mes mots à garder.")

    assert response.status_code == 422
    assert "Mes mots à garder." in text_of(response)
    assert "figée" in text_of(response)


def test_after_closing_nothing_is_written_and_the_words_are_given_back(client, review, resident):
    client.force_login(resident)
    close_activity(review)

    response = write(client, review, body="Mes mots à garder.")

    assert response.status_code == 422
    assert "Mes mots à garder." in text_of(response)
    assert not Remark.objects.exists()


def test_orphans_are_listed_at_the_end_with_their_old_words(client, review, resident):
    a_remark(review, resident, 7)
    publish(review, 7, None)

    page = text_of(client.get(review.get_absolute_url()))

    assert page.index("Passages retirés du texte") < page.rindex(CHARTER[6].text)
    assert f'href="{passage_page(review, 7)}"' in page
    assert CHARTER[6].text in text_of(client.get(passage_page(review, 7)))


def test_a_remark_whose_passage_changed_shows_the_words_it_is_about(client, review, resident):
    a_remark(review, resident, 5)
    publish(review, 5, "La commune répond dans les deux mois.")

    page = text_of(client.get(passage_page(review)))

    assert "Texte modifié" in page
    assert CHARTER[4].text in page


def test_an_earlier_version_is_still_read(client, review):
    publish(review, 5, "La commune répond dans les deux mois.")

    page = text_of(client.get(reverse("review:version", args=[review.pk, 1])))

    assert CHARTER[4].text in page
    assert "Vous lisez un texte antérieur" in page


def test_the_comparison_names_the_remarks_that_led_to_each_change(client, review):
    author = a_user("Mireille du Bléone")
    amendment = a_remark(review, author, 5, wording="La commune répond dans le mois.")
    take_remark(amendment, None, text="La commune répond dans le mois.", note="C’est tenable.")
    drafts.publish_version(review.draft, summary="Un mois au lieu de trois.")

    page = text_of(client.get(reverse("review:compare", args=[review.pk])))

    assert "Mireille du Bléone" in page
    assert amendment.get_absolute_url() in page
    assert "Un mois au lieu de trois." in page
    assert "1 passage change" in page
    assert CHARTER[2].text not in page
    assert CHARTER[2].text in text_of(client.get(reverse("review:compare", args=[review.pk]), {"tout": 1}))


@pytest.mark.parametrize("query", ["de=2&a=1", "de=1&a=99", "de=x", "de=1&a=1", "a="])
def test_any_two_versions_are_compared_whatever_is_asked(client, review, query):
    publish(review, 5, "Deux mois.")

    assert client.get(f"{reverse('review:compare', args=[review.pk])}?{query}").status_code == 200


def test_a_remark_says_what_became_of_it(client, review, resident):
    remark = take_remark(
        a_remark(review, resident, 5, wording="Un mois."), None, text="Un mois.", note="C’est tenable."
    )
    client.force_login(resident)
    assert "C’est tenable." not in text_of(client.get(remark.get_absolute_url()))

    drafts.publish_version(review.draft)

    for address in (remark.get_absolute_url(), passage_page(review)):
        assert "Retenue dans la version 2" in text_of(client.get(address))
        assert "C’est tenable." in text_of(client.get(address))
    assert "Retenue dans la version 2" in text_of(client.get(reverse("people:account")))


def test_a_remark_read_with_another_says_so_and_stays(client, review, resident):
    main, same = a_remark(review, resident, 5), a_remark(review, a_user("Marthe"), 5, "Pareil que plus haut.")
    merge_remarks(main, [same], None)

    page = text_of(client.get(passage_page(review)))

    assert page.count("Pareil que plus haut.") == 2
    assert "Une autre remarque demande la même chose" in page


def test_the_author_of_a_withheld_remark_is_not_named_by_those_read_with_it(client, review, moderator):
    main, same = a_remark(review, a_user("Zora"), 5), a_remark(review, a_user("Marthe"), 5, "Pareil que plus haut.")
    merge_remarks(main, [same], None)
    withhold(main, moderator, reason="propos-injurieux")

    assert "Zora" not in text_of(client.get(same.get_absolute_url()))


def test_the_margin_learns_of_the_remark_that_was_just_posted(client, review, resident):
    client.force_login(resident)

    panel = text_of(write(client, review, headers=FROM_A_FRAGMENT))

    assert f'id="activity-{review.pk}-passage-5-way"' in panel
    assert 'data-hx-swap-oob="true"' in panel
    assert "1 remarque" in panel


def test_titles_of_all_levels_are_headings(client, organisation):
    words = [Words(Kind.HEADING, f"Titre {level}", level) for level in range(1, 7)]
    review = a_review(consultation=a_consultation(organiser=organisation), words=words)

    assert "<h7" not in text_of(client.get(review.fragment_url))


def test_a_remark_read_with_another_and_taken_down_is_not_quoted_there(client, review, resident, moderator):
    main, same = a_remark(review, resident, 5), a_remark(review, a_user("Marthe"), 5, "Pareil que plus haut.")
    merge_remarks(main, [same], None)
    withhold(same, moderator, reason="hors-sujet")

    page = text_of(client.get(passage_page(review)))

    assert "Pareil que plus haut." not in page
    assert "Une autre remarque demande la même chose" not in page


def test_the_file_of_a_version_has_the_digest_that_is_recorded(client, review):
    version = publish(review, 5, "Deux mois.")

    response = client.get(reverse("review:version_file", args=[review.pk, 2]))

    assert sha256(response.content).hexdigest() == version.digest
    assert response["X-Robots-Tag"] == "noindex"


def test_replies_are_read_and_written(client, review, resident):
    remark = a_remark(review, a_user())
    client.force_login(resident)

    response = client.post(reverse("review:reply", args=[remark.pk]), {"body": "Tout à fait d’accord."})

    reply = Remark.objects.get(nature="reply")
    assert response.url == reply.get_absolute_url()
    assert client.get(response.url).url == f"{remark.get_absolute_url()}#contribution-{reply.pk}"
    assert "Tout à fait d’accord." in text_of(client.get(remark.get_absolute_url()))
    thread = client.get(reverse("review:thread", args=[remark.pk]))
    assert "Tout à fait d’accord." in text_of(thread)
    assert "<html" not in text_of(thread)


def test_the_author_changes_their_words_and_nobody_else(client, review, resident):
    remark = a_remark(review, resident, 5, wording="Un mois.")
    address = reverse("review:edit", args=[remark.pk])
    client.force_login(a_user())
    assert client.get(address).status_code == 403
    client.force_login(resident)

    assert "Un mois." in text_of(client.get(address))
    client.post(address, {"body": "Plutôt deux.", "wording": "Deux mois."})

    remark.refresh_from_db()
    assert (remark.body, remark.wording) == ("Plutôt deux.", "Deux mois.")


def test_remarks_are_filtered_by_kind_and_state_and_sorted(client, review):
    _quiet, loud = a_remark(review, a_user(), 3, "La discrète."), a_remark(review, a_user(), 5, "La débattue.")
    a_remark(review, a_user(), 5, "Une proposition.", wording="Un mois.")
    for choice in ("agree", "disagree"):
        react(loud, a_user(), choice)
    reply_to(loud, a_user(), body="Ah ?")
    publish(review, 3, "La commune annonce tout.")
    address = reverse("review:remarks", args=[review.pk])

    def shown(**query):
        page = text_of(client.get(address, query))
        said = {"La discrète.", "La débattue.", "Une proposition."}
        return sorted((words for words in said if words in page), key=page.index)

    assert shown(genre="amendment") == ["Une proposition."]
    assert shown(etat="changed") == ["La discrète."]
    assert shown(ordre="discutees")[0] == "La débattue."
    assert shown(ordre="partagees")[0] == "La débattue."
    assert shown(genre="reply", etat="n’importe quoi", ordre="'; --") != []
    assert "Aucune remarque ne correspond" in text_of(client.get(address, {"etat": "retenues"}))


def test_a_withheld_remark_keeps_its_place_without_its_words(client, review, resident, moderator):
    remark = a_remark(review, resident, 5, "Des mots de trop.", wording="Une rédaction de trop.")

    withhold(remark, moderator, reason="propos-injurieux")

    for address in (passage_page(review), reverse("review:remarks", args=[review.pk]), remark.get_absolute_url()):
        page = text_of(client.get(address))
        assert "de trop" not in page
        assert "Message retiré par la modération" in page


def test_among_invited_people_others_find_nothing(client, organisation, resident):
    consultation = a_consultation(organiser=organisation, access="invited")
    consultation.guests.add(resident)
    review = a_review(consultation=consultation)
    remark = a_remark(review, resident, 5)
    addresses = [
        review.get_absolute_url(),
        review.fragment_url,
        passage_page(review),
        remark.get_absolute_url(),
        *(reverse(f"review:{name}", args=[review.pk]) for name in ("compare", "remarks")),
        *(reverse(f"review:{name}", args=[review.pk, 1]) for name in ("version", "version_file", "panel")),
    ]
    client.force_login(a_user())
    assert {client.get(address).status_code for address in addresses} == {404}
    assert write(client, review).status_code == 404

    client.force_login(resident)
    assert {client.get(address).status_code for address in addresses} == {200}


def test_a_draft_is_seen_by_its_editors_alone(client, organisation, agent):
    review = a_review(consultation=a_consultation(organiser=organisation), released=False)
    assert client.get(review.get_absolute_url()).status_code == 404
    client.force_login(agent)

    page = text_of(client.get(review.get_absolute_url()))

    assert CHARTER[4].text in page
    assert "passage-way" not in page


def test_what_people_write_is_never_markup(client, review, resident):
    a_remark(review, resident, 5, "<script>alert(1)</script>", wording="<img src=x onerror=alert(1)>")

    page = text_of(client.get(passage_page(review)))

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("name", ["activity", "passage", "remarks", "compare", "remark"])
def test_queries_do_not_grow_with_the_document_nor_the_debate(client, organisation, resident, name):
    def counted(passages: int, remarks: int) -> int:
        words = [Words(Kind.PARAGRAPH, f"Passage {number} : la commune répond.") for number in range(passages)]
        review = a_review(consultation=a_consultation(organiser=organisation), words=words)
        authors = [a_user() for _ in range(3)]
        rows = [
            a_remark(review, authors[n % 3], n % 5 + 1, f"Remarque {n}.", wording=f"Mieux {n}.") for n in range(remarks)
        ]
        merge_remarks(rows[0], [rows[5]], None)
        for row in rows[:3]:
            reply_to(row, resident, body="Bien.")
        publish(review, 2, "Autre chose.")
        address = {
            "activity": review.get_absolute_url(),
            "passage": passage_page(review, 1),
            "remarks": reverse("review:remarks", args=[review.pk]),
            "compare": reverse("review:compare", args=[review.pk]),
            "remark": rows[0].get_absolute_url(),
        }[name]
        client.force_login(resident)
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    few, many = counted(8, 8), counted(40, 30)

    assert few == many <= 15
