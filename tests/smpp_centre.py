"""An operator's SMS centre, as a process of its own: speaks SMPP 3.4 in octets and prints what it gets, one JSON line each.

python -m tests.smpp_centre [--mode MODE] [--receipt STATE] [--text TEXT] [--nonsense KIND] [--certificate FILE --key FILE]

Modes: ok; throttled, full, system_error, bad_number, refused (command statuses of submit_sm); half (takes every
second message, and is throttled between); silent; drop (the first line hangs up after taking a message). `--receipt` is
reported for each message; `--text` comes from a phone after the bind, and before it `--nonsense`: framed (in frames of its
own), or endless (on the first line, a frame without end).
"""

import argparse
import json
import socket
import ssl
import struct
import sys
import threading
from itertools import count
from typing import Any

BIND, BIND_ANSWER, SUBMIT, SUBMIT_ANSWER, DELIVER, DELIVER_ANSWER = 0x09, 0x80000009, 0x04, 0x80000004, 0x05, 0x80000005
ENQUIRE, ENQUIRE_ANSWER, UNBIND, UNBIND_ANSWER = 0x15, 0x80000015, 0x06, 0x80000006
NACK, RESERVED = 0x80000000, 0x00000999
STATUSES = {"throttled": 0x58, "full": 0x14, "system_error": 0x08, "bad_number": 0x0B, "refused": 0x0A}
PASSWORD = b"trial"
RECEIPT = 0x04


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mode", default="ok")
    parser.add_argument("--receipt", default="")
    parser.add_argument("--text", default="")
    parser.add_argument("--nonsense", default="")
    parser.add_argument("--certificate", default="")
    parser.add_argument("--key", default="")
    options = parser.parse_args()
    listener: Any = socket.create_server(("127.0.0.1", 0))
    say(port=listener.getsockname()[1])
    context = None
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)
    for number in count(1):
        plain = listener.accept()[0]
        threading.Thread(target=serve, args=(plain, context, options, number), daemon=True).start()


def serve(plain: socket.socket, context: ssl.SSLContext | None, options: argparse.Namespace, number: int) -> None:
    try:
        Session(context.wrap_socket(plain, server_side=True) if context else plain, options, number).run()
    except (OSError, struct.error) as error:
        say(ended=type(error).__name__)


class Session:
    def __init__(self, line: socket.socket, options: argparse.Namespace, number: int) -> None:
        self.line, self.options, self.number = line, options, number
        self.messages, self.sequences = count(1), count(1)

    def run(self) -> None:
        while (
            head := self.line.recv(16, socket.MSG_WAITALL)
            if not isinstance(self.line, ssl.SSLSocket)
            else self.read(16)
        ):
            length, command, status, sequence = struct.unpack(">IIII", head)
            body = self.read(length - 16)
            if command == BIND:
                if not self.bound(sequence, body):
                    return None
            elif command == SUBMIT:
                if not self.submitted(sequence, body):
                    return None
            elif command == ENQUIRE:
                self.write(ENQUIRE_ANSWER, 0, sequence)
            elif command == UNBIND:
                return self.write(UNBIND_ANSWER, 0, sequence)
            elif command == DELIVER_ANSWER:
                say(answered=status)
            elif command == NACK:
                say(refused=status)
        return None

    def bound(self, sequence: int, body: bytes) -> bool:
        system_id, password, _rest = body.split(b"\0", 2)
        is_right = password == PASSWORD
        say(bound=system_id.decode(), right=is_right)
        self.write(BIND_ANSWER, 0 if is_right else 0x0E, sequence, b"centre\0")
        if is_right and self.options.nonsense == "framed":
            self.talk_nonsense()
        if is_right and self.options.nonsense == "endless" and self.number == 1:
            self.line.sendall(b"\xff" * 16)
        if is_right and self.options.text:
            self.deliver(self.options.text.encode("utf-16-be"), coding=8, kind=0)
        return is_right

    def submitted(self, sequence: int, body: bytes) -> bool:
        mode = self.options.mode if self.number == 1 or self.options.mode != "drop" else "ok"
        message = read_submission(body)
        message_id = f"{self.number:02x}{next(self.messages):06x}"
        say(**message, id=message_id)
        if mode == "silent":
            return True
        if mode == "drop":
            self.line.close()
            return False
        status = STATUSES["throttled"] if mode == "half" and int(message_id, 16) % 2 == 0 else STATUSES.get(mode, 0)
        self.write(SUBMIT_ANSWER, status, sequence, b"" if status else message_id.encode() + b"\0")
        if not status and self.options.receipt and message["wants_receipt"]:
            stated = f"id:{message_id} sub:001 dlvrd:001 submit date:2611240500 done date:2611240500 stat:{self.options.receipt} err:000 text:"
            self.deliver(stated.encode(), coding=0, kind=RECEIPT)
        return True

    def deliver(self, octets: bytes, *, coding: int, kind: int, besides: bytes = b"") -> None:
        addresses = b"\0" + b"\1\1966512345621\0" + b"\0\00080110\0"
        flags = bytes([kind, 0, 0]) + b"\0\0" + bytes([0, 0, coding, 0, len(octets)])
        self.write(DELIVER, 0, next(self.sequences), addresses + flags + octets + besides)

    def talk_nonsense(self) -> None:
        told = b"id:\0\xff stat:DELIVRD"
        self.write(RESERVED, 0, next(self.sequences), b"what is this")
        self.write(DELIVER, 0, next(self.sequences))
        self.write(DELIVER, 0, next(self.sequences), b"\0\1\196651234")
        self.write(SUBMIT_ANSWER, 0, 4711, b"nobody asked\0")
        self.write(ENQUIRE_ANSWER, 0x08, 4712)
        self.deliver(told, coding=0, kind=RECEIPT)
        # 5.3.2: an unsuitable additional_status_info_text; a number without end as receipted_message_id, and message_state.
        self.deliver(told, coding=0, kind=RECEIPT, besides=b"\0\x1d\0\2no")
        self.deliver(b"", coding=0, kind=RECEIPT, besides=b"\0\x1e\x17\x70" + b"9" * 6000 + b"\x04\x27\0\1\2")

    def write(self, command: int, status: int, sequence: int, body: bytes = b"") -> None:
        self.line.sendall(struct.pack(">IIII", 16 + len(body), command, status, sequence) + body)

    def read(self, wanted: int) -> bytes:
        octets = b""
        while len(octets) < wanted:
            piece = self.line.recv(wanted - len(octets))
            if not piece:
                return b""
            octets += piece
        return octets


def read_submission(body: bytes) -> dict[str, Any]:
    """4.4.1, submit_sm. `octets` is the short message in hexadecimal, its header apart."""
    _service, rest = body.split(b"\0", 1)
    sender, rest = rest[2:].split(b"\0", 1)
    to, rest = rest[2:].split(b"\0", 1)
    esm_class = rest[0]
    _schedule, rest = rest[3:].split(b"\0", 1)
    _validity, rest = rest.split(b"\0", 1)
    registered, _replace, coding, _default, length = rest[:5]
    octets = rest[5 : 5 + length]
    header = octets[: octets[0] + 1] if esm_class & 0x40 else b""
    return {
        "sender": sender.decode(),
        "to": to.decode(),
        "coding": coding,
        "wants_receipt": bool(registered & 1),
        "header": header.hex(),
        "octets": octets[len(header) :].hex(),
    }


def say(**facts: Any) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit()
