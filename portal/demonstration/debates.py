"""What people said in the demonstration: consultations, forums, messages, reactions, by the verbs people use, in order of time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from participation.consultations import actions as consultations
from participation.consultations.models import Activity, Consultation, last_reasons
from participation.forum.actions import close_topic, pin_topic, post_message
from participation.forum.models import Forum, Message
from participation.moderation.actions import appeal, decide, publish_note
from participation.moderation.models import Appeal
from participation.people.models import User

from . import texts
from .people import voice

MODERATOR, SECOND = "ines-f", "maelle-r"


@dataclass
class Debate:
    """A forum to open and the topics of its text."""

    forum: Forum
    opens: datetime
    topics: list[dict]


def create_forum(consultation: Consultation, table: dict) -> Debate:
    """The forum that a `[forum]` table describes, as a draft."""
    closes = table.get("closes_in_days")
    forum = Forum(
        consultation=consultation,
        title=table["title"],
        question=table.get("question", "").strip(),
        minutes=table.get("minutes", 4),
        moderation=table.get("moderation", Activity.Moderation.AFTER),
        closes_at=texts.days_ahead(closes) if closes is not None else None,
    )
    consultations.create_activity(forum)
    return Debate(forum, texts.days_ago(table.get("opens_days_ago", 40)), table.get("topics", []))


Act = tuple[datetime, Callable[[datetime], object]]
"""When something happened, and the call that makes it happen then."""


def acts_of(debate: Debate, people: dict[str, User]) -> list[Act]:
    """Everything that happened in a forum."""
    acts = [(debate.opens, _release(debate))]
    for topic in debate.topics:
        acts += _acts_of(topic, debate, people, placed={})
    return acts


def play(acts: list[Act]) -> None:
    """One act after the other, as they happened."""
    for at, act in sorted(acts, key=lambda pair: pair[0]):
        act(at)


def _release(debate: Debate):
    return lambda at: consultations.release_activity(debate.forum, at=at)


def _acts_of(row: dict, debate: Debate, people: dict[str, User], placed: dict, parent: dict | None = None) -> list[Act]:
    """The acts that one message makes: writing, reading beforehand, reactions, taking down, and its replies."""
    when = texts.days_ago(row["days_ago"])
    acts = [(when, lambda at: placed.update({id(row): _post(row, debate, people, placed, parent, at)}))]
    if debate.forum.moderation == Activity.Moderation.BEFORE and not row.get("pending"):
        acts.append((when + timedelta(minutes=7), lambda at: _approve(placed[id(row)], people, at)))
    if "moderated" in row:
        # After the last reply: one no longer replies to what is taken down.
        last = texts.days_ago(min(_days(row)))
        taken_down = last + timedelta(minutes=40)
        acts.append((taken_down, lambda at: _withhold(placed[id(row)], people, row["moderated"], at)))
        if why := row["moderated"].get("appeal"):
            acts.append((taken_down + timedelta(hours=3), lambda at: _appeal(placed[id(row)], why, at)))
            acts.append((taken_down + timedelta(hours=20), lambda at: _answer_appeal(placed[id(row)], people, why, at)))
    step = 0
    for choice in ("agree", "disagree", "nuance"):
        for key in row.get(choice, []):
            step += 1
            moment = min(when + timedelta(minutes=17 * step), texts.days_ago(0))
            acts.append((moment, _reaction(placed, row, people[key], choice)))
    for reply in row.get("replies", []):
        acts += _acts_of(reply, debate, people, placed, parent=row)
    if row.get("closed"):
        acts.append((texts.days_ago(0), lambda at: close_topic(placed[id(row)], None, closed=True)))
    return acts


def _days(row: dict) -> list[float]:
    """When the message and all replies to it were written, in days ago."""
    return [row["days_ago"], *(days for reply in row.get("replies", []) for days in _days(reply))]


def _post(row, debate, people, placed, parent, at) -> Message:
    message = post_message(
        debate.forum,
        people[row["author"]],
        title=row.get("title", ""),
        body=row["body"],
        parent=_now(placed[id(parent)]) if parent else None,
        on_behalf_of=voice(row, people[row["author"]]),
        at=at,
    )
    if row.get("pinned"):
        pin_topic(message, None, pinned=True)
    return message


def _approve(message: Message, people, at: datetime) -> None:
    if _now(message).state == Message.State.RECEIVED:
        consultations.approve(message, people[MODERATOR], at=at)


def _withhold(message: Message, people, why: dict, at: datetime) -> None:
    consultations.withhold(message, people[MODERATOR], reason=why["reason"], note=why.get("note", ""), at=at)


def _appeal(message: Message, row: dict, at: datetime) -> None:
    appeal(last_reasons([_now(message)])[message.pk], message.author, text=row["text"], at=at)


def _answer_appeal(message: Message, people, row: dict, at: datetime) -> None:
    decide(
        Appeal.objects.get(action__contribution=message), people[SECOND], accepted=False, answer=row["answer"], at=at
    )


def guarantor_acts(consultation: Consultation, rows: list[dict]) -> list[Act]:
    """What the guarantor of a consultation published, note after note."""

    def publish(row):
        return lambda at: publish_note(
            consultation, consultation.guarantor, kind=row["kind"], title=row["title"], body=row["body"].strip(), at=at
        )

    return [(texts.days_ago(row["days_ago"]), publish(row)) for row in rows]


def _reaction(placed, row, user, choice):
    def act(at):
        if _now(placed[id(row)]).is_published:
            consultations.react(placed[id(row)], user, choice, at=at)

    return act


def _now(message: Message) -> Message:
    return Message.objects.select_related("activity__consultation__organiser", "topic").get(pk=message.pk)
