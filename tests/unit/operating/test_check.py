"""Asking for payments now: which are meant, what is sent, and what is said of each."""

from __future__ import annotations

import json
from copy import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.payment import PaymentKey
from payment_refresh.domain.vocabulary import OutboxItem, SettledBy, Status
from payment_refresh.errors import TimedOut
from payrefresh.errors import OperatorError, WrongInput
from payrefresh.manual.check import Check
from tests.support import samples
from tests.support.clock import START
from tests.unit.operating.manual_steps import FakeRequests, FakeRows, dead_letters, idle, waiting
from tests.unit.use_cases.steps import authorize, several

if TYPE_CHECKING:
    from payrefresh.manual.waiting import Waiting
    from tests.support.world import World


def checking(world: World, wait: Waiting | None = None) -> Check:
    return Check(
        rows=FakeRows(world),
        requests=FakeRequests(world),
        waiting=wait or waiting(world),
        clock=world.clock,
    )


def asked(use_case: Check, *names: str, kind: str | None = None) -> list[str]:
    """Ask for payments; returns what is said of each."""
    targets = use_case.find(names, kind)
    use_case.send(targets)
    return [f"{answer.key.id} {answer.outcome}: {answer.text}" for answer in use_case.wait(targets)]


def sent(use_case: Check) -> list[dict[str, str]]:
    return [json.loads(body) for body in use_case.requests.bodies]  # type: ignore[attr-defined]  # the double's own


def test_watched_payment_that_was_paid_is_said_to_be_settled_by_our_refresh(world: World) -> None:
    world.commerce_layer.put(samples.order())
    world.event(samples.order())
    authorize(world, samples.order())

    assert asked(checking(world), "order-a") == ["pay-a settled: our refresh found the money"]


def test_payment_that_nobody_watches_is_asked_by_its_type_and_id(world: World) -> None:
    world.commerce_layer.put(*several(2))
    use_case = checking(world)

    said = asked(use_case, "stripe_payments#pay-00", "pay-01", kind="stripe_payments")

    assert said[0].startswith("pay-00 pending: the order is unpaid; asked again")
    assert said[1].startswith("pay-01 pending: ")
    assert sent(use_case) == [{"type": "stripe_payments", "id": f"pay-0{number}"} for number in (0, 1)]


def test_order_that_nobody_watches_is_asked_by_its_id_and_its_payment_answers(world: World) -> None:
    world.commerce_layer.put(samples.order())
    authorize(world, samples.order())
    use_case = checking(world)

    assert asked(use_case, "order-a") == ["pay-a settled: our refresh found the money"]
    assert sent(use_case) == [{"order_id": "order-a"}]


def test_order_without_any_payment_is_answered_by_its_own_row(world: World) -> None:
    world.commerce_layer.put(samples.cart(source_type=None, source_id=None))

    (said,) = asked(checking(world), "order-a")

    assert said.startswith("order-a pending: the order is unpaid")


def test_unknown_id_is_answered_with_what_commerce_layer_lists(world: World) -> None:
    (said,) = asked(checking(world), "nonsense")

    assert said.startswith("nonsense not found: Commerce Layer lists no such order; asked again in ")


def test_payments_of_one_order_are_each_asked_once(world: World) -> None:
    world.commerce_layer.put(samples.order())
    world.event(samples.order())
    use_case = checking(world)

    asked(use_case, "order-a", "10a", "pay-a", "stripe_payments#pay-a")

    assert sent(use_case) == [{"type": "stripe_payments", "id": "pay-a"}]


@pytest.mark.parametrize(("name", "kind"), [("4711", None), ("a b", None), ("nope#a", None), ("a", "nope")])
def test_name_that_cannot_be_right_is_refused_before_anything_is_sent(
    world: World, name: str, kind: str | None
) -> None:
    with pytest.raises(WrongInput):
        checking(world).find([name], kind)


def test_settled_payment_is_not_asked_again_and_that_is_said(world: World) -> None:
    row = samples.watch(
        samples.order(), world.policy, status=Status.SETTLED, settled_by=SettledBy.WEBHOOK, due_at=None
    )
    world.table.put(replace(row, ended_at=world.now))
    use_case = checking(world)

    assert asked(use_case, "pay-a") == ["pay-a settled: it was already: the gateway's webhook came"]
    assert sent(use_case) == []


def test_payment_that_is_being_asked_is_waited_for_without_a_message(world: World) -> None:
    world.commerce_layer.put(samples.order())
    world.event(samples.order())
    world.clock.advance(70)
    world.sweep()
    use_case = checking(world)

    (said,) = asked(use_case, "pay-a")

    assert said.startswith("pay-a pending: the order is unpaid")
    assert sent(use_case) == []


def test_end_that_is_being_announced_is_not_waited_for_in_vain(world: World) -> None:
    world.table.put(samples.unrelayed(samples.order(), world.policy, at=world.now))
    use_case = checking(world, idle(world))

    (said,) = asked(use_case, "pay-a")

    assert said == (
        "pay-a dead-lettered: it stayed pending to the end; that is being announced right now, "
        "so ask again in a minute"
    )
    assert (sent(use_case), world.clock.now) == ([], START)


def test_end_of_a_later_version_is_left_to_that_version(world: World) -> None:
    row = samples.watch(samples.order(), world.policy, status=Status("frozen"), due_at=None, ended_at=world.now)
    world.table.put(row)

    assert asked(checking(world), "pay-a") == [
        "pay-a other: it ended as frozen, which only a later version can ask: deploy that one"
    ]


def test_dead_lettered_payment_begins_its_next_round(world: World) -> None:
    (key,) = dead_letters(world, samples.order())

    (said,) = asked(checking(world), key.id)

    assert said.startswith("pay-a pending: ")
    assert world.row(key).round == 2


def test_payment_that_got_no_answer_is_said_with_why_and_when_next(world: World) -> None:
    world.commerce_layer.put(samples.order())
    world.commerce_layer.down = TimedOut("no answer")

    (said,) = asked(checking(world), "stripe_payments#pay-a")

    assert said.startswith("pay-a not answered: TimedOut; asked again in ")


def test_payment_for_which_there_was_no_time_is_waited_for_until_the_time_is_over(world: World) -> None:
    world.commerce_layer.put(samples.order())
    world.has_time = lambda: False

    (said,) = asked(checking(world), "stripe_payments#pay-a")

    assert said.startswith("pay-a not asked yet: nothing came within the time")


def test_queue_that_refuses_a_message_is_an_error_that_names_the_payment(world: World) -> None:
    use_case = checking(world)
    use_case.requests.refused.add("pay-a")  # type: ignore[attr-defined]  # the double's own

    with pytest.raises(OperatorError, match="did not take stripe_payments#pay-a"):
        asked(use_case, "stripe_payments#pay-a")


def test_two_people_at_once_have_one_payment_asked_and_both_get_its_answer(world: World) -> None:
    world.commerce_layer.put(samples.order())
    first, second = checking(world), checking(world)
    targets = first.find(["stripe_payments#pay-a"]), second.find(["stripe_payments#pay-a"])
    first.send(targets[0])
    second.send(targets[1])

    answers = [*first.wait(targets[0]), *second.wait(targets[1])]

    assert [answer.outcome for answer in answers] == ["pending", "pending"]
    assert world.row(PaymentKey("stripe_payments", "pay-a")).refreshes == 1
    assert OutboxItem.DEAD_LETTER not in world.row(PaymentKey("stripe_payments", "pay-a")).outbox
