from celery import shared_task

from activation.actions import cases


@shared_task(name="activation.expire_attempts")
def expire_attempts() -> None:
    cases.expire_attempts()
