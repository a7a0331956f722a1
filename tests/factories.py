"""Rows for tests, made by the verbs people use. French data."""

from itertools import count

from django.utils import timezone
from django.utils.text import slugify

from experiences.models import ExperienceIndexPage, ExperiencePage, ProjectIndexPage, ProjectPage
from participation.ballot.actions import cast_vote
from participation.ballot.models import Ballot, Vote
from participation.consultations.actions import create_activity, create_consultation, release_activity
from participation.consultations.models import Consultation
from participation.forum.actions import post_message
from participation.forum.models import Forum, Message
from participation.people.actions import create_organisation, grant_role, set_member
from participation.people.models import Organisation, Role, User
from participation.review.actions import remark_on
from participation.review.models import Remark, Review
from participation.review.passages import Kind, Words
from participation.vocabulary.models import InvolvementDegree

PASSWORD = "une phrase assez longue"

_numbers = count(1)


def a_user(pseudonym: str = "", *, role: Role | None = None, edits=(), speaks=(), **fields) -> User:
    """A confirmed account; `edits` and `speaks` list the organisations it edits or speaks for."""
    pseudonym = pseudonym or f"Habitante {next(_numbers)}"
    user = User.objects.create_user(f"{slugify(pseudonym)}@exemple.fr", PASSWORD, pseudonym=pseudonym, **fields)
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    if role:
        grant_role(user, role)
    for organisation in {*edits, *speaks}:
        set_member(organisation, user, edits=organisation in edits, speaks=organisation in speaks)
    return user


def an_organisation(name: str = "", *, kind=Organisation.Kind.COMMUNE, **fields) -> Organisation:
    name = name or f"Commune {next(_numbers)}"
    return create_organisation(name=name, slug=slugify(name), kind=kind, **fields)


def a_verified_organisation(name: str = "", *, kind=Organisation.Kind.COLLECTIVE, **fields) -> Organisation:
    """Its profile is public, and those who speak for it do so everywhere."""
    organisation = an_organisation(name, kind=kind, **fields)
    organisation.verified_at, organisation.checked = timezone.now(), "Vu."
    organisation.save()
    return organisation


def a_consultation(title: str = "", *, organiser: Organisation | None = None, **fields) -> Consultation:
    title = title or f"Consultation {next(_numbers)}"
    return create_consultation(
        title=title,
        slug=slugify(title),
        organiser=organiser or an_organisation(),
        **{"degree": InvolvementDegree.CONCERTATION, **fields},
    )


def a_forum(title: str = "Et le kiosque ?", *, consultation=None, released: bool = True, at=None, **fields) -> Forum:
    """A forum, open unless `released=False`; `at` is when it was released."""
    forum = create_activity(Forum(consultation=consultation or a_consultation(), title=title, **fields))
    return release_activity(forum, at=at) if released else forum


def a_ballot(
    title: str = "Quel sol pour la place ?",
    *,
    consultation=None,
    answers=("Pavé", "Terre", "Dalles"),
    released: bool = True,
    at=None,
    places=(),
    addresses=(),
    **fields,
) -> Ballot:
    """A ballot, open unless `released=False`; its answers have the keys a, b, c…"""
    ballot = Ballot(consultation=consultation or a_consultation(), title=title, **fields)
    ballot.labels, ballot.places, ballot.addresses = list(answers), list(places), list(addresses)
    ballot = create_activity(ballot)
    return release_activity(ballot, at=at) if released else ballot


def a_vote(ballot: Ballot, *ticked: str, voter: User | None = None, **fields) -> Vote:
    return cast_vote(ballot, voter or a_user(), ticked, **fields)


CHARTER = (
    Words(Kind.HEADING, "Titre I. Ce qui est promis", 2),
    Words(Kind.ARTICLE, "Article 1. Informer", 3),
    Words(Kind.PARAGRAPH, "La commune publie ce qu’elle prépare avant d’en décider."),
    Words(Kind.ARTICLE, "Article 2. Répondre", 3),
    Words(Kind.PARAGRAPH, "La commune répond à chaque contribution dans un délai de trois mois."),
    Words(Kind.ITEM, "par écrit ;", 1),
    Words(Kind.ITEM, "en donnant ses raisons.", 1),
)
"""Seven passages, whose numbers are 1 to 7."""


def a_review(
    title: str = "La charte de la participation",
    *,
    consultation=None,
    words=CHARTER,
    released: bool = True,
    at=None,
    **fields,
) -> Review:
    """A document under review, open unless `released=False`; its passages are numbered from 1."""
    review = Review(consultation=consultation or a_consultation(), title=title, **fields)
    review.words = list(words)
    review = create_activity(review)
    return release_activity(review, at=at) if released else review


def a_remark(review: Review, author: User, passage: int = 5, body: str = "Trois mois, c’est long.", **fields) -> Remark:
    """A comment on the first version unless told; an amendment when a wording is given."""
    nature = Remark.Nature.AMENDMENT if "wording" in fields else Remark.Nature.COMMENT
    return remark_on(review, author, passage=passage, body=body, **{"version": 1, "nature": nature, **fields})


def a_topic(
    forum: Forum, author: User, title: str = "Un kiosque !", body: str = "Place de l’église.", **fields
) -> Message:
    return post_message(forum, author, title=title, body=body, **fields)


def a_reply(parent: Message, author: User, body: str = "Bonne idée.", **fields) -> Message:
    return post_message(parent.activity.specific, author, parent=parent, body=body, **fields)


def an_inventory(home_page) -> ExperienceIndexPage:
    existing = ExperienceIndexPage.objects.first()
    return existing or home_page.add_child(
        instance=ExperienceIndexPage(title="Inventaire", slug="inventaire", show_in_menus=True)
    )


def a_sheet(home_page, title: str = "Le marché aux paroles", *, live: bool = True, **fields) -> ExperiencePage:
    many = {name: fields.pop(name) for name in ("territories", *ExperiencePage.TERMS) if name in fields}
    sheet = ExperiencePage(title=title, live=live, first_published_at=timezone.now() if live else None, **fields)
    an_inventory(home_page).add_child(instance=sheet)
    _set_many(sheet, many)
    return sheet


def a_project(home_page, title: str = "Les bus de Digne", *, consultation=None, **fields) -> ProjectPage:
    many = {name: fields.pop(name) for name in ("territories", "themes", "audiences") if name in fields}
    index = ProjectIndexPage.objects.first() or home_page.add_child(
        instance=ProjectIndexPage(title="Projets", slug="projets", show_in_menus=True)
    )
    project = ProjectPage(
        title=title,
        consultation=consultation or a_consultation(title),
        first_published_at=timezone.now(),
        **fields,
    )
    index.add_child(instance=project)
    _set_many(project, many)
    return project


def embed(page, activity) -> None:
    """Publish `page` with a block that shows `activity`."""
    page.body = [*page.body.raw_data, {"type": activity.kind, "value": {"activity": activity.pk}}]
    page.save_revision().publish()


def _set_many(page, many: dict) -> None:
    for name, rows in many.items():
        setattr(page, name, rows)
    page.save()
