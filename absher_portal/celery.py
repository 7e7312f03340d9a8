import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_postrun, task_prerun
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "absher_portal.settings")

app = Celery("absher_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Without this only the thread that imported the module would have it as `celery.current_app`; nudges have their own.
app.set_default()


@setup_logging.connect
def _leave_the_log_as_it_is(**kwargs: Any) -> None:
    """A receiver, even an idle one, keeps Celery from configuring a log of its own."""


@task_prerun.connect
@task_postrun.connect
def _drop_stale_connections(**kwargs: Any) -> None:
    """What Django does before and after a request: a connection that is too old or broken is not used again."""
    close_old_connections()
