"""Checks the payments that a batch of queue messages names: the pipeline, from the messages to the results."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from copy import replace
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from payment_refresh.domain import transitions
from payment_refresh.domain.check_results import Answered, Gone
from payment_refresh.domain.measures import Measures
from payment_refresh.domain.messages import read_message
from payment_refresh.domain.moment import Moment
from payment_refresh.errors import Conflict, PaymentRefreshError, StateUnavailable, UnreadableMessage
from payment_refresh.metrics import Counts, Metric
from payment_refresh.use_cases.check_payments.breaker import BatchBreaker
from payment_refresh.use_cases.check_payments.checker import PaymentChecker
from payment_refresh.use_cases.check_payments.isolation import ISOLATED_ATTEMPTS, POISON_SUSPECT_CLAIMS, Attempt
from payment_refresh.use_cases.check_payments.looks import Looks
from payment_refresh.use_cases.check_payments.memory import Memory
from payment_refresh.use_cases.check_payments.refresher import Refresher
from payment_refresh.use_cases.check_payments.single_reads import SingleReads
from payment_refresh.use_cases.check_payments.writer import ResultWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from payment_refresh.domain.messages import Request
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.policy import Policy
    from payment_refresh.domain.watch import Watch
    from payment_refresh.ports import Circuits, Clock, CommerceLayer, Log, RateLimiter, StateTable, TaskPool
    from payment_refresh.use_cases.check_payments.admission import Admission
    from payment_refresh.use_cases.check_payments.checker import Scope
    from payment_refresh.use_cases.check_payments.writer import Recorded
    from payment_refresh.use_cases.outbox import Outbox

MOSTLY_MISSING = 3
"""At least this many 404s that nothing confirms, and the majority of a batch: suspect the credentials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """What became of a batch.

    Attributes
    ----------
    failed
        Ids of the messages that could not be handled at all; the queue delivers them again.
    counts
        Outcomes, calls and failures, by metric.
    measures
        How long the watches are pending, and what our refreshes settled.
    """

    failed: frozenset[str]
    counts: Counts
    measures: Measures


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPayments:
    """Handles batches of messages; one object serves all invocations of its environment.

    Attributes
    ----------
    pool
        Runs tasks, some at a time.
    scope
        On what the deployment acts, and what it only observes.
    jitter
        Gives a number from -1 to 1.
    memory
        What this environment remembers from batch to batch.
    """

    table: StateTable
    admission: Admission
    outbox: Outbox
    commerce_layer: CommerceLayer
    rate_limiter: RateLimiter
    circuits: Circuits
    pool: TaskPool
    scope: Scope
    policy: Policy
    clock: Clock
    jitter: Callable[[], float]
    log: Log
    memory: Memory = field(default_factory=Memory)

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
        return BatchReport(failed=frozenset(batch.failed), counts=+batch.counts, measures=batch.measures)


def _nothing() -> None:
    """Nothing is to be done before a call."""


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
    measures: Measures = field(default_factory=Measures)
    breaker: BatchBreaker = field(init=False)

    def __post_init__(self) -> None:
        """Let one breaker stand for all calls of the batch."""
        self.breaker = BatchBreaker(has_time=self.has_time, log=self.parts.log, counts=self.counts)

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
        watching = [watch for watch in watches if watch.is_open]
        checker = self._make_checker(policy, writer, _nothing)
        self._check(checker, [watch for watch in watching if watch.claims < POISON_SUSPECT_CLAIMS])
        for watch in watching:
            if watch.claims >= POISON_SUSPECT_CLAIMS:
                self._check_in_isolation(policy, writer, watch)

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
            self.counts.update(self.parts.outbox.relay_claimed(watches, until))
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

    def _make_checker(self, policy: Policy, writer: ResultWriter, on_call: Callable[[], None]) -> PaymentChecker:
        parts, breaker = self.parts, self.breaker
        return PaymentChecker(
            rate_limiter=parts.rate_limiter,
            pool=parts.pool,
            breaker=breaker,
            looks=Looks(
                commerce_layer=parts.commerce_layer,
                circuits=parts.circuits,
                breaker=breaker,
                memory=parts.memory,
                on_call=on_call,
            ),
            refresher=Refresher(
                commerce_layer=parts.commerce_layer,
                pool=parts.pool,
                clock=parts.clock,
                breaker=breaker,
                memory=parts.memory,
                recorder=writer,
                hold_back=policy.first,
                on_call=on_call,
            ),
            single_reads=SingleReads(
                commerce_layer=parts.commerce_layer,
                breaker=breaker,
                policy=policy,
                clock=parts.clock,
                on_call=on_call,
            ),
            recorder=writer,
            policy=policy,
            clock=parts.clock,
            scope=parts.scope,
        )

    def _check(self, checker: PaymentChecker, watches: Sequence[Watch]) -> None:
        """Check a group of watches."""
        missing = answered = 0
        try:
            for recorded in checker.check(watches):
                missing += isinstance(recorded.result, Gone) and not recorded.result.is_confirmed
                answered += isinstance(recorded.result, Answered)
                self._count(recorded)
        except Conflict:  # another message has taken over what was to be tried in isolation, and checks it
            return
        except Exception as error:  # what breaks a group is found out by processing its members in isolation
            self._fail([watch.key for watch in watches], error)
        if missing >= MOSTLY_MISSING and missing > answered:
            self.counts[Metric.MOSTLY_MISSING] += 1
            self.parts.log.error("mostly_missing", extra={"missing": missing, "found": answered})

    def _check_in_isolation(self, policy: Policy, writer: ResultWriter, watch: Watch) -> None:
        """Process a suspected poison message where it can harm no other.

        The attempt is written right before its own first call: waiting for the budget, when an invocation may be
        killed for any other reason, is no attempt. Neither is it one where the table did not answer: then it is
        taken back.
        """
        try:
            if watch.isolated_attempts >= ISOLATED_ATTEMPTS:
                at = Moment(now=int(self.parts.clock()), policy=self.parts.policy)
                poison = partial(transitions.dead_letter_poison, at=at, is_observed=self.parts.scope.observe)
                self.counts.update(writer.apply(watch, poison).counts)
                return
            attempt = Attempt(watch=watch, writer=writer)
            self._check(self._make_checker(policy, writer, attempt.begin), [watch])
        except Exception as error:
            self._fail([watch.key], error)
        if watch.key in self.unserved:
            with suppress(PaymentRefreshError):  # it fails already
                writer.write_with_retry(
                    watch, lambda current: replace(current, isolated_attempts=watch.isolated_attempts)
                )

    def _count(self, recorded: Recorded) -> None:
        self.counts.update(recorded.counts)
        self.measures.update(recorded.measures)
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
