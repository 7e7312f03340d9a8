from celery import shared_task

from accounts.actions import claims, mobiles


@shared_task(name="accounts.purge")
def purge() -> None:
    claims.purge()
    mobiles.purge()


@shared_task(name="accounts.move_mobiles")
def move_mobiles() -> None:
    mobiles.move_due()
