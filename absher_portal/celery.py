import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "absher_portal.settings")

app = Celery("absher_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Without this only the thread that imported the module would have it as `celery.current_app`; nudges have their own.
app.set_default()
