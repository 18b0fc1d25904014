"""Use case: handle a batch of messages: look, refresh what is pending, write outcomes, send what is owed."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import suppress
from copy import replace
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from payment_refresh.domain import transitions
from payment_refresh.domain.messages import read_message
from payment_refresh.domain.transitions import Answer
from payment_refresh.errors import PaymentRefreshError, StateUnavailable, UnreadableMessage
from payment_refresh.use_cases.check_payments.breaker import BatchBreaker, NoAnswer
from payment_refresh.use_cases.check_payments.checker import PaymentChecker
from payment_refresh.use_cases.check_payments.writer import Recorded, ResultWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from payment_refresh.domain.messages import Request
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import Circuits, Clock, CommerceLayer, Log, RateLimiter, StateTable, TaskPool
    from payment_refresh.use_cases.check_payments.admission import Admission
    from payment_refresh.use_cases.check_payments.refresher import Found
    from payment_refresh.use_cases.outbox import Outbox

POISON_SUSPECT_CLAIMS = 3
"""Claims without an outcome after which a watch is handled alone, after all others."""

ISOLATED_ATTEMPTS = 3
"""Times it is tried alone before it is dead-lettered as one that cannot be processed."""

MOSTLY_MISSING = 3
"""From so many 404s on, a batch in which most answers are 404 tells of our credentials, not of payments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
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
class CheckPayments:
    """Handles batches of messages; one object serves all invocations of its environment.

    Attributes
    ----------
    pool
        Runs tasks, some at a time.
    observe
        Whether refreshes are never sent.
    act_after
        Orders older than this are only looked at; epoch seconds UTC.
    jitter
        Gives a number from -1 to 1.
    """

    table: StateTable
    admission: Admission
    outbox: Outbox
    commerce_layer: CommerceLayer
    rate_limiter: RateLimiter
    circuits: Circuits
    pool: TaskPool
    observe: bool
    act_after: float
    policy: Policy
    clock: Clock
    jitter: Callable[[], float]
    log: Log

    def handle(self, bodies: Mapping[str, str], has_time: Callable[[], bool]) -> BatchReport:
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
        batch = _Batch(parts=self, has_time=has_time)
        batch.run(bodies)
        return BatchReport(failed=frozenset(batch.failed), counts=+batch.counts)


@dataclass(slots=True, kw_only=True)
class _Batch:
    """The work of one invocation.

    Attributes
    ----------
    requests
        Its messages, by the watch they are about, then by id.
    unserved
        The watches that failed because the state table did not answer.
    """

    parts: CheckPayments
    has_time: Callable[[], bool]
    requests: dict[PaymentKey, dict[str, Request]] = field(default_factory=lambda: defaultdict(dict))
    failed: set[str] = field(default_factory=set)
    unserved: set[PaymentKey] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)

    def run(self, bodies: Mapping[str, str]) -> None:
        self._read(bodies)
        if not self.requests:
            return
        try:
            rows = self.parts.table.read_many(self.requests)
            policy = self.parts.policy.under(self.parts.rate_limiter.utilisation())
        except StateUnavailable as error:
            self._fail(self.requests, error)
            return
        watches = self._admit(rows)
        self._relay_ended([watch for watch in watches if not watch.is_open])
        checker, outcomes = self._checker(policy), self._writer(policy)
        watching = [watch for watch in watches if watch.is_open]
        self._check(checker, outcomes, [watch for watch in watching if watch.claims < POISON_SUSPECT_CLAIMS])
        for watch in watching:
            if watch.claims >= POISON_SUSPECT_CLAIMS:
                self._try_alone(checker, outcomes, watch)

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
                    watch = self.parts.admission.admit(request, admitted.get(key, rows.get(key)))
                except Exception as error:  # one message must not fail its neighbours
                    self._fail([key], error)
                else:
                    if watch is not None:
                        admitted[key] = watch
        return list(admitted.values())

    def _checker(self, policy: Policy) -> PaymentChecker:
        parts = self.parts
        return PaymentChecker(
            commerce_layer=parts.commerce_layer,
            rate_limiter=parts.rate_limiter,
            circuits=parts.circuits,
            pool=parts.pool,
            policy=policy,
            clock=parts.clock,
            observe=parts.observe,
            act_after=parts.act_after,
            breaker=BatchBreaker(has_time=self.has_time, log=parts.log, counts=self.counts),
        )

    def _writer(self, policy: Policy) -> ResultWriter:
        parts = self.parts
        return ResultWriter(
            table=parts.table,
            outbox=parts.outbox,
            policy=policy,
            clock=parts.clock,
            jitter=parts.jitter,
            log=parts.log,
        )

    def _check(self, checker: PaymentChecker, outcomes: ResultWriter, watches: Sequence[Watch]) -> None:
        """Ask about a group of watches; what looks missing is held back until the whole group has answered."""
        missing: list[tuple[Watch, Found]] = []
        found = 0

        def handle(watch: Watch, what: Found) -> tuple[Watch, Found, Recorded | None]:
            is_missing = isinstance(what, Answer) and what.not_found
            return watch, what, None if is_missing else outcomes.write(watch, what)

        try:
            for watch, what, written in checker.check(watches, handle):
                if written is None:
                    missing.append((watch, what))
                else:
                    found += isinstance(what, Answer)
                    self._count(written)
        except Exception as error:  # what breaks a group is found out by trying its members alone
            self._fail([watch.key for watch in watches], error)
        if len(missing) >= MOSTLY_MISSING and len(missing) > found:
            self.counts["MostlyMissing"] += 1
            self.parts.log.error("mostly_missing", extra={"missing": len(missing), "found": found})
            missing = [(watch, NoAnswer("most payments of the batch answered 404")) for watch, _ in missing]
        for watch, what in missing:
            self._count(outcomes.write(watch, what))

    def _try_alone(self, checker: PaymentChecker, outcomes: ResultWriter, watch: Watch) -> None:
        """Try a watch whose claims ended in nothing, where it can harm no other; write the try down first.

        Where the table did not answer it was no try, and is taken back: that is no fault of the watch.
        """
        try:
            if watch.isolated_attempts >= ISOLATED_ATTEMPTS:
                step = partial(
                    transitions.dead_letter_poison, now=int(self.parts.clock()), policy=self.parts.policy
                )
                self.counts.update(outcomes.end(watch, step))
                return
            tried = outcomes.put(
                watch, lambda current: replace(current, isolated_attempts=current.isolated_attempts + 1)
            )
            self._check(checker, outcomes, [tried] if tried else [])
        except Exception as error:
            self._fail([watch.key], error)
        if watch.key in self.unserved:
            with suppress(PaymentRefreshError):  # it fails already
                outcomes.put(watch, lambda current: replace(current, isolated_attempts=watch.isolated_attempts))

    def _relay_ended(self, watches: Sequence[Watch]) -> None:
        until = int(self.parts.clock()) + self.parts.admission.lease
        try:
            self.counts["OutboxPending"] += self.parts.outbox.relay_claimed(watches, until)
        except Exception as error:
            self._fail([watch.key for watch in watches], error)

    def _count(self, written: Recorded) -> None:
        self.counts.update(written.counts)
        if written.error is not None:
            self._fail([written.watch.key], written.error)

    def _fail(self, keys: Iterable[PaymentKey], error: Exception) -> None:
        """Let the queue deliver these messages again; the error's class is told, and its text only if ours."""
        for key in keys:
            self.failed |= self.requests[key].keys()
            self.unserved |= {key} if isinstance(error, StateUnavailable) else set()
            self.parts.log.error(
                "message_failed",
                extra={
                    "payment": str(key),
                    "error": type(error).__name__,
                    "detail": str(error) if isinstance(error, PaymentRefreshError) else None,
                },
            )
