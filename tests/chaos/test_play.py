"""The orders that each row plays, and payments that were given up as impossible to process."""

from __future__ import annotations

import pytest

from devstack.records import Row as WatchRow
from devstack.truth import Truth
from sandbox.kinds import KINDS
from tests.chaos.matrix import CALLING, HELD, KILL_EVERY_S, KILLS, ROWS, STUCK_BEFORE, Row
from tests.chaos.play import called_poison, known_truth


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_each_row_has_an_order_of_every_kind_that_it_does_not_leave_out(row: Row) -> None:
    assert row.left_out - HELD in (STUCK_BEFORE, CALLING)
    assert row.left_out <= KINDS.keys()
    assert row.orders >= len(KINDS) - len(row.left_out)


def test_a_process_is_killed_each_five_seconds_thirty_times_while_orders_come_in() -> None:
    [row] = [row for row in ROWS if row.special == "kills"]

    assert (KILLS, KILL_EVERY_S) == (30, 5.0)
    assert row.over_s < row.window_s == KILLS * KILL_EVERY_S


@pytest.mark.parametrize("where", ["reason", "notice"])
def test_a_payment_that_could_have_been_processed_may_not_be_called_impossible(where: str) -> None:
    poisoned = WatchRow(key="stripe_payments#a", status="dead_lettered", **{where: "cannot_process"})  # type: ignore[arg-type]  # the named field is one of these

    assert called_poison([truth()], [poisoned]) == [
        "stripe_payments#a is dead_lettered as cannot_process, but could have been processed"
    ]
    assert called_poison([], [poisoned]) != []


def test_a_payment_that_cannot_be_processed_may_be_called_so_and_others_are_not_mentioned() -> None:
    poisoned = WatchRow(key="stripe_payments#a", status="dead_lettered", reason="cannot_process")
    other = WatchRow(key="stripe_payments#b", status="dead_lettered", reason="stayed_pending")

    assert called_poison([truth("cannot_process")], [poisoned, other]) == []


@pytest.mark.parametrize(
    ("moved_at", "settled_by"),
    [(10.0, {"refresh", "webhook"}), (12.5, {"refresh"}), (None, {"refresh"})],
)
def test_what_a_refresh_moved_unrecorded_may_pass_for_the_work_of_the_webhook(
    moved_at: float | None, settled_by: set[str]
) -> None:
    expect = {
        "status": ["settled"],
        "settled_by": ["refresh"],
        "optional": False,
        "follows": {},
        "person": [False],
    }
    lists: dict[str, list[str]] = {name: [] for name in ("reason", "notice", "announce", "may_announce")}
    payment = {"order_number": "1", "order_id": "o", "payment_type": "stripe_payments", "payment_id": "a"}
    entry = payment | {"story": "paid", "authorized_at": 9.0, "moved_at": moved_at, "expect": expect | lists}

    assert known_truth(entry, [(8.0, 12.0)]).settled_by == settled_by
    assert known_truth(entry, []).settled_by == {"refresh"}


def truth(*reasons: str) -> Truth:
    return Truth(
        order="1",
        key="stripe_payments#a",
        story="paid",
        statuses=frozenset({"dead_lettered"}),
        settled_by=frozenset(),
        reasons=frozenset(reasons),
    )
