"""Use case: handle a batch of messages: look, refresh what is pending, write outcomes, send what is owed."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from payment_refresh import lifecycle
from payment_refresh.errors import Conflict, PaymentRefreshError, StateUnavailable, UnreadableMessage
from payment_refresh.handover import hand_over
from payment_refresh.inquiry import Trouble
from payment_refresh.messages import read_message
from payment_refresh.outcome import settlement_counts
from payment_refresh.watch import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from payment_refresh.admission import Admission
    from payment_refresh.inquiry import Inquiry
    from payment_refresh.lifecycle import Answer
    from payment_refresh.messages import Request
    from payment_refresh.outbox import Outbox
    from payment_refresh.payment import PaymentKey
    from payment_refresh.policy import Policy
    from payment_refresh.ports import Clock, Log, StateTable
    from payment_refresh.watch import Watch

SUSPICIOUS_CLAIMS = 3
"""Claims without an outcome after which a watch is handled alone, after all others."""

TRIALS = 3
"""Times it is tried alone before it is dead-lettered as one that cannot be processed."""

MOSTLY_MISSING = 3
"""From so many 404s on, a batch in which most answers are 404 tells of our credentials, not of payments."""

OUTCOMES = {
    Status.SETTLED: "Settled",
    Status.CLOSED: "Closed",
    Status.MISSING: "Missing",
    Status.ABANDONED: "Abandoned",
    Status.DEAD_LETTERED: "DeadLettered",
    Status.WATCHING: "Pending",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of a batch.

    Attributes
    ----------
    failed
        Ids of the messages that could not be handled at all; the queue delivers them again.
    counts
        Outcomes, calls and troubles, by metric name.
    """

    failed: frozenset[str]
    counts: Counter[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """Handles batches of messages; one object serves all invocations of its environment.

    Attributes
    ----------
    inquiry
        Makes what asks Commerce Layer for one batch, given whether there is time for one more call, and where
        to count.
    jitter
        Gives a number from -1 to 1.
    """

    table: StateTable
    admission: Admission
    outbox: Outbox
    inquiry: Callable[[Callable[[], bool], Counter[str]], Inquiry]
    policy: Policy
    clock: Clock
    jitter: Callable[[], float]
    log: Log

    def __call__(self, bodies: Mapping[str, str], has_time: Callable[[], bool]) -> Report:
        """Handle messages, given by their ids.

        A message that was handled does not fail, whatever its verdict: the table says when it is due again.
        Failing is for what could not be handled at all.

        Parameters
        ----------
        bodies
            Message bodies by message id.
        has_time
            Tells whether the invocation has time for one more call to Commerce Layer.
        """
        batch = _Batch(parts=self)
        batch.run(bodies, has_time)
        return Report(failed=frozenset(batch.failed), counts=batch.counts)


@dataclass(slots=True, kw_only=True)
class _Batch:
    """The work of one invocation."""

    parts: Refresh
    requests: dict[PaymentKey, dict[str, Request]] = field(default_factory=lambda: defaultdict(dict))
    failed: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)

    def run(self, bodies: Mapping[str, str], has_time: Callable[[], bool]) -> None:
        self._read(bodies)
        try:
            rows = self.parts.table.read_many(self.requests)
        except StateUnavailable as error:
            self._fail(self.requests, error)
            return
        watches = self._admit(rows)
        self._send_owed([watch for watch in watches if not watch.is_open])
        inquiry = self.parts.inquiry(has_time, self.counts)
        watching = [watch for watch in watches if watch.is_open]
        self._check(inquiry, [watch for watch in watching if watch.claims < SUSPICIOUS_CLAIMS])
        for watch in watching:
            if watch.claims >= SUSPICIOUS_CLAIMS:
                self._try_alone(inquiry, watch)

    def _read(self, bodies: Mapping[str, str]) -> None:
        for message_id, body in bodies.items():
            try:
                request = read_message(body)
            except UnreadableMessage as error:
                self.counts["Unreadable"] += 1
                self.failed.add(message_id)
                self.parts.log.error("message_unreadable", extra={"message_id": message_id, "detail": str(error)})
            else:
                self.requests[request.key][message_id] = request

    def _admit(self, rows: Mapping[PaymentKey, Watch]) -> list[Watch]:
        """Let each message's watch in once, also where a payment has several messages."""
        admitted: dict[PaymentKey, Watch] = {}
        for key, requests in self.requests.items():
            for request in requests.values():
                try:
                    watch = self.parts.admission(request, admitted.get(key, rows.get(key)))
                except Exception as error:  # one message must not fail its neighbours
                    self._fail([key], error)
                else:
                    if watch is not None:
                        admitted[key] = watch
        return list(admitted.values())

    def _check(self, inquiry: Inquiry, watches: Sequence[Watch]) -> None:
        """Ask about a group of watches; what looks missing is held back until the whole group has answered."""
        missing: list[tuple[Watch, Answer]] = []
        found = 0
        try:
            for watch, answer in inquiry(watches):
                if isinstance(answer, Exception):
                    self._fail([watch.key], answer)
                elif isinstance(answer, Trouble):
                    self._write(watch, answer)
                elif answer.not_found:
                    missing.append((watch, answer))
                else:
                    found += 1
                    self._write(watch, answer)
        except Exception as error:  # what breaks a group is found out by trying its members alone
            self._fail([watch.key for watch in watches], error)
        if len(missing) >= MOSTLY_MISSING and len(missing) > found:
            self.counts["MostlyMissing"] += 1
            self.parts.log.error("mostly_missing", extra={"missing": len(missing), "found": found})
            for watch, _ in missing:
                self._write(watch, Trouble("most payments of the batch answered 404"))
            return
        for watch, answer in missing:
            self._write(watch, answer)

    def _try_alone(self, inquiry: Inquiry, watch: Watch) -> None:
        """Try a watch whose claims ended in nothing, where it can harm no other; write the try down first."""
        try:
            if watch.trials >= TRIALS:
                now = int(self.parts.clock())
                self._end(watch, lambda current: lifecycle.cannot_process(current, now, self.parts.policy))
                return
            tried = self._put(watch, lambda current: replace(current, trials=current.trials + 1))
        except Exception as error:
            self._fail([watch.key], error)
        else:
            self._check(inquiry, [tried] if tried else [])

    def _write(self, watch: Watch, answer: Answer | Trouble) -> None:
        try:
            self._end(watch, self._step(watch, answer))
        except Exception as error:
            self._fail([watch.key], error)

    def _step(self, watch: Watch, answer: Answer | Trouble) -> Callable[[Watch], Watch]:
        """Choose what to do to the row, as a step that can be repeated on a newer row."""
        parts, now, jitter = self.parts, int(self.parts.clock()), self.parts.jitter()
        if isinstance(answer, Trouble):
            reason = answer.reason
            if reason is None:
                return lambda current: lifecycle.postponed(current, now)
            self.counts["Unanswered"] += 1
            return lambda current: lifecycle.unanswered(
                current, reason, now, parts.policy, jitter=jitter, patched=answer.patched
            )
        if watch.key.is_order and answer.order is not None:
            done = hand_over(watch, answer.order, table=parts.table, now=now, policy=parts.policy)
            if done:
                return lambda current: lifecycle.resolved(current, now, parts.policy)
        return lambda current: lifecycle.answered(current, answer, now, parts.policy, jitter=jitter)

    def _end(self, watch: Watch, step: Callable[[Watch], Watch]) -> None:
        """Write an outcome, then send what it owes."""
        written = self._put(watch, step)
        if written is None:
            return
        self.counts[OUTCOMES[written.status]] += 1
        if not written.is_open:
            self._tell(written)
            self.counts.update(settlement_counts(written, int(self.parts.clock()), self.parts.policy))
        self._count_owed(self.parts.outbox([written]))

    def _put(self, watch: Watch, step: Callable[[Watch], Watch]) -> Watch | None:
        """Write a step, also where an event noted itself meanwhile; None where another message took over."""
        current: Watch | None = watch
        while current is not None and current.claim == watch.claim:
            try:
                return self.parts.table.write(step(current))
            except Conflict as conflict:
                current = conflict.current
        self.parts.log.info("outcome_came_late", extra={"payment": str(watch.key)})
        return None

    def _tell(self, watch: Watch) -> None:
        now = int(self.parts.clock())
        self.parts.log.info(
            "watch_ended",
            extra={
                "payment": str(watch.key),
                "order_id": watch.order_id,
                "order_number": watch.order_number,
                "status": watch.status,
                "settled_by": watch.settled_by,
                "reason": watch.reason,
                "notice": watch.notice,
                "round": watch.round,
                "patches": watch.patches,
                "pending_for_s": now - watch.since,
            },
        )

    def _send_owed(self, watches: Sequence[Watch]) -> None:
        try:
            self._count_owed(self.parts.outbox(watches))
        except Exception as error:
            self._fail([watch.key for watch in watches], error)

    def _count_owed(self, number: int) -> None:
        if number:
            self.counts["StillOwed"] += number

    def _fail(self, keys: Iterable[PaymentKey], error: Exception) -> None:
        """Let the queue deliver these messages again; the error's class is told, and its text only if ours."""
        for key in keys:
            self.failed |= self.requests[key].keys()
            self.parts.log.error(
                "message_failed",
                extra={
                    "payment": str(key),
                    "error": type(error).__name__,
                    "detail": str(error) if isinstance(error, PaymentRefreshError) else None,
                },
            )
