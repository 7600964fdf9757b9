"""What holds for every test."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher

# Hundreds of passwords are hashed and checked, and none of them keeps anything safe.
PBKDF2PasswordHasher.iterations = 1
