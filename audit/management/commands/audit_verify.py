import sys
from typing import Any

from django.core.management.base import BaseCommand

from audit import actions


class Command(BaseCommand):
    help = "Checks the audit trail for altered, removed or forged entries. Exit status 1 when it finds any."

    def handle(self, *args: Any, **options: Any) -> None:
        faults = 0
        for fault in actions.verify():
            faults += 1
            self.stderr.write(self.style.ERROR(fault))
        if faults:
            sys.exit(1)
        if cut := actions.last_cut():
            self.stdout.write(
                f"It begins after seal {cut.number}: what was sealed up to {cut.sealed_at:%Y-%m-%d} was removed."
            )
        self.stdout.write(self.style.SUCCESS(f"The audit trail is whole. Its head is {actions.head()}"))
