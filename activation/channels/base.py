"""An activation channel answers two questions: how an attempt begins, and how its proof arrives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from django.core.checks import CheckMessage
from django.utils.functional import Promise

from registry.models import Person

Text = str | Promise


@dataclass(frozen=True)
class ChannelPolicy:
    """Whom a channel proves, and for what; `policy.toml` explains each word."""

    name: str
    kinds: tuple[str, ...]
    attempt_life: timedelta
    takes_fingerprint: bool
    purposes: tuple[str, ...]
    moves_mobile_at_once: bool
    # A new mobile that the channel moves at once opens a paused account, too.
    lifts_pause_with_mobile: bool = False
    # Of channels whose machines read fingerprints: how many fingers, how alike each at least (0 to 1), and for how long what
    # was read proves the person who stands there.
    fingers: int = 0
    least_score: float = 1.0
    fingerprint_life: timedelta = timedelta(0)

    def admits(self, kind: str, *, fingerprint_on_file: bool, purpose: str) -> bool:
        return kind in self.kinds and purpose in self.purposes and (fingerprint_on_file or self.takes_fingerprint)


class Need(StrEnum):
    """What a channel asks of a person; the hub's questions ask for these and no others."""

    BANK_ACCOUNT = "bank_account"
    NAFATH_APP = "nafath_app"
    LEAVING_HOME = "leaving_home"


@dataclass(frozen=True)
class Outage:
    """Why nobody can be proven at present, in the language of the page, and until when; None when nobody knows."""

    reason: Text
    until: datetime | None = None


class Channel:
    name: ClassVar[str]
    title: ClassVar[Text]
    # One sentence each, for the resident who chooses.
    summary: ClassVar[Text]
    time_needed: ClassVar[Text]
    # One sentence to whom it is recommended; without it the summary has to do.
    advice: ClassVar[Text] = ""
    needs: ClassVar[frozenset[Need]] = frozenset()
    # The URL name of a page of its own; without one its attempts go on on the page of every channel.
    page: ClassVar[str] = ""
    # Whether the visit code is sent by text message, too.
    texts_visit_code: ClassVar[bool] = False
    # Used when `policy.toml` says nothing of it.
    policy: ClassVar[ChannelPolicy | None] = None

    def beginning(self) -> dict[str, Any]:
        """The columns of a new attempt."""
        return {}

    def steps(self, person: Person, purpose: str) -> Sequence[Text]:
        """What this person does there, in order; `purpose` is one of `activation.states.CasePurpose`."""
        return ()

    def outage(self) -> Outage | None:
        """What stands in the way of everybody at present, as far as the channel knows: one small query at most."""
        return None

    def check_config(self) -> list[CheckMessage]:
        return []
