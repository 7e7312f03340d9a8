"""Admitting partners, their keys and machines: in the administration, in the trail, and in the database."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client, RequestFactory
from django.urls import reverse

from audit.models import Entry
from core import clock
from core.signatures import ALGORITHMS, new_private_key, public_key_of
from partners.access import ApiRequest, Caller, purpose_required, with_device
from partners.actions import admission, retention
from partners.models import Call, Device, IdempotentCall, Partner, PartnerKey, UsedNonce
from partners.problems import Problem
from partners.states import State
from partners.words import Mode, Purpose
from tests.parallel import at_the_same_moment
from tests.programs import Program

pytestmark = pytest.mark.django_db

LIST, ADD = "/en/admin/partners/partner/", "/en/admin/partners/partner/add/"
TYPED = {
    "slug": "jeddah-bank", "kind": "bank", "name_ar": "بنك جدة", "name_en": "Jeddah Bank", "modes": ["app", "phone"],
    "purposes": ["activation"], "networks": "192.0.2.0/24  2001:db8::/32", "calls_a_minute": "90",
}  # fmt: skip


def _events() -> list[str]:
    return list(Entry.objects.filter(details__has_key="partner").order_by("pk").values_list("event", flat=True))


def _pem(algorithm: str = "ed25519") -> str:
    return public_key_of(new_private_key(algorithm)).pem


# --- In the administration ------------------------------------------------------------------------------------------
def test_a_superuser_admits_a_partner_in_test_and_sets_it_live(superuser: Client) -> None:
    page = superuser.post(ADD, TYPED, follow=True)
    partner = Partner.objects.get(slug="jeddah-bank")
    assert page.redirect_chain[-1][0] == f"/en/admin/partners/partner/{partner.pk}/keys/"
    assert partner.modes == ("app", "phone") and partner.networks == ("192.0.2.0/24", "2001:db8::/32")
    assert partner.state == State.TEST
    change = reverse("admin:partners_partner_change", args=[partner.pk]).replace("/ar/", "/en/")
    superuser.post(change, TYPED | {"state": "live", "name_en": "Bank of Jeddah", "slug": "stolen"})
    partner.refresh_from_db()
    assert (partner.slug, partner.name_en, partner.state) == ("jeddah-bank", "Bank of Jeddah", State.LIVE)
    assert _events() == ["partner_admitted", "partner_changed"]
    assert Entry.objects.get(event="partner_changed").details == {"partner": partner.pk, "state": "live"}


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("networks", "192.0.2.1/24", "is no network"),
        ("networks", "nonsense", "is no network"),
        ("modes", ["app", "pigeon"], "Select a valid choice"),
        ("purposes", [], "This field is required"),
        ("calls_a_minute", "0", "At least one call a minute"),
        ("slug", "riyadh-bank", "Another partner has this short name"),
    ],
)  # fmt: skip
def test_what_is_typed_wrong_is_said_beside_the_field(
    field: str, typed: Any, says: str, superuser: Client, bank: Partner
) -> None:
    page = superuser.post(ADD, TYPED | {field: typed})
    assert says in page.content.decode()
    assert Partner.objects.count() == 1


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_is_registered_and_its_id_shown(algorithm: str, superuser: Client, bank: Partner) -> None:
    keys = f"{LIST}{bank.pk}/keys/"
    page = superuser.post(keys, {"public_key": _pem(algorithm)}, follow=True)
    key = PartnerKey.objects.get()
    assert key.algorithm == algorithm and key.keyid.startswith("riyadh-bank.")
    assert f"Tell the partner its key id: {key.keyid}" in page.content.decode()
    asked = superuser.get(f"{keys}{key.pk}/revoke/").content.decode()
    key.refresh_from_db()
    assert "It cannot be taken back" in asked and key.keyid in asked and key.revoked_at is None
    superuser.post(f"{keys}{key.pk}/revoke/")
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert superuser.get(f"{keys}{key.pk}/revoke/").url == keys
    assert _events()[-2:] == ["partner_key_added", "partner_key_revoked"]


def test_a_private_key_is_refused_with_a_sentence_and_not_shown_again(superuser: Client, bank: Partner) -> None:
    private_key = new_private_key("ed25519")
    page = superuser.post(f"{LIST}{bank.pk}/keys/", {"public_key": private_key}).content.decode()
    assert "This is a private key." in page and private_key.splitlines()[1] not in page
    assert not PartnerKey.objects.exists()


@pytest.mark.parametrize(
    ("typed", "says"),
    [("nonsense", "no public key in PEM form"), ("", "This field is required"), ("rsa", "Keys are Ed25519")],
)
def test_what_is_no_key_of_ours_is_refused(typed: str, says: str, superuser: Client, bank: Partner) -> None:
    if typed == "rsa":
        from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        rsa = generate_private_key(65537, 2048).public_key()
        typed = rsa.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    page = superuser.post(f"{LIST}{bank.pk}/keys/", {"public_key": typed})
    assert says in page.content.decode()


def test_a_third_key_and_a_known_key_are_refused_with_what_to_do(superuser: Client, bank: Partner) -> None:
    keys, first = f"{LIST}{bank.pk}/keys/", _pem()
    superuser.post(keys, {"public_key": first})
    assert "already" in superuser.post(keys, {"public_key": first}).content.decode()
    superuser.post(keys, {"public_key": _pem()})
    assert "Revoke the old one" in superuser.post(keys, {"public_key": _pem()}).content.decode()
    assert PartnerKey.objects.live().count() == 2


def test_a_device_is_registered_and_keeps_its_counter(superuser: Client, bank: Partner) -> None:
    typed = {
        "partner": bank.pk, "identifier": "kiosk-7", "kind": "kiosk", "place_ar": "المطار", "place_en": "Airport",
        "state": "in_service", "pem": "",
    }  # fmt: skip
    add = "/en/admin/partners/device/add/"
    assert "A kiosk needs a public key" in superuser.post(add, typed).content.decode()
    superuser.post(add, typed | {"pem": _pem("ecdsa-p256-sha256")})
    device = Device.objects.get()
    assert device.algorithm == "ecdsa-p256-sha256"
    Device.objects.update(last_counter=41)
    change = f"/en/admin/partners/device/{device.pk}/change/"
    superuser.post(change, typed | {"pem": device.public_key, "place_en": "Mall", "last_counter": "0"})
    device.refresh_from_db()
    assert (device.place_en, device.last_counter) == ("Mall", 41)
    assert _events()[-2:] == ["device_saved", "device_saved"]


def test_supervisors_look_and_change_nothing(
    supervisor: Client, bank: Partner, program: Program, key: PartnerKey
) -> None:
    program.get()
    for address in (LIST, f"{LIST}{bank.pk}/change/", f"{LIST}{bank.pk}/keys/", "/en/admin/partners/call/"):
        page = supervisor.get(address)
        assert page.status_code == 200
    assert 'name="public_key"' not in supervisor.get(f"{LIST}{bank.pk}/keys/").content.decode()
    assert supervisor.get(ADD).status_code == 403
    assert supervisor.post(f"{LIST}{bank.pk}/keys/", {"public_key": _pem()}).status_code == 403
    assert supervisor.post(f"{LIST}{bank.pk}/keys/{key.pk}/revoke/").status_code == 403
    assert supervisor.post(f"{LIST}{bank.pk}/change/", TYPED).status_code == 403
    key.refresh_from_db()
    assert key.revoked_at is None


def test_the_call_log_is_filtered_by_partner_and_outcome_and_found_by_correlation_id(
    supervisor: Client, bank: Partner, program: Program
) -> None:
    program.get()
    program.send(program.signed(program.call(), keyid=program.keyid, nonce="n" * 16))
    program.send(program.signed(program.call(), keyid=program.keyid, nonce="n" * 16))
    refused = Call.objects.get(status=401)
    log = "/en/admin/partners/call/"
    page = supervisor.get(f"{log}?outcome=refused&partner={bank.pk}").content.decode()
    assert "nonce_used" in page and "1 in all" in page
    assert "1 in all" in supervisor.get(f"{log}?q={refused.correlation_id}").content.decode()
    assert supervisor.get(f"{log}{refused.pk}/change/").status_code == 200
    assert "سجل الاستدعاءات" in supervisor.get(f"/ar{log[3:]}").content.decode()


def test_nothing_is_deleted(superuser: Client, bank: Partner) -> None:
    assert superuser.post(f"{LIST}{bank.pk}/delete/", {"post": "yes"}).status_code == 403


# --- In the database ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        ("a_partner_has_known_modes", {"modes": "app pigeon"}),
        ("a_partner_has_known_modes", {"modes": ""}),
        ("a_partner_has_known_purposes", {"purposes": "everything"}),
        ("networks_are_written_as_addresses", {"networks": "anywhere"}),
        ("a_partner_has_a_state", {"state": "asleep"}),
        ("a_partner_may_call_at_least_once_a_minute", {"calls_a_minute": 0}),
        ("a_partner_has_a_name_in_both_languages", {"name_ar": ""}),
    ],
)
def test_the_database_keeps_the_facts_of_a_partner(rule: str, facts: dict[str, Any], bank: Partner) -> None:
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        Partner.objects.filter(pk=bank.pk).update(**facts)


@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        ("a_key_is_a_public_key", {"public_key": new_private_key("ed25519")}),
        ("a_partner_has_two_slots_for_keys", {"slot": 3}),
        ("a_key_has_a_known_algorithm", {"algorithm": "none"}),
    ],
)
def test_the_database_keeps_the_facts_of_a_key(rule: str, facts: dict[str, Any], key: PartnerKey) -> None:
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        PartnerKey.objects.filter(pk=key.pk).update(**facts)


# --- What an endpoint of a room above asks --------------------------------------------------------------------------
@pytest.fixture
def kiosk(bank: Partner) -> Device:
    public = public_key_of(new_private_key("ed25519"))
    device = Device(partner=bank, identifier="kiosk-7", kind="kiosk", place_ar="المطار", place_en="Airport")
    device.algorithm, device.public_key = public.algorithm, public.pem
    admission.save_device(device, actor=None)
    return device


@pytest.fixture
def request_of_the_bank(bank: Partner, key: PartnerKey) -> ApiRequest:
    request: Any = RequestFactory().post("/api/v1/x")
    request.auth = Caller(bank, key)
    return request


def _refusal(act: Callable[[], Any]) -> str:
    with pytest.raises(Problem) as raised:
        act()
    return raised.value.kind.slug


def test_a_purpose_and_a_mode_have_to_be_agreed(request_of_the_bank: ApiRequest) -> None:
    def endpoint(request: ApiRequest) -> str:
        return "done"

    assert purpose_required(Purpose.ACTIVATION)(endpoint)(request_of_the_bank) == "done"
    assert _refusal(lambda: purpose_required(Purpose.PAUSE)(endpoint)(request_of_the_bank)) == "purpose-not-allowed"
    request_of_the_bank.auth.require_mode(Mode.ATM)
    assert _refusal(lambda: request_of_the_bank.auth.require_mode(Mode.KIOSK)) == "mode-not-allowed"


def test_a_devices_counter_rises_with_every_call(request_of_the_bank: ApiRequest, kiosk: Device) -> None:
    def at(counter: int, identifier: str = "kiosk-7") -> Any:
        return with_device(request_of_the_bank, identifier, counter=counter).device

    assert at(5) == at(9) == kiosk == with_device(request_of_the_bank, "kiosk-7").device
    assert _refusal(lambda: at(9)) == _refusal(lambda: at(2)) == "counter-not-risen"
    assert _refusal(lambda: at(10, "kiosk-8")) == "device-unknown"
    Device.objects.update(state="out_of_service")
    assert _refusal(lambda: at(10)) == "device-unknown"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_calls_with_one_counter_one_counts(kiosk: Device) -> None:
    counted: list[Any] = at_the_same_moment([lambda: Device.objects.count_up(kiosk.pk, 7)] * 12)
    assert sorted(counted) == [False] * 11 + [True]


# --- What is kept ---------------------------------------------------------------------------------------------------
def test_nonces_answers_and_calls_are_kept_for_their_time(program: Program) -> None:
    for _turn in range(2):
        program.say()
    first_nonce, first_answer, first_call = (
        model._base_manager.order_by("pk")[0].pk for model in (UsedNonce, IdempotentCall, Call)
    )
    UsedNonce.objects.filter(pk=first_nonce).update(used_at=clock.ahead(timedelta(minutes=-6)))
    IdempotentCall.objects.filter(pk=first_answer).update(created_at=clock.ahead(timedelta(days=-8)))
    Call.objects.filter(pk=first_call).update(at=clock.ahead(timedelta(days=-91)))
    assert retention.purge_nonces() == 1 and retention.purge() == 1
    assert (UsedNonce.objects.count(), IdempotentCall.objects.count(), Call.objects.count()) == (1, 1, 1)


def test_the_schedule_knows_the_purges(settings: Any) -> None:
    from celery import current_app

    current_app.loader.import_default_modules()
    ours = {"partners.purge", "partners.purge_nonces"}
    assert ours <= {chore["task"] for chore in settings.CELERY_BEAT_SCHEDULE.values()} & set(current_app.tasks)
    for task in ours:
        current_app.tasks[task]()


# --- In the demonstration -------------------------------------------------------------------------------------------
def test_the_demonstrations_partners_sign_with_keys_of_this_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, settings: Any
) -> None:
    from simulators import partners as demo

    monkeypatch.setattr(demo, "_KEYS", tmp_path)
    for _turn in range(2):
        demo.admit_all()
    assert Partner.objects.live().count() == PartnerKey.objects.count() == len(demo.PARTNERS) == 3
    for one in demo.PARTNERS:
        assert Program(settings.PUBLIC_URL, one.keyid, one.private_key()).get().told["slug"] == one.slug
        assert one.key_file.stat().st_mode & 0o077 == 0
        one.key_file.unlink()
    demo.admit_all()
    assert PartnerKey.objects.live().count() == 3 and PartnerKey.objects.count() == 6
