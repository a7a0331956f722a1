"""How lists are numbered: 3, c, iii."""

LARGEST_ROMAN = 3999
ROMAN = [
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
]  # fmt: skip


def letters(number: int) -> str:
    """1 → a, 26 → z, 27 → aa; beyond two letters, the number itself."""
    if not 1 <= number <= 26 * 27:
        return str(number)
    before, last = divmod(number - 1, 26)
    return (chr(96 + before) if before else "") + chr(97 + last)


def roman(number: int) -> str:
    """1 → i, 4 → iv; a number that no clock shows is left as it is."""
    if not 1 <= number <= LARGEST_ROMAN:
        return str(number)
    text = ""
    for value, sign in ROMAN:
        text += sign * (number // value)
        number %= value
    return text
