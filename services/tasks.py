from celery import shared_task

from services.actions import inbox


@shared_task(name="services.purge")
def purge() -> None:
    inbox.purge()
