from celery import shared_task

from activation.actions import cases, nafath


@shared_task(name="activation.expire_attempts")
def expire_attempts() -> None:
    cases.expire_attempts()


@shared_task(name="activation.expire_nafath_requests")
def expire_nafath_requests() -> None:
    nafath.expire()
