"""Django's SQLite, which waits for its turn to write without dozing off.

SQLite asks for its lock again after 1 ms, then more and more seldom, up to every 100 ms: when many people vote at once, the
lock is free while everybody sleeps, and the same ones sleep many times in a row.
"""

import time

from django.db import OperationalError
from django.db.backends.sqlite3 import base

ASKS_AGAIN = 0.002
"""Seconds."""


class DatabaseWrapper(base.DatabaseWrapper):
    def _start_transaction_under_autocommit(self):
        timeout = self.settings_dict["OPTIONS"].get("timeout", 5)
        until = time.monotonic() + timeout
        self.connection.execute("PRAGMA busy_timeout = 0")
        try:
            while True:
                try:
                    return super()._start_transaction_under_autocommit()
                except OperationalError as error:
                    if "locked" not in str(error) or time.monotonic() >= until:
                        raise
                time.sleep(ASKS_AGAIN)
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {int(1000 * timeout)}")
