"""The stand-alone verifier of a public record of participation: Python 3.10 or later, nothing to install.

    python3 verifier.py URL-or-folder [--key VKEY] [--since OLD_CHECKPOINT] [--receipt FILE]

It reads what the site publishes, recounts everything, and says in French what it found. The last line is the verdict:
CONFORME (exit status 0) or NON CONFORME (1). When the record cannot be read at all there is no verdict: status 2.

From top to bottom: JSON, signatures, the hash tree, signed notes, reading, commitments, counts, then the log, which replays
every entry and holds the rules, receipts, and what is printed. Sentences for readers are in French, the rest in English.
"""

from __future__ import annotations

import argparse
import base64
import functools
import gzip
import hashlib
import hmac
import http.client
import io
import json
import re
import sys
import unicodedata
import urllib.error
import urllib.request
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

TIMEOUT = 30  # seconds without an answer
LONGEST_ENTRY = 8 * 1024
LONGEST_OPENING = 1024 * 1024
LONGEST_FILE = 16 * 1024 * 1024
MOST_PROBLEMS = 200  # printed; the others are counted
MOST_CHANGES = 20  # of a vote or a reaction
FEW_VOTERS = 30  # fewer: a hidden ballot is never opened
FEWEST_VOTERS = 5  # fewer: not even its totals are published


class Impossible(Exception):
    """Nothing can be read, so nothing can be said."""


class Problem(Exception):
    """A rule of the record is broken. Its text is the end of a French sentence."""


def need(condition, otherwise: str) -> None:
    if not condition:
        raise Problem(otherwise)


# JSON: one way to write a value (RFC 8785), in a narrow profile.


def refuse(text: str):
    raise ValueError(text)


def integer(text: str) -> int:
    return int(text) if len(text) <= 17 and abs(int(text)) < 2**53 else refuse(text)


def unique_keys(pairs: list[tuple]) -> dict:
    found = dict(pairs)
    return found if len(found) == len(pairs) else refuse("key")


DECODER = json.JSONDecoder(parse_float=refuse, parse_constant=refuse, parse_int=integer, object_pairs_hook=unique_keys)
# Faster, for bytes that are canonical: they repeat no key, and no number in them is long.
QUICK_DECODER = json.JSONDecoder(parse_float=refuse, parse_constant=refuse)
LONG_NUMBER = re.compile(rb"[0-9]{16}")
ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical(value) -> bytes:
    """RFC 8785, for values of the profile: ASCII keys (so that any order of keys is the same), no float."""
    return ENCODER.encode(value).encode()


def parse(raw: bytes, decoder: json.JSONDecoder = DECODER):
    try:
        return decoder.decode(raw.decode())
    except (ValueError, RecursionError):
        raise Problem("ce n’est pas du JSON lisible, sans nombre à virgule, trop grand, ni clé répétée.") from None


def parse_canonical(raw: bytes):
    """The value of canonical bytes; anything else is a problem."""
    value = parse(raw, DECODER if LONG_NUMBER.search(raw) else QUICK_DECODER)
    try:
        need(canonical(value) == raw, "l’écriture n’est pas canonique (RFC 8785).")
        if not raw.isascii():
            check_strings(value)
    except (ValueError, RecursionError):
        raise Problem("l’écriture n’est pas canonique (RFC 8785).") from None
    return value


def check_strings(value) -> None:
    if isinstance(value, str):
        need(unicodedata.is_normalized("NFC", value), "un texte n’est pas normalisé (NFC).")
    for item in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        check_strings(item)
    need(not isinstance(value, dict) or all(key.isascii() for key in value), "une clé n’est pas en ASCII.")


def same(a, b) -> bool:
    """Equality of JSON values: in Python, 1 is True too."""
    try:
        return ENCODER.encode(a) == ENCODER.encode(b)
    except RecursionError:
        return False


def is_integer(value) -> bool:
    return type(value) is int  # True is an int, in Python


def base64_bytes(text, length: int) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (ValueError, TypeError):
        raise Problem("une valeur n’est pas en base64.") from None
    need(len(raw) == length, f"une valeur en base64 n’a pas {length} octets.")
    need(base64.b64encode(raw).decode() == text, "une valeur en base64 n’est pas écrite de la façon habituelle.")
    return raw


# Ed25519 (RFC 8032, §5.1), verification only. Points are in extended homogeneous coordinates (x, y, z, t).

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
TWICE_D = 2 * D % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)


def point_add(a: tuple, b: tuple) -> tuple:
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    m, n = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    k, z = t1 * t2 * TWICE_D % P, 2 * z1 * z2 % P
    e, f, g, h = n - m, z - k, z + k, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_sum(a: int, point_a: tuple, b: int, point_b: tuple) -> tuple:
    """a times a point and b times another, added: both at once, bit by bit from the highest."""
    addends = (None, point_a, point_b, point_add(point_a, point_b))
    result = NEUTRAL
    for place in reversed(range(ORDER.bit_length())):
        result = point_add(result, result)
        if addend := addends[(a >> place & 1) + 2 * (b >> place & 1)]:
            result = point_add(result, addend)
    return result


def point_decompress(raw: bytes) -> tuple | None:
    number = int.from_bytes(raw, "little")
    y, sign = number & (2**255 - 1), number >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point_decompress((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a 64-byte Ed25519 signature of the message is by this 32-byte public key."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, commitment = point_decompress(public), point_decompress(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    x, y, _z, t = key
    # S·B − k·A is R when the signature is right.
    x1, y1, z1, _ = point_sum(scalar, BASE, challenge, (P - x, y, 1, P - t))
    x2, y2, z2, _ = commitment
    return (x1 * z2 - x2 * z1) % P == 0 and (y1 * z2 - y2 * z1) % P == 0


# The hash tree (RFC 9162, §2.1).


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """The hash tree, fed entry by entry; only the roots of its complete subtrees are kept, the largest first."""

    def __init__(self):
        self.size = 0
        self.subtrees: list[bytes] = []

    def append(self, entry: bytes) -> None:
        node, full = leaf_hash(entry), self.size
        while full & 1:
            node = node_hash(self.subtrees.pop(), node)
            full >>= 1
        self.subtrees.append(node)
        self.size += 1

    def root(self) -> bytes:
        if not self.subtrees:
            return hashlib.sha256().digest()
        *larger, node = self.subtrees
        for left in reversed(larger):
            node = node_hash(left, node)
        return node


def root_by_path(leaf: bytes, seq: int, size: int, path: list[bytes]) -> bytes | None:
    """The root that an inclusion path leads to (RFC 9162, §2.1.3.2); None if the path has not the right length."""
    node, last = leaf, size - 1
    for sibling in path:
        if last == 0:
            return None
        if seq & 1 or seq == last:
            node = node_hash(sibling, node)
            while not seq & 1 and seq:
                seq, last = seq >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        seq, last = seq >> 1, last >> 1
    return node if last == 0 else None


# Signed notes (C2SP signed-note and tlog-checkpoint).

ORIGIN = re.compile(r"[^\s+/]+/registre/[^\s+/]+")


@dataclass(frozen=True)
class Key:
    """The public key of an origin."""

    origin: str
    id: bytes
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Key:
        parts = text.removesuffix("\n").split("+", 2)
        need(len(parts) == 3 and ORIGIN.fullmatch(parts[0]), "elle n’a pas la forme ORIGINE+identifiant+clé.")
        origin, identifier, encoded = parts
        raw = base64_bytes(encoded, 33)
        need(raw[0] == 1, "elle n’est pas du type Ed25519.")
        key_id = hashlib.sha256(origin.encode() + b"\n" + raw).digest()[:4]
        need(identifier == key_id.hex(), "son identifiant n’est pas celui de la clé.")
        return cls(origin, key_id, raw[1:])


@dataclass(frozen=True)
class Checkpoint:
    """The size and the root of a log at one time, signed."""

    origin: str
    size: int
    root: bytes
    signed: bytes
    signatures: tuple[bytes, ...]

    @classmethod
    def parse(cls, raw: bytes) -> Checkpoint:
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            raise Problem("ce n’est pas du texte en UTF-8.") from None
        note = re.fullmatch(r"([^\n]+)\n(0|[1-9][0-9]{0,15})\n([^\n]+)\n\n((?:— [^ \n]+ [^ \n]+\n)+)", text)
        need(note, "il n’a pas la forme attendue : trois lignes, une ligne vide, une signature.")
        origin, size, root, lines = note.groups()
        need(ORIGIN.fullmatch(origin), "son origine n’a pas la forme HÔTE/registre/NOM.")
        # Other witnesses may sign too: their lines are not ours to judge.
        own = [line.split(" ")[2] for line in lines.splitlines() if line.startswith(f"— {origin} ")]
        signatures = tuple(base64_bytes(signature, 68) for signature in own)
        return cls(origin, int(size), base64_bytes(root, 32), f"{origin}\n{size}\n{root}\n".encode(), signatures)

    def check(self, key: Key) -> None:
        need(self.origin == key.origin, f"il porte sur un autre registre ({shown(self.origin)}).")
        ours = [signature[4:] for signature in self.signatures if signature[:4] == key.id]
        need(any(is_signed(key.public, self.signed, s) for s in ours), "il n’est pas signé par la clé du registre.")


# Reading a folder or a site, in bounded steps.


@contextmanager
def reading(name: str) -> Iterator[None]:
    """What goes wrong while reading is no verdict on the record."""
    try:
        yield
    except urllib.error.HTTPError as error:
        raise Impossible(f"le site répond {error.code} pour « {name} ».") from None
    except FileNotFoundError:
        raise Impossible(f"« {name} » est introuvable.") from None
    except (OSError, http.client.HTTPException, EOFError, zlib.error, ValueError) as error:
        raise Impossible(f"« {name} » n’a pas pu être lu ({shown(error)}).") from None


class Source:
    """A record: an address, or a folder that holds the same files, as the site gives them in an archive."""

    def __init__(self, place: str):
        self.place = place.rstrip("/")
        self.is_online = place.startswith(("http://", "https://"))

    @contextmanager
    def open(self, name: str, size: int | None = None) -> Iterator[io.BufferedIOBase]:
        if not self.is_online:
            with open(f"{self.place}/{name}", "rb") as stream:
                yield stream
            return
        address = f"{self.place}/{name}" + (f"?size={size}" if size is not None else "")
        request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            zipped = response.headers.get("Content-Encoding") == "gzip"
            yield gzip.GzipFile(fileobj=response) if zipped else io.BufferedReader(response)
            # http.client stays silent when the connection breaks before the announced length.
            if response.length and not response.read(1):
                raise EOFError("réponse interrompue")

    def read(self, name: str, size: int | None = None) -> bytes:
        with reading(name), self.open(name, size) as stream:
            return bounded(stream, name)

    def lines(self, name: str, size: int, longest: int) -> Iterator[bytes]:
        """The lines of a file, without their line feed; a longer one is a problem and ends the reading."""
        with reading(name), self.open(name, size) as stream:
            while line := stream.readline(longest + 1):
                need(len(line) <= longest or line.endswith(b"\n"), f"une ligne de « {name} » dépasse {longest} octets.")
                yield line.removesuffix(b"\n")


def bounded(stream: io.BufferedIOBase, name: str) -> bytes:
    raw = stream.read(LONGEST_FILE + 1)
    need(len(raw) <= LONGEST_FILE, f"« {name} » est trop long.")
    return raw


def read_file(path: str) -> bytes:
    with reading(path), open(path, "rb") as stream:
        return bounded(stream, path)


# Commitments: an entry holds a hash of a text and of a salt; both are published beside as long as nothing forbids it.


class Opening(NamedTuple):
    """What is kept of a published text: what an entry must say of it, and its value when something is counted from it."""

    commitment: bytes
    value: str | None


def parse_opening(row) -> tuple[tuple[int, str], Opening]:
    need(isinstance(row, dict), "ce n’est pas un objet.")
    seq, name, value = row.get("seq"), row.get("field"), row.get("value")
    need(is_integer(seq) and seq >= 0, "« seq » n’est pas un numéro d’entrée.")
    need(isinstance(name, str) and len(name) <= 64 and isinstance(value, str), "« field » ou « value » manque.")
    salt = base64_bytes(row.get("salt"), 32)
    try:
        message = b"\x00".join([b"commitment/v1", name.encode(), value.encode()])
    except UnicodeEncodeError:
        raise Problem("un texte n’est pas écrit en Unicode.") from None
    kept = value if name in ("choice", "labels") else None
    return (seq, sys.intern(name)), Opening(hmac.digest(salt, message, "sha256"), kept)


def read_openings(rows: Iterable[bytes], report: Report, most: int) -> dict[tuple[int, str], Opening]:
    found: dict[tuple[int, str], Opening] = {}
    for number, line in enumerate(rows, 1):
        if number > most:
            report.problem("« openings.ndjson » a bien plus de lignes que le registre n’a de textes.")
            break
        try:
            place, opening = parse_opening(parse(line))
            need(place not in found, "ce texte est publié deux fois.")
            found[place] = opening
        except Problem as problem:
            report.problem(f"Ligne {number} de « openings.ndjson » : {problem}")
    return found


class Text:
    """A text that an entry commits to, and whether it is due to be published."""

    __slots__ = ("always_due", "ballot", "erased", "opaque", "published", "sometimes_due", "withheld")

    def __init__(self, published: bool, opaque: bool):
        self.published = published
        self.opaque = opaque  # its entry is of an unknown type
        self.ballot: Ballot | None = None  # for a choice, which waits for the closing
        self.withheld = self.erased = False
        # Over the sizes that the log had while it was read.
        self.always_due = self.sometimes_due = False

    @property
    def due(self) -> bool:
        return not (self.withheld or self.erased or (self.ballot and self.ballot.is_sealed))


# Counting: the five methods. A choice comes as its canonical JSON, and is counted n times (−1 takes it back).


parsed = functools.lru_cache(maxsize=1024)(json.loads)  # people choose alike


class Tally:
    """Counts the choices of one ballot."""

    label = ""

    def __init__(self, rules: Rules):
        self.rules, self.choices, self.known, self.blank = rules, rules.choices, set(rules.choices), 0

    def count(self, choice: str, n: int) -> None:
        value = parsed(choice)
        if value == "blank":
            self.blank += n
        else:
            self.add(value, n)

    def are_keys(self, values) -> bool:
        return all(isinstance(value, str) and value in self.known for value in values)

    def accepts(self, choice) -> bool:
        """Whether a choice other than a blank vote is possible."""
        raise NotImplementedError

    def add(self, choice, n: int) -> None:
        raise NotImplementedError

    def result(self) -> dict:
        raise NotImplementedError


class Single(Tally):
    label = "choix unique"

    def __init__(self, rules: Rules):
        super().__init__(rules)
        self.totals = dict.fromkeys(self.choices, 0)

    def accepts(self, choice) -> bool:
        return self.are_keys([choice])

    def weights(self, choice) -> dict[str, int]:
        return {choice: 1}

    def add(self, choice, n: int) -> None:
        for key, weight in self.weights(choice).items():
            self.totals[key] += n * weight

    def result(self) -> dict:
        return {"totals": self.totals}


class Approval(Single):
    label = "approbation"

    def accepts(self, choice) -> bool:
        return isinstance(choice, list) and choice and self.are_keys(choice) and choice == sorted(set(choice))

    def weights(self, choice) -> dict[str, int]:
        return dict.fromkeys(choice, 1)


class Points(Single):
    label = "points à répartir"

    def accepts(self, choice) -> bool:
        if not isinstance(choice, dict) or not choice or not self.are_keys(choice):
            return False
        spent = choice.values()
        return all(is_integer(points) and points >= 0 for points in spent) and sum(spent) <= self.rules.points

    def weights(self, choice) -> dict[str, int]:
        return choice


class Ranking(Tally):
    """Schulze's method, by winning votes. A choice that a voter did not rank comes after those they ranked."""

    label = "classement"

    def __init__(self, rules: Rules):
        super().__init__(rules)
        self.matrix = [[0] * len(self.choices) for _ in self.choices]
        self.row_of = {key: row for row, key in enumerate(self.choices)}

    def accepts(self, choice) -> bool:
        return isinstance(choice, list) and choice and self.are_keys(choice) and len(set(choice)) == len(choice)

    def add(self, choice, n: int) -> None:
        after = set(range(len(self.choices)))
        for key in choice:
            row = self.row_of[key]
            after.discard(row)
            preferences = self.matrix[row]
            for column in after:
                preferences[column] += n

    def result(self) -> dict:
        return {"matrix": self.matrix, "order": self.order()}

    def order(self) -> list[list[str]]:
        """First those whom nobody beats by the strongest path, then those whom nobody left beats, and so on."""
        rows = range(len(self.choices))
        wins = self.matrix
        paths = [[wins[i][j] if wins[i][j] > wins[j][i] else 0 for j in rows] for i in rows]
        for k in rows:
            for i in rows:
                for j in rows:
                    if i != j:
                        paths[i][j] = max(paths[i][j], min(paths[i][k], paths[k][j]))
        order, left = [], list(rows)
        while left:
            # Never empty: "beats by the strongest path" is transitive, so some choice is unbeaten.
            rank = [j for j in left if not any(paths[i][j] > paths[j][i] for i in left)]
            order.append([self.choices[j] for j in rank])
            left = [j for j in left if j not in rank]
        return order


class Judgment(Tally):
    """Majority judgment, by the majority gauge. Grade 0 is the best; each vote grades every choice."""

    label = "jugement majoritaire"

    def __init__(self, rules: Rules):
        super().__init__(rules)
        self.grades = {key: [0] * rules.grades for key in self.choices}

    def accepts(self, choice) -> bool:
        return (
            isinstance(choice, dict)
            and self.are_keys(choice)
            and len(choice) == len(self.choices)
            and all(is_integer(grade) and 0 <= grade < self.rules.grades for grade in choice.values())
        )

    def add(self, choice, n: int) -> None:
        for key, grade in choice.items():
            self.grades[key][grade] += n

    def result(self) -> dict:
        ranks: dict[tuple, list[str]] = {}
        for key in self.choices:
            ranks.setdefault(self.gauge(self.grades[key]), []).append(key)
        return {"grades": self.grades, "order": [ranks[gauge] for gauge in sorted(ranks)]}

    @staticmethod
    def gauge(counts: list[int]) -> tuple[int, int]:
        """(median grade, minus those above when they outnumber those below, else those below): the smallest is best.

        Of an even number of grades, the median is the worse of the two in the middle.
        """
        total, median, above = sum(counts), 0, 0
        while total and above + counts[median] <= total // 2:
            above += counts[median]
            median += 1
        below = total - above - counts[median]
        return median, (-above if above > below else below)


METHODS = {"single": Single, "approval": Approval, "ranking": Ranking, "judgment": Judgment, "points": Points}


# What the log is about.


class Rules(NamedTuple):
    """What never changes in a ballot after the first vote."""

    method: str
    choices: tuple[str, ...]
    grades: int
    points: int
    results: str

    @classmethod
    def parse(cls, data: dict) -> Rules:
        method, choices, results = data.get("method"), data.get("choices"), data.get("results")
        grades, points = data.get("grades"), data.get("points")
        need(isinstance(method, str) and method in METHODS, "la méthode de vote n’existe pas.")
        need(results in ("live", "hidden", "small"), "« results » n’est ni live, ni hidden, ni small.")
        need(isinstance(choices, list) and 1 <= len(choices) <= 30, "il faut de un à trente choix.")
        well_named = all(isinstance(key, str) and re.fullmatch("[a-z0-9]{1,8}", key) for key in choices)
        need(well_named and "blank" not in choices, "une clé de choix n’a pas la forme prévue.")
        need(len(set(choices)) == len(choices), "un choix est répété.")
        if method == "judgment":
            need(is_integer(grades) and 1 <= grades <= 1000, "le nombre de mentions manque.")
        if method == "points":
            need(is_integer(points) and points >= 1, "le nombre de points manque.")
        return cls(method, tuple(choices), grades, points, results)


@dataclass
class Activity:
    obj: str
    closes: str | None = None
    version: int | None = None
    keys: frozenset[str] = frozenset()  # of its data
    is_closed: bool = False
    documents: dict[int, str] = field(default_factory=dict)  # version of the text under review → its SHA-256


class Voice:
    """What one person, known by a tag, did about one ballot or one contribution."""

    __slots__ = ("changes", "choice", "is_excluded", "is_live", "latest")

    def __init__(self):
        self.latest: int | None = None
        self.choice: str | None = None  # None too when it cannot be read yet
        self.changes = 0
        self.is_live = self.is_excluded = False

    def act(self, verb: str, seq: int) -> None:
        need(not self.is_excluded, "cette personne a été exclue du scrutin.")
        if verb == "cast":
            need(not self.is_live, "cette personne a déjà une voix en cours : elle ne peut que la changer.")
        else:
            need(self.is_live, "cette personne n’a pas de voix en cours.")
        if verb == "changed" or (verb == "cast" and self.latest is not None):
            need(self.changes < MOST_CHANGES, f"cette personne a changé plus de {MOST_CHANGES} fois.")
            self.changes += 1
        self.is_live, self.latest = verb != "withdrawn", seq


@dataclass
class Ballot(Activity):
    rules: Rules | None = None
    labels: dict[str, str] = field(default_factory=dict)
    tally: Tally | None = None
    voters: int = 0
    unreadable: int = 0  # counted votes whose choice is not published
    voices: dict[bytes, Voice] = field(default_factory=dict)
    by_seq: dict[int, Voice] = field(default_factory=dict)  # by their latest entry
    sealed_texts: list[int] = field(default_factory=list)  # the entries that commit to a choice
    is_small: bool = False  # decided at its closing
    closed_while_read: bool = False
    declared: dict | None = None  # its latest count.published
    said_uncountable: bool = False

    @property
    def is_secret(self) -> bool:
        return self.rules.results != "live"

    @property
    def is_sealed(self) -> bool:
        return self.is_secret and not self.is_closed

    def count(self, choice: str | None, n: int) -> None:
        self.voters += n
        if choice is None:
            self.unreadable += n
        else:
            self.tally.count(choice, n)

    def turnout(self) -> dict:
        return {"method": self.rules.method, "voters": self.voters}

    def result(self) -> dict:
        return self.turnout() | {"blank": self.tally.blank} | self.tally.result()


@dataclass
class Contribution:
    who: str | None  # None when it comes from the log that this one continues
    activity: Activity | None
    fields: frozenset[str]
    texts: list[int]
    is_withdrawn: bool = False
    voices: dict[bytes, Voice] = field(default_factory=dict)


@dataclass
class Closing:
    """What must follow at once: a count and, for a small ballot, one withholding per vote, in either order."""

    ballot: Ballot
    to_withhold: set[int] = field(default_factory=set)
    is_counted: bool = False

    def allows(self, entry: Entry) -> bool:
        if entry.type == "count.published":
            return entry.obj == self.ballot.obj and not self.is_counted
        return bool(self.to_withhold) and entry.type == "opening.withheld" and entry.data.get("reason") == "small"

    @property
    def lacks(self) -> str:
        """What has not come, in words; "" when all has."""
        if not self.is_counted:
            return f"le décompte de {self.ballot.obj} devait être publié aussitôt"
        return (
            f"les votes du petit scrutin {self.ballot.obj} devaient être retenus à sa clôture"
            if self.to_withhold
            else ""
        )


class Entry(NamedTuple):
    seq: int
    ts: str
    type: str
    obj: str | None
    who: str | None
    data: dict


# The log: it replays every entry, and holds every rule.

ENVELOPE = {"v", "log", "seq", "ts", "type", "obj", "who", "data"}
TAG = re.compile("[0-9a-f]{32}")
COMMITMENT = re.compile("[0-9a-f]{64}")
CODE = re.compile(r"\S{1,64}")
OBJECT = re.compile("(activity|contribution|ballot):(0|[1-9][0-9]{0,15})")
SUCCESSOR = re.compile("~[1-9][0-9]*$")
# Which kinds of object the entries of a family are about; the other families may be about any.
OBJECTS = {
    "activity": ("activity", "ballot"),
    "contribution": ("contribution",),
    "reaction": ("contribution",),
    "vote": ("ballot",),
    "count": ("ballot",),
    "document": ("activity",),
}
# A method of Log replays each of these, of the same name. The others have no rule of their own.
TYPES = {
    *"log.opened log.closed log.key_destroyed log.reopened activity.opened activity.changed activity.closed".split(),
    *"contribution.received contribution.published contribution.refused contribution.edited".split(),
    *"contribution.withdrawn reaction.cast reaction.changed reaction.withdrawn".split(),
    *"vote.cast vote.changed vote.withdrawn vote.excluded opening.withheld opening.restored opening.erased".split(),
    *"count.published participation.count rules.changed answer.published decision.published import.batch".split(),
    "document.published",
    *"site.log_opened site.log_closed site.key site.charter site.accounts".split(),
}
BY_PARTICIPANTS = {
    *"contribution.received contribution.edited contribution.withdrawn".split(),
    *"reaction.cast reaction.changed reaction.withdrawn vote.cast vote.changed vote.withdrawn".split(),
}
NOT_COUNTED_AGAIN = {"import.batch", "participation.count", "site.accounts"}
ENDED_BY_CLOSING = BY_PARTICIPANTS - {"contribution.withdrawn"} | {"activity.opened", "activity.changed"}
ORIGINS_OF_ACTS = ("rule", "author", "moderator", "report", "appeal", "court")


def is_date(value, to_the_hour: bool = False) -> bool:
    return isinstance(value, str) and is_date_text(value, to_the_hour)


@functools.lru_cache(maxsize=1024)
def is_date_text(text: str, to_the_hour: bool) -> bool:
    pattern = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}" + ("Z" if to_the_hour else ":[0-9]{2}Z")
    try:
        return bool(re.fullmatch(pattern, text) and datetime.fromisoformat(text[:-1]))
    except ValueError:
        return False


def hour(ts: str) -> str:
    return ts[:13]


class Log:
    """Replays the entries of a log, one by one, and reports what breaks the rules.

    A method named after a type of entry replays it. `openings` are those published for the size that was first read.
    """

    def __init__(self, origin: str, openings: dict[tuple[int, str], Opening], report: Report):
        self.origin = origin
        self.openings = openings
        self.report = report
        self.next_seq = 0
        self.latest_hour = ""
        self.types: Counter[str] = Counter()
        self.activities: dict[str, Activity] = {}
        self.contributions: dict[str, Contribution] = {}
        self.texts: dict[tuple[int, str], Text] = {}
        self.moved: list[Text] = []  # by the entry being read
        self.values: dict[str, str | None] = {}  # the texts of that entry, where they are published
        self.closing: Closing | None = None
        self.is_ended = self.is_key_destroyed = self.is_successor = False
        self.expected_results: dict[str, dict | None] | None = None

    @property
    def ballots(self) -> list[Ballot]:
        return [activity for activity in self.activities.values() if isinstance(activity, Ballot)]

    def read(self, line: bytes) -> None:
        try:
            entry = self.parse_entry(line)
        except Problem as problem:
            self.report.problem(f"Entrée {self.next_seq} : {problem}")
            self.next_seq += 1
            return
        if entry.seq < self.next_seq:
            self.report.problem(f"Entrée {entry.seq} : ce numéro a déjà servi.")
            return
        self.types[entry.type] += 1
        self.moved, self.values = [], {}
        try:
            self.check_order(entry)
            self.commit(entry)
            if entry.type in TYPES:
                self.check_envelope(entry)
                if replay := getattr(self, entry.type.replace(".", "_"), None):
                    replay(entry)
        except Problem as problem:
            self.say(entry, problem)
        if self.expected_results is not None:
            for text in self.moved:
                text.always_due = text.always_due and text.due
                text.sometimes_due = text.sometimes_due or text.due

    def say(self, entry: Entry, problem: Problem | str) -> None:
        self.report.problem(f"Entrée {entry.seq} ({shown(entry.type)}) : {problem}")

    # What every entry obeys

    def parse_entry(self, line: bytes) -> Entry:
        value = parse_canonical(line)
        need(isinstance(value, dict) and value.keys() <= ENVELOPE, "elle n’a pas la forme d’une entrée.")
        need(is_integer(value.get("v")) and value["v"] == 1, "sa version n’est pas 1.")
        need(value.get("log") == self.origin, "elle porte l’origine d’un autre registre.")
        seq, type, data = value.get("seq"), value.get("type"), value.get("data", {})
        need(is_integer(seq) and seq >= 0, "son numéro n’en est pas un.")
        need(isinstance(type, str) and 0 < len(type) <= 64, "son type manque.")
        ts, to_the_hour = value.get("ts"), type.startswith(("vote.", "reaction."))
        if type not in TYPES:
            need(is_date(ts) or is_date(ts, to_the_hour=True), "sa date n’a pas la forme prévue.")
            return Entry(seq, ts, type, None, None, data if isinstance(data, dict) else {})
        need(is_date(ts, to_the_hour=to_the_hour), "sa date n’a pas la forme prévue pour ce type.")
        need(isinstance(data, dict), "« data » n’est pas un objet.")
        return Entry(seq, ts, type, value.get("obj"), value.get("who"), data)

    def check_order(self, entry: Entry) -> None:
        expected, self.next_seq = self.next_seq, entry.seq + 1
        late, self.latest_hour = hour(entry.ts) < self.latest_hour, max(self.latest_hour, hour(entry.ts))
        if self.closing and not self.closing.allows(entry):
            if self.closing.lacks:
                self.report.problem(f"Avant l’entrée {entry.seq} : {self.closing.lacks}.")
            self.closing = None
        if entry.seq != expected:
            self.say(entry, f"l’entrée {expected} manque.")
        if late:
            self.say(entry, "elle est datée d’avant la précédente.")

    def check_envelope(self, entry: Entry) -> None:
        if entry.type in BY_PARTICIPANTS:
            need(isinstance(entry.who, str) and TAG.fullmatch(entry.who), "il manque le pseudonyme de la personne.")
        else:
            need(entry.who is None, "un pseudonyme n’a pas sa place ici.")
        family = entry.type.split(".")[0]
        match = OBJECT.fullmatch(entry.obj) if isinstance(entry.obj, str) else None
        if family in OBJECTS:
            need(match and match[1] in OBJECTS[family], "« obj » ne nomme pas ce dont il s’agit.")
        else:
            need(entry.obj is None or match, "« obj » n’a pas la forme prévue.")
        need(not (self.is_ended and entry.type in ENDED_BY_CLOSING), "le registre est clos à la participation.")

    def commit(self, entry: Entry) -> None:
        """Compare the texts published for this entry with what it says of them."""
        commitments = entry.data.get("commit", {})
        opaque = entry.type not in TYPES
        well_formed = isinstance(commitments, dict) and all(
            isinstance(value, str) and COMMITMENT.fullmatch(value) for value in commitments.values()
        )
        if opaque and not well_formed:
            return
        need(well_formed, "« commit » n’a pas la forme prévue.")
        for name, commitment in commitments.items():
            opening = self.openings.pop((entry.seq, name), None)
            text = self.texts[entry.seq, sys.intern(name)] = Text(opening is not None, opaque)
            self.moved.append(text)
            if opening and opening.commitment != bytes.fromhex(commitment):
                self.say(entry, f"le texte publié n’est pas celui qui a été déposé ({shown(name)}).")
            elif opening:
                self.values[name] = opening.value

    # Texts that are withheld, restored, erased

    def move_texts(self, entry: Entry) -> None:
        target, names = entry.data.get("target"), entry.data.get("fields")
        need(is_integer(target) and 0 <= target < entry.seq, "« target » n’est pas le numéro d’une entrée précédente.")
        need(isinstance(names, list) and names, "« fields » manque.")
        texts = [self.texts.get((target, name)) if isinstance(name, str) else None for name in names]
        need(all(texts), f"l’entrée {target} n’a pas ces textes.")
        code = "ground" if entry.type == "opening.erased" else "reason"
        self.need_code(entry, code)
        if code == "reason":
            need(entry.data.get("origin") in ORIGINS_OF_ACTS, "l’origine de la décision n’est pas prévue.")
        need(not any(text.erased for text in texts), "un de ces textes a été effacé : c’est définitif.")
        if entry.data.get("reason") == "small" and entry.type == "opening.withheld":
            need(
                self.closing and target in self.closing.to_withhold and entry.data["origin"] == "rule",
                "le motif « small » est réservé à la clôture d’un petit scrutin.",
            )
            self.closing.to_withhold.discard(target)
        for text in texts:
            text.erased = entry.type == "opening.erased"
            text.withheld = entry.type == "opening.withheld"
        self.moved += texts

    opening_withheld = opening_restored = opening_erased = move_texts

    def need_code(self, entry: Entry, name: str) -> None:
        value = entry.data.get(name)
        need(isinstance(value, str) and CODE.fullmatch(value), f"« {name} » n’est pas un code.")

    # The log itself

    def log_opened(self, entry: Entry) -> None:
        need(entry.seq == 0, "un registre ne s’ouvre qu’une fois, à sa première entrée.")

    def log_reopened(self, entry: Entry) -> None:
        # Otherwise any log could take leave of what it does not hold.
        need(
            entry.seq == 1 and SUCCESSOR.search(self.origin),
            "seul un registre « …~2 », à son début, en prolonge un autre.",
        )
        self.is_successor = True

    def log_closed(self, entry: Entry) -> None:
        need(not self.is_ended, "le registre est déjà clos.")
        self.is_ended = True

    def log_key_destroyed(self, entry: Entry) -> None:
        need(self.is_ended, "la clé des pseudonymes ne se détruit qu’après la clôture du registre.")
        need(not self.is_key_destroyed, "la clé des pseudonymes est déjà détruite.")
        self.is_key_destroyed = True

    # Activities

    def activity(self, entry: Entry) -> Activity:
        activity = self.activities.get(entry.obj)
        need(activity, "cette activité n’a pas été ouverte.")
        return activity

    def activity_opened(self, entry: Entry) -> None:
        need(entry.obj not in self.activities, "cette activité a déjà été ouverte.")
        activity = Ballot(entry.obj) if entry.obj.startswith("ballot:") else Activity(entry.obj)
        self.describe(activity, entry)
        self.activities[entry.obj] = activity

    def activity_changed(self, entry: Entry) -> None:
        activity = self.activity(entry)
        self.need_open(activity, entry)
        self.describe(activity, entry)

    def describe(self, activity: Activity, entry: Entry) -> None:
        """Take over what an activity.opened or activity.changed says, once it is found right."""
        data, is_new = entry.data, not activity.keys
        keys = frozenset(data) | {f"commit.{name}" for name in data.get("commit", ())}
        need(keys >= activity.keys, "un changement doit répéter tout ce que l’activité disait.")
        for name in ("opens", "closes"):
            date = data.get(name, "")
            need(date is None or is_date(date), f"« {name} » n’est ni une date à la minute, ni null.")
        kind, version, is_ballot = data.get("kind"), data.get("version"), isinstance(activity, Ballot)
        need(isinstance(kind, str) and (kind == "ballot") == is_ballot, "« kind » et « obj » ne s’accordent pas.")
        if is_ballot or version is not None:
            need(is_integer(version) and version >= 1, "le numéro de version manque.")
            # What continues another log keeps the number that voters knew.
            first = version if self.is_successor else 1
            expected = first if is_new else (activity.version or 0) + 1
            need(version == expected, f"le numéro de version devait être {expected}.")
        if is_ballot:
            self.describe_ballot(activity, entry)
        activity.closes, activity.version, activity.keys = data["closes"], version, keys

    def describe_ballot(self, ballot: Ballot, entry: Entry) -> None:
        rules = Rules.parse(entry.data)
        need({"question", "labels"} <= set(entry.data.get("commit", ())), "la question ou les libellés manquent.")
        need(
            not ballot.by_seq or rules == ballot.rules,
            "méthode, choix, mentions, points et publication des résultats ne changent plus après le premier vote.",
        )
        labels = {}
        if opened := self.values.get("labels"):
            labels = parse_canonical(opened.encode())
            is_text = isinstance(labels, dict) and all(isinstance(label, str) for label in labels.values())
            need(is_text and labels.keys() >= set(rules.choices), "les libellés ne sont pas ceux des choix.")
        if rules != ballot.rules:
            ballot.rules, ballot.tally = rules, METHODS[rules.method](rules)
        ballot.labels = labels

    def activity_closed(self, entry: Entry) -> None:
        activity = self.activity(entry)
        need(not activity.is_closed, "cette activité est déjà close.")
        activity.is_closed = True
        if activity.closes and hour(entry.ts) < hour(activity.closes):
            self.report.note(f"{activity.obj} a été clos le {entry.ts}, avant la date annoncée ({activity.closes}).")
        if isinstance(activity, Ballot):
            self.close_ballot(activity)

    def close_ballot(self, ballot: Ballot) -> None:
        ballot.closed_while_read = self.expected_results is not None
        ballot.is_small = ballot.is_secret and (ballot.rules.results == "small" or ballot.voters < FEW_VOTERS)
        if ballot.is_small and ballot.voters >= FEW_VOTERS:
            self.report.note(f"{ballot.obj} est déclaré petit, et compte pourtant {ballot.voters} votants.")
        choices = {seq: self.texts[seq, "choice"] for seq in ballot.sealed_texts}
        self.moved += choices.values()
        to_withhold = {seq for seq, text in choices.items() if not text.erased} if ballot.is_small else set()
        self.closing = Closing(ballot, to_withhold)

    def document_published(self, entry: Entry) -> None:
        documents, number = self.activity(entry).documents, entry.data.get("version")
        # What continues another log keeps the numbers that people knew.
        expected = number if self.is_successor and not documents else len(documents) + 1
        need(is_integer(number) and number >= 1 and number == expected, "ce n’est pas la version suivante du document.")
        digest = entry.data.get("sha256")
        need(isinstance(digest, str) and COMMITMENT.fullmatch(digest), "l’empreinte du document manque.")
        documents[number] = digest

    def need_open(self, activity: Activity, entry: Entry) -> None:
        need(not activity.is_closed, "l’activité est close.")
        on_time = activity.closes is None or hour(entry.ts) <= hour(activity.closes)
        need(on_time, f"l’activité devait être close depuis le {activity.closes}.")

    # Contributions and reactions

    def contribution(self, entry: Entry, obj: str | None = None) -> Contribution:
        obj = obj or entry.obj
        if self.is_successor and obj not in self.contributions:
            # Received in the log that this one continues.
            self.contributions[obj] = Contribution(None, None, frozenset(), [])
        contribution = self.contributions.get(obj)
        need(contribution, f"aucune contribution {shown(obj)} n’a été reçue.")
        return contribution

    def contribution_received(self, entry: Entry) -> None:
        need(entry.obj not in self.contributions, "cette contribution a déjà été reçue.")
        place, parent = entry.data.get("activity"), entry.data.get("parent", "")
        activity = self.activities.get(place) if isinstance(place, str) else None
        need(activity, "son activité n’a pas été ouverte.")
        self.need_open(activity, entry)
        if parent is not None:
            need(isinstance(parent, str) and OBJECT.fullmatch(parent), "« parent » n’est ni une contribution, ni null.")
            self.contribution(entry, parent)
        names = frozenset(entry.data.get("commit", ()))
        need(names, "elle n’engage aucun texte.")
        if activity.documents and "passage" in entry.data:
            known = is_integer(entry.data.get("version")) and entry.data["version"] in activity.documents
            need(known, "elle porte sur une version du document qui n’est pas publiée.")
        self.contributions[entry.obj] = Contribution(entry.who, activity, names, [entry.seq])

    def contribution_edited(self, entry: Entry) -> None:
        contribution = self.by_its_author(entry)
        if contribution.activity:
            self.need_open(contribution.activity, entry)
        names = frozenset(entry.data.get("commit", ()))
        need(names and names >= contribution.fields, "une modification doit répéter tous les textes.")
        contribution.fields = names
        contribution.texts.append(entry.seq)

    def contribution_withdrawn(self, entry: Entry) -> None:
        self.by_its_author(entry).is_withdrawn = True

    def by_its_author(self, entry: Entry) -> Contribution:
        contribution = self.contribution(entry)
        contribution.who = contribution.who or entry.who
        need(contribution.who == entry.who, "cette personne n’est pas l’auteur de la contribution.")
        return contribution

    def decide(self, entry: Entry) -> None:
        contribution, target = self.contribution(entry), entry.data.get("target")
        known = is_integer(target) and (target in contribution.texts or contribution.activity is None)
        need(known, "« target » n’est pas un texte de cette contribution.")
        if entry.type == "contribution.refused":
            self.need_code(entry, "reason")

    contribution_published = contribution_refused = decide

    def react(self, entry: Entry) -> None:
        contribution, verb = self.contribution(entry), entry.type.split(".")[1]
        if contribution.activity:
            self.need_open(contribution.activity, entry)
        if verb != "withdrawn":
            need(entry.data.get("choice") in ("agree", "disagree", "nuance"), "cet avis n’existe pas.")
        tag = bytes.fromhex(entry.who)
        voice = contribution.voices.get(tag) or Voice()
        voice.act(verb, entry.seq)
        contribution.voices[tag] = voice

    reaction_cast = reaction_changed = reaction_withdrawn = react

    # Votes

    def ballot(self, entry: Entry) -> Ballot:
        ballot = self.activities.get(entry.obj)
        need(isinstance(ballot, Ballot), "ce scrutin n’a pas été ouvert.")
        return ballot

    def vote(self, entry: Entry) -> None:
        ballot, verb = self.ballot(entry), entry.type.split(".")[1]
        if ballot.is_secret and (text := self.texts.get((entry.seq, "choice"))):
            text.ballot = ballot
            ballot.sealed_texts.append(entry.seq)
        self.need_open(ballot, entry)
        version = entry.data.get("version", ballot.version if verb == "withdrawn" else None)
        need(is_integer(version) and version == ballot.version, "ce n’est pas la version du scrutin à ce moment.")
        choice = self.choice(ballot, entry) if verb != "withdrawn" else None
        tag = bytes.fromhex(entry.who)
        voice = ballot.voices.get(tag) or Voice()
        was_live, before, previous = voice.is_live, voice.choice, voice.latest
        voice.act(verb, entry.seq)
        voice.choice = choice
        ballot.voices[tag] = voice
        ballot.by_seq.pop(previous, None)
        ballot.by_seq[entry.seq] = voice
        if was_live:
            ballot.count(before, -1)
        if voice.is_live:
            ballot.count(choice, +1)

    vote_cast = vote_changed = vote_withdrawn = vote

    def choice(self, ballot: Ballot, entry: Entry) -> str | None:
        """The choice of a vote, as canonical JSON; None when it is sealed and not published."""
        committed = "choice" in entry.data.get("commit", ())
        need(committed == ballot.is_secret, "le choix d’un scrutin caché est engagé, celui des autres est en clair.")
        need(committed != ("choice" in entry.data), "le choix manque, ou est écrit en clair en plus d’être engagé.")
        if committed and (value := self.values.get("choice")) is None:
            return None
        choice = parse_canonical(value.encode()) if committed else entry.data["choice"]
        need(choice == "blank" or ballot.tally.accepts(choice), "ce choix n’est pas possible dans ce scrutin.")
        return sys.intern(canonical(choice).decode())

    def vote_excluded(self, entry: Entry) -> None:
        ballot, target = self.ballot(entry), entry.data.get("target")
        self.need_code(entry, "reason")
        voice = ballot.by_seq.get(target) if is_integer(target) else None
        need(voice, "« target » n’est pas le dernier vote d’une personne.")
        need(not voice.is_excluded, "cette personne est déjà exclue.")
        if voice.is_live:
            ballot.count(voice.choice, -1)
        voice.is_live, voice.is_excluded = False, True
        if ballot.is_closed:
            self.closing = Closing(ballot)

    # Counts

    def count_published(self, entry: Entry) -> None:
        ballot, objects = self.ballot(entry), entry.data.get("objects")
        was_due = self.closing
        if was_due:
            was_due.is_counted = True
        need(is_integer(entry.data.get("size")) and entry.data["size"] == entry.seq, "« size » n’est pas son numéro.")
        need(isinstance(objects, dict) and list(objects) == [ballot.obj], "il ne porte pas sur son seul scrutin.")
        result = objects[ballot.obj]
        need(not ballot.is_small or was_due, "un petit scrutin n’est décompté qu’à la clôture ou après une exclusion.")
        if ballot.is_small:
            self.check_small(ballot, result)
            ballot.declared = result
        else:
            self.check_result(ballot, self.result(ballot), result)

    def check_small(self, ballot: Ballot, result) -> None:
        """What is published of a ballot that nobody outside can recount: its voters; from five of them on, its totals."""
        expected = ballot.turnout()
        if ballot.voters >= FEWEST_VOTERS:
            need(isinstance(result, dict) and result.keys() == ballot.result().keys(), "il n’a pas la forme prévue.")
            result = {name: result[name] for name in expected}
        need(
            same(result, expected),
            "d’un scrutin de moins de cinq votants n’est publié que leur nombre ; ce nombre doit être exact.",
        )

    def result(self, ballot: Ballot) -> dict | None:
        """What must be published of a ballot at this size of the log; None when it cannot be known."""
        if ballot.is_sealed:
            return ballot.turnout()
        if ballot.is_small:
            return ballot.declared or ballot.turnout()
        if ballot.unreadable:
            self.say_uncountable(ballot)
            return None
        return ballot.result()

    def say_uncountable(self, ballot: Ballot) -> None:
        if ballot.said_uncountable:
            return
        ballot.said_uncountable = True
        if ballot.closed_while_read:
            self.report.note(f"{ballot.obj} vient d’être clos : relancez la vérification pour le recompter.")
        else:
            missing = count(ballot.unreadable, "vote compté", "votes comptés")
            self.report.problem(f"{ballot.obj} ne peut pas être recompté : le choix de {missing} n’est pas publié.")

    def check_result(self, ballot: Ballot, expected: dict | None, published) -> None:
        right = expected is None or same(published, expected)
        need(right, f"le résultat publié de {ballot.obj} n’est pas celui que donnent les votes.")

    # The two sizes between which the site was read

    def mark_first_size(self) -> None:
        """The log has the size at which openings and results were asked for."""
        if self.expected_results is not None:
            return
        results = {ballot.obj: self.result(ballot) for ballot in self.ballots}
        # A copy: totals go on counting.
        self.expected_results = json.loads(ENCODER.encode(results))
        for text in self.texts.values():
            text.always_due = text.sometimes_due = text.due

    def check_results(self, raw: bytes, size: int) -> None:
        """Compare results.json with what was expected at that size."""
        published = parse(raw)
        objects = published.get("objects") if isinstance(published, dict) else None
        need(isinstance(objects, dict), "ce n’est pas un objet qui contient « objects ».")
        need(is_integer(published.get("size")) and published["size"] == size, f"sa taille n’est pas {size}.")
        need(objects.keys() == self.expected_results.keys(), "ce ne sont pas exactement les scrutins ouverts.")
        for obj, expected in self.expected_results.items():
            try:
                self.check_result(self.activities[obj], expected, objects[obj])
            except Problem as problem:
                self.report.problem(f"« results.json » : {problem}")

    def finish(self) -> None:
        """Once every entry is read: what should have come, and texts that are missing or should be."""
        if self.closing and self.closing.lacks:
            self.report.problem(f"À la fin du registre : {self.closing.lacks}.")
        for seq, name in self.openings:
            self.report.problem(f"Un texte est publié pour l’entrée {seq} ({shown(name)}), qui n’en dit rien.")
        for (seq, name), text in self.texts.items():
            if text.published and not text.sometimes_due:
                why = "effacé" if text.erased else "retenu" if text.withheld else "scellé jusqu’à la clôture"
                self.report.problem(f"Le texte de l’entrée {seq} ({shown(name)}) est publié alors qu’il est {why}.")
            if not text.published and text.always_due and not text.opaque:
                self.report.problem(
                    f"Le texte de l’entrée {seq} ({shown(name)}) manque, et le registre ne dit pas pourquoi."
                )
        for obj, contribution in self.contributions.items():
            shown_texts = sum(any(text.due for text in self.texts_of(seq, contribution)) for seq in contribution.texts)
            if contribution.is_withdrawn and shown_texts:
                self.report.problem(f"{obj} a été retirée par son auteur, et son texte n’est pas retenu.")
            elif shown_texts > 1:
                self.report.problem(f"{obj} a plusieurs textes visibles : un texte remplacé doit être retenu.")

    def texts_of(self, seq: int, contribution: Contribution) -> list[Text]:
        return [self.texts[seq, name] for name in contribution.fields if (seq, name) in self.texts]


# Receipts


class Receipt:
    """What a participant kept of an act: the entry, its path to a signed root, and its texts."""

    def __init__(self, raw: bytes):
        value = parse(raw)
        need(isinstance(value, dict), "ce n’est pas un objet.")
        entry, note, path, openings = (value.get(name) for name in ("entry", "checkpoint", "path", "openings"))
        need(isinstance(entry, str) and isinstance(note, str), "il manque l’entrée ou le point de contrôle.")
        need(isinstance(path, list) and isinstance(openings, list), "il manque le chemin ou les textes.")
        self.origin, self.seq, self.texts = value.get("origin"), value.get("seq"), openings
        need(is_integer(self.seq) and self.seq >= 0, "« seq » n’est pas un numéro d’entrée.")
        self.checkpoint = Checkpoint.parse(note.encode(errors="replace"))
        self.entry = entry.encode(errors="replace")
        self.path = [base64_bytes(node, 32) for node in path]

    def check(self, key: Key, in_the_log: bytes | None) -> None:
        self.checkpoint.check(key)
        need(self.origin == key.origin, "son origine est celle d’un autre registre.")
        root = root_by_path(leaf_hash(self.entry), self.seq, self.checkpoint.size, self.path)
        need(root == self.checkpoint.root, "son chemin ne mène pas de l’entrée à son point de contrôle.")
        need(self.entry == in_the_log, f"l’entrée {self.seq} du registre n’est pas celle qu’il montre.")
        entry = parse(self.entry)
        data = entry.get("data") if isinstance(entry, dict) else None
        commitments = data.get("commit") if isinstance(data, dict) else None
        for row in self.texts:
            (seq, name), opening = parse_opening(row)
            expected = commitments.get(name) if isinstance(commitments, dict) else None
            need(
                seq == self.seq and expected == opening.commitment.hex(),
                "un de ses textes n’est pas celui de l’entrée.",
            )


# The whole


class Report:
    """What was found."""

    def __init__(self):
        self.origin = ""
        self.notes: list[str] = []
        self.problems: list[str] = []
        self.more_problems = 0
        self.log: Log | None = None
        self.size = 0
        self.key: Key | None = None
        self.checked: list[str] = []

    def note(self, sentence: str) -> None:
        if len(self.notes) < MOST_PROBLEMS:
            self.notes.append(sentence)

    def problem(self, sentence: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(sentence)
        else:
            self.more_problems += 1

    @contextmanager
    def about(self, what: str) -> Iterator[None]:
        try:
            yield
        except Problem as problem:
            self.problem(f"{what} : {problem}" if what else str(problem))


def verify(place: str, *, key: str = "", since: str = "", receipt: str = "") -> Report:
    """Verify a record. Raises Impossible if it cannot be read."""
    report = Report()
    with report.about(""):
        replay(Source(place), report, key, since, receipt)
    return report


def replay(source: Source, report: Report, given_key: str, since: str, receipt_path: str) -> None:
    given = expected_key(given_key) if given_key else None
    checkpoints: list[tuple[str, Checkpoint]] = []
    receipt = None
    if since:
        with report.about(f"Ancien point de contrôle « {shown(since)} »"):
            checkpoints.append(("L’ancien point de contrôle", Checkpoint.parse(read_file(since))))
    if receipt_path:
        with report.about(f"Reçu « {shown(receipt_path)} »"):
            receipt = Receipt(read_file(receipt_path))
            checkpoints.append(("Le point de contrôle du reçu", receipt.checkpoint))

    first = read_checkpoint(source)
    rows = source.lines("openings.ndjson", first.size, LONGEST_OPENING)
    openings = {}
    with report.about(""):
        openings = read_openings(rows, report, most=16 * (first.size + 1))
    results = source.read("results.json", first.size)
    last = read_checkpoint(source) if source.is_online else first
    if first != last:
        checkpoints.insert(0, ("Le point de contrôle lu en premier", first))
    checkpoints.insert(0, ("Le point de contrôle", last))
    need(last.origin == first.origin, "Le point de contrôle a changé d’origine pendant la lecture.")
    need(last.size >= first.size, "Le registre a raccourci pendant la lecture.")

    report.origin, report.size = last.origin, last.size
    log = report.log = Log(last.origin, openings, report)
    tree, entry_of_receipt = Tree(), None
    by_size: dict[int, list[tuple[str, Checkpoint]]] = {}
    for name, checkpoint in checkpoints:
        by_size.setdefault(checkpoint.size, []).append((name, checkpoint))

    def compare_roots() -> None:
        for name, checkpoint in by_size.pop(tree.size, []):
            if checkpoint.root != tree.root():
                report.problem(f"{name} ({count(checkpoint.size, 'entrée')}) n’est pas celui des entrées publiées.")
        if tree.size == first.size:
            log.mark_first_size()

    compare_roots()
    with report.about(""):
        for line in source.lines("entries.ndjson", last.size, LONGEST_ENTRY):
            need(tree.size < last.size, f"Il y a plus d’entrées que les {last.size} du point de contrôle.")
            if receipt and receipt.seq == tree.size:
                entry_of_receipt = line
            log.read(line)
            tree.append(line)
            compare_roots()
    for missed in by_size.values():
        for name, checkpoint in missed:
            sizes = f"{count(checkpoint.size, 'entrée')}, et le registre publié n’en a que {tree.size}"
            report.problem(f"{name} annonce {sizes}.")
    log.mark_first_size()
    log.finish()
    with report.about("« results.json »"):
        log.check_results(results, first.size)

    key = None
    with report.about("Clé publiée"):
        key = Key.parse(source.read("key").decode(errors="replace"))
        need(given is None or key == given, "ce n’est pas celle que vous avez donnée.")
    key = report.key = given or key
    if key is None:
        return
    for name, checkpoint in checkpoints:
        with report.about(name):
            checkpoint.check(key)
    if since:
        report.checked.append("Le registre prolonge l’ancien point de contrôle que vous avez gardé.")
    if receipt:
        with report.about("Reçu"):
            receipt.check(key, entry_of_receipt)
        report.checked.append(f"L’entrée {receipt.seq} est celle de votre reçu.")


def expected_key(text: str) -> Key:
    try:
        return Key.parse(text)
    except Problem as problem:
        raise Impossible(f"la clé donnée n’est pas lisible : {problem}") from None


def read_checkpoint(source: Source) -> Checkpoint:
    try:
        return Checkpoint.parse(source.read("checkpoint"))
    except Problem as problem:
        raise Problem(f"Point de contrôle : {problem}") from None


# What is printed


def shown(value) -> str:
    """Anything read from outside, short and on one line: nothing in it can pass for a line of ours or move the cursor."""
    text = "".join(c if c.isprintable() else " " if c.isspace() else "�" for c in str(value)[:200])
    return text if len(text) <= 80 else f"{text[:79]}…"


def count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if abs(number) < 2 else many or one + 's'}"


def typeset(sentence: str) -> str:
    """French spacing: what must not be cut at the end of a line."""
    return re.sub(r"(?<=«) | (?=[:;!?»])", "\u00a0", sentence)


def describe(report: Report) -> Iterator[str]:
    """The lines of the report, the verdict excepted."""
    log = report.log
    if log:
        yield f"Registre {shown(report.origin)} : {count(report.size, 'entrée')}."
        if report.key:
            yield f"Clé de signature : {report.key.id.hex()}."
        yield "Entrées par type :"
        for type, number in sorted(log.types.items())[:100]:
            yield f"  {shown(type)} : {number}"
        for ballot in log.ballots:
            yield from describe_ballot(ballot)
        for activity in log.activities.values():
            for number, digest in activity.documents.items():
                yield f"Document {activity.obj}, version {number} : SHA-256 {digest}."
        if unknown := sorted(type for type in log.types if type not in TYPES):
            names = ", ".join(shown(type) for type in unknown[:20])
            yield f"Types non interprétés (leurs entrées sont seulement protégées contre toute altération) : {names}."
        if uncounted := sorted(NOT_COUNTED_AGAIN & log.types.keys()):
            yield f"Nombres repris tels quels, le registre n’ayant pas de quoi les recompter : {', '.join(uncounted)}."
        if log.is_successor:
            yield "Ce registre en prolonge un autre, que cette vérification n’a pas lu."
    if not report.problems:
        yield from report.checked
    for note in report.notes:
        yield f"À savoir : {note}"
    yield "Ce que cette vérification ne prouve pas :"
    yield "  qu’un compte est une seule personne ;"
    yield "  que chaque personne était libre de son choix ;"
    yield "  et l’ordre des entrées peut laisser deviner, un jour calme, qui a voté."
    yield "Pour voir qu’un registre a été réécrit, comparez-le à une clé et à un point de contrôle gardés (--key, --since)."
    for problem in report.problems:
        yield f"Problème : {problem}"
    if report.more_problems:
        yield f"Problème : et {count(report.more_problems, 'autre')}."


def describe_ballot(ballot: Ballot) -> Iterator[str]:
    head = f"Scrutin {ballot.obj} ({ballot.tally.label}) : {count(ballot.voters, 'votant')}"
    if ballot.is_sealed:
        yield f"{head} ; les choix restent scellés jusqu’à la clôture."
        return
    result = ballot.result()
    if ballot.is_small:
        yield f"{head}, recomptés ; scrutin non recomptable : ses bulletins ne sont pas publiés."
        result = ballot.declared or {}
        if "blank" not in result:
            yield "  Ses totaux ne sont pas publiés."
            return
        yield "  Totaux tels que le site les déclare :"
    elif ballot.unreadable:
        yield f"{head} ; tous les choix ne sont pas publiés."
        return
    else:
        yield f"{head}, recomptés."
    yield f"  Vote blanc : {shown(result['blank'])}"
    totals = result.get("totals", result.get("grades", {}))
    for key in ballot.rules.choices:
        label = f"{shown(ballot.labels[key])} ({key})" if key in ballot.labels else key
        total = totals.get(key) if isinstance(totals, dict) else None
        yield f"  {label}" + (f" : {shown(total)}" if total is not None else "")
    if isinstance(order := result.get("order"), list):
        ranks = (" = ".join(map(str, rank)) if isinstance(rank, list) else str(rank) for rank in order)
        yield f"  Ordre : {shown(' > '.join(ranks))}"


class CommandLine(argparse.ArgumentParser):
    def error(self, message: str):
        raise Impossible("la commande n’est pas comprise ; voir --help.")


def main(arguments: list[str] | None = None) -> int:
    parser = CommandLine(description="Vérifie un registre de participation.", add_help=False)
    parser.add_argument("source", metavar="URL-ou-dossier", help="le registre, en ligne ou dans un dossier")
    parser.add_argument("--key", default="", metavar="CLÉ", help="la clé de signature attendue")
    parser.add_argument("--since", default="", metavar="FICHIER", help="un point de contrôle gardé autrefois")
    parser.add_argument("--receipt", default="", metavar="FICHIER", help="un reçu")
    parser.add_argument("-h", "--help", action="help", help="affiche cette aide")
    try:
        options = parser.parse_args(arguments)
        report = verify(options.source, key=options.key, since=options.since, receipt=options.receipt)
    except (Impossible, KeyboardInterrupt) as error:
        print(typeset(f"Vérification impossible : {str(error) or 'interrompue.'}"), file=sys.stderr)
        return 2
    for line in describe(report):
        print(typeset(line))
    print("NON CONFORME" if report.problems else "CONFORME")
    return 1 if report.problems else 0


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # some terminals know neither « nor ’
    sys.exit(main())
