import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from messaging.relay import THREADS, Relay


class Command(BaseCommand):
    help = "Delivers messages whose task was lost, or all of them when there is no broker. Ends on SIGTERM and SIGINT."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--threads", type=int, help="how many messages are handed over at the same time")
        parser.add_argument("--alive-file", type=Path, help="touched after each round, for who watches the relay")

    def handle(self, *args: Any, **options: Any) -> None:
        relay = Relay(options["threads"] or THREADS[connection.vendor], options["alive_file"])
        for ending in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ending, lambda *_: relay.stop())
        relay.run()
