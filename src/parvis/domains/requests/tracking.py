"""The secret by which somebody without an account follows a request.

A code is ten Crockford base-32 characters (50 bits), derived by HMAC from a random seed of the request and the platform's
secret key; what lookups use is stored as another HMAC of the code. So a copy of the database alone gives no code (a bare
SHA-256 of 50 bits would fall to one graphics card in a day), the server can print the code again in an e-mail made hours
later by a job, and renewing the seed revokes the old code and every link that holds it. Keys in `SECRET_KEY_FALLBACKS`
keep old codes valid while the secret key is changed.
"""

from collections.abc import Iterator
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac

# Crockford: no I, L, O, U; reading aloud and handwriting give the same symbol back.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SEPARATORS = str.maketrans("", "", "-–— \u00a0\u202f\t")


def _keys() -> Iterator[str | bytes]:
    yield settings.SECRET_KEY
    yield from settings.SECRET_KEY_FALLBACKS


def _derive(seed: UUID, key: str | bytes) -> str:
    digest = salted_hmac("parvis.requests.code", seed.bytes, secret=key, algorithm="sha256").digest()
    bits = int.from_bytes(digest[:8], "big")
    return "".join(ALPHABET[(bits >> (5 * place)) & 31] for place in range(LENGTH))


def _fingerprint(code: str, key: str | bytes) -> str:
    return salted_hmac("parvis.requests.lookup", code, secret=key, algorithm="sha256").hexdigest()


def issue(seed: UUID) -> tuple[str, str]:
    """The code of this seed and the fingerprint to store, both under the current key."""
    code = _derive(seed, settings.SECRET_KEY)
    return code, _fingerprint(code, settings.SECRET_KEY)


def recall(seed: UUID, stored_fingerprint: str | None) -> str | None:
    """The code given out earlier for this seed; None once revoked, or when its key has been retired."""
    for key in _keys():
        code = _derive(seed, key)
        if stored_fingerprint and _fingerprint(code, key) == stored_fingerprint:
            return code
    return None


def normalise(typed: str) -> str | None:
    """The canonical code of what a person typed (case, hyphens, spaces, O for 0…), None when it cannot be one."""
    code = typed[:64].upper().translate(_SEPARATORS).translate(_LOOKALIKES)
    return code if len(code) == LENGTH and all(symbol in ALPHABET for symbol in code) else None


def fingerprints(typed: str) -> list[str]:
    """Stored fingerprints this typed code may have, one per key; empty when it cannot be a code."""
    code = normalise(typed)
    return [_fingerprint(code, key) for key in _keys()] if code else []


def spaced(code: str) -> str:
    """`ABCDE-FGHJK`, easier to copy by hand and to read on the telephone."""
    return f"{code[:5]}-{code[5:]}"
