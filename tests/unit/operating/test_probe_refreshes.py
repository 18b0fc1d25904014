"""Refreshes of the probe: how long it watches, what it sends, and how what it saw is judged."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.payment import PaymentKey
from payment_refresh.errors import TimedOut
from payrefresh.errors import WrongInput
from payrefresh.probe.asking import Probe, Question
from payrefresh.probe.findings import Assumption, Verdict
from payrefresh.probe.ports import Answer
from payrefresh.probe.refreshed import findings_of
from payrefresh.probe.refreshing import Event, Intent, Observed, Refreshing, Wanted
from tests.support.clock import START, FakeClock
from tests.support.samples import attempt, authorized, order
from tests.unit.operating.probe_api import EMPTY, FakeApi, FakeQueries, document, refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payrefresh.probe.findings import Finding

KEY = PaymentKey("stripe_payments", "pay-a")
OK = Answer(status=200)


def observed(**changes: Any) -> Observed:
    """A refresh that found money, with all as assumed."""
    usual = Observed(
        wanted=Wanted("pay-a"),
        key=KEY,
        answer=OK,
        includes=("order",),
        before=order(),
        shown=authorized(order(), START),
        after=authorized(order(), START),
        payment_updated=True,
        events=[Event("orders.authorize", ("200",))],
    )
    return replace(usual, **changes)


def judged(seen: Observed) -> dict[str, Finding]:
    return {each.id: each for each in findings_of(seen)}


def test_refresh_that_finds_money_is_as_assumed_and_names_the_payment() -> None:
    found = judged(observed())

    assert {each.verdict for each in found.values()} == {Verdict.AS_ASSUMED, Verdict.UNSEEN}
    assert {each.subject for each in found.values()} == {"stripe_payments#pay-a"}
    assert found["refresh.event"].found == "it came; webhooks called for it answered 200"
    assert "unconfirmed_refresh_status" not in found["refresh.answer"].switches


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({"shown": order()}, {"refresh.current": {"refresh_order_lags": True}}),
        ({"events": [Event("orders.pay")]}, {"refresh.event": {"refresh_is_silent": True}}),
        ({"includes": ()}, {"refresh.includes": {"updates_include": False}}),
        (
            {"after": order(), "answer": refused(422, "VALIDATION_ERROR"), "shown": None},
            {"refresh.answer": {"unconfirmed_refresh_status": 422}},
        ),
        (
            {"after": order(updated_at="2030-01-01T00:00:00Z"), "shown": order()},
            {"refresh.updated_at": {"refresh_touches_updated_at": True}},
        ),
        (
            {"after": order(), "shown": order(), "wanted": Wanted("pay-a", None, Intent.AUTHORIZED)},
            {"refresh.finds": {"refresh_is_idle": True}},
        ),
        (
            {
                "before": order(status="pending", placed_at=None, auto_place=True),
                "after": authorized(order(placed_at=None), START),
            },
            {"refresh.places": {"refresh_places": False}},
        ),
        ({"before": order(auto_capture=True)}, {"refresh.captures": {"refresh_captures": False}}),
    ],
)
def test_refresh_that_does_otherwise_differs_in_that_alone(
    changes: dict[str, Any], differs: dict[str, dict[str, object]]
) -> None:
    found = judged(observed(**changes))

    assert {each.id: each.switches for each in found.values() if each.verdict is Verdict.DIFFERS} == differs


@pytest.mark.parametrize(
    ("before", "after", "differs"),
    [
        (0, 1, {}),
        (1, 1, {}),
        (0, 0, {"declined_leaves_authorization": False}),
        (1, 2, {"refresh_repeats_failed_authorization": True}),
    ],
)
def test_refresh_of_a_declined_payment_is_judged_by_its_failed_authorizations(
    before: int, after: int, differs: dict[str, object]
) -> None:
    attempts = [attempt(name, KEY, START) for name in "xy"]
    others = (attempt("z", PaymentKey("stripe_payments", "another"), START),)

    def order_with(count: int) -> Any:
        return order(authorizations=(*attempts[:count], *others), authorizations_known=True)

    declined = Wanted("pay-a", None, Intent.DECLINED)
    found = judged(observed(wanted=declined, before=order_with(before), after=order_with(after), shown=None))

    switches: dict[str, object] = {}
    for each in found.values():
        switches |= each.switches if each.verdict is Verdict.DIFFERS else {}
    assert switches == differs


@pytest.mark.parametrize(("status", "may_update"), [(401, False), (503, None)])
def test_refresh_that_was_not_done_says_nothing_of_what_it_does(status: int, may_update: bool | None) -> None:
    found = judged(observed(answer=refused(status, None), after=order(), shown=None, events=[]))

    assert found.pop("refresh.answer").may_update is may_update
    assert {each.verdict for each in found.values()} == {Verdict.UNSEEN}


@dataclass
class Shop:
    """An organization with one payment, whose order moves ``after`` seconds after the refresh."""

    clock: FakeClock
    after: float = 0.0
    refuses: str = ""
    refreshed_at: float | None = field(default=None, init=False)

    def answer(self, path: str, _params: Mapping[str, str]) -> Answer:
        moved = self.refreshed_at is not None and self.clock() >= self.refreshed_at + self.after
        if path.endswith("/events"):
            names = ["orders.place", "orders.authorize"] if moved else ["orders.place"]
            return document([{"type": "events", "id": name, "attributes": {"name": name}} for name in names])
        if path.startswith("/api/orders/"):
            status = "authorized" if moved else "unpaid"
            attributes = {"status": "placed", "payment_status": status, "placed_at": "2026-01-01T00:00:00Z"}
            return document({"type": "orders", "id": "o", "attributes": attributes})
        if path == "/api/satispay_payments/pay-a":
            link = {"order": {"data": {"type": "orders", "id": "o"}}}
            return document({"type": "satispay_payments", "id": "pay-a", "relationships": link})
        return refused(404, "RECORD_NOT_FOUND")

    def refresh(self, params: Mapping[str, str]) -> Answer:
        if self.refuses and self.refuses in params["include"].split(","):
            return refused(400, "INVALID_INCLUDE")
        self.refreshed_at = self.clock()
        return OK


def refreshing(shop: Shop, longest: float = 30) -> tuple[Refreshing, FakeApi]:
    api = FakeApi(answer=shop.answer, to_refresh=shop.refresh)

    def sleep(seconds: float) -> None:
        shop.clock.now += seconds

    probe = Probe(api=api, queries=FakeQueries(), mode="test")
    return Refreshing(probe=probe, clock=shop.clock, sleep=sleep, longest=longest), api


@pytest.mark.parametrize(
    ("after", "intent", "moves"),
    [(0, "", True), (20, "", True), (40, "", False), (0, "open", True), (20, "open", False)],
)
def test_order_is_watched_until_it_moved_but_no_longer_than_allowed(
    after: float, intent: str, moves: bool
) -> None:
    shop = Shop(FakeClock(), after=after)
    started = shop.clock()
    asking, api = refreshing(shop)

    seen = asking.observe(asking.find(Wanted("pay-a", None, Intent(intent))))

    assert (seen.moved, seen.key) == (moves, PaymentKey("satispay_payments", "pay-a"))
    assert [event.name for event in seen.events or ()] == (["orders.authorize"] if moves else [])
    assert len(api.refreshes) == 1
    assert shop.clock() - started <= (30 if intent != "open" else 0)


def test_refresh_whose_query_is_refused_is_sent_with_less_until_it_is_taken() -> None:
    shop = Shop(FakeClock(), refuses="order.payment_source")
    asking, api = refreshing(shop)

    seen = asking.observe(asking.find(Wanted("pay-a")))

    assert [params["include"] for _, params in api.refreshes] == ["order,order.payment_source", "order"]
    assert (seen.moved, tuple(seen.includes)) == (True, ("order",))


def test_payment_that_nobody_knows_is_wrong_input_and_nothing_is_refreshed() -> None:
    asking, api = refreshing(Shop(FakeClock()))

    with pytest.raises(WrongInput, match="no payment other"):
        asking.find(Wanted("other"))

    assert api.refreshes == []


def test_question_that_breaks_off_leaves_the_rest_of_its_assumptions_unasked() -> None:
    first, second = Assumption("a", "first"), Assumption("b", "second")

    def ask(_probe: Probe) -> Iterator[Finding]:
        yield first.holds("yes")
        raise TimedOut("GET /api/orders was not answered")

    probe = Probe(api=FakeApi(answer=lambda _path, _params: EMPTY), queries=FakeQueries(), mode="test")
    found = list(Question("both", (first, second), ask).asked(probe))

    assert [(each.id, each.verdict) for each in found] == [("a", Verdict.AS_ASSUMED), ("b", Verdict.UNASKED)]
    assert found[1].found == "GET /api/orders was not answered"
