"""What makes the database itself refuse to change what was recorded: entries, and the hashes of the tree.

In the first migration; tests, which empty tables between themselves, drop and make them again.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

PLACES = {"ledger_entry": ["log_id", "seq"], "ledger_node": ["log_id", "level", "index"]}
"""The tables, and what names a place in each: what SQLite's REPLACE would put something else in."""
REFUSAL = "le registre ne se modifie pas"

SQLITE = """
CREATE TRIGGER {table}_no_{act} BEFORE {act} ON {table}
BEGIN SELECT RAISE(ABORT, '{refusal}'); END
"""
SQLITE_REPLACE = """
CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id OR ({place}))
BEGIN SELECT RAISE(ABORT, '{refusal}'); END
"""
POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{refusal}'; END $$
"""
POSTGRESQL = """
CREATE TRIGGER {table}_no_{act} BEFORE {act} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
"""


def create(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL_FUNCTION.format(refusal=REFUSAL))
        for table, act in _guarded(connection):
            if act == "replace":
                # It deletes the row that stands there without asking the trigger that refuses deletions.
                place = " AND ".join(f'"{column}" = NEW."{column}"' for column in PLACES[table])
                cursor.execute(SQLITE_REPLACE.format(table=table, place=place, refusal=REFUSAL))
            else:
                statement = POSTGRESQL if connection.vendor == "postgresql" else SQLITE
                cursor.execute(statement.format(table=table, act=act, refusal=REFUSAL))


def drop(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        for table, act in _guarded(connection):
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{act}{on}")


def _guarded(connection: BaseDatabaseWrapper) -> list[tuple[str, str]]:
    last = "truncate" if connection.vendor == "postgresql" else "replace"
    return [(table, act) for table in PLACES for act in ["update", "delete", last]]
