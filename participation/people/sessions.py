"""Sessions in the database, as Django keeps them, with whose they are: one may end those of one's other devices.

A cookie that cannot be one of its keys is no session.
"""

from datetime import timedelta

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone

BROWSER_KEY = "browser"
"""Where a session says what it was opened with, in words."""
SEEN_EVERY = timedelta(hours=1)
"""How old the date of the last visit may be: reading a page seldom writes."""


class SessionStore(db.SessionStore):
    @classmethod
    def get_model_class(cls):
        # Not at the top: the engine is loaded before the tables are known.
        from .models import Session

        return Session

    def create_model_instance(self, data):
        session = super().create_model_instance(data)
        session.user_id = data.get(SESSION_KEY)
        session.browser = data.get(BROWSER_KEY, "")
        return session

    def _get_session_from_db(self):
        session = super()._get_session_from_db()
        now = timezone.now()
        if session and session.user_id and session.seen_at < now - SEEN_EVERY:
            self.model.objects.filter(pk=session.pk).update(seen_at=now)
        return session

    def _validate_session_key(self, key):
        # A cookie may hold what the database refuses to compare: PostgreSQL has no U+0000, and fails.
        return super()._validate_session_key(key) and key.isascii() and key.isalnum()
