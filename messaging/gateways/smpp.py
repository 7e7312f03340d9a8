"""Straight to an operator's SMS centre: SMPP 3.4, one transceiver line a process, over TLS.

The numbers of sections are those of the Short Message Peer to Peer Protocol Specification v3.4.
"""

import hashlib
import logging
import math
import queue
import re
import socket
import ssl
import struct
import threading
import time
from collections import deque
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

import structlog
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import close_old_connections
from smpplib import consts, exceptions, gsm, smpp
from smpplib.client import Client

from core.calling import THIS_MACHINE
from messaging import segments
from messaging.gateways.base import (
    SEND_SECONDS,
    Gateway,
    InboundText,
    Outcome,
    PermanentRefusal,
    Receipt,
    TemporaryFailure,
    receipts_came,
    text_came,
)
from messaging.models import Message

_CONNECT_SECONDS = 2
# An idle line is asked whether it still lives; one that says nothing for so long is given up.
_ENQUIRE_SECONDS, _SILENCE_SECONDS = 15, 40
# So often a process that listens looks whether its line is open.
_REOPEN_SECONDS = 5
# A receipt can overtake the hand-over being written down, which is looked for again until SEND_SECONDS are over.
_LOOK_AGAIN_SECONDS = 0.1
# A message_payload (5.3.2.32) and what surrounds it. No PDU is below its header.
_HEADER_OCTETS, _PDU_OCTETS = 16, 70_000

# 5.1.3, command_status.
_BUSY = {consts.SMPP_ESME_RTHROTTLED, consts.SMPP_ESME_RMSGQFUL}
_OPERATORS_FAULT = {consts.SMPP_ESME_RSYSERR, consts.SMPP_ESME_RSUBMITFAIL, consts.SMPP_ESME_RX_T_APPN}
_BAD_NUMBER = {consts.SMPP_ESME_RINVDSTADR, consts.SMPP_ESME_RINVDSTTON, consts.SMPP_ESME_RINVDSTNPI}
# What a submit_sm is answered with.
_ANSWERS = {"submit_sm_resp", "generic_nack"}
# 5.2.28, message_state, and Appendix B, the words of a receipt. What is missing is still under way.
_STATES = {2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 7: "UNKNOWN", 8: "REJECTD"}
_OUTCOMES = {
    "DELIVRD": (Outcome.DELIVERED, ""),
    "EXPIRED": (Outcome.EXPIRED, "not_delivered"),
    "DELETED": (Outcome.FAILED, "not_delivered"),
    "UNDELIV": (Outcome.FAILED, "not_delivered"),
    "UNKNOWN": (Outcome.FAILED, "not_delivered"),
    "REJECTD": (Outcome.FAILED, "refused"),
}
_RECEIPT_TEXT = re.compile(r"id:(?P<id>[!-~]+).*?stat:(?P<state>[A-Z]{7})", re.DOTALL)
# 5.2.12, esm_class: bits 5-2 say what kind of message it is.
_KIND, _IS_RECEIPT = 0b0011_1100, 0b0000_0100

log = structlog.get_logger(__name__)
# The library logs whole messages. This one is no child of the root, and nothing that configures logging finds it.
_SILENT = logging.Logger("smpp", level=logging.CRITICAL + 1)


class Smpp(Gateway):
    name = "smpp"

    def __init__(self) -> None:
        self._opening = threading.Lock()
        self._line: Line | None = None
        self._failure = -math.inf, ""
        self._closed = threading.Event()

    def send(self, *, to: str, text: str, reference: str) -> str:
        ends = time.monotonic() + SEND_SECONDS
        return self._open_line().submit(to, text, ends)

    def listen(self) -> None:
        self._closed = threading.Event()
        threading.Thread(target=self._keep_open, args=[self._closed], name="smpp_listen", daemon=True).start()

    def close(self) -> None:
        self._closed.set()
        with self._opening:
            if self._line:
                self._line.close()

    def check_config(self) -> list[CheckMessage]:
        smpp, faults = settings.SMS_SMPP, list[CheckMessage]()
        if not smpp["host"]:
            faults.append(Error("SMS_SMPP_HOST is not set. Set it to your operator's SMS centre.", id="messaging.E040"))
        if not smpp["system_id"] or not smpp["password"]:
            faults.append(Error("SMS_SMPP_SYSTEM_ID and SMS_SMPP_PASSWORD are not set.", id="messaging.E041"))
        if not smpp["tls"] and smpp["host"] not in THIS_MACHINE:
            hint = "Set SMS_SMPP_TLS=true, or lead the line through a tunnel of this machine."
            faults.append(Error("SMPP without TLS shows codes to whoever listens.", hint=hint, id="messaging.E042"))
        return faults

    def _keep_open(self, closed: threading.Event) -> None:
        while not closed.is_set():
            with suppress(TemporaryFailure):
                self._open_line()
            closed.wait(_REOPEN_SECONDS)

    def _open_line(self) -> "Line":
        """Of several senders one opens it; while it cannot be opened, the others do not wait for their own try."""
        if not self._opening.acquire(timeout=_CONNECT_SECONDS):
            raise TemporaryFailure("unreachable")
        try:
            if self._line is None or not self._line.is_open:
                self._line = self._new_line()
            return self._line
        finally:
            self._opening.release()

    def _new_line(self) -> "Line":
        failed_at, problem = self._failure
        if time.monotonic() - failed_at < _CONNECT_SECONDS:
            raise TemporaryFailure(problem)
        try:
            return Line()
        except TemporaryFailure as failure:
            self._failure = time.monotonic(), failure.problem
            raise


class _Client(Client):
    """Many threads send, one reads, and what came from the centre is answered by whoever has dealt with it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger = _SILENT
        self.sending = threading.RLock()
        self.heard_at = time.monotonic()
        self.came: queue.Queue[_Heard | None] = queue.Queue()
        self._sequences = count(1)

    def next_sequence(self) -> int:
        """One step, which the library's own is not: threads that send and the one that reads take numbers."""
        return next(self._sequences)

    def send_pdu(self, p: Any) -> Any:
        with self.sending:
            return super().send_pdu(p)

    def read_pdu(self) -> Any:
        """What makes no sense is refused and passed over. Raises ConnectionError where its end cannot be told."""
        while True:
            octets = self._read_octets()
            self.heard_at = time.monotonic()
            try:
                pdu = smpp.parse_pdu(octets, client=self, allow_unknown_opt_params=True)
            except Exception as error:  # whatever the library stumbles over
                log.warning("smpp_nonsense_came", error=type(error).__name__)
                self._refuse(octets)
                continue
            if not pdu.is_error() and pdu.command in consts.STATE_SETTERS:
                self.state = consts.STATE_SETTERS[pdu.command]
            return pdu

    def wait_with_patience(self, seconds: float) -> None:
        self._socket.settimeout(seconds)

    def hang_up(self) -> None:
        """Wakes the thread that reads, which closing alone would not."""
        with suppress(OSError, AttributeError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self.disconnect()

    def answer(self, pdu: Any, status: int) -> None:
        answer = smpp.make_pdu("deliver_sm_resp", client=self, status=status)
        answer.sequence = pdu.sequence
        self.send_pdu(answer)

    def _create_socket(self) -> Any:
        """The library's own names no host, so that a certificate could not be compared with it."""
        plain, known = super()._create_socket(), settings.SMS_SMPP
        if not known["tls"]:
            return plain
        context = ssl.create_default_context(cafile=known["ca_file"] or None)
        return context.wrap_socket(plain, server_hostname=self.host)

    def _read_octets(self) -> bytes:
        """Of one PDU. Raises TimeoutError when none begins."""
        head: bytes = self._recv_exact(4)
        octets = int.from_bytes(head)
        if not _HEADER_OCTETS <= octets <= _PDU_OCTETS:
            raise exceptions.ConnectionError
        try:
            return head + bytes(self._recv_exact(octets - len(head)))
        except TimeoutError:
            raise exceptions.ConnectionError from None

    def _refuse(self, octets: bytes) -> None:
        """4.3.1. An answer is not answered, and before the bind nothing is."""
        command, _status, sequence = struct.unpack(">III", octets[4:_HEADER_OCTETS])
        if command & 0x8000_0000:
            return
        refusal = smpp.make_pdu("generic_nack", client=self, status=consts.SMPP_ESME_RINVCMDID)
        refusal.sequence = sequence
        with suppress(exceptions.PDUError):
            self.send_pdu(refusal)

    def _message_received(self, pdu: Any) -> None:
        self.came.put(_Heard(pdu, came_at=time.monotonic()))


@dataclass
class _Heard:
    """A text or a receipt of the centre, which waits to be dealt with. Moments are those of time.monotonic()."""

    pdu: Any
    came_at: float
    again_at: float = 0.0


class Line:
    """A bound session. Raises TemporaryFailure when it cannot be had."""

    def __init__(self) -> None:
        self._waiting: dict[int, Future[Any]] = {}
        self._early: deque[_Heard] = deque()
        self._client = _connected()
        self._client.set_message_sent_handler(self._answered)
        self._client.set_error_pdu_handler(self._answered)
        self._client.wait_with_patience(_ENQUIRE_SECONDS)
        self.is_open = True
        for work in (self._read, self._deal):
            threading.Thread(target=work, name=f"smpp{work.__name__}", daemon=True).start()

    def submit(self, to: str, text: str, ends: float) -> str:
        """The centre's id of the last part, for which alone a receipt is asked. Raises TemporaryFailure, PermanentRefusal."""
        coding = (
            consts.SMPP_ENCODING_DEFAULT
            if segments.alphabet_of(text) is segments.GSM_7
            else consts.SMPP_ENCODING_ISO10646
        )
        parts, coding, esm_class = gsm.make_parts(text, coding)
        sequences = [
            self._submit_part(to, part, coding, esm_class, wants_receipt=number == len(parts))
            for number, part in enumerate(parts, start=1)
        ]
        return self._of_all_parts(sequences, ends)

    def close(self) -> None:
        self.is_open = False
        self._client.came.put(None)
        for answer in list(self._waiting.values()):
            answer.cancel()
        self._client.hang_up()

    def _submit_part(self, to: str, part: bytes, coding: int, esm_class: int, *, wants_receipt: bool) -> int:
        """The number its answer will have."""
        sender = settings.SMS_SMPP["sender"]
        with self._client.sending:
            pdu = smpp.make_pdu(
                "submit_sm",
                client=self._client,
                source_addr_ton=consts.SMPP_TON_INTL if sender.isdigit() else consts.SMPP_TON_ALNUM,
                source_addr_npi=consts.SMPP_NPI_ISDN if sender.isdigit() else consts.SMPP_NPI_UNK,
                source_addr=sender,
                dest_addr_ton=consts.SMPP_TON_INTL,
                dest_addr_npi=consts.SMPP_NPI_ISDN,
                destination_addr=to.removeprefix("+"),
                short_message=part,
                data_coding=coding,
                esm_class=esm_class,
                registered_delivery=int(wants_receipt),
            )
            self._waiting[pdu.sequence] = Future()
            try:
                self._client.send_pdu(pdu)
            # The last two: closed by the reader meanwhile.
            except (exceptions.ConnectionError, OSError, AttributeError, exceptions.PDUError):
                self.close()
                raise TemporaryFailure("answer_lost", may_have_arrived=True) from None
        return int(pdu.sequence)

    def _of_all_parts(self, sequences: list[int], ends: float) -> str:
        """The last one's id. A text that was taken in part is not to be repeated: a phone would get that part twice."""
        ids: list[str] = []
        failures: list[TemporaryFailure | PermanentRefusal] = []
        for sequence in sequences:
            try:
                ids.append(self._judged(sequence, ends))
            except (TemporaryFailure, PermanentRefusal) as failure:
                failures.append(failure)
        if not failures:
            return ids[-1]
        if ids or any(getattr(failure, "may_have_arrived", False) for failure in failures):
            raise TemporaryFailure(failures[0].problem, may_have_arrived=True)
        raise failures[0]

    def _judged(self, sequence: int, ends: float) -> str:
        try:
            pdu = self._waiting[sequence].result(timeout=max(0, ends - time.monotonic()))
        except TookTooLong:
            raise TemporaryFailure("no_answer", may_have_arrived=True) from None
        except CancelledError:  # the line broke
            raise TemporaryFailure("answer_lost", may_have_arrived=True) from None
        finally:
            del self._waiting[sequence]
        _judge(int(pdu.status))
        return _written((getattr(pdu, "message_id", b"") or b"").decode("ascii", "replace"))

    def _answered(self, pdu: Any) -> None:
        """Told twice of an answer that is an error, and of other commands' errors."""
        answer = self._waiting.get(pdu.sequence) if pdu.command in _ANSWERS else None
        if answer and not answer.done():
            answer.set_result(pdu)

    def _read(self) -> None:
        try:
            while self.is_open and time.monotonic() - self._client.heard_at < _SILENCE_SECONDS:
                self._client.read_once()
        except Exception as error:
            self._note_break(error)
        finally:
            self.close()

    def _deal(self) -> None:
        """What came from the centre is dealt with here, so that answers to what we sent need not wait for the database."""
        try:
            while heard := self._next():
                self._deal_with(heard)
        except Exception as error:
            self._note_break(error)
        finally:
            self.close()

    def _note_break(self, error: Exception) -> None:
        """Whatever breaks a line; its texts must not reach a log."""
        if self.is_open:
            log.warning("smpp_line_broke", error=type(error).__name__)

    def _next(self) -> _Heard | None:
        """What came; while nothing does, what came too early and is due to be looked at again. None: the line is closed."""
        due_in = self._early[0].again_at - time.monotonic() if self._early else None
        try:
            return self._client.came.get(timeout=None if due_in is None else max(0, due_in))
        except queue.Empty:
            return self._early.popleft()

    def _deal_with(self, heard: _Heard) -> None:
        try:
            status = self._take(heard)
        except Exception as error:
            log.error("smpp_message_not_taken", error=type(error).__name__)
            status = consts.SMPP_ESME_RX_T_APPN  # the centre is to repeat it
        finally:
            close_old_connections()
        if status is None:  # nor answered: should the line break meanwhile, the centre repeats it
            heard.again_at = time.monotonic() + _LOOK_AGAIN_SECONDS
            self._early.append(heard)
        else:
            self._client.answer(heard.pdu, status)

    def _take(self, heard: _Heard) -> int | None:
        """The status to be answered; None for a receipt of which no message is known yet."""
        if int(heard.pdu.esm_class or 0) & _KIND != _IS_RECEIPT:
            text_came.send(Smpp, gateway=Smpp.name, text=_text_of(heard.pdu))
        elif receipt := _receipt_of(heard.pdu):
            if time.monotonic() - heard.came_at < SEND_SECONDS and not _is_known(receipt):
                return None
            receipts_came.send(Smpp, gateway=Smpp.name, receipts=[receipt])
        return int(consts.SMPP_ESME_ROK)


def _connected() -> _Client:
    known = settings.SMS_SMPP
    client = _Client(known["host"], known["port"], timeout=_CONNECT_SECONDS, allow_unknown_opt_params=True)
    try:
        client.connect()
        client.bind_transceiver(
            system_id=known["system_id"],
            password=known["password"],
            system_type=known["system_type"],
            interface_version=0x34,
        )
    except Exception as error:  # the library's own errors, TLS, time-outs: nothing was handed over yet
        client.disconnect()
        problem = "not_authorised" if isinstance(error, exceptions.PDUError) else "unreachable"
        # Behind the library's own errors stand those of the socket.
        log.warning("smpp_not_bound", problem=problem, error=type(error.__context__ or error).__name__)
        raise TemporaryFailure(problem) from None
    return client


def _is_known(receipt: Receipt) -> bool:
    return Message.objects.filter(gateway=Smpp.name, gateway_reference=receipt.gateway_reference).exists()


def _judge(status: int) -> None:
    if status in _BUSY:
        raise TemporaryFailure("busy")
    if status in _OPERATORS_FAULT:
        raise TemporaryFailure("operator_error")
    if status != consts.SMPP_ESME_ROK:
        raise PermanentRefusal("invalid_number" if status in _BAD_NUMBER else "refused")


def _receipt_of(pdu: Any) -> Receipt | None:
    """From the optional parameters (5.3.2.12 and .35), else from the text (Appendix B). None: still under way."""
    said = _RECEIPT_TEXT.search((pdu.short_message or b"").decode("latin-1"))
    message_id = (getattr(pdu, "receipted_message_id", None) or b"").decode("ascii", "replace").partition("\0")[0]
    state = _STATES.get(int(getattr(pdu, "message_state", None) or 0), "")
    if said:
        message_id, state = message_id or said["id"], state or said["state"]
    if state not in _OUTCOMES or not message_id:
        return None
    outcome, problem = _OUTCOMES[state]
    return Receipt(outcome, gateway_reference=_reported(message_id), problem=problem)


def _text_of(pdu: Any) -> InboundText:
    """SMPP gives a text no name: the same one from the same phone within the same minute is taken for a repetition."""
    octets = pdu.short_message or getattr(pdu, "message_payload", None) or b""
    coding = "utf-16-be" if int(pdu.data_coding or 0) == consts.SMPP_ENCODING_ISO10646 else "latin-1"
    sender = (pdu.source_addr or b"").decode("ascii", "replace")
    name = hashlib.sha256(b"%d %s %s" % (time.time() // 60, sender.encode(), octets)).hexdigest()[:40]
    prefix = "+" if int(pdu.source_addr_ton or 0) == consts.SMPP_TON_INTL and not sender.startswith("+") else ""
    return InboundText(prefix + sender, octets.decode(coding, "replace"), name)


def _written(message_id: str) -> str:
    return message_id.lower().lstrip("0")[:80] if settings.SMS_SMPP["receipt_ids"] == "decimal" else message_id[:80]


def _reported(message_id: str) -> str:
    """Some centres name a message in hexadecimal when they take it and in decimal when they report."""
    message_id = message_id[:80]
    if settings.SMS_SMPP["receipt_ids"] == "decimal" and message_id.isdecimal():
        return format(int(message_id), "x")
    return message_id
