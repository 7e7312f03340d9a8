"""Straight to an operator's SMS centre: SMPP 3.4, one transceiver line a process, over TLS.

The numbers of sections are those of the Short Message Peer to Peer Protocol Specification v3.4.
"""

import hashlib
import logging
import queue
import re
import socket
import ssl
import threading
import time
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import suppress
from typing import Any

import structlog
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import close_old_connections
from smpplib import consts, exceptions, gsm, smpp
from smpplib.client import Client

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

_LOCAL = ("localhost", "127.0.0.1", "::1")
_CONNECT_SECONDS = 2
# An idle line is asked whether it still lives; one that says nothing for so long is given up.
_ENQUIRE_SECONDS, _SILENCE_SECONDS = 15, 40
# A receipt can overtake the hand-over being written down; it waits that long for it.
_HAND_OVER_SECONDS = 0.5

# 5.1.3, command_status.
_BUSY = {consts.SMPP_ESME_RTHROTTLED, consts.SMPP_ESME_RMSGQFUL}
_OPERATORS_FAULT = {consts.SMPP_ESME_RSYSERR, consts.SMPP_ESME_RSUBMITFAIL, consts.SMPP_ESME_RX_T_APPN}
_BAD_NUMBER = {consts.SMPP_ESME_RINVDSTADR, consts.SMPP_ESME_RINVDSTTON, consts.SMPP_ESME_RINVDSTNPI}
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
_RECEIPT_TEXT = re.compile(r"id:(?P<id>\S+).*?stat:(?P<state>[A-Z]{7})", re.DOTALL)
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
        self._failure = -float(_CONNECT_SECONDS), ""

    def send(self, *, to: str, text: str, reference: str) -> str:
        ends = time.monotonic() + SEND_SECONDS
        return self._open_line().submit(to, text, ends)

    def close(self) -> None:
        if self._line:
            self._line.close()

    def check_config(self) -> list[CheckMessage]:
        smpp, faults = settings.SMS_SMPP, list[CheckMessage]()
        if not smpp["host"]:
            faults.append(Error("SMS_SMPP_HOST is not set. Set it to your operator's SMS centre.", id="messaging.E040"))
        if not smpp["system_id"] or not smpp["password"]:
            faults.append(Error("SMS_SMPP_SYSTEM_ID and SMS_SMPP_PASSWORD are not set.", id="messaging.E041"))
        if not smpp["tls"] and smpp["host"] not in _LOCAL:
            hint = "Set SMS_SMPP_TLS=true, or lead the line through a tunnel of this machine."
            faults.append(Error("SMPP without TLS shows codes to whoever listens.", hint=hint, id="messaging.E042"))
        return faults

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

    def __init__(self, *args: Any, tls: ssl.SSLContext | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger = _SILENT
        self._tls = tls
        self.sending = threading.RLock()
        self.heard_at = time.monotonic()
        self.came: queue.Queue[Any] = queue.Queue()

    def send_pdu(self, p: Any) -> Any:
        with self.sending:
            return super().send_pdu(p)

    def read_pdu(self) -> Any:
        pdu = super().read_pdu()
        self.heard_at = time.monotonic()
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
        plain = super()._create_socket()
        return self._tls.wrap_socket(plain, server_hostname=self.host) if self._tls else plain

    def _message_received(self, pdu: Any) -> None:
        self.came.put(pdu)


class Line:
    """A bound session. Raises TemporaryFailure when it cannot be had."""

    def __init__(self) -> None:
        self._waiting: dict[int, Future[Any]] = {}
        self._given: dict[str, float] = {}
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
        answers = [
            self._submit_part(to, part, coding, esm_class, wants_receipt=number == len(parts))
            for number, part in enumerate(parts, start=1)
        ]
        return [self._judged(answer, ends) for answer in answers][-1]

    def close(self) -> None:
        self.is_open = False
        self._client.came.put(None)
        for answer in list(self._waiting.values()):
            answer.cancel()
        self._client.hang_up()

    def _submit_part(self, to: str, part: bytes, coding: int, esm_class: int, *, wants_receipt: bool) -> "Future[Any]":
        sender = settings.SMS_SMPP["sender"]
        answer: Future[Any] = Future()
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
            self._waiting[pdu.sequence] = answer
            try:
                self._client.send_pdu(pdu)
            except (exceptions.ConnectionError, OSError, AttributeError):  # the last: closed by the reader meanwhile
                self._waiting.pop(pdu.sequence, None)
                self.close()
                raise TemporaryFailure("answer_lost", may_have_arrived=True) from None
        return answer

    def _judged(self, answer: "Future[Any]", ends: float) -> str:
        try:
            pdu = answer.result(timeout=max(0, ends - time.monotonic()))
        except TookTooLong:
            raise TemporaryFailure("no_answer", may_have_arrived=True) from None
        except CancelledError:  # the line broke
            raise TemporaryFailure("answer_lost", may_have_arrived=True) from None
        _judge(int(pdu.status))
        return _written((getattr(pdu, "message_id", b"") or b"").decode("ascii", "replace"))

    def _answered(self, pdu: Any) -> None:
        message_id = (getattr(pdu, "message_id", b"") or b"").decode("ascii", "replace")
        now = time.monotonic()
        self._given = {given: at for given, at in self._given.items() if now - at < 10} | {_written(message_id): now}
        if answer := self._waiting.pop(pdu.sequence, None):
            answer.set_result(pdu)

    def _read(self) -> None:
        try:
            while self.is_open and time.monotonic() - self._client.heard_at < _SILENCE_SECONDS:
                self._client.read_once()
        except Exception as error:  # whatever breaks a line; its texts must not reach a log
            if self.is_open:
                log.warning("smpp_line_broke", error=type(error).__name__)
        finally:
            self.close()

    def _deal(self) -> None:
        """What came from the centre is dealt with here, so that answers to what we sent need not wait for the database."""
        while pdu := self._client.came.get():
            try:
                status = self._take(pdu)
            except Exception as error:
                log.error("smpp_message_not_taken", error=type(error).__name__)
                status = consts.SMPP_ESME_RX_T_APPN  # the centre is to repeat it
            finally:
                close_old_connections()
            try:
                self._client.answer(pdu, status)
            except Exception:
                return self.close()
        return None

    def _take(self, pdu: Any) -> int:
        if int(pdu.esm_class) & _KIND != _IS_RECEIPT:
            text_came.send(Smpp, gateway=Smpp.name, text=_text_of(pdu))
            return consts.SMPP_ESME_ROK
        receipt = _receipt_of(pdu)
        if receipt:
            given_at = self._given.get(receipt.gateway_reference, 0.0)
            time.sleep(max(0.0, given_at + _HAND_OVER_SECONDS - time.monotonic()))
            receipts_came.send(Smpp, gateway=Smpp.name, receipts=[receipt])
        return consts.SMPP_ESME_ROK


def _connected() -> _Client:
    known = settings.SMS_SMPP
    context = ssl.create_default_context(cafile=known["ca_file"] or None) if known["tls"] else None
    client = _Client(
        known["host"],
        known["port"],
        timeout=_CONNECT_SECONDS,
        tls=context,
        allow_unknown_opt_params=True,
    )
    try:
        client.connect()
        client.bind_transceiver(
            system_id=known["system_id"],
            password=known["password"],
            system_type=known["system_type"],
            interface_version=0x34,
        )
    except exceptions.PDUError:
        client.disconnect()
        raise TemporaryFailure("not_authorised") from None
    except Exception:  # the library's own errors, TLS, time-outs: nothing was handed over yet
        client.disconnect()
        raise TemporaryFailure("unreachable") from None
    return client


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
    message_id = (getattr(pdu, "receipted_message_id", None) or b"").decode("ascii", "replace").rstrip("\0")
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
    coding = "utf-16-be" if int(pdu.data_coding) == consts.SMPP_ENCODING_ISO10646 else "latin-1"
    sender = (pdu.source_addr or b"").decode("ascii", "replace")
    name = hashlib.sha256(b"%d %s %s" % (time.time() // 60, sender.encode(), octets)).hexdigest()[:40]
    prefix = "+" if int(pdu.source_addr_ton) == consts.SMPP_TON_INTL and not sender.startswith("+") else ""
    return InboundText(prefix + sender, octets.decode(coding, "replace"), name)


def _written(message_id: str) -> str:
    return message_id.lower().lstrip("0")[:80] if settings.SMS_SMPP["receipt_ids"] == "decimal" else message_id[:80]


def _reported(message_id: str) -> str:
    """Some centres name a message in hexadecimal when they take it and in decimal when they report."""
    if settings.SMS_SMPP["receipt_ids"] == "decimal" and message_id.isdecimal():
        return format(int(message_id), "x")
    return message_id[:80]
