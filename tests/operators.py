"""A mobile operator on this machine: takes texts over HTTP and does with them what a test says."""

import json
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.waiting import PATIENCE_SECONDS


@dataclass
class Call:
    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    raw: str = ""


@dataclass
class Answer:
    status: int = 200
    body: Any = field(default_factory=lambda: {"status": "queued", "id": "op-1"})
    hangs: bool = False
    is_lost: bool = False
    headers: dict[str, str] = field(default_factory=dict)


class Operator:
    """`calls` came in; `texts` reached phones: one for a reference, however often it was handed over."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.calls: list[Call] = []
        self.texts: dict[str, str] = {}
        self._next: deque[Answer] = deque()
        self._usual = Answer()
        self.released = threading.Event()

    def will(self, *answers: Answer) -> None:
        """For the next calls, one after the other."""
        self._next.extend(answers)

    def always(self, answer: Answer) -> None:
        self._usual = answer

    @property
    def references(self) -> list[str]:
        return [call.body["reference"] for call in self.calls]

    def take(self, call: Call) -> Answer:
        self.calls.append(call)
        answer = self._next.popleft() if self._next else self._usual
        if answer.status < 300 and {"reference", "text"} <= set(call.body):
            self.texts.setdefault(call.body["reference"], call.body["text"])
        return answer


@contextmanager
def running_operator() -> Iterator[Operator]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    operator = server.operator = Operator(f"http://127.0.0.1:{server.server_port}/sms")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield operator
    finally:
        operator.released.set()
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def _serve(self) -> None:
        operator: Operator = self.server.operator  # type: ignore[attr-defined]
        answer = operator.take(self._call())
        if answer.hangs:
            operator.released.wait(PATIENCE_SECONDS)
        if answer.hangs or answer.is_lost:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for header in {"Content-Length": str(len(body)), **answer.headers}.items():
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = _serve

    def _call(self) -> Call:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        kind = self.headers.get("Content-Type", "").partition(";")[0]
        return Call(self.command, urlsplit(self.path).path, dict(self.headers), _fields(kind, raw, self.path), raw)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _fields(kind: str, raw: str, path: str) -> dict[str, Any]:
    if kind == "text/plain":
        return {"text": raw}
    if kind == "application/json":
        read: dict[str, Any] = json.loads(raw)
        return read
    fields = raw or urlsplit(path).query
    return dict(parse_qsl(fields, strict_parsing=bool(fields)))


@contextmanager
def frozen_server() -> Iterator[int]:
    """The port of a server that accepts connections and never says a word, as a frozen Redis does."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        held: list[socket.socket] = []

        def hold() -> None:
            while True:
                try:
                    held.append(listener.accept()[0])
                except OSError:
                    return

        threading.Thread(target=hold, daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for connection in held:
                connection.close()
