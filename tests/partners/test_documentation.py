"""What partners' engineers read: the description, the pages, and a quick start that works."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from partners.access import SignedCall
from partners.actions import admission, webhooks
from partners.delivery import deliver
from partners.models import Device, Kind, Partner
from partners.problems import DECLARED
from partners.words import Mode, Purpose, WebhookEvent
from tests.devices import place
from tests.operators import running_operator
from tests.programs import Program, admit, agreement_of
from tests.security.test_responses import Inline, _assert_headers

GUIDE = (settings.BASE_DIR / "docs" / "partners.md").read_text()


# --- The description ------------------------------------------------------------------------------------------------
@pytest.fixture
def description(client: Client) -> dict[str, Any]:
    response = client.get(reverse("partner_api:openapi-json"))
    assert response.status_code == 200 and response["Content-Type"].startswith("application/json")
    return response.json()


def _walk(told: Any) -> Iterator[tuple[str, Any]]:
    pairs = told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ()
    for name, inner in pairs:
        yield str(name), inner
        yield from _walk(inner)


def test_the_description_is_openapi_3_1_and_whole(description: dict[str, Any]) -> None:
    assert description["openapi"].startswith("3.1.") and set(description) >= {"info", "paths", "components", "servers"}
    assert description["info"]["title"] and description["info"]["version"]
    for reference in {told for name, told in _walk(description) if name == "$ref"}:
        found: Any = description
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def test_every_operation_says_how_to_sign_and_how_it_ends(description: dict[str, Any]) -> None:
    operations = [told for methods in description["paths"].values() for told in methods.values()]
    assert len({told["operationId"] for told in operations}) == len(operations) >= 2
    for told in operations:
        (scheme,) = told["security"][0]
        assert description["components"]["securitySchemes"][scheme] == {
            "type": "apiKey", "in": "header", "name": "Signature", "description": SignedCall.openapi_description
        }  # fmt: skip
        assert {"401", "429"} < set(map(str, told["responses"]))
        for answer in told["responses"].values():
            assert answer["description"] and "X-Correlation-Id" in answer["headers"]


def test_a_write_asks_for_the_idempotency_key_and_a_read_does_not(description: dict[str, Any]) -> None:
    def asks(path: str, method: str) -> bool:
        parameters = description["paths"][path][method]["parameters"]
        return {"$ref": "#/components/parameters/IdempotencyKey"} in parameters

    assert asks("/api/v1/echo", "post") and not asks("/api/v1/partner", "get")


def test_the_problems_of_the_description_are_examples_of_themselves(description: dict[str, Any]) -> None:
    examples = description["paths"]["/api/v1/echo"]["post"]["responses"]["422"]["content"]["application/problem+json"][
        "examples"
    ]
    assert set(examples) == {"invalid-input", "idempotency-key-reused"}
    assert examples["invalid-input"]["value"]["type"].endswith("/api/problems/invalid-input")
    assert examples["invalid-input"]["value"]["title_ar"] == "في المدخلات ما يخالف القواعد"


# --- The pages ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("name", ["api_reference", "api_problems", "api_try"])
def test_the_pages_obey_the_policy_and_ask_no_third_party(name: str, language: str, client: Client) -> None:
    from django.utils.translation import override

    with override(language):
        page = client.get(reverse(name))
    _assert_headers(page)
    assert page.status_code == 200 and Inline(page).found == []
    assert f'lang="{language}"' in page.content.decode()


def test_the_docs_address_leads_to_the_page_of_the_readers_language(client: Client) -> None:
    for language in ("ar", "en"):
        page = client.get(reverse("partner_api:openapi-view"), headers={"Accept-Language": language}, follow=True)
        assert page.redirect_chain == [(f"/{language}/api/try/", 302)]
    assert client.get(reverse("partner_api:api-root")).status_code == 404


def test_the_page_tells_every_operation_with_its_fields_and_problems(client: Client) -> None:
    page = client.get("/en/api/").content.decode()
    for url_name in ("about_partner", "echo"):
        assert f'id="{url_name}"' in page and reverse(f"partner_api:{url_name}") in page
    assert "Say something" in page and "at most 200 characters" in page and "idempotency-key-reused" in page
    assert "رسالة وصداها" in client.get("/ar/api/").content.decode()


# --- The guide ------------------------------------------------------------------------------------------------------
def _block(language: str, number: int) -> str:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)[number]


@pytest.fixture
def program_outside(live_server: Any, settings: Settings, program: Program, tmp_path: Path) -> Program:
    """What a partner has on its machine: its private key, in this folder."""
    settings.PUBLIC_URL = live_server.url
    (tmp_path / "bank.pem").write_text(program.private_key)
    return Program(live_server.url, program.keyid, program.private_key)


def _as_ours(code: str, program: Program) -> str:
    assert "https://portal.example" in code and "riyadh-bank.k3x9w2ab" in code
    return code.replace("https://portal.example", program.base_url).replace("riyadh-bank.k3x9w2ab", program.keyid)


def _run(command: list[str], folder: Path) -> str:
    surroundings = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, env=surroundings)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.program("curl", "openssl")
@pytest.mark.django_db(transaction=True)
def test_the_quick_start_with_curl_works(program_outside: Program, tmp_path: Path) -> None:
    code = _as_ours(_block("sh", 1), program_outside)
    assert '{"said":"hello","partner":"riyadh-bank"}' in _run(["sh", "-eu", "-c", code], tmp_path)


@pytest.mark.django_db(transaction=True)
def test_the_quick_start_in_python_works(program_outside: Program, tmp_path: Path) -> None:
    said = _run([sys.executable, "-c", _as_ours(_block("python", 0), program_outside)], tmp_path)
    assert "'state': 'live'" in said and "{'said': 'hello', 'partner': 'riyadh-bank'}" in said


@pytest.mark.django_db(transaction=True)
def test_the_examples_of_a_kiosk_and_an_atm_work(
    live_server: Any, settings: Settings, make_program: Callable[..., Program], tmp_path: Path
) -> None:
    """In test, as whoever reads it."""
    settings.PUBLIC_URL = live_server.url
    operator = admit("riyadh-machines", Kind.KIOSK_OPERATOR, modes=(Mode.KIOSK, Mode.ATM), purposes=tuple(Purpose))
    _kiosk, kiosk_key = place(operator, "kiosk-riyadh-01", Device.Kind.KIOSK)
    place(operator, "atm-riyadh-01", Device.Kind.ATM)
    program = make_program(operator)
    (tmp_path / "bank.pem").write_text(program.private_key)
    (tmp_path / "kiosk-riyadh-01.pem").write_text(kiosk_key)
    outside = Program(live_server.url, program.keyid, program.private_key)
    said = _run([sys.executable, "-c", _as_ours("".join(_block("python", n) for n in range(3)), outside)], tmp_path)
    assert "'temporary_password': 'Tabe-Kimu-3947'" in said and "'state': 'activated'" in said


@pytest.mark.django_db(transaction=True)
def test_the_guide_verifies_a_webhook_of_ours_and_no_other(live_server: Any, bank: Partner) -> None:
    code = _block("python", -1).replace("https://portal.example", live_server.url)
    guide: dict[str, Any] = {}
    with running_operator() as receiver:
        agreement = agreement_of(bank, webhook_url=receiver.url, webhook_is_on=True)
        admission.change(bank, agreement, state=bank.state, actor=None)
        bank.refresh_from_db()
        deliver(webhooks.try_out(bank).pk)
        exec(code.replace("https://bank.example/webhooks", receiver.url), guide)
        call = receiver.calls[0]
    headers = {name.lower(): value for name, value in call.headers.items()}
    judge, received = guide["is_from_the_portal"], guide["Call"](headers, call.raw.encode())
    assert judge(received)
    received.body = received.body.replace(b"webhook.trial", b"activation.done")
    assert not judge(received)


@pytest.mark.program("openssl")
def test_the_guide_makes_keys_that_can_be_registered(tmp_path: Path) -> None:
    from core.signatures import public_key_of, read_public_key

    _run(["sh", "-eu", "-c", _block("sh", 0)], tmp_path)
    public = read_public_key((tmp_path / "bank.pub.pem").read_text())
    assert public == public_key_of((tmp_path / "bank.pem").read_text())


def test_the_guide_tells_every_webhook() -> None:
    assert set(re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", GUIDE, re.MULTILINE)) == set(WebhookEvent.values)


def test_the_guide_names_only_problems_that_exist() -> None:
    named = set(re.findall(r"`\d{3} ([a-z-]+)`", GUIDE))
    assert named and named <= set(DECLARED)


# --- The kit, as a command ------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_the_kit_runs_against_an_address(program_outside: Program, bank: Partner, tmp_path: Path) -> None:
    out = StringIO()
    where = {"partner": bank.slug, "key": tmp_path / "bank.pem", "base_url": program_outside.base_url}
    call_command("partner_conformance", stdout=out, **where)
    assert "checks hold" in out.getvalue() and "FAIL" not in out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_the_kit_fails_when_a_check_does(program_outside: Program, bank: Partner, tmp_path: Path) -> None:
    where = {"partner": bank.slug, "key": tmp_path / "bank.pem", "base_url": program_outside.base_url}
    with pytest.raises(CommandError, match=r"\d+ of \d+ checks failed"):
        call_command("partner_conformance", stdout=StringIO(), keyid="nobody.1234", **where)


@pytest.mark.django_db
def test_the_kit_says_what_is_wrong_with_a_key_file(bank: Partner, program: Program, tmp_path: Path) -> None:
    def answer(content: str | None, partner: str = bank.slug) -> str:
        file = tmp_path / "some.pem"
        if content is not None:
            file.write_text(content)
        with pytest.raises(CommandError) as raised:
            call_command("partner_conformance", partner=partner, key=file, base_url="http://127.0.0.1:1")
        return str(raised.value)

    assert "cannot be read" in answer(None)
    assert "holds no private key" in answer("nonsense")
    assert "has no live key" in answer(program.private_key, "somebody")
    assert "does not answer" in answer(program.private_key)
