from celery import shared_task

from accounts.actions import claims


@shared_task(name="accounts.purge")
def purge() -> None:
    claims.purge()
