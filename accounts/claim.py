from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """What the registration form says, cleaned: `mobile` is E.164, `language` is ar or en."""

    id_number: str
    mobile: str
    email: str
    username: str
    password: str
    language: str
