"""Django's first hasher, with fewer rounds."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class Quick(PBKDF2PasswordHasher):
    """Written down as pbkdf2_sha256, like Django's own."""

    iterations = 20_000
