"""End checks of a run: nothing is lost, every outbox is empty, each watch ended as its order and its kind say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.payment import ORDERS, PaymentKey
from payment_refresh.domain.vocabulary import Reason, Status
from tests.simulation import oracle
from tests.simulation.skew import ON_THE_WAY
from tests.simulation.trace import number_of
from tests.simulation.truth_rules import broken_by_end
from tests.simulation.weather import DAY

if TYPE_CHECKING:
    from payment_refresh.domain.order import Order
    from payment_refresh.domain.watch import Watch
    from tests.simulation.rules import Rules
    from tests.simulation.schedule import Schedule
    from tests.simulation.shop import State

FOUND_WITHIN = 2 * DAY
"""An order that is stuck for so long must have been discovered, whatever failed meanwhile."""

REPORTED_BY_REFRESH = {
    Status.SETTLED: {"PaymentSettled", "OrderAuthorizedNotPlaced"},
    Status.CLOSED: {"PaymentClosed", "PaymentSuperseded", "PaymentOnCancelledOrder"},
    Status.MISSING: {"PaymentMissing"},
    Status.ABANDONED: {"PaymentAbandoned"},
    Status.DEAD_LETTERED: {"PaymentStillPending"},
}
"""The events of which one must have been sent where our own check ended a watch."""

GIVEN_UP = (Status.DEAD_LETTERED, Status.ABANDONED, Status.MISSING)


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Checks a run that is over."""

    rules: Rules
    schedule: Schedule

    def check(self) -> None:
        """Check all rows, all orders, and all that was sent."""
        sent: dict[tuple[PaymentKey, int], set[str]] = {}
        for key, round_, what in self.rules.sendings:
            sent.setdefault((key, round_), set()).add(what)
        self._check_rows(sent)
        self._check_orders()
        self._check_cases()
        for one, times in self.rules.sendings.items():
            if times > 1 + self.rules.repeats[one]:
                self.rules.broken(f"4: {one[2]} was sent {times} times", one[0].id, "at the end")

    def _check_rows(self, sent: dict[tuple[PaymentKey, int], set[str]]) -> None:
        lying = {(str(letter.get("id")), letter.get("round")) for letter in self._letters()}
        for key, row in self.rules.table.rows.items():
            if row.status is Status.DEAD_LETTERED and (key.id, row.round) not in lying:
                self.rules.broken("4: its letter is not in the dead-letter queue", key.id, "at the end")
            reported = sent.get((key, row.round), set())
            for rule in (*self._of_row(row), *self._of_sendings(row, reported)):
                self.rules.broken(rule, key.id, "at the end")

    def _check_orders(self) -> None:
        for key in self.schedule.acked:
            if key not in self.rules.table.rows:
                self.rules.broken("1: lost, though its event was taken", key.id, "at the end")
        for order_id, states in self.rules.shop.history.items():
            if not all(self._is_known(order) for order in self._stuck(states)):
                self.rules.broken("1: stuck, and never discovered", order_id, "at the end")

    def _check_cases(self) -> None:
        rows: dict[str, dict[str, Watch]] = {number: {} for number in self.rules.cases}
        for key, row in self.rules.table.rows.items():
            rows.setdefault(number_of(key.id), {})[key.id] = row
        for number, case in self.rules.cases.items():
            if case.order_id in self.rules.shop.history:
                for rule in broken_by_end(self.rules, case, rows[number]):
                    self.rules.broken(rule, case.order_id, "at the end")

    def _letters(self) -> list[dict[str, object]]:
        return [json.loads(body) for body in self.schedule.deployment.mailbox.letters.letters]

    def _of_row(self, row: Watch) -> list[str]:
        newest = self.schedule.acked.get(row.key)
        is_newer = newest is not None and (newest.updated_at or "") > (row.order_updated_at or "")
        reported = None if newest is None or not is_newer else oracle.ends_as(newest, row.key)
        # What cannot be processed has no last look; that it was tried often enough is checked as it is written.
        by_look = row.status in GIVEN_UP and row.reason is not Reason.CANNOT_PROCESS
        checks = {
            "1: still watched when all was quiet": row.is_open,
            "4: outbox not empty when all was quiet": bool(row.outbox),
            "6: news that was taken made no difference": row.status in GIVEN_UP and reported is not None,
            "2: given up though its order had settled": by_look and self._had_settled(row),
        }
        return [rule for rule, is_broken in checks.items() if is_broken]

    def _of_sendings(self, row: Watch, sent: set[str]) -> list[str]:
        broken = []
        by = row.checks[-1].by if row.checks else None
        needs = REPORTED_BY_REFRESH.get(row.status, set())
        if by in ("look", "refresh") and not row.key.is_order and needs and needs.isdisjoint(sent):
            broken.append("4: ended without an event")
        return broken

    def _had_settled(self, row: Watch) -> bool:
        states = self.rules.shop.history.get(row.order_id or "", ())
        ended_at = (row.ended_at or 0) - 2 * ON_THE_WAY
        gone_at = self.rules.shop.deleted_at.get(row.order_id or "", float("inf"))
        return any(
            oracle.ends_as(state.order, row.key) and state.at < ended_at < min(gone_at, self._until(state, states))
            for state in states
        )

    def _until(self, state: State, states: list[State] | tuple[()]) -> float:
        later = [each.at for each in states if each.at > state.at]
        return min(later, default=float("inf"))

    def _is_known(self, order: Order) -> bool:
        """Say whether a stuck order's payment has a row; or, with money, its own row has reported that."""
        rows = self.rules.table.rows
        own = rows.get(PaymentKey(ORDERS, order.id))
        reported = own is not None and (order.payment is None or own.status is Status.SETTLED)
        if own is not None and not self.schedule.deployment.listing.shows_source:
            return True  # lists that show no payment do not show either that a placed order got another
        return order.payment in rows or (order.status in oracle.NOT_YET_PLACED and reported)

    def _stuck(self, states: list[State]) -> list[Order]:
        """Give an order as it stood each time it was stuck for long, whoever touched it meanwhile."""
        found = []
        since = states[0].at
        gone_at = self.rules.shop.deleted_at.get(states[0].order.id, float("inf"))
        for number, state in enumerate(states):
            following = states[number + 1] if number + 1 < len(states) else None
            if following is not None and _facts(following.order) == _facts(state.order):
                continue
            until = min(gone_at, state.at + FOUND_WITHIN if following is None else following.at)
            if until - since >= FOUND_WITHIN and _is_stuck(state.order):
                found.append(state.order)
            since = until
        return found


def _facts(order: Order) -> tuple[object, ...]:
    """What of an order says whether it is stuck; whoever touches it changes none of that."""
    return (order.status, order.payment_status, order.source_id)


def _is_stuck(order: Order) -> bool:
    """Say whether discover must find an order: unpaid and placed, or with money where none should be."""
    has_money = order.payment_status in oracle.HELD
    if order.status in oracle.NOT_YET_PLACED and has_money:
        return True
    if order.status == "cancelled":
        return has_money and order.payment is not None and oracle.came_late(order)
    is_open = order.payment_status in ("unpaid", *oracle.IN_PART)
    return order.status in oracle.PLACED and is_open and order.payment is not None
