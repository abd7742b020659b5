"""Amounts of money: whole cents, one currency, never a float."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were added or compared."""


@dataclass(frozen=True, slots=True)
class Money:
    """`cents` may be negative (a refund); `currency` is ISO 4217."""

    cents: int
    currency: str = "EUR"

    @classmethod
    def of(cls, amount: Decimal | str | int, currency: str = "EUR") -> "Money":
        """From units of currency, rounded half up to the cent."""
        return cls(int((Decimal(amount) * 100).quantize(Decimal(1), ROUND_HALF_UP)), currency)

    @property
    def amount(self) -> Decimal:
        return Decimal(self.cents) / 100

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.cents + other.cents, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.cents - other.cents, self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.cents * times, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.cents < other.cents

    def share(self, parts: int) -> tuple["Money", ...]:
        """`parts` amounts that add up to this one; the first ones take the odd cents."""
        quotient, rest = divmod(self.cents, parts)
        return tuple(Money(quotient + (index < rest), self.currency) for index in range(parts))

    def __str__(self) -> str:
        """French form: `1 234,50 €` with no-break spaces."""
        sign, cents = ("-", -self.cents) if self.cents < 0 else ("", self.cents)
        whole = f"{cents // 100:,}".replace(",", "\u202f")
        return f"{sign}{whole},{cents % 100:02d}\u00a0{'€' if self.currency == 'EUR' else self.currency}"
