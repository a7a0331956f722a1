"""`manage.py seed_volume`: many people taking part, by the verbs people use."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from participation.ballot.models import Vote
from participation.forum.models import Message
from participation.ledger.integrity import problems
from participation.ledger.models import Log
from participation.people.models import User
from portal.demonstration import volume
from tests.ledger.reading import save, types, verify

pytestmark = pytest.mark.django_db

TEXTS = ["Rouvrir la ligne de bus.", "Un banc à l’ombre,\nprès de la fontaine.", "Publier les comptes rendus."]


@pytest.fixture
def texts(tmp_path):
    """A folder of three texts, among what is not to be quoted."""
    folder = tmp_path / "textes"
    folder.mkdir()
    rows = "".join(f'{number},"{text}"\n' for number, text in enumerate(TEXTS))
    (folder / "reponses.csv").write_text(f"id,reponse\n{rows}9,\n")
    (folder / "sources.csv").write_text("id,titre,lien,corps\n1,Un site,https://exemple.fr,Une légende\n")
    (folder / "arguments.csv").write_text("id,corps,corbeille\n1,Ce que la modération a retiré,1\n")
    return folder


def seed(texts, **counts) -> str:
    output = StringIO()
    call_command("seed_volume", texts=texts, stdout=output, **counts)
    return output.getvalue()


def test_it_makes_as_many_contributions_and_votes_as_it_is_told(texts):
    said = seed(texts, participants=4, contributions=7, votes=6)

    assert User.objects.filter(emailaddress__verified=True).count() == 4
    assert not any(user.has_usable_password() for user in User.objects.all())
    messages = Message.objects.order_by("pk")
    assert [message.is_topic for message in messages] == [True, False, True, False, True, False, True]
    assert {message.body for message in messages} == set(TEXTS)
    assert Vote.objects.count() == 4
    assert "7 contributions en" in said
    assert "6 votes en" in said


def test_what_it_makes_agrees_with_the_record_and_the_verifier(texts, tmp_path):
    seed(texts, participants=4, contributions=7, votes=6)

    log = Log.objects.get(slug="volume")
    assert types(log).count("contribution.published") == 7
    assert types(log).count("vote.cast") == 4
    assert types(log).count("vote.changed") == 2
    assert list(problems()) == []
    code, said = verify(save(log, tmp_path / "registre"))
    assert (code, said.splitlines()[-1]) == (0, "CONFORME")


def test_a_second_volume_has_the_same_people_and_a_consultation_of_its_own(texts):
    seed(texts, participants=3, contributions=1, votes=1)
    seed(texts, participants=4, contributions=1, votes=1)

    assert User.objects.count() == 4
    assert set(Log.objects.values_list("slug", flat=True)) >= {"volume", "volume-2"}


def test_texts_are_cut_to_what_a_message_holds(tmp_path):
    (tmp_path / "propositions.csv").write_text(f"titre,corps_texte\n{'t' * 200},{'c' * 6000}\n")

    [(title, body)] = volume.read_texts(tmp_path)

    assert (len(title), len(body)) == (140, 5000)


@pytest.mark.parametrize("folder", ["absent", "vide"])
def test_without_texts_it_says_why_and_ends_with_2(tmp_path, folder):
    (tmp_path / "vide").mkdir()

    with pytest.raises(CommandError, match=folder) as refusal:
        seed(tmp_path / folder, participants=1, contributions=1)

    assert refusal.value.returncode == 2
    assert User.objects.count() == 0
