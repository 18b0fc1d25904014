"""Amounts of money as people write them, with as many digits as the currency has."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from payment_refresh.domain.digest_mail import THOUSANDTHS, WHOLE
from payrefresh.errors import WrongInput

_LEAST = re.compile(r"(?P<number>\d{1,12}(\.\d{1,3})?)\s*(?P<currency>[A-Za-z]{3})?")


def decimal(cents: int | None, currency: str | None) -> Decimal | None:
    """An amount, given in the currency's smallest unit, in its main one; None where either is not known."""
    return None if cents is None or currency is None else Decimal(cents).scaleb(-digits(currency))


def digits(currency: str) -> int:
    """How many digits a currency has behind the point (ISO 4217)."""
    return 0 if currency in WHOLE else 3 if currency in THOUSANDTHS else 2


class Least(NamedTuple):
    """A least amount, in the main unit of a currency; without one, in that of each payment's own."""

    number: Decimal
    currency: str | None = None

    def allows(self, cents: int | None, currency: str | None) -> bool:
        """Whether an amount is at least that; one that is not known is not."""
        if self.currency is not None and currency != self.currency:
            return False
        amount = decimal(cents, currency)
        return amount is not None and amount >= self.number


def read_least(text: str) -> Least:
    """Read a least amount such as ``50``, ``49.90`` or ``50 EUR``.

    Raises
    ------
    WrongInput
        It is none.
    """
    match = _LEAST.fullmatch(text.strip())
    if match is None:
        raise WrongInput(f"--min-amount {text!r:.40} is no amount: write 50, 49.90 or '50 EUR'")
    currency = match["currency"]
    return Least(Decimal(match["number"]), currency.upper() if currency else None)
