"""What makes the database itself refuse to change what was recorded: entries, and the hashes of the tree.

In the first migration; tests, which empty tables between themselves, drop and make them again.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = ["ledger_entry", "ledger_node"]
REFUSAL = "le registre ne se modifie pas"

SQLITE = """
CREATE TRIGGER {table}_no_{act} BEFORE {act} ON {table}
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
            statement = POSTGRESQL if connection.vendor == "postgresql" else SQLITE
            cursor.execute(statement.format(table=table, act=act, refusal=REFUSAL))


def drop(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        for table, act in _guarded(connection):
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{act}{on}")


def _guarded(connection: BaseDatabaseWrapper) -> list[tuple[str, str]]:
    acts = ["update", "delete", "truncate"] if connection.vendor == "postgresql" else ["update", "delete"]
    return [(table, act) for table in TABLES for act in acts]
