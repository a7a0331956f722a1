"""What people do in a forum."""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from participation import generation
from participation.consultations import actions, recording
from participation.people.models import Organisation, User

from .models import Forum, Message


@transaction.atomic
def post_message(
    forum: Forum,
    author: User,
    *,
    body: str,
    title: str = "",
    parent: Message | None = None,
    on_behalf_of: Organisation | None = None,
    at: datetime | None = None,
) -> Message:
    """Open a topic (a title, no parent) or reply to a message (a parent, no title).

    `on_behalf_of`: the organisation in whose name its author writes; see `consultations.actions.speak_for`.
    """
    # Alone in the consultation from here: of the same form sent twice at once, the second finds what the first wrote.
    record = recording.take(forum.consultation, at)
    message = Message(
        activity=forum,
        forum=forum,
        author=author,
        title=_one_line(title),
        body=actions.as_filed(body),
        last_activity_at=record.at,
    )
    if parent:
        _place_under(message, parent)
    elif not message.title:
        raise ValidationError({"title": _("Give your topic a title.")})
    message.activity = message.forum = forum = actions.require_open(forum, author, record.at)
    actions.speak_for(message, on_behalf_of)
    if twin := actions.just_filed(message, record.at):
        return twin
    actions.receive(message, record)
    if message.topic_id and message.is_published:
        Message.objects.filter(pk=message.topic_id).update(last_activity_at=record.at)
    return message


def _one_line(text: str) -> str:
    return actions.as_filed(" ".join(text.split()))


def _place_under(message: Message, parent: Message) -> None:
    topic = parent.topic or parent
    if parent.activity_id != message.activity.pk:
        raise PermissionDenied
    if topic.closed:
        raise ValidationError(_("This topic is closed: one can no longer reply."))
    if parent.depth >= Message.MAX_DEPTH:
        raise ValidationError(_("Replies go no deeper: reply to the message above."))
    if not parent.is_published:
        raise ValidationError(_("This message is no longer shown: one can no longer reply to it."))
    message.parent = parent
    message.topic = topic
    message.depth = parent.depth + 1
    message.title = ""


@transaction.atomic
def edit_message(message: Message, by: User, *, body: str, title: str = "", at: datetime | None = None) -> Message:
    """The author changes their text; readers see that it was changed."""
    changes = {"body": body.strip()}
    if message.is_topic:
        changes["title"] = _one_line(title)
        if not changes["title"]:
            raise ValidationError({"title": _("Give your topic a title.")})
    return actions.edit_contribution(message, by, at=at, **changes)


@transaction.atomic
def pin_topic(topic: Message, by: User | None, *, pinned: bool) -> Message:
    """Keep a topic on top of the forum, or let it go back to its place."""
    return _arrange(topic, by, pinned=pinned)


@transaction.atomic
def close_topic(topic: Message, by: User | None, *, closed: bool) -> Message:
    """End the replies to one topic, or take them up again; the forum itself stays open."""
    return _arrange(topic, by, closed=closed)


def _arrange(topic: Message, by: User | None, **marks: bool) -> Message:
    if by is not None and not topic.activity.consultation.is_moderated_by(by):
        raise PermissionDenied
    if not topic.is_topic:
        raise ValidationError(_("Only topics are pinned or closed."))
    Message.objects.filter(pk=topic.pk).update(**marks)
    for mark, value in marks.items():
        setattr(topic, mark, value)
    generation.bump()
    return topic
