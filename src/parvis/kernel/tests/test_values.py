"""Values of the kernel: URN, money, units."""

import pytest

from parvis.kernel.money import CurrencyMismatch, Money
from parvis.kernel.units import UnknownUnit, symbol, unit
from parvis.kernel.urn import MalformedUrn, Urn


@pytest.mark.parametrize("text", ["urn:ngsi-ld:Streetlight:dijon-0001", "urn:ngsi-ld:ServiceRequest:12:b"])
def test_a_urn_round_trips(text: str) -> None:
    assert str(Urn.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "urn:ngsi-ld:Streetlight", "urn:ngsi-ld::1", "urn:x:Streetlight:1", "urn:ngsi-ld:A:b c", "urn:ngsi-ld:A:<b>"],
)
def test_a_malformed_urn_is_refused(text: str) -> None:
    with pytest.raises(MalformedUrn):
        Urn.parse(text)


def test_shares_add_up() -> None:
    assert [share.cents for share in Money.of("10.00").share(3)] == [334, 333, 333]


def test_money_is_rounded_half_up_and_written_in_french() -> None:
    assert Money.of("1234.505").cents == 123451
    assert str(Money(-123450)) == "-1\u202f234,50\u00a0€"


def test_currencies_do_not_mix() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1) + Money(1, "CHF")


def test_units_have_symbols_and_unknown_ones_are_told() -> None:
    assert unit("CEL").symbol == "°C"
    assert symbol("ZZZ") == "ZZZ"
    with pytest.raises(UnknownUnit):
        unit("ZZZ")
