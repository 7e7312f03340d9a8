from io import StringIO
from typing import Any

import segno
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actions import officers
from accounts.models import User


class Command(BaseCommand):
    help = (
        "Makes a new authenticator secret for an officer; an earlier one ends. Shows it once, for an authenticator app."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        officer = User.objects.get_queryset().staff().named(username).first()
        if officer is None:
            raise CommandError(f"No officer is called {username}. Make the account in the administration first.")
        uri = officers.give_authenticator(officer, actor=None).config_url
        self.stdout.write(
            "Scan this with an authenticator app, or open the address on the phone. It is not shown again.\n"
        )
        picture = StringIO()
        segno.make(uri, micro=False).terminal(out=picture, compact=True)
        self.stdout.write(picture.getvalue())
        self.stdout.write(uri)
