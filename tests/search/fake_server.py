"""A small HTTP server in the place of Elasticsearch, that is ill in the ways a server may be."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FakeServer(ThreadingHTTPServer):
    """`illness` is None, "hangs", "garbage", "html", "other json" or the status it answers; `asked` counts (method, path)."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.illness: str | int | None = None
        self.asked: Counter = Counter()
        self.stamp = 0
        self.healed = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        operation = self.path.partition("?")[0].rpartition("/")[2]
        self.server.asked[operation] += 1
        match self.server.illness:
            case "hangs":
                self.server.healed.wait(30)
            case "garbage":
                self._say(200, b'{"hits": {"total"')
            case "other json":
                self._say(200, b'{"fine": true}')
            case "html":
                self._say(200, b"<h1>Bienvenue</h1>", "text/html")
            case int(status):
                self._say(status, json.dumps({"error": {"type": "ill"}, "status": status}).encode())
            case _:
                self._say(200, json.dumps(self._well(operation, body)).encode())

    def _well(self, operation: str, body: bytes) -> dict:
        if operation == "_bulk":
            lines = [json.loads(line) for line in body.splitlines()]
            self.server.stamp = lines[-1].get("stamp", self.server.stamp)
            actions = [
                (next(iter(line)), next(iter(line.values()))) for line in lines if set(line) & {"index", "delete"}
            ]
            return {
                "errors": False,
                "items": [{action: {"_id": about["_id"], "status": 200}} for action, about in actions],
            }
        if operation == "_search":
            return {"hits": {"total": {"value": 0, "relation": "eq"}, "hits": []}, "aggregations": _NoCounts()}
        return {"_source": {"stamp": self.server.stamp}}

    def _say(
        self, status: int, body: bytes, kind: str = "application/vnd.elasticsearch+json;compatible-with=8"
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if kind != "text/html":
            self.send_header("X-Elastic-Product", "Elasticsearch")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args) -> None:
        pass

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _answer


class _NoCounts(dict):
    """No value in any facet: a query without facets to count asks for none."""


@contextmanager
def fake_server() -> Iterator[FakeServer]:
    server = FakeServer()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.healed.set()
        server.shutdown()
        server.server_close()
