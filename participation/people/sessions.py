"""Sessions in the database, as Django keeps them; a cookie that cannot be one of its keys is no session."""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    def _validate_session_key(self, key):
        # A cookie may hold what the database refuses to compare: PostgreSQL has no U+0000, and fails.
        return super()._validate_session_key(key) and key.isascii() and key.isalnum()


def end_all(user) -> None:
    """Sign a person out wherever they are, and drop what they had begun there."""
    own = [
        session.pk
        for session in SessionStore.get_model_class().objects.iterator()
        if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    SessionStore.get_model_class().objects.filter(pk__in=own).delete()
