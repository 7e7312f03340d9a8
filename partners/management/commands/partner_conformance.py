from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.calling import HttpCall
from core.signatures import KeyRefused, public_key_of
from partners import conformance, rehearsal
from partners.conformance import Answer, Machine, Result, Signer
from partners.models import Partner, PartnerKey


class Command(BaseCommand):
    help = (
        "Calls a portal as a partner does, rightly and wrongly, and tells whether it answers as the documentation says. "
        "Or, with --look-back, tells what the partner's own program has shown in its calls to this portal."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--partner", required=True, help="the partner's short name")
        parser.add_argument("--key", type=Path, help="file with the partner's private key (PEM)")
        parser.add_argument("--keyid", default="", help="needed when the portal is not this installation")
        parser.add_argument("--device", default="", help="a machine of the partner, to call at it, too")
        parser.add_argument("--device-key", type=Path, help="file with the machine's private key (PEM)")
        parser.add_argument("--base-url", default=settings.PUBLIC_URL, help="the portal's public address")
        parser.add_argument(
            "--look-back", type=int, default=0, metavar="HOURS", help="judge the partner's own calls of the last hours"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        hours, partner = options["look_back"], options["partner"]
        results = self._seen(partner, hours) if hours else self._called(options)
        failed = [result for result in results if not result.holds]
        if failed:
            raise CommandError(f"{len(failed)} of {len(results)} checks failed.")
        self.stdout.write(self.style.SUCCESS(f"All {len(results)} checks hold."))

    def _seen(self, slug: str, hours: int) -> list[Result]:
        partner = Partner.objects.filter(slug=slug).first()
        if partner is None:
            raise CommandError(f"There is no partner “{slug}”.")
        return [self._shown(result) for result in rehearsal.look_back(partner, hours=hours)]

    def _called(self, options: dict[str, Any]) -> list[Result]:
        if options["key"] is None:
            raise CommandError("Give the partner's private key with --key, or --look-back to judge its own calls.")
        private_key = _read(options["key"])
        keyid = options["keyid"] or _keyid_of(options["partner"], private_key)
        signer = Signer(options["base_url"].rstrip("/"), keyid, private_key)
        with httpx.Client(timeout=20) as client:
            results = conformance.run(signer, lambda call: _send(client, call), _machine(options))
            return [self._shown(result) for result in results]

    def _shown(self, result: Result) -> Result:
        mark = "ok  " if result.holds else "FAIL"
        expected = "" if result.holds else f" (expected {result.expected})"
        self.stdout.write(f"{mark}  {result.check:<46}{result.got}{expected}")
        return result


def _machine(options: dict[str, Any]) -> Machine | None:
    if not options["device"]:
        return None
    if options["device_key"] is None:
        raise CommandError("Give the machine's private key with --device-key: it signs what its reader found.")
    return Machine(options["device"], _read(options["device_key"]))


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from None


def _keyid_of(partner: str, private_key: str) -> str:
    try:
        pem = public_key_of(private_key).pem
    except KeyRefused:
        raise CommandError("The file holds no private key in PEM form, Ed25519 or ECDSA P-256.") from None
    key = PartnerKey.objects.live().filter(partner__slug=partner, public_key=pem).first()
    if key is None:
        raise CommandError(
            f"“{partner}” has no live key that belongs to this private key. Register it, or give --keyid."
        )
    return key.keyid


def _send(client: httpx.Client, call: HttpCall) -> Answer:
    try:
        response = client.request(call.method, call.url, content=call.body, headers=call.headers)
    except httpx.HTTPError as error:
        raise CommandError(f"{call.url} does not answer: {type(error).__name__}.") from None
    is_json = "json" in response.headers.get("content-type", "")
    return Answer(response.status_code, dict(response.headers), response.json() if is_json else None)
