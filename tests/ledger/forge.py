"""What an operator publishes: a log written entry by entry, then a folder of files. It obeys no rule by itself.

Nothing here comes from the portal: it is written after the normative text, so that the verifier is tried against another hand.
It counts no vote either: a test says the results itself, as they were worked out by hand.
"""

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from hmac import digest
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ORIGIN = "demo.local/registre/kiosque"
MINE = Ed25519PrivateKey.from_private_bytes(sha256("la clé du portail".encode()).digest())
ANOTHER = Ed25519PrivateKey.from_private_bytes(sha256("une autre clé".encode()).digest())


def canonical(value) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def base64(raw: bytes) -> str:
    return b64encode(raw).decode()


@cache
def tag(name: str) -> str:
    """The pseudonym of somebody."""
    return sha256(name.encode()).hexdigest()[:32]


def root(leaves: list[bytes]) -> bytes:
    """The root of a tree, by the very definition of RFC 9162, §2.1.1."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + root(leaves[:half]) + root(leaves[half:])).digest()


def path(leaves: list[bytes], seq: int) -> list[bytes]:
    """What proves that a leaf is in a tree, by the very definition of RFC 9162, §2.1.3.1."""
    if len(leaves) == 1:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if seq < half:
        return [*path(leaves[:half], seq), root(leaves[half:])]
    return [*path(leaves[half:], seq - half), root(leaves[:half])]


class Operator:
    """Writes a log and publishes it, honestly or not."""

    def __init__(self, origin: str = ORIGIN, key: Ed25519PrivateKey = MINE):
        self.origin = origin
        self.key = key
        self.ts = "2026-11-22T14:05Z"
        self.entries: list[bytes] = []
        self.openings: list[dict] = []
        self.results: dict = {}
        self.salts = 0

    # ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def append(self, type: str, obj: str = "", who: str = "", texts: dict | None = None, **data) -> int:
        """Add an entry of now; returns its number. `texts` are committed to, and published beside."""
        seq = len(self.entries)
        if texts:
            data["commit"] = {name: self.commit(seq, name, value) for name, value in texts.items()}
        ts = f"{self.ts[:13]}Z" if type.startswith(("vote.", "reaction.")) else self.ts
        entry = {"v": 1, "log": self.origin, "seq": seq, "ts": ts, "type": type}
        entry |= {"obj": obj} if obj else {}
        entry |= {"who": tag(who)} if who else {}
        entry |= {"data": data} if data else {}
        return self.append_raw(canonical(entry))

    def append_raw(self, entry: bytes) -> int:
        self.entries.append(entry)
        return len(self.entries) - 1

    def commit(self, seq: int, field: str, value: str) -> str:
        self.salts += 1
        salt = sha256(f"sel {self.salts}".encode()).digest()
        self.openings.append({"seq": seq, "field": field, "salt": base64(salt), "value": value})
        return digest(salt, b"\x00".join([b"commitment/v1", field.encode(), value.encode()]), "sha256").hex()

    def unpublish(self, seq: int, field: str | None = None) -> None:
        """Take the texts of an entry out of what is published."""
        self.openings = [row for row in self.openings if row["seq"] != seq or (field and row["field"] != field)]

    def withhold(self, target: int, *fields: str, reason="insult", origin="moderator", keep=False, **data) -> int:
        """Say that texts are withheld, and take them out unless one `keep`s them."""
        for field in () if keep else fields:
            self.unpublish(target, field)
        return self.append("opening.withheld", target=target, fields=list(fields), reason=reason, origin=origin, **data)

    # ── Altering ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def rewrite(self, at: int, /, **changes) -> None:
        """Change what an entry says; None takes a key away."""
        entry = json.loads(self.entries[at]) | changes
        self.entries[at] = canonical({name: value for name, value in entry.items() if value is not None})

    def rewrite_data(self, at: int, /, **changes) -> None:
        """Change the data of an entry; an ellipsis takes a key away."""
        data = json.loads(self.entries[at]).get("data", {}) | changes
        self.rewrite(at, data={name: value for name, value in data.items() if value is not ...})

    def remove(self, seq: int) -> None:
        """Cut an entry out and give their numbers anew to those that follow."""
        del self.entries[seq]
        for later in range(seq, len(self.entries)):
            self.rewrite(later, seq=later)
        self.openings = [row for row in self.openings if row["seq"] != seq]
        for row in self.openings:
            row["seq"] -= row["seq"] > seq

    # ── Publishing ───────────────────────────────────────────────────────────────────────────────────────────────────

    def checkpoint(self, size: int | None = None, key: Ed25519PrivateKey | None = None) -> str:
        """The signed note of the log at a size, now if not told."""
        leaves = self.entries[:size]
        body = f"{self.origin}\n{len(leaves)}\n{base64(root(leaves))}\n"
        return sign(body, self.origin, key or self.key)

    def verification_key(self) -> str:
        return verification_key(self.origin, self.key)

    def receipt(self, seq: int, size: int | None = None) -> dict:
        leaves = self.entries[:size]
        return {
            "origin": self.origin,
            "seq": seq,
            "entry": self.entries[seq].decode(),
            "path": [base64(node) for node in path(leaves, seq)],
            "checkpoint": self.checkpoint(size),
            "openings": [row for row in self.openings if row["seq"] == seq],
        }

    def files(self, size: int | None = None) -> dict[str, bytes]:
        """What is published, by name."""
        entries = self.entries[:size]
        return {
            "checkpoint": self.checkpoint(size).encode(),
            "key": f"{self.verification_key()}\n".encode(),
            "entries.ndjson": b"".join(entry + b"\n" for entry in entries),
            "openings.ndjson": b"".join(canonical(row) + b"\n" for row in self.openings if row["seq"] < len(entries)),
            "results.json": canonical({"size": len(entries), "objects": self.results}),
        }

    def publish(self, folder: Path, **altered: bytes | None) -> Path:
        """Write the files; those given replace what is due (`checkpoint=…`, `entries=…`), None takes one away."""
        names = {"entries": "entries.ndjson", "openings": "openings.ndjson", "results": "results.json"}
        altered = {names.get(name, name): content for name, content in altered.items()}
        folder.mkdir(exist_ok=True)
        for name, content in (self.files() | altered).items():
            if content is None:
                (folder / name).unlink(missing_ok=True)
            else:
                (folder / name).write_bytes(content)
        return folder


class Consultation(Operator):
    """The operator of a consultation, who keeps the rules when writing through these verbs."""

    def __init__(self, **options):
        super().__init__(**options)
        self.sealed: dict[str, list[dict]] = {}  # by secret ballot, the openings that wait
        self.append("log.opened", rules="registre/v1", key=self.verification_key(), code="1.0")

    # ── Ballots ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def open_ballot(self, obj="ballot:7", *, method="single", choices="a b c", results="live", **data) -> int:
        if results != "live":
            self.sealed[obj] = []
        return self.describe_ballot("activity.opened", obj, method, choices, results, **{"version": 1, **data})

    def change_ballot(self, obj="ballot:7", *, method="single", choices="a b c", results="live", **data) -> int:
        return self.describe_ballot("activity.changed", obj, method, choices, results, **{"version": 2, **data})

    def describe_ballot(self, type, obj, method, choices, results, *, question="Un kiosque ?", labels=None, **data):
        keys = choices.split()
        labels = labels or {key: f"Projet {key.upper()}" for key in keys}
        texts = {"question": question, "labels": canonical(labels).decode()}
        said = {"kind": "ballot", "opens": "2026-11-22T14:00Z", "closes": None, "method": method, "choices": keys}
        return self.append(type, obj, texts=texts, **said | {"results": results} | data)

    def vote(self, who: str, choice=None, verb="cast", obj="ballot:7", **data) -> int:
        data = {"version": 1, **data}
        if obj not in self.sealed or choice is None:
            data |= {} if choice is None else {"choice": choice}
            return self.append(f"vote.{verb}", obj, who, **data)
        seq = self.append(f"vote.{verb}", obj, who, texts={"choice": canonical(choice).decode()}, **data)
        self.sealed[obj].append(self.openings.pop())
        return seq

    def votes(self, choices, obj="ballot:7") -> None:
        """One vote each, of as many people."""
        for number, choice in enumerate(choices):
            self.vote(f"Habitant {number}", choice, obj=obj)

    def close_ballot(self, result: dict, obj="ballot:7", *, small=False) -> int:
        """Close a ballot, open what was sealed or withhold it, and publish its result. Returns the seq of the closing."""
        closing = self.append("activity.closed", obj)
        sealed = self.sealed.get(obj, [])
        if not small:
            self.openings += sealed
        for row in sealed if small else ():
            self.withhold(row["seq"], "choice", reason="small", origin="rule")
        self.publish_count(result, obj)
        return closing

    def publish_count(self, result: dict, obj="ballot:7") -> int:
        self.results[obj] = result
        return self.append("count.published", obj, size=len(self.entries), objects={obj: result})

    # ── Forums ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def open_forum(self, obj="activity:3", **data) -> int:
        return self.append("activity.opened", obj, **{"kind": "forum", "opens": None, "closes": None, **data})

    def receive(self, number: int, who="Mireille", words="Place de l’église.", parent=None, then="published") -> int:
        """File a contribution, and publish it at once or let it wait."""
        obj = f"contribution:{number}"
        texts = {"title": "Un kiosque !", "body": words}
        seq = self.append("contribution.received", obj, who, texts, activity="activity:3", parent=parent)
        if then == "published":
            self.append("contribution.published", obj, target=seq)
        elif then == "awaiting":
            self.withhold(seq, "title", "body", reason="awaiting", origin="rule")
        return seq

    def edit(self, number: int, who="Mireille", words="Place du marché.") -> int:
        return self.append(
            "contribution.edited", f"contribution:{number}", who, {"title": "Un kiosque !", "body": words}
        )

    def restore(self, target: int, *fields: str, texts: list[dict], reason="approved", origin="moderator") -> int:
        self.openings += texts
        return self.append("opening.restored", target=target, fields=list(fields), reason=reason, origin=origin)

    def opened_of(self, seq: int) -> list[dict]:
        return [row for row in self.openings if row["seq"] == seq]


def sign(body: str, name: str, key: Ed25519PrivateKey) -> str:
    """A signed note (C2SP)."""
    return f"{body}\n— {name} {base64(key_id(name, key) + key.sign(body.encode()))}\n"


def key_id(origin: str, key: Ed25519PrivateKey) -> bytes:
    return sha256(origin.encode() + b"\n\x01" + public_bytes(key)).digest()[:4]


def verification_key(origin: str, key: Ed25519PrivateKey) -> str:
    return f"{origin}+{key_id(origin, key).hex()}+{base64(bytes([1]) + public_bytes(key))}"


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
