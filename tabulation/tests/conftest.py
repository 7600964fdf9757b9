"""What holds for every test."""

import os

from django.contrib.auth.hashers import PBKDF2PasswordHasher

# Hundreds of passwords are hashed and checked, and none of them keeps anything safe.
PBKDF2PasswordHasher.iterations = 1


def pytest_xdist_auto_num_workers(config: object) -> int:
    """One more than there are processors: tests in a browser wait more than they compute."""
    return (os.cpu_count() or 1) + 1
