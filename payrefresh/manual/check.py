"""Asks for payments now, whether they are watched or not, and waits for what comes of it."""

from __future__ import annotations

import json
from copy import replace
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.admission import Dropped, dropped
from payment_refresh.domain.messages import Request
from payment_refresh.domain.payment import ORDERS, PaymentKey
from payment_refresh.domain.vocabulary import Status
from payment_refresh.errors import InvalidKey
from payrefresh.errors import OperatorError, WrongInput
from payrefresh.manual.answers import Answer, Outcome, answer_of
from payrefresh.manual.asked import was_asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import Clock
    from payrefresh.manual.waiting import Waiting
    from payrefresh.ports import Requests, Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A payment to ask for, or an order whose payment is to be looked up.

    Attributes
    ----------
    before
        Its row before it was asked; None where nobody watches it.
    why_not
        Why a message for it would be dropped; None where it would be taken.
    """

    key: PaymentKey
    before: Watch | None
    why_not: Dropped | None = None

    @property
    def is_later(self) -> bool:
        """Whether its row ended in a way that only a later version knows, and so cannot be asked by this one."""
        return self.before is not None and self.before.is_unknown_end

    @property
    def is_sent(self) -> bool:
        """Whether it takes a message to ask for it."""
        return self.why_not is None and not self.is_later

    @property
    def is_waited_for(self) -> bool:
        """Whether an answer comes: to our message, or to one that is under way already."""
        is_open = self.before is None or self.before.is_open
        return self.is_sent or (self.why_not is Dropped.UNDER_WAY and is_open)

    @property
    def was_dead_lettered(self) -> bool:
        """Whether asking for it begins the round after one that ended with a dead letter."""
        return self.is_sent and self.before is not None and self.before.status is Status.DEAD_LETTERED

    @property
    def body(self) -> str:
        """The message."""
        named = {"order_id": self.key.id} if self.key.is_order else {"type": self.key.type, "id": self.key.id}
        return json.dumps(named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Sends messages to the pending queue, and reads the rows until each was asked."""

    rows: Rows
    requests: Requests
    waiting: Waiting
    clock: Clock

    def find(self, names: Iterable[str], kind: str | None = None) -> Sequence[Target]:
        """The payments that are meant, each once.

        Parameters
        ----------
        kind
            The type of payments that are named by their ids alone; None where these ids may be of orders, too.

        Raises
        ------
        WrongInput
            A name is no id, or an order number that nothing is known of.
        """
        keys: dict[PaymentKey, Watch | None] = {}
        for name in names:
            keys |= {_key(name, kind): None} if kind or "#" in name else self._meant(name)
        rows = self.rows.read_many([key for key, row in keys.items() if row is None])
        return [self._target(key, row or rows.get(key)) for key, row in keys.items()]

    def _meant(self, name: str) -> Mapping[PaymentKey, Watch | None]:
        """The watched payments of a name, else the order of this id."""
        payments = {watch.key: watch for watch in self.rows.find(name) if not watch.key.is_order}
        if payments:
            return dict(payments)
        if name.isdigit():  # no order has such an id
            raise WrongInput(f"no payment of order number {name} is watched: give the order's id, or TYPE#ID")
        return {_key(name, ORDERS): None}

    def _target(self, key: PaymentKey, row: Watch | None) -> Target:
        return Target(key=key, before=row, why_not=dropped(Request(key=key), row, self.clock()))

    def send(self, targets: Sequence[Target]) -> None:
        """Send a message for each that takes one.

        Raises
        ------
        OperatorError
            The queue did not take all of them.
        """
        sent = [target for target in targets if target.is_sent]
        taken = self.requests.send([target.body for target in sent])
        refused = [str(target.key) for target, was_taken in zip(sent, taken, strict=True) if not was_taken]
        if refused:
            raise OperatorError(f"the pending queue did not take {', '.join(refused)}: try again")

    def sent(self, targets: Iterable[Target], text: str) -> list[Answer]:
        """Say of each whether a message goes out for it, with this text, or why none does."""
        now = self.clock()
        return [
            Answer(key=target.key, outcome=Outcome.SENT, text=text, row=target.before)
            if target.is_sent
            else _unsent(target, now)
            for target in targets
        ]

    def wait(self, targets: Sequence[Target], so_far: Callable[[int], None] = lambda _: None) -> list[Answer]:
        """What came of each; the payments of an order stand in its place."""
        before = {target.key: target.before for target in targets if target.is_waited_for}
        rows = self.waiting.until(before, lambda row: was_asked(before[row.key], row), so_far)
        found = {
            key: [watch for watch in self.rows.find(key.id) if not watch.key.is_order]
            for key, row in rows.items()
            if key.is_order and not row.is_open
        }
        later = {watch.key for payments in found.values() for watch in payments}
        rows = dict(rows) | dict(self.waiting.until(later, _was_looked_up, so_far))
        now, answers = self.clock(), []
        for target in targets:
            keys = [watch.key for watch in found.get(target.key, ())] or [target.key]
            answers += [_answer(target, key, rows.get(key), now) for key in keys]
        return answers


def _key(name: str, kind: str | None) -> PaymentKey:
    try:
        return PaymentKey.parse(name) if "#" in name else PaymentKey(kind or ORDERS, name)
    except InvalidKey as error:
        raise WrongInput(str(error)) from error


def _was_looked_up(row: Watch) -> bool:
    """Whether a payment that its order named was asked itself: that comes with the next sweep."""
    is_answered = not row.asked_manually and not row.is_unchecked
    return not row.is_open or is_answered or row.consecutive_failures > 0


def _answer(target: Target, key: PaymentKey, row: Watch | None, now: float) -> Answer:
    if row is not None:
        return answer_of(row, now)
    if target.is_waited_for:
        text = "nothing came within the time; the message stays in the queue, see `payrefresh status`"
        return Answer(key=key, outcome=Outcome.NOT_YET, text=text, row=target.before)
    return _unsent(target, now)


def _unsent(target: Target, now: float) -> Answer:
    """Say why no message goes out for a payment: its row, which there is then, tells."""
    row = target.before
    if row is None:
        raise ValueError(f"{target.key} has no row, so that its message is sent")
    if target.is_later:
        text = f"it ended as {row.status.value}, which only a later version can ask: deploy that one"
        return Answer(key=row.key, outcome=Outcome.OTHER, text=text, row=row)
    known = answer_of(row, now)
    if target.why_not is Dropped.ALREADY_SETTLED:
        return replace(known, text=f"it was already: {known.text}")
    if row.is_open:
        return Answer(key=row.key, outcome=Outcome.DROPPED, text="it is being asked right now", row=row)
    return replace(known, text=f"{known.text}; that is being announced right now, so ask again in a minute")
