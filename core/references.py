"""Names that nobody guesses, for what partners and gateways ask about."""

import secrets

# 32 of them: a byte chooses each as often as another.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_reference() -> str:
    """26 characters, none of them mistaken for another."""
    return "".join([_ALPHABET[byte % 32] for byte in secrets.token_bytes(26)])
