"""The documents under review of the demonstration: their versions, and what people remarked, by the verbs people use."""

from datetime import timedelta

from participation.consultations import actions as consultations
from participation.consultations.models import Activity, Consultation
from participation.people.models import User
from participation.review.actions import merge_remarks, remark_on, reply_to, tag_remark, take_remark
from participation.review.comparing import match
from participation.review.drafts import next_version, publish_version, write_draft
from participation.review.models import PassageText, Remark, Review
from participation.review.reading import read_typed

from . import texts
from .debates import MODERATOR, Act
from .people import voice


def create_review(consultation: Consultation, table: dict) -> Review:
    """The document that a file describes, as a draft: its first version."""
    review = Review(
        consultation=consultation,
        title=table["title"],
        question=table["question"].strip(),
        minutes=table["minutes"],
        moderation=table.get("moderation", Activity.Moderation.AFTER),
        closes_at=texts.days_ahead(table["closes_in_days"]),
    )
    first = table["versions"][0]
    review.words = read_typed(first["text"]).passages
    review = consultations.create_activity(review)
    review.versions.update(summary=first["summary"].strip())
    return review


def acts_of(review: Review, table: dict, people: dict[str, User]) -> list[Act]:
    """Opening, remarks and what answered them, then each further version with the remarks it takes up."""
    placed: dict[int, Remark] = {}
    acts = [(texts.days_ago(table["opens_days_ago"]), lambda at: consultations.release_activity(review, at=at))]
    for version in table["versions"][1:]:
        acts.append((texts.days_ago(version["published_days_ago"]), _publication(review, version, table, placed)))
    for row in table["remarks"]:
        acts += _acts_of(review, row, people, placed)
    acts.append((texts.days_ago(0), lambda at: _sort(table, placed)))
    return acts


def _acts_of(review: Review, row: dict, people: dict[str, User], placed: dict) -> list[Act]:
    when = texts.days_ago(row["days_ago"])
    acts = [(when, lambda at: placed.update({id(row): _remark(review, row, people, at)}))]
    beforehand = review.moderation == Activity.Moderation.BEFORE
    if beforehand:
        acts.append((when + timedelta(minutes=7), lambda at: _approve(placed[id(row)], people, at)))
    views = [(choice, key) for choice in ("agree", "disagree", "nuance") for key in row.get(choice, [])]
    for step, (choice, key) in enumerate(views, 1):
        moment = min(when + timedelta(minutes=19 * step), texts.days_ago(0))
        acts.append((moment, _reaction(row, placed, people[key], choice)))
    for reply in row.get("replies", []):
        at_reply = texts.days_ago(reply["days_ago"])
        acts.append((at_reply, _reply(row, reply, placed, people)))
        if beforehand:
            acts.append((at_reply + timedelta(minutes=7), _approval(reply, placed, people)))
    if "moderated" in row:
        last = texts.days_ago(min([row["days_ago"], *(reply["days_ago"] for reply in row.get("replies", []))]))
        acts.append((last + timedelta(minutes=40), _withholding(row, placed, people)))
    return acts


def _remark(review: Review, row: dict, people: dict[str, User], at) -> Remark:
    version = Review.objects.get(pk=review.pk).current
    commented = PassageText.objects.select_related("passage").get(version=version, text__startswith=row["on"])
    start = commented.text.find(row["quote"]) if "quote" in row else -1
    return remark_on(
        review,
        people[row["author"]],
        passage=commented.passage.number,
        version=version.number,
        nature=row["kind"],
        body=row["body"],
        wording=row.get("wording", ""),
        quote=(start, start + len(row["quote"])) if start >= 0 else None,
        at=at,
    )


def _reply(row: dict, reply: dict, placed: dict, people: dict[str, User]):
    def act(at):
        placed[id(reply)] = reply_to(
            _now(placed[id(row)]),
            people[reply["author"]],
            body=reply["body"],
            on_behalf_of=voice(reply, people[reply["author"]]),
            at=at,
        )

    return act


def _reaction(row: dict, placed: dict, user: User, choice: str):
    def act(at):
        if _now(placed[id(row)]).is_published:
            consultations.react(placed[id(row)], user, choice, at=at)

    return act


def _approve(remark: Remark, people: dict[str, User], at) -> None:
    if _now(remark).state == Remark.State.RECEIVED:
        consultations.approve(remark, people[MODERATOR], at=at)


def _approval(row: dict, placed: dict, people: dict[str, User]):
    return lambda at: _approve(placed[id(row)], people, at)


def _withholding(row: dict, placed: dict, people: dict[str, User]):
    why = row["moderated"]
    return lambda at: consultations.withhold(
        placed[id(row)], people[MODERATOR], reason=why["reason"], note=why.get("note", ""), at=at
    )


def _publication(review: Review, version: dict, table: dict, placed: dict):
    """The next version: its text continues the passages of the one before; it credits the remarks it takes up."""

    def act(at):
        words = read_typed(version["text"]).passages
        before = next_version(review, None, at=at).rows
        found = match([row.words for row in before], words)
        numbers = [before[i].passage.number if i is not None else None for i in found]
        draft = write_draft(review, zip(numbers, words, strict=True))
        _merge(table, placed)
        for row in table["remarks"]:
            if "taken" in row and id(row) in placed:
                partly, note = row["taken"] == "partly", row.get("taken_note", "")
                take_remark(placed[id(row)], None, partly=partly, note=note)
        publish_version(draft, summary=version["summary"], at=at)

    return act


def _sort(table: dict, placed: dict) -> None:
    """The working words of those who carry the document, and the remarks that ask for the same."""
    _merge(table, placed)
    for row in table["remarks"]:
        if "tags" in row:
            tag_remark(placed[id(row)], None, row["tags"])


def _merge(table: dict, placed: dict) -> None:
    named = {row["id"]: placed[id(row)] for row in table["remarks"] if "id" in row and id(row) in placed}
    for row in table["remarks"]:
        if row.get("merged_into") in named and id(row) in placed:
            merge_remarks(named[row["merged_into"]], [placed[id(row)]], None)


def _now(remark: Remark) -> Remark:
    return Remark.objects.select_related("activity__consultation", "review__consultation").get(pk=remark.pk)
