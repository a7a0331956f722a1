import re

import pytest
from django.urls import reverse

from participation.people.actions import set_up_roles

ELSEWHERE = [
    "https://mechant.example/",
    "//mechant.example/",
    "///mechant.example",
    "/\\mechant.example",
    "\\\\mechant.example",
    "https:///mechant.example",
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
]
"""Addresses that must not be gone to after signing in."""


@pytest.fixture(autouse=True)
def _roles(db):
    set_up_roles()


@pytest.fixture
def answers(territories) -> dict:
    """What somebody answers to sign up."""
    return {
        "email": "Mado@exemple.fr",
        "password1": "le marché du samedi",
        "pseudonym": "Mado des Sièyes",
        "commune": territories["04070"].pk,
        "charter": "on",
    }


@pytest.fixture
def sign_up(client, answers):
    """Post the sign-up form; what is given replaces an answer. The page that follows."""

    def post(**others):
        return client.post(reverse("account_signup"), {**answers, **others}, follow=True)

    return post


def code_in(letter) -> str:
    """The code that a letter holds, in its first line."""
    return re.search(r"\b\d{6}\b", letter.body.splitlines()[0]).group()


def link_in(letter) -> str:
    """The path of the page where a new password is chosen."""
    return re.search(r"http://testserver(/\S+/nouveau/\S+)", letter.body).group(1)
