"""`payrefresh acknowledge` on a deployed stack: what is looked up, sent and said."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING

from payment_refresh.domain.policy import Policy
from payment_refresh.domain.vocabulary import Status
from tests.support.clock import START
from tests.support.samples import dead_lettered, order

if TYPE_CHECKING:
    from tests.operating.command import Command
    from tests.operating.hollow import HollowStack


def test_acknowledge_with_dry_run_names_the_payment_and_sends_nothing(
    command: Command, stack: HollowStack
) -> None:
    stack.put(dead_lettered(order("a"), Policy(), at=START))

    ran = command("acknowledge", "pay-a", "--note", "refunded", "--dry-run")

    assert (ran.status, ran.err) == (0, "")
    assert "stripe_payments#pay-a" in ran.out


def test_acknowledge_of_a_settled_payment_says_that_only_stuck_ones_can_be(
    command: Command, stack: HollowStack
) -> None:
    stack.put(replace(dead_lettered(order("b"), Policy(), at=START), status=Status.SETTLED))

    ran = command("acknowledge", "pay-b", "--note", "refunded")

    assert ran.status == 2
    assert ran.err.count("\n") == 1
    assert "is settled" in ran.err


def test_acknowledge_of_an_unknown_id_says_what_to_give(command: Command) -> None:
    ran = command("acknowledge", "nonsense", "--note", "refunded")

    assert ran.status == 2
    assert ran.err == "payrefresh: nothing is known of nonsense: give a payment's id, an order's id or number\n"
