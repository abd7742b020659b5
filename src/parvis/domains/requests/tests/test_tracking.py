"""The tracking code: readable, revocable, useless to who steals the database alone."""

import hashlib
from uuid import UUID, uuid4

import pytest
from pytest_django import Settings

from parvis.domains.requests import tracking

SEED = UUID("8f0f6a52-4b63-4a3e-9a35-1a2b3c4d5e6f")


def test_a_code_is_ten_unambiguous_symbols() -> None:
    codes = {tracking.issue(uuid4())[0] for _ in range(2000)}
    assert len(codes) == 2000
    assert all(len(code) == 10 and set(code) <= set(tracking.ALPHABET) for code in codes)
    assert len(tracking.ALPHABET) == 32, "10 symbols of 5 bits are the 50 bits promised"
    assert not set("ILOU") & set(tracking.ALPHABET)


def test_every_symbol_is_used_at_every_place() -> None:
    """A shift or a mask too short would leave some symbols out of some places."""
    codes = [tracking.issue(uuid4())[0] for _ in range(3000)]
    for place in range(10):
        assert len({code[place] for code in codes}) == 32


@pytest.mark.parametrize(
    "typed",
    ["{code}", " {code} ", "{lower}", "{left}-{right}", "{left} – {right}", "{left}\u00a0{right}"],
)
def test_a_code_is_understood_however_it_is_copied(typed: str) -> None:
    code, fingerprint = tracking.issue(SEED)
    text = typed.format(code=code, lower=code.lower(), left=code[:5], right=code[5:])
    assert tracking.fingerprints(text) == [fingerprint]


def test_lookalikes_are_the_same_symbol() -> None:
    assert tracking.normalise("o0iIlL1111") == "0011111111"


@pytest.mark.parametrize(
    "typed", ["", "ABCDE", "ABCDE-FGHJK-M", "ABCDE-FGHJ!", "ÀBCDEFGHJK", "A" * 100_000, "ABCDEFGHJU", "\x00" * 10]
)
def test_what_cannot_be_a_code_is_not_looked_up(typed: str) -> None:
    assert tracking.fingerprints(typed) == []


def test_the_database_alone_tells_no_code() -> None:
    code, fingerprint = tracking.issue(SEED)
    assert code not in fingerprint
    assert fingerprint != hashlib.sha256(code.encode()).hexdigest()
    assert tracking.recall(SEED, fingerprint) == code


def test_another_key_gives_another_code(settings: Settings) -> None:
    code, fingerprint = tracking.issue(SEED)
    settings.SECRET_KEY = "another key"
    assert tracking.issue(SEED)[0] != code
    assert tracking.recall(SEED, fingerprint) is None


def test_codes_survive_the_change_of_the_secret_key(settings: Settings) -> None:
    code, fingerprint = tracking.issue(SEED)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the new key"
    assert fingerprint in tracking.fingerprints(code)
    assert tracking.recall(SEED, fingerprint) == code


def test_a_renewed_seed_forgets_the_code() -> None:
    _code, fingerprint = tracking.issue(SEED)
    assert tracking.recall(uuid4(), fingerprint) is None
    assert tracking.recall(SEED, None) is None
