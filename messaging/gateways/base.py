"""A gateway hands one text to an operator. One file, one class, listed in settings.SMS_GATEWAYS in the order of preference."""

from abc import ABC, abstractmethod
from typing import ClassVar

from django.core.checks import CheckMessage


class TemporaryFailure(Exception):
    """It may work later, or has worked and the answer got lost. `problem` is a slug."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class PermanentRefusal(Exception):
    """This operator will never take this message. `problem` is a slug."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class Gateway(ABC):
    """One instance serves all threads of a process. Settings are read at each call, never kept."""

    name: ClassVar[str]

    @abstractmethod
    def send(self, *, to: str, text: str, reference: str) -> str:
        """Returns the operator's own reference, or "". `to` is E.164. A repeat carries the same `reference`, and the
        phone must get one text. Answers within 7 seconds, or raises TemporaryFailure or PermanentRefusal. Logs neither
        `to` nor `text`, and no exception of it holds them."""

    def check_config(self) -> list[CheckMessage]:
        """What is missing or dangerous in the settings."""
        return []
