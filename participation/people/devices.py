"""What a person signs in with, in a few words that they recognise. The rest of what a browser says is not kept."""

import re

BROWSERS = [
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|Chromium/|CriOS/"),
    ("Safari", r"Safari/"),
]
SYSTEMS = [
    ("Android", r"Android"),
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Windows", r"Windows"),
    ("ChromeOS", r"CrOS"),
    ("Mac", r"Mac OS X|Macintosh"),
    ("Linux", r"Linux"),
]
"""Each name with what tells it; the first that is found counts, for browsers imitate one another."""


def browser_of(user_agent: str) -> str:
    """« Firefox, Windows »; "" for what is not known."""
    found = (_first(BROWSERS, user_agent[:500]), _first(SYSTEMS, user_agent[:500]))
    return ", ".join(filter(None, found))


def _first(names: list[tuple[str, str]], text: str) -> str:
    return next((name for name, sign in names if re.search(sign, text)), "")
