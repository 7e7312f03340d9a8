from celery import shared_task

from partners.actions import retention


@shared_task(name="partners.purge")
def purge() -> None:
    retention.purge()


@shared_task(name="partners.purge_nonces")
def purge_nonces() -> None:
    retention.purge_nonces()
