"""Checks the payments that a batch of queue messages names: the pipeline, from the messages to the results."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from copy import replace
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from payment_refresh.domain import transitions
from payment_refresh.domain.check_results import Answered, Failed, Missing
from payment_refresh.domain.messages import read_message
from payment_refresh.domain.moment import Moment
from payment_refresh.errors import PaymentRefreshError, StateUnavailable, UnreadableMessage
from payment_refresh.metrics import Counts, Metric
from payment_refresh.use_cases.check_payments.breaker import BatchBreaker
from payment_refresh.use_cases.check_payments.checker import PaymentChecker
from payment_refresh.use_cases.check_payments.refresher import Refresher
from payment_refresh.use_cases.check_payments.writer import ResultWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from payment_refresh.domain.messages import Request
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import Circuits, Clock, CommerceLayer, Log, RateLimiter, StateTable, TaskPool
    from payment_refresh.use_cases.check_payments.admission import Admission
    from payment_refresh.use_cases.check_payments.writer import Recorded
    from payment_refresh.use_cases.outbox import Outbox

POISON_SUSPECT_CLAIMS = 3
"""Claims without an outcome after which a watch is a poison suspect: processed in isolation, after all others."""

ISOLATED_ATTEMPTS = 3
"""Times a poison suspect is processed in isolation before it is dead-lettered."""

MOSTLY_MISSING = 3
"""At least this many 404s, and the majority of a batch: suspect the credentials, not the payments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """What became of a batch.

    Attributes
    ----------
    failed
        Ids of the messages that could not be handled at all; the queue delivers them again.
    counts
        Outcomes, calls and failures, by metric.
    """

    failed: frozenset[str]
    counts: Counts


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
            Whether the invocation has time for one more call to Commerce Layer.
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
    counts: Counts = field(default_factory=Counts)

    def run(self, bodies: Mapping[str, str]) -> None:
        """Read the messages, admit their watches, relay ended ones, then look, refresh and record the others."""
        self._read_messages(bodies)
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
        writer = self._make_writer(policy)
        checker = self._make_checker(policy, writer)
        watching = [watch for watch in watches if watch.is_open]
        self._check(checker, writer, [watch for watch in watching if watch.claims < POISON_SUSPECT_CLAIMS])
        for watch in watching:
            if watch.claims >= POISON_SUSPECT_CLAIMS:
                self._check_in_isolation(checker, writer, watch)

    def _read_messages(self, bodies: Mapping[str, str]) -> None:
        for message_id, body in bodies.items():
            try:
                request = read_message(body)
            except UnreadableMessage as error:
                self.counts[Metric.UNREADABLE] += 1
                self.failed.add(message_id)
                self.parts.log.error("message_unreadable", extra={"message_id": message_id, "detail": str(error)})
            else:
                self.requests[request.key][message_id] = request

    def _admit(self, rows: Mapping[PaymentKey, Watch]) -> list[Watch]:
        """Admit each message's watch once, also where a payment has several messages."""
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

    def _relay_ended(self, watches: Sequence[Watch]) -> None:
        until = int(self.parts.clock()) + self.parts.admission.lease
        try:
            self.counts[Metric.OUTBOX_PENDING] += self.parts.outbox.relay_claimed(watches, until)
        except Exception as error:
            self._fail([watch.key for watch in watches], error)

    def _make_writer(self, policy: Policy) -> ResultWriter:
        parts = self.parts
        return ResultWriter(
            table=parts.table,
            outbox=parts.outbox,
            policy=policy,
            clock=parts.clock,
            jitter=parts.jitter,
            log=parts.log,
        )

    def _make_checker(self, policy: Policy, writer: ResultWriter) -> PaymentChecker:
        parts = self.parts
        breaker = BatchBreaker(has_time=self.has_time, log=parts.log, counts=self.counts)
        refresher = Refresher(
            commerce_layer=parts.commerce_layer,
            circuits=parts.circuits,
            pool=parts.pool,
            clock=parts.clock,
            breaker=breaker,
            recorder=writer,
        )
        return PaymentChecker(
            commerce_layer=parts.commerce_layer,
            rate_limiter=parts.rate_limiter,
            circuits=parts.circuits,
            pool=parts.pool,
            breaker=breaker,
            refresher=refresher,
            recorder=writer,
            policy=policy,
            clock=parts.clock,
            observe=parts.observe,
            act_after=parts.act_after,
        )

    def _check(self, checker: PaymentChecker, writer: ResultWriter, watches: Sequence[Watch]) -> None:
        """Check a group of watches; its 404s are written once the whole group has answered."""
        missing: list[Watch] = []
        answered = 0
        try:
            for recorded in checker.check(watches):
                if isinstance(recorded.result, Missing):
                    missing.append(recorded.watch)
                else:
                    answered += isinstance(recorded.result, Answered)
                    self._count(recorded)
        except Exception as error:  # what breaks a group is found out by processing its members in isolation
            self._fail([watch.key for watch in watches], error)
        result: Missing | Failed = Missing()
        if len(missing) >= MOSTLY_MISSING and len(missing) > answered:
            self.counts[Metric.MOSTLY_MISSING] += 1
            self.parts.log.error("mostly_missing", extra={"missing": len(missing), "found": answered})
            result = Failed("most payments of the batch answered 404")
        for watch in missing:
            self._count(writer.write(watch, result))

    def _check_in_isolation(self, checker: PaymentChecker, writer: ResultWriter, watch: Watch) -> None:
        """Process a suspected poison message where it can harm no other; persist the attempt first.

        Where the table did not answer this was no attempt, and is taken back: that is no fault of the watch.
        """
        try:
            if watch.isolated_attempts >= ISOLATED_ATTEMPTS:
                at = Moment(now=int(self.parts.clock()), policy=self.parts.policy)
                self.counts.update(writer.apply(watch, partial(transitions.dead_letter_poison, at=at)))
                return
            attempted = writer.write_with_retry(
                watch, lambda current: replace(current, isolated_attempts=current.isolated_attempts + 1)
            )
            self._check(checker, writer, [attempted] if attempted else [])
        except Exception as error:
            self._fail([watch.key], error)
        if watch.key in self.unserved:
            with suppress(PaymentRefreshError):  # it fails already
                writer.write_with_retry(
                    watch, lambda current: replace(current, isolated_attempts=watch.isolated_attempts)
                )

    def _count(self, recorded: Recorded) -> None:
        self.counts.update(recorded.counts)
        if recorded.error is not None:
            self._fail([recorded.watch.key], recorded.error)

    def _fail(self, keys: Iterable[PaymentKey], error: Exception) -> None:
        """Let the queue deliver these messages again; the log has the error's class, and its text only if ours."""
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
