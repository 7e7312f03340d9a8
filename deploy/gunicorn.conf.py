"""One sync worker per core behind a buffering proxy (nginx.conf); nothing of a request lives in a process."""

import os

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
