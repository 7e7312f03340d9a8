from celery import shared_task

from activation.actions import at_kiosks, at_machines, bookings, cases, nafath
from core import clock


@shared_task(name="activation.expire_attempts")
def expire_attempts() -> None:
    cases.expire_attempts()


@shared_task(name="activation.remind_visits")
def remind_visits() -> None:
    bookings.remind(clock.read())


@shared_task(name="activation.settle_visits")
def settle_visits() -> None:
    bookings.settle()


@shared_task(name="activation.expire_nafath_requests")
def expire_nafath_requests() -> None:
    nafath.expire()


@shared_task(name="activation.purge_machines")
def purge_machines() -> None:
    at_machines.purge()
    at_kiosks.purge()
