from celery import shared_task

from partners import delivery
from partners.actions import retention


@shared_task(name="partners.purge")
def purge() -> None:
    retention.purge()


@shared_task(name="partners.purge_nonces")
def purge_nonces() -> None:
    retention.purge_nonces()


@shared_task(name="partners.deliver_webhook")
def deliver_webhook(webhook_id: int) -> None:
    delivery.deliver(webhook_id)
