"""Whether a forum and a vote cost the same with 50 000 contributions or votes as with 50.

    .venv/bin/python bench/activity.py

Two sites, each in a process of its own, are asked for the same pages in turns, through the whole application. Time is
that of the processor, so that other processes of the machine count little; the least of the rounds is kept. Ends with 1
when the numbers of queries differ.
"""

import sys

import _asking
import _volume

ROUNDS, CALLS = 15, 8


def main() -> None:
    few, many = _volume.FEW, _volume.MANY
    with (
        _volume.site("peu", (few, 0, few), (few, few, 0)) as small,
        _volume.site("beaucoup", (many, 0, many), (many, many, 0)) as large,
    ):
        equal = _asking.compare(__file__, {str(few): small, str(many): large}, rounds=ROUNDS)
    sys.exit(0 if equal else 1)


def answer() -> None:
    """Each page as a visitor, and as the last person who took part."""
    import django

    django.setup()

    from django.test import Client

    from participation.ballot.models import Ballot
    from participation.forum.models import Forum, Message

    ballot = Ballot.objects.order_by("pk").first()
    forum = Forum.objects.order_by("pk").last()
    person = Message.objects.filter(activity=forum).order_by("pk").last().author
    visitor, signed_in = Client(), Client()
    signed_in.force_login(person)
    addresses = {
        "forum, fragment": forum.fragment_url,
        "forum, page": forum.get_absolute_url(),
        "vote, fragment": ballot.fragment_url,
        "vote, page": ballot.get_absolute_url(),
    }
    pages = {
        f"{name}, {who}": _asking.asking(client, address)
        for name, address in addresses.items()
        for who, client in [("visiteur", visitor), ("personne connectée", signed_in)]
    }
    _asking.answer(pages, calls=CALLS)


if __name__ == "__main__":
    answer() if "--answer" in sys.argv else main()
