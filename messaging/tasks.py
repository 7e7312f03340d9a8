from celery import shared_task

from messaging import delivery
from messaging.actions import retention


@shared_task(name="messaging.deliver")
def deliver(message_id: int) -> None:
    delivery.deliver(message_id)


@shared_task(name="messaging.purge")
def purge() -> None:
    retention.purge()
