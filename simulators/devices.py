"""A kiosk or an ATM of the demonstration: each call has its counter, and its fingerprint reader signs what it found with a key
of the machine's own."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey

from core.signatures import new_nonce
from simulators.client import Exchange, Program
from simulators.partners import DEVICES, DemoDevice, demo_partner

MATCHED, NOT_MATCHED, TAKEN = "matched", "not_matched", "taken"
RIGHT, LEFT = "right_index", "left_index"
# How a machine's call, and what its reader signed, can be played wrong.
SAME_COUNTER = "same_counter"
OTHER_READER, STALE, READ_BEFORE = "other_reader", "stale", "read_before"
_STALE_SECONDS = 600
_SCORES = {MATCHED: 0.97, NOT_MATCHED: 0.21, TAKEN: 0.94}


@dataclass(frozen=True)
class Machine:
    device: DemoDevice
    program: Program

    def post(self, path: str, said: Mapping[str, Any], *, play: str = "") -> Exchange:
        with self.device.calling(rises=play != SAME_COUNTER) as counter:
            facts = {"device": self.device.identifier, "counter": counter}
            return self.program.post(path, facts | dict(said), play=play)

    def fingerprint(self, person: Mapping[str, str], found: Mapping[str, str], *, play: str = "") -> str:
        """Compact JWS over what the reader found, by finger, of a `person` who was named by `id_number` or `visit_code`."""
        claims = {
            "device": self.device.identifier,
            **person,
            "result": _result_of(found),
            "fingers": {finger: {"reference": new_nonce(), "score": _SCORES[one]} for finger, one in found.items()},
            "at": int(time.time()) - (_STALE_SECONDS if play == STALE else 0),
            "nonce": self.device.nonce(is_new=play != READ_BEFORE),
        }
        header = {"alg": "ES256", "kid": self.device.identifier, "typ": "fingerprint+jwt"}
        return jws.serialize_compact(header, json.dumps(claims), ECKey.import_key(self._reader(play).private_key()))

    def _reader(self, play: str) -> DemoDevice:
        return next(other for other in DEVICES if other != self.device) if play == OTHER_READER else self.device


def _result_of(found: Mapping[str, str]) -> str:
    """The worst of the fingers."""
    return next(result for result in (NOT_MATCHED, TAKEN, MATCHED) if result in found.values())


def machine_of(identifier: str, partner: str, base: str) -> Machine:
    return Machine(DemoDevice(identifier), Program(demo_partner(partner), base))
