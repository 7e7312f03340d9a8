from celery import shared_task

from activation import actions


@shared_task(name="activation.expire_attempts")
def expire_attempts() -> None:
    actions.expire_attempts()
