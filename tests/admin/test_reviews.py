"""Documents under review in the admin: written, imported, published; the remarks worked on."""

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from participation.consultations.actions import release_activity, withdraw
from participation.ledger.hooks import differences
from participation.review import drafts, importing
from participation.review.actions import take_remark, tell_authors
from participation.review.models import Import, Passage, Remark, Review, Version
from participation.review.passages import Kind, Words
from tests import factories
from tests.factories import CHARTER, a_remark, a_review, a_user

from .conftest import form_of, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def consultation(site):
    return factories.a_consultation("La charte", organiser=site.digne)


@pytest.fixture
def review(consultation):
    return a_review(consultation=consultation)


def to(name: str, review, *arguments) -> str:
    return reverse(f"wagtailsnippets_review_review:{name}", args=[review.pk, *arguments])


def test_a_document_is_created_then_written_then_opened(as_agent, consultation):
    address = reverse("wagtailsnippets_review_review:add")
    as_agent.post(address, form_of(as_agent, address) | {"title": "La charte", "belongs_to": consultation.pk})
    review = Review.objects.get()

    preview = as_agent.post(to("whole_text", review), {"text": "## Préambule\n\nNous voulons répondre.\n\n- par écrit"})
    row = Import.objects.get()
    assert preview.url == to("preview", review, row.pk)
    assert "Nous voulons répondre." in said(as_agent.get(preview.url))
    as_agent.post(preview.url, {"number": ["", "", ""]})

    assert [text.kind for text in review.draft.rows] == ["heading", "paragraph", "item"]
    assert release_activity(review).current.number == 1


def test_the_chooser_s_form_takes_the_text_at_once(as_agent, consultation):
    from participation.review.admin_forms import NewReviewForm

    data = {"title": "La charte", "question": "", "text": "Un.\n\nDeux.", "belongs_to": consultation.pk}
    form = NewReviewForm(data, for_user=consultation.organiser.membership_set.first().user)

    assert form.is_valid(), form.errors
    assert [row.text for row in form.save().draft.rows] == ["Un.", "Deux."]


def test_the_whole_text_is_typed_again_without_losing_a_passage(as_agent, consultation):
    words = [
        Words(Kind.ARTICLE, "Article 1. Informer", 3),
        Words(Kind.PARAGRAPH, "Un *mot* et un [lien](x), <b> & `code`, a_b, _souligné_.\nDeuxième ligne."),
        Words(Kind.PARAGRAPH, "1. Un paragraphe qui commence par un numéro."),
        Words(Kind.ITEM, "par écrit ;", 1),
        Words(Kind.ITEM, "- sous un tiret", 2),
        Words(Kind.PARAGRAPH, "# dièse"),
        Words(Kind.ROW, "Qui | Quand", 1),
        Words(Kind.ROW, "La mairie | Un mois"),
        Words(Kind.PARAGRAPH, "Fin."),
        Words(Kind.ROW, "Sans | en-tête"),
        Words(Kind.ROW, "Qui *vraiment* | Quand", 1),
        Words(Kind.ROW, "La mairie | Un <b>mois</b> | ou deux"),
        Words(Kind.PARAGRAPH, "__Entre__ soulignés &lt; et plus."),
    ]
    review = a_review(consultation=consultation, words=words, released=False)
    typed = form_of(as_agent, to("whole_text", review), "whole-text")["text"]

    address = as_agent.post(to("whole_text", review), {"text": typed}).url

    assert "Inchangés\u00a0: 13" in said(as_agent.get(address))


def test_the_text_is_changed_passage_by_passage(as_agent, review):
    as_agent.post(to("text", review), {"act": "next"})
    address = to("passage", review, 5)
    fields = {"kind": "paragraph", "level": "0", "read": CHARTER[4].text}
    assert CHARTER[4].text in said(as_agent.get(address))

    as_agent.post(address, fields | {"text": "La commune répond dans le mois."})
    as_agent.post(to("new_passage", review, 5), {"kind": "paragraph", "level": "0", "text": "Elle dit pourquoi."})
    as_agent.post(to("text", review), {"act": "remove", "passage": "7"})
    as_agent.post(to("text", review), {"act": "up", "passage": "6"})

    numbers = [(row.passage.number, row.text[:9]) for row in review.draft.rows[4:]]
    assert numbers == [(5, "La commun"), (6, "par écrit"), (8, "Elle dit ")]
    screen = said(as_agent.get(to("text", review)))
    assert "Retiré" in screen
    assert "Ajouté" in screen
    assert "Modifié" in screen


def test_who_saves_over_another_is_told_and_keeps_their_words(as_agent, review):
    draft = drafts.next_version(review, None)
    drafts.change_passage(draft, 5, None, words=Words(Kind.PARAGRAPH, "Le texte d’une collègue."))
    fields = {"kind": "paragraph", "level": "0", "read": CHARTER[4].text, "text": "Mon texte à moi."}

    response = as_agent.post(to("passage", review, 5), fields)

    page = said(response)
    assert response.status_code == 422
    assert "Quelqu’un a modifié ce passage" in page
    assert "Le texte d’une collègue." in page
    assert "Mon texte à moi." in page
    assert review.draft.rows[4].text == "Le texte d’une collègue."


def test_a_file_is_imported_once_it_is_looked_at(as_agent, review):
    a_remark(review, a_user(), 7)
    text = "## Titre I. Ce qui est promis\n\n### Article 1. Informer\n\nLa commune publie tout avant d’en décider.\n"
    sent = SimpleUploadedFile("charte.md", text.encode())

    response = as_agent.post(to("import", review), {"file": sent})
    screen = said(as_agent.get(response.url))

    assert review.draft is None
    assert "Passages absents du nouveau texte" in screen
    assert "1 remarque" in screen
    row = Import.objects.get()
    assert [passage["number"] for passage in row.passages] == [1, 2, 3]
    as_agent.post(response.url, {"number": ["1", "2", ""]})
    assert [row.passage.number for row in review.draft.rows] == [1, 2, 8]
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("numbers", "problem"),
    [
        (["1", "1", "3"], "continuent le même"),
        (["1", "99", ""], "pas de passage 99"),
        (["1", "x", ""], "x"),
        (["1"], "n’est pas arrivée"),
    ],
)
def test_a_wrong_matching_writes_nothing(as_agent, review, numbers, problem):
    sent = SimpleUploadedFile("charte.md", b"Un.\n\nDeux.\n\nTrois.")
    address = as_agent.post(to("import", review), {"file": sent}).url

    response = as_agent.post(address, {"number": numbers})

    assert response.status_code == 422
    assert problem in said(response)
    assert review.draft is None


def test_an_import_matched_with_a_draft_that_moved_writes_nothing(as_agent, review):
    sent = SimpleUploadedFile("charte.md", b"Un.\n\nDeux.")
    address = as_agent.post(to("import", review), {"file": sent}).url
    drafts.change_passage(
        drafts.next_version(review, None), 5, None, words=Words(Kind.PARAGRAPH, "Le texte d’une collègue.")
    )

    response = as_agent.post(address, {"number": ["", ""]})

    assert "Importez de nouveau" in said(response)
    assert len(review.draft.rows) == 7


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [("charte.docx", b"%PDF-1.7 ...", "PDF"), ("charte.md", b"", ""), ("charte.exe", b"MZ", "charte.exe")],
)
def test_what_cannot_be_read_is_said_and_nothing_is_written(as_agent, review, name, content, problem):
    response = as_agent.post(to("import", review), {"file": SimpleUploadedFile(name, content)}, follow=True)

    assert problem in said(response)
    assert review.draft is None


def test_a_large_file_waits_for_the_worker_and_shows_how_far_it_is(as_agent, review, monkeypatch):
    monkeypatch.setattr(importing, "AT_ONCE", 10)
    sent = SimpleUploadedFile("charte.md", b"Un texte un peu long.\n\nDeux.")

    address = as_agent.post(to("import", review), {"file": sent}).url
    waiting = as_agent.get(address)
    assert waiting["Refresh"] == "2"
    assert "en attente de lecture" in said(waiting)
    importing.read_waiting()

    ready = as_agent.get(address)
    assert "Refresh" not in ready
    assert "Un texte un peu long." in said(ready)


def test_the_next_version_is_published_with_its_reasons(as_agent, review, resident):
    amendment = a_remark(review, resident, 5, wording="La commune répond dans le mois.")
    address = to("remark", review, amendment.pk)
    assert "La commune répond dans le mois." in said(as_agent.get(address))
    as_agent.post(
        address,
        {"act": "take", "text": "La commune répond dans le mois.", "read": CHARTER[4].text, "note": "D’accord."},
    )
    screen = said(as_agent.get(to("publish", review)))
    assert "1 passage change" in screen
    draft = review.draft

    as_agent.post(
        to("publish", review), {"summary": "Un mois.", "number": 2, "revision": draft.revision, "freeze_previous": "on"}
    )

    review.refresh_from_db()
    assert (review.current.number, review.current.summary) == (2, "Un mois.")
    assert review.versions.get(number=1).is_frozen
    assert Remark.objects.get().outcome == review.current
    assert list(differences(review.consultation.log)) == []


def test_a_version_that_its_editor_never_saw_is_not_published(as_agent, review):
    seen = drafts.next_version(review, None)
    drafts.change_passage(seen, 5, None, words=Words(Kind.PARAGRAPH, "Deux mois."))
    fields = {"summary": "Deux mois au lieu de trois.", "number": 2, "revision": seen.revision + 1}
    drafts.publish_version(review.draft)
    unseen = drafts.next_version(review, None)
    drafts.change_passage(unseen, 5, None, words=Words(Kind.PARAGRAPH, "Dix ans."))

    response = as_agent.post(to("publish", review), fields)

    page = said(response)
    assert response.status_code == 422
    assert "a été publiée, ou abandonnée, entre-temps" in page
    assert "Deux mois au lieu de trois." in page
    assert "Dix ans" in page
    assert review.versions.published().count() == 2


def test_what_its_author_took_back_is_not_read_here(as_agent, review, resident):
    remark = take_remark(a_remark(review, resident, 5, "Des mots repris.", wording="Un mois."), None, text="Un mois.")
    withdraw(remark, resident)

    assert as_agent.get(to("remark", review, remark.pk)).status_code == 404
    for name in ("work", "publish", "text"):
        assert "Des mots repris." not in said(as_agent.get(to(name, review)))


@pytest.mark.parametrize("number", ["²", "9" * 30, "9" * 5000, "-1", "x"])
def test_numbers_that_are_none_break_nothing(as_agent, review, number):
    sent = SimpleUploadedFile("charte.md", b"Un.")
    preview = as_agent.post(to("import", review), {"file": sent}).url

    assert as_agent.post(preview, {"number": [number]}).status_code == 422
    assert as_agent.post(to("work", review), {"remark": [number], "act": "merge"}).status_code == 302
    assert as_agent.post(to("text", review), {"act": "lock", "passage": number}).status_code == 404


def test_publishing_twice_is_said(as_agent, review):
    draft = drafts.next_version(review, None)
    drafts.change_passage(draft, 5, None, words=Words(Kind.PARAGRAPH, "Deux mois."))
    fields = {"summary": "Deux mois.", "number": 2, "revision": draft.revision + 1}
    as_agent.post(to("publish", review), fields)

    response = as_agent.post(to("publish", review), fields)

    assert "a été publiée, ou abandonnée, entre-temps" in said(response)
    assert review.versions.count() == 2


def test_remarks_are_tagged_read_together_and_filtered(as_agent, review):
    first, second = (
        a_remark(review, a_user("Marthe"), 5, "Trop long."),
        a_remark(review, a_user("Zora"), 5, "Bien long."),
    )
    ticked = {"remark": [first.pk, second.pk]}

    as_agent.post(to("work", review), ticked | {"act": "tag", "tags": "délai, à revoir"})
    as_agent.post(to("work", review), ticked | {"act": "merge"})

    second.refresh_from_db()
    assert second.merged_into_id == first.pk
    assert {tag.name for tag in first.tags.all()} == {"délai", "à revoir"}
    screen = said(as_agent.get(to("work", review), {"tag": "délai"}))
    assert screen.count("Trop long.") == 1
    assert "Réunie avec la remarque de Marthe" in screen
    as_agent.post(to("remark", review, second.pk), {"act": "separate"})
    assert Remark.objects.get(pk=second.pk).merged_into is None


def test_locking_and_freezing_are_buttons(as_agent, review):
    as_agent.post(to("text", review), {"act": "lock", "passage": "5"})
    as_agent.post(to("text", review), {"act": "freeze", "version": "1"})

    assert Passage.objects.get(review=review, number=5).is_locked
    assert Version.objects.get(review=review).is_frozen
    screen = said(as_agent.get(to("text", review)))
    assert "Verrouillé" in screen
    assert "Figée" in screen


SCREENS = ["text", "whole_text", "import", "publish", "work"]


def test_editors_of_another_organisation_open_none_of_these_screens(as_agent, resident):
    other = a_review()
    remark = a_remark(other, resident, 5, wording="Un mois.")
    drafts.next_version(other, None)
    addresses = [
        *(to(name, other) for name in SCREENS),
        to("passage", other, 5),
        to("new_passage", other, 5),
        to("remark", other, remark.pk),
        *(to(f"export_{extension}", other) for extension in ("csv", "xlsx", "docx")),
    ]

    assert {as_agent.get(address).status_code for address in addresses} == {302}
    assert {as_agent.post(address, {"act": "next"}).status_code for address in addresses} == {302}
    assert Remark.objects.get().taken_into is None


def test_a_remark_of_another_document_is_not_worked_on_here(as_agent, review):
    other = a_remark(a_review(), a_user(), 5)

    assert as_agent.get(to("remark", review, other.pk)).status_code == 404
    as_agent.post(to("work", review), {"remark": [other.pk], "act": "tag", "tags": "délai"})
    assert not other.tags.exists()


def test_the_author_of_a_remark_that_was_taken_receives_a_letter_once(review, resident):
    remark = take_remark(a_remark(review, resident, 5, wording="Un mois."), None, text="Un mois.", note="D’accord.")
    assert tell_authors() == 0
    drafts.publish_version(remark.taken_into)

    assert (tell_authors(), tell_authors()) == (1, 0)
    letter = mail.outbox[-1]
    assert letter.to == [resident.email]
    assert "Retenue dans la version 2" in letter.body
    assert "D’accord." in letter.body
    assert remark.get_absolute_url() in letter.body


@pytest.mark.parametrize("extension", ["csv", "xlsx", "docx"])
@pytest.mark.parametrize("released", [True, False])
def test_the_remarks_are_taken_away_in_a_file(as_agent, consultation, resident, extension, released):
    review = a_review(consultation=consultation, released=released)
    if released:
        a_remark(review, resident, 5, wording="Un mois.")

    response = as_agent.get(to(f"export_{extension}", review))

    assert response.status_code == 200
    assert response["Content-Disposition"] == f'attachment; filename="remarques-{review.pk}.{extension}"'
    assert len(b"".join(response.streaming_content)) > 100
