"""The site, where reading a table of open data fails on the way: what gunicorn serves in test_open_data.py."""

import portal.wsgi
from participation.consultations.open_data import Table

application = portal.wsgi.application

ROWS = 50_000
"""Given before it fails: more than the server and the network hold back."""

_values = Table.values


def _cut(table, consultation):
    """The first row again and again, then a failure."""
    first = next(iter(_values(table, consultation)))
    for _number in range(ROWS):
        yield first
    raise ConnectionError("the database is gone")


Table.values = _cut
