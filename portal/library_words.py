"""Sentences of libraries that this site says in its own words: named here, so that `make messages` keeps them."""

from django.utils.translation import gettext_noop

SAID_OUR_WAY = [
    gettext_noop("This field is required."),
    gettext_noop("Enter a valid email address."),
]
