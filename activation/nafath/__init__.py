"""Nafath, as the portal knows it from outside: its API (domain §4), its tokens, its OpenID provider, and whether it answers."""
