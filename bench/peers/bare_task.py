"""The bare task: a stock Celery and Django, and one UPDATE by primary key. BARE_DATABASE, BARE_BROKER say where."""

import os

import django
from celery import Celery
from django.conf import settings

settings.configure(
    SECRET_KEY="bare-" + "0123456789abcdef" * 4,
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["BARE_DATABASE"],
            "HOST": "127.0.0.1",
            "USER": "postgres",
            "CONN_MAX_AGE": 60,
        }
    },
)
django.setup()

from django.db import models  # noqa: E402
from django.db.models.functions import Now  # noqa: E402

app = Celery("bare", broker=os.environ["BARE_BROKER"])
app.conf.task_ignore_result = True


class Row(models.Model):
    done_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "bare"
        db_table = "bare_row"

    def __str__(self) -> str:
        return str(self.pk)


@app.task(name="bare.touch")
def touch(row_id: int) -> None:
    Row.objects.filter(pk=row_id).update(done_at=Now())
