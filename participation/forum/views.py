"""A forum: on a page of its own, as the fragment of an editorial page, and what is posted to it.

Both are drawn by the same template. `next` is the page that embeds the forum, "" on the forum's own page.
"""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Case, F, When
from django.http import Http404, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participation.consultations.forms import MessageForm
from participation.consultations.models import State
from participation.consultations.places import come_from, goes_back_to, pages_of, place_in
from participation.consultations.views import (
    asks_fragment,
    back_to,
    dress,
    page_number,
    thanks_for,
    voice_to_choose,
    voices,
    with_way_back,
)
from participation.people.decorators import private_page
from participation.people.pending import signed_in_to_act

from . import actions
from .forms import TopicForm
from .models import Forum, Message, Sort

TOPICS_PER_PAGE = 20
REPLIES_PER_PAGE = 50

# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@private_page
def activity(request, pk, slug):
    """The forum on a page of its own, with the way back to the page one came from."""
    return _show_forum(request, _forum_or_404(request, pk))


@require_safe
@private_page
def fragment(request, pk):
    """The forum alone, to take the place of its summary in an editorial page."""
    return _show_forum(request, _forum_or_404(request, pk), embedded=True)


@require_safe
@private_page
def topic(request, pk):
    """A topic and its replies; a reply's address leads to its place in the topic's."""
    message = _message_or_404(request, pk)
    if not message.is_topic:
        topic = message.topic
        first = message.parent_id if message.depth > 1 else message.pk
        before = (
            Message.objects.in_place(request.user).filter(topic=topic).annotate(first=_FIRST).filter(first__lt=first)
        )
        page = before.count() // REPLIES_PER_PAGE + 1
        query = {
            name: value for name, value in [("page", page if page > 1 else ""), ("next", come_from(request))] if value
        }
        address = f"{topic.get_absolute_url()}?{urlencode(query)}" if query else topic.get_absolute_url()
        return HttpResponseRedirect(f"{address}#{message.anchor}")
    return _show_topic(request, message)


@require_safe
@private_page
def thread(request, pk):
    """A topic's replies alone, unfolded in the list of topics."""
    message = _message_or_404(request, pk)
    if not message.is_topic:
        raise Http404
    return render(request, "forum/thread.html", {**_topic_context(request, message), "embedded": True})


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _voice_of_topic(request, fields, pk):
    return voice_to_choose(Forum.objects.filter(pk=pk).first(), request, fields)


def _voice_of_reply(request, fields, pk):
    return voice_to_choose(Forum.objects.filter(contributions=pk).first(), request, fields)


@require_POST
@private_page
@signed_in_to_act(gettext_lazy("publish your message"), choices=_voice_of_topic)
def post_topic(request, pk):
    forum = _forum_or_404(request, pk)
    form = TopicForm(request.POST, voices=voices(forum, request.user), **_ids(forum.anchor))
    message = _post(form, forum, request.user)
    if message is None:
        return _show_forum(request, forum, form=form, embedded=asks_fragment(request))
    return _after(request, message, thanks_for(message))


@require_POST
@private_page
@signed_in_to_act(gettext_lazy("publish your reply"), choices=_voice_of_reply)
def reply(request, pk):
    parent = _message_or_404(request, pk)
    forum = parent.activity.specific
    form = MessageForm(request.POST, voices=voices(forum, request.user), **_ids(parent.anchor))
    message = _post(form, forum, request.user, parent=parent)
    topic = parent.topic or parent
    if message is None:
        return _show_topic(request, topic, failed=(parent, form))
    if asks_fragment(request):
        messages.success(request, thanks_for(message))
        return _show_topic(request, topic, written=message)
    return _after(request, message, thanks_for(message))


@require_http_methods(["GET", "HEAD", "POST"])
@private_page
@signed_in_to_act(gettext_lazy("change your message"))
def edit(request, pk):
    """The author changes their text."""
    message = _message_or_404(request, pk)
    if not request.user.is_authenticated or message.author_id != request.user.pk:
        raise PermissionDenied
    form_class = TopicForm if message.is_topic else MessageForm
    latest = {"title": message.title, "body": message.body} | (message.pending or {})
    form = form_class(request.POST or None, initial=latest)
    if request.method == "POST" and form.is_valid():
        try:
            message = actions.edit_message(message, request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return _after(request, message, _thanks_for_change(message))
    context = {"form": form, "message": message, "forum": message.activity, "next": come_from(request)}
    return render(request, "forum/edit.html", context, status=422 if form.errors else 200)


@require_POST
@private_page
@signed_in_to_act(gettext_lazy("arrange the topics"))
def arrange(request, pk):
    """A moderator pins or closes a topic, or the reverse: `act` is pin, unpin, close or reopen."""
    message = _message_or_404(request, pk)
    try:
        match request.POST.get("act"):
            case "pin" | "unpin" as act:
                actions.pin_topic(message, request.user, pinned=act == "pin")
            case "close" | "reopen" as act:
                actions.close_topic(message, request.user, closed=act == "close")
            case _:
                return HttpResponseBadRequest(_("This act does not exist."))
    except ValidationError as refusal:
        return back_to(request, message, refusal=refusal)
    return _after(request, message, _("Done."))


def _post(form, forum, author, *, parent=None) -> Message | None:
    """Post what a form holds; None when it is refused, and the form says why."""
    if not form.is_valid():
        return None
    try:
        return actions.post_message(forum, author, parent=parent, **form.cleaned_data)
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return None


def _thanks_for_change(message: Message) -> str:
    if message.pending:
        return _("Thank you. Your change is received; it will show once a moderator has read it.")
    return _("Your message is changed.") if message.is_published else thanks_for(message)


def _after(request, message: Message, thanks: str):
    """Where one goes after writing: the fragment anew, the page that embeds the forum, or the message's own place."""
    messages.success(request, thanks)
    forum = message.activity
    if asks_fragment(request):
        return _show_forum(request, _forum_or_404(request, forum.pk), embedded=True, written=message)
    if page := goes_back_to(request):
        return HttpResponseRedirect(place_in(page, forum))
    place = forum.get_absolute_url() if message.is_topic else message.get_absolute_url()
    return HttpResponseRedirect(f"{with_way_back(request, place)}#{message.anchor}")


# ── What the views share ─────────────────────────────────────────────────────────────────────────────────────────────

# A reply and the replies to it stand together: the thread is read in this order.
_FIRST = Case(When(depth=1, then=F("pk")), default=F("parent_id"))


def _forum_or_404(request, pk) -> Forum:
    forums = Forum.objects.select_related("consultation__organiser", "consultation__territory", "consultation__log")
    forum = get_object_or_404(forums, pk=pk)
    if not forum.is_visible(request.user):
        raise Http404
    return forum


def _message_or_404(request, pk) -> Message:
    rows = Message.objects.in_place(request.user).select_related(
        "activity__consultation__organiser", "activity__consultation__log", "topic", "author", "on_behalf_of"
    )
    return get_object_or_404(rows, pk=pk)


def _ids(anchor: str) -> dict:
    """Ids that nothing else of the page has."""
    return {"auto_id": f"{anchor}-new-%s"}


def _forum_context(request, forum: Forum) -> dict:
    user = request.user
    moderates = forum.consultation.is_moderated_by(user)
    state = forum.state()
    return {
        "forum": forum,
        "state": state,
        "is_open": state == State.OPEN,
        "moderates": moderates,
        "voices": voices(forum, user),
        "next": come_from(request),
    }


def _show_forum(
    request, forum: Forum, *, form: TopicForm | None = None, embedded: bool = False, written: Message | None = None
):
    context = _forum_context(request, forum)
    sort = request.GET.get("ordre") if request.GET.get("ordre") in Sort.values else Sort.RECENT
    number = page_number(request)
    rows = Message.objects.in_place_within(request.user, moderates=context["moderates"])
    rows = rows.filter(forum=forum).topics().sorted(sort)
    # One more than shown tells whether there is a next page, without counting them all.
    start = (number - 1) * TOPICS_PER_PAGE
    rows = list(rows.select_related("author", "on_behalf_of")[start : start + TOPICS_PER_PAGE + 1])
    context |= {
        "topics": dress(request, rows[:TOPICS_PER_PAGE]),
        "sort": sort,
        "sorts": Sort,
        "number": number,
        "has_next": len(rows) > TOPICS_PER_PAGE,
        "form": form or TopicForm(voices=context["voices"], **_ids(forum.anchor)),
        "embedded": embedded,
        "written": written,
    }
    if not embedded:
        context["page_of_activity"] = pages_of([forum]).get(forum.pk)
    template = "forum/fragment.html" if embedded else "forum/activity.html"
    # htmx swaps only what succeeded: a fragment that says what is wrong is a success.
    return render(request, template, context, status=422 if form and form.errors and not embedded else 200)


def _topic_context(request, topic: Message, *, failed: tuple[Message, MessageForm] | None = None) -> dict:
    context = _forum_context(request, topic.activity)
    number = page_number(request)
    start = (number - 1) * REPLIES_PER_PAGE
    rows = (
        Message.objects.in_place_within(request.user, moderates=context["moderates"])
        .filter(topic=topic)
        .annotate(first=_FIRST)
        .order_by("first", "depth", "pk")
    )
    rows = list(rows.select_related("author", "on_behalf_of")[start : start + REPLIES_PER_PAGE + 1])
    dress(request, [topic, *rows])
    for message in [topic, *rows]:
        message.can_be_answered = (
            context["is_open"] and not topic.closed and message.is_published and message.depth < Message.MAX_DEPTH
        )
        if message.can_be_answered:
            message.form = MessageForm(voices=context["voices"], **_ids(message.anchor))
            if failed and failed[0].pk == message.pk:
                message.form = failed[1]
    return context | {
        "topic": topic,
        "replies": rows[:REPLIES_PER_PAGE],
        "number": number,
        "has_next": len(rows) > REPLIES_PER_PAGE,
        # Whom a refused form answered may no longer be answerable: the text is then kept at the top of the page.
        "lost_form": failed[1]
        if failed and not any(getattr(m, "form", None) is failed[1] for m in [topic, *rows])
        else None,
    }


def _show_topic(request, topic: Message, *, failed=None, written: Message | None = None):
    """A topic's page, or its replies alone for who posted from a fragment."""
    if not hasattr(topic, "readable"):
        topic = _message_or_404(request, topic.pk)
    context = _topic_context(request, topic, failed=failed)
    if asks_fragment(request):
        return render(request, "forum/thread.html", {**context, "embedded": True, "written": written})
    context["page_of_activity"] = pages_of([topic.activity]).get(topic.activity_id)
    return render(request, "forum/topic.html", context, status=422 if failed else 200)
