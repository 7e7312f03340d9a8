from django.contrib.auth.hashers import Argon2PasswordHasher


class PortalArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane (OWASP's minimum): Django's default takes 100 MiB a hash, which twenty
    parallel sign-ins turn into 2 GB."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
