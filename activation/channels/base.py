"""An activation channel answers two questions: how an attempt begins, and how its proof arrives."""

from typing import Any, ClassVar

from django.core.checks import CheckMessage
from django.utils.functional import Promise


class Channel:
    name: ClassVar[str]
    title: ClassVar[str | Promise]
    # One sentence each, for the resident who chooses.
    summary: ClassVar[str | Promise]
    time_needed: ClassVar[str | Promise]
    # The URL name of the page that an attempt continues on.
    page: ClassVar[str]
    # Whether the visit code is sent by text message, too.
    texts_visit_code: ClassVar[bool] = False

    def beginning(self) -> dict[str, Any]:
        """The columns of a new attempt."""
        return {}

    def check_config(self) -> list[CheckMessage]:
        return []
