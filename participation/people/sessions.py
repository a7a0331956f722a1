"""Sessions in the database, as Django keeps them; a cookie that cannot be one of its keys is no session."""

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    def _validate_session_key(self, key):
        # A cookie may hold what the database refuses to compare: PostgreSQL has no U+0000, and fails.
        return super()._validate_session_key(key) and key.isascii() and key.isalnum()
