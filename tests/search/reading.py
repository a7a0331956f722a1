"""French as tests write it."""


def plain(text: str) -> str:
    """The text on one line, with plain spaces where typography has others."""
    return " ".join(text.split())
