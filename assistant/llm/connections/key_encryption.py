"""Encrypt the API keys of model servers for the database, with keys derived from MODEL_KEYS_SECRET."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"brevity: API keys of model servers, 1"


class KeyUnreadable(Exception):
    """The stored key was encrypted with a secret that MODEL_KEYS_SECRET no longer lists."""


def encrypt(key: str) -> str:
    """Return the key encrypted with the newest secret; empty for an empty key."""
    return _ciphers().encrypt(key.encode()).decode() if key else ""


def decrypt(stored: str) -> str:
    """Return the decrypted key; empty if nothing is stored. Raises KeyUnreadable."""
    if not stored:
        return ""
    try:
        return _ciphers().decrypt(stored.encode()).decode()
    except InvalidToken:
        raise KeyUnreadable from None


def _ciphers() -> MultiFernet:
    return _of_secrets(tuple(settings.MODEL_KEYS_SECRET) or (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=8)
def _of_secrets(secrets: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(secret))) for secret in secrets])


def _derived(secret: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
