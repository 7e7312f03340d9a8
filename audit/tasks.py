from celery import shared_task

from audit import actions


@shared_task(name="audit.purge")
def purge() -> None:
    actions.purge()


@shared_task(name="audit.seal")
def seal() -> None:
    while actions.seal_new_entries():
        pass
