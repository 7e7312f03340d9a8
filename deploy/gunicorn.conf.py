"""One sync worker per core behind a buffering proxy (nginx.conf); nothing of a request lives in a process."""

import gc
import os
import sys
from typing import Any

from gunicorn.glogging import Logger

bind = "0.0.0.0:8000"
worker_class = "sync"
workers = int(os.environ.get("WEB_WORKERS", os.cpu_count() or 2))
timeout = 20
graceful_timeout = 20
max_requests = 20_000
max_requests_jitter = 2_000
preload_app = True
control_socket_disable = True
# The portal's own log is JSON on stderr.
accesslog = None


def when_ready(server: Any) -> None:
    """What the portal consists of stays to the end: no garbage collection of a worker looks through it again, or copies it."""
    gc.collect()
    gc.freeze()


class Log(Logger):
    """Without the addresses of pages and of people, which gunicorn writes about requests that fail or cannot be read."""

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        self.error("A request failed: %s", getattr(sys.exc_info()[0], "__name__", ""))

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        if msg.startswith("Invalid request"):
            msg, args = "A request could not be read.", ()
        super().warning(msg, *args, **kwargs)


logger_class = Log
