from celery import shared_task

from services import history
from services.actions import assignments, attachments, inbox, requests


@shared_task(name="services.purge")
def purge() -> None:
    inbox.purge()


@shared_task(name="services.roll_up")
def roll_up() -> None:
    history.roll_up()


@shared_task(name="services.free_requests")
def free_requests() -> None:
    assignments.free_left_ones()


@shared_task(name="services.purge_drafts")
def purge_drafts() -> None:
    requests.purge()
    attachments.sweep()
