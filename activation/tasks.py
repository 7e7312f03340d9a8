from celery import shared_task

from activation.actions import at_kiosks, at_machines, cases


@shared_task(name="activation.expire_attempts")
def expire_attempts() -> None:
    cases.expire_attempts()


@shared_task(name="activation.purge_machines")
def purge_machines() -> None:
    at_machines.purge()
    at_kiosks.purge()
