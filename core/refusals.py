"""What is refused for a reason that a sentence tells."""


class Refused(Exception):
    """`code` names the reason; each kind of refusal lists its own."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
