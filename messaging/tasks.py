from typing import Any

from celery import shared_task
from celery.signals import worker_ready

from messaging import delivery, figures, health
from messaging.actions import retention


@worker_ready.connect
def listen(**_rest: Any) -> None:
    delivery.listen()


@shared_task(name="messaging.deliver")
def deliver(message_id: int) -> None:
    delivery.deliver(message_id)


@shared_task(name="messaging.purge")
def purge() -> None:
    retention.purge()


@shared_task(name="messaging.roll_up")
def roll_up() -> None:
    figures.roll_up()


@shared_task(name="messaging.watch_gateways")
def watch_gateways() -> None:
    health.note_missing_receipts()
