from accounts.hashers import PortalArgon2PasswordHasher


class QuickHasher(PortalArgon2PasswordHasher):
    """A thousand tests hash and check passwords; at 20 ms each that would be a minute of every run."""

    time_cost = 1
    memory_cost = 8
