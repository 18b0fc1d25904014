"""First steps of the tests of the sweep: watches that are due."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from payment_refresh.domain.vocabulary import CheckSource
from payment_refresh.domain.watch import Check
from tests.support.clock import START
from tests.unit.use_cases.steps import due

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payment_refresh.domain.payment import PaymentKey
    from tests.support.world import World


def names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number:03}" for number in range(count)]


def checked(world: World, named: Iterable[str], *, at: int = START) -> list[PaymentKey]:
    """Store watches of placed orders that are due again, the first named longest of all."""
    keys = due(world, named, at=at)
    check = Check(at=START, by=CheckSource.LOOK, verdict="pending")
    world.table.put(*(replace(world.row(key), checks=(check,)) for key in keys))
    return keys
