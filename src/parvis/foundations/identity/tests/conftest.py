"""Settings of the tests of accounts."""

from typing import Any

import pytest

from parvis.foundations.identity import tokens


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """The real algorithm at its lowest cost: what is tested here is the flow, not the memory it fills."""
    settings.PASSWORD_HASHERS = ["parvis.foundations.identity.tests.hashers.QuickArgon2"]
    tokens.forget()
