"""One refresh of a payment, and all that it changes: its answer, the order before and after, and events."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from payment_refresh.domain.order_document import index_included, linked, order_from
from payment_refresh.domain.payment import REFRESHABLE, PaymentKey
from payment_refresh.errors import InvalidKey, UnreadableOrder
from payrefresh.errors import WrongInput
from payrefresh.probe.findings import Unasked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from payment_refresh.domain.order import Order
    from payrefresh.probe.asking import Probe
    from payrefresh.probe.ports import Answer

FIRST_LOOK, LONGEST_PAUSE = 1.0, 8.0
"""Seconds until an order is looked at again, and at most between two looks."""

EVENT_FIELDS = {"fields[events]": "name,last_event_callbacks", "fields[event_callbacks]": "response_code"}


class Intent(StrEnum):
    """State of a payment at its gateway, as the operator knows it."""

    UNKNOWN = ""
    OPEN = "open"
    AUTHORIZED = "authorized"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A payment to refresh: its id, and what the operator knows of it.

    Attributes
    ----------
    type
        None where it has to be found out.
    """

    id: str
    type: str | None = None
    intent: Intent = Intent.UNKNOWN

    @classmethod
    def parse(cls, text: str) -> Wanted:
        """Read ``ID``, ``TYPE#ID``, each with ``=STATE`` behind it or without.

        Raises
        ------
        WrongInput
            It is none of these.
        """
        name, _, state = text.partition("=")
        kind, _, payment_id = name.rpartition("#")
        try:
            intent = Intent(state)
            key = PaymentKey(kind or next(iter(REFRESHABLE)), payment_id)
        except ValueError:
            known = ", ".join(each for each in Intent if each)
            raise WrongInput(f"--refresh {text}: what stands behind = must be one of {known}") from None
        except InvalidKey as error:
            raise WrongInput(f"--refresh {text}: {error}") from error
        return cls(key.id, kind or None, intent)


@dataclass(frozen=True, slots=True)
class Event:
    """An event of an order: its name, and the answers of the webhooks that were called for it."""

    name: str
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What one refresh did.

    Attributes
    ----------
    payment_updated
        Whether the payment's ``updated_at`` moved.
    shown
        The order that the answer included; None where it included none.
    events
        Those that came since; None where they could not be asked for.
    """

    wanted: Wanted
    key: PaymentKey
    answer: Answer
    includes: Sequence[str]
    before: Order
    shown: Order | None
    after: Order
    payment_updated: bool
    events: Sequence[Event] | None

    @property
    def moved(self) -> bool:
        """Whether the order's payment status is another one now."""
        return self.before.payment_status != self.after.payment_status

    def failed(self, order: Order) -> int:
        """How many failed authorizations of this payment an order has."""
        return sum(not each.succeeded and each.payment_id == self.key.id for each in order.authorizations)


@dataclass(frozen=True, slots=True)
class Target:
    """A payment that was found, with its order."""

    wanted: Wanted
    key: PaymentKey
    order_id: str


@dataclass(slots=True, kw_only=True)
class Refreshing:
    """Sends refreshes, one for each payment, and watches what comes of them.

    Attributes
    ----------
    longest
        Seconds to wait at most for what a refresh should bring.
    """

    probe: Probe
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    longest: float

    def find(self, wanted: Wanted) -> Target:
        """Find a payment.

        Raises
        ------
        WrongInput
            There is none of this id, or it has no order.
        """
        for kind in [wanted.type] if wanted.type else list(REFRESHABLE):
            key = PaymentKey(kind, wanted.id)
            params = self.probe.queries.payment_params(kind, ["order"])
            answer = self.probe.get(f"/api/{kind}/{wanted.id}", params)
            if answer.ok:
                _, order = linked(_data(answer), "order")
                if order is None:
                    raise WrongInput(f"{key} has no order: name another payment")
                return Target(wanted, key, order[1])
        raise WrongInput(f"no payment {wanted.id} that can be refreshed is visible to these credentials")

    def observe(self, target: Target) -> Observed:
        """Refresh a payment, exactly once, and watch its order."""
        before, payment_before = self._order(target), self._updated(target)
        known = self._new_events(target, {})
        answer, includes = self._refresh(target.key)
        shown = _included(answer, target.order_id)
        may_come = answer.ok and target.wanted.intent in (Intent.UNKNOWN, Intent.AUTHORIZED)
        after, events = self._watch(target, before, known, self.longest if may_come else 0)
        return Observed(
            wanted=target.wanted,
            key=target.key,
            answer=answer,
            includes=includes,
            before=before,
            shown=shown,
            after=after,
            payment_updated=self._updated(target) != payment_before,
            events=None if events is None else list(events.values()),
        )

    def _refresh(self, key: PaymentKey) -> tuple[Answer, Sequence[str]]:
        """Send it; a refused query refreshes nothing, so it is sent again with less, as the functions do."""
        includes = tuple(self.probe.queries.payment_includes)
        while True:
            answer = self.probe.api.refresh(key, self.probe.queries.payment_params(key.type, includes))
            if answer.status != 400 or answer.code not in self.probe.queries.fall_back_at or not includes:
                return answer, includes
            includes = includes[:-1]

    def _watch(
        self, target: Target, before: Order, known: Mapping[str, Event] | None, longest: float
    ) -> tuple[Order, Mapping[str, Event] | None]:
        """Look until all is there that is to be expected, or the time is over."""
        pause, end = FIRST_LOOK, self.clock() + longest
        while True:
            after = self._order(target)
            events = None if known is None else self._new_events(target, known)
            moved = before.payment_status != after.payment_status
            is_there = moved and _has_followed(before, after) and events != {}
            if is_there or self.clock() + pause > end:
                return after, events
            self.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    def _order(self, target: Target) -> Order:
        params = self.probe.queries.order_params(self.probe.includes)
        answer = self.probe.read(f"/api/orders/{target.order_id}", params)
        try:
            return order_from(_data(answer), index_included(answer.document))
        except UnreadableOrder as error:
            raise Unasked(f"its order cannot be read: {error}") from error

    def _updated(self, target: Target) -> object:
        answer = self.probe.read(
            f"/api/{target.key.type}/{target.key.id}", {f"fields[{target.key.type}]": "updated_at"}
        )
        return _mapping(_data(answer).get("attributes")).get("updated_at")

    def _new_events(self, target: Target, known: Mapping[str, Event]) -> Mapping[str, Event] | None:
        """The order's events but those that are known; None where the API has no list of them."""
        path = f"/api/orders/{target.order_id}/events"
        page = {**EVENT_FIELDS, "sort": "-created_at", "page[size]": "25"}
        answer = self.probe.get(path, {**page, "include": "last_event_callbacks"})
        if not answer.ok:
            answer = self.probe.get(path, page)
        if not answer.ok:
            return None
        return {identity: event for identity, event in _events(answer) if identity not in known}


def _has_followed(before: Order, after: Order) -> bool:
    """Whether an order was placed and captured, where its payment method does that by itself."""
    is_placed = after.placed_at is not None or not before.auto_place
    return is_placed and (after.payment_status == "paid" or not before.auto_capture)


def _events(answer: Answer) -> Iterator[tuple[str, Event]]:
    included = index_included(answer.document)
    for record in answer.records:
        relation = _mapping(_mapping(record.get("relationships")).get("last_event_callbacks"))
        links = relation.get("data")
        calls = [
            included.get((link.get("type"), link.get("id")), {})
            for link in (links if isinstance(links, list) else [])
        ]
        codes = [str(_mapping(call.get("attributes")).get("response_code") or "no answer") for call in calls]
        name = str(_mapping(record.get("attributes")).get("name"))
        yield str(record.get("id")), Event(name, tuple(sorted(codes)))


def _included(answer: Answer, order_id: str) -> Order | None:
    included = index_included(answer.document)
    try:
        return order_from(included.get(("orders", order_id)), included)
    except UnreadableOrder:
        return None


def _data(answer: Answer) -> Mapping[str, Any]:
    return _mapping(answer.document.get("data"))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
