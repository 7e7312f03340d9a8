"""Two operators on this machine, which misbehave when told to and remember every text they took."""

import json
import re
import socket
import threading
import time
import urllib.request
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

# The portal waits two seconds for an answer.
_SLOW_SECONDS = 1.5


class Operator:
    """`mode` is ok, slow, hang, error, lose (takes the text, loses the answer) or refuse. `texts` are by mobile, the newest;
    `arrived` counts by reference what was handed over, however often that was the same."""

    def __init__(self) -> None:
        self.mode = "ok"
        self.receipts_each = 1
        self.texts: dict[str, str] = {}
        self.arrived: Counter[str] = Counter()
        self.released = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.operator = self  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def become(self, mode: str, *, receipts_each: int = 1) -> None:
        self.receipts_each = receipts_each
        self.mode = mode
        if mode != "hang":
            self.released.set()
            self.released = threading.Event()

    def take(self, to: str, text: str, reference: str) -> None:
        self.arrived[reference] += 1
        self.texts[to] = text


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever called has given up, or was killed."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        operator: Operator = self.server.operator  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        mode = operator.mode
        if mode in ("error", "refuse"):
            return self._answer(503 if mode == "error" else 400)
        if mode == "hang":
            operator.released.wait(60)
            return self._hang_up()
        if mode == "slow":
            time.sleep(_SLOW_SECONDS)
        self._take(operator, body)
        return self._hang_up() if mode == "lose" else self._answer(202)

    def _take(self, operator: Operator, body: str) -> None:
        if report := self.headers.get("X-Kannel-DLR-Url"):
            reference = parse_qs(urlsplit(report).query)["reference"][0]
            operator.take(self.headers["X-Kannel-To"], body, reference)
            threading.Thread(target=_report, args=(report, operator.receipts_each), daemon=True).start()
        else:
            said: dict[str, Any] = json.loads(body)
            operator.take(said["to"], said["text"], said["reference"])

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _report(address: str, times: int) -> None:
    """Delivered, as often as it is said; whoever repeats it then also says the contrary."""
    outcomes = ["1"] * times + (["2"] if times > 1 else [])
    time.sleep(0.3)
    for outcome in outcomes:
        try:
            with urllib.request.urlopen(re.sub(r"%d$", outcome, address), timeout=10) as answer:
                answer.read()
        except OSError:  # the portal is away: a real operator would repeat it, and the message stays “sent”
            pass
