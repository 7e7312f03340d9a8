"""The first endpoints: who am I, and an echo for a first signed call. Those with a purpose stand in the rooms above."""

from django.utils.translation import gettext_noop
from ninja import Field, Router, Schema, Status

from partners.access import ApiRequest
from partners.actions import webhooks
from partners.idempotency import idempotent
from partners.models import Kind, PartnerKey
from partners.openapi import NO_NUL, can_answer
from partners.problems import WEBHOOKS_OFF, Problem
from partners.states import State
from partners.words import Mode, Purpose

router = Router(tags=["First calls"])


class AboutPartner(Schema):
    slug: str = Field(examples=["riyadh-bank"])
    kind: Kind
    name_ar: str
    name_en: str
    state: State
    modes: list[Mode]
    purposes: list[Purpose]
    key_ids: list[str] = Field(description="The live keys.", examples=[["riyadh-bank.k3x9"]])
    calls_a_minute: int


class Said(Schema, extra="forbid"):
    say: str = Field(max_length=200, pattern=NO_NUL, examples=["مرحبًا"])


class Heard(Schema):
    said: str
    partner: str


class OnItsWay(Schema):
    id: str = Field(description="Of the event, as it will stand in the webhook.")
    event: str = Field(examples=["webhook.trial"])
    reference: str = Field(examples=["trial-4f1c09aa2b7d4e55a0c3"])


@router.get("/partner", response=AboutPartner, operation_id="about_partner", summary=gettext_noop("Who am I?"))
@can_answer()
def about_partner(request: ApiRequest) -> AboutPartner:
    """The partner whose key signed the call, and what is agreed with it."""
    partner = request.auth.partner
    return AboutPartner(
        slug=partner.slug,
        kind=Kind(partner.kind),
        name_ar=partner.name_ar,
        name_en=partner.name_en,
        state=State(partner.state),
        modes=[Mode(mode) for mode in partner.modes],
        purposes=[Purpose(purpose) for purpose in partner.purposes],
        key_ids=list(PartnerKey.objects.live().filter(partner=partner).order_by("pk").values_list("keyid", flat=True)),
        calls_a_minute=partner.calls_a_minute,
    )


@router.post("/echo", response=Heard, operation_id="echo", summary=gettext_noop("Say something"))
@can_answer()
@idempotent
def echo(request: ApiRequest, said: Said) -> Heard:
    """Changes nothing: for a first signed write, in test and live."""
    return Heard(said=said.say, partner=request.auth.partner.slug)


@router.post(
    "/webhooks/trial", response={201: OnItsWay}, operation_id="try_webhook", summary=gettext_noop("Send me a webhook")
)
@can_answer(WEBHOOKS_OFF)
@idempotent
def try_webhook(request: ApiRequest) -> Status[OnItsWay]:
    """The portal sends one of the event `webhook.trial` to the registered address: for your own side, in test and live."""
    try:
        webhook = webhooks.try_out(request.auth.partner)
    except webhooks.WebhooksOff:
        raise Problem(WEBHOOKS_OFF) from None
    return Status(201, OnItsWay(id=str(webhook.event_id), event=webhook.event, reference=webhook.reference))
