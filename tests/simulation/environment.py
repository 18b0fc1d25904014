"""One execution environment of a function: its clock, its calls to the outside, and what disturbs them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.errors import StateUnavailable
from tests.simulation.weather import CANARY, Broken, Strike
from tests.support.faults import Crash

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payment_refresh.domain.order import Order
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch
    from tests.simulation.kernel import Kernel
    from tests.simulation.rules import Rules
    from tests.simulation.trace import Trace
    from tests.simulation.weather import Weather

RESERVE = 50
"""Seconds below which the functions that call Commerce Layer start no call any more."""

WAYS = {
    "table": (0.002, 0.015, 3.0),
    "queue": (0.003, 0.02, 3.0),
    "letters": (0.003, 0.02, 3.0),
    "bus": (0.003, 0.03, 3.0),
    "rate": (0.002, 0.01, 1.0),
    "api": (0.03, 0.6, 9.0),
}
"""How long one way of a call takes: the least, the most, and where it is slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """An order as Commerce Layer showed it to an invocation, and when."""

    at: float
    shown: Order


@dataclass(slots=True, kw_only=True)
class Doings:
    """Record of what one invocation has seen and done; the rules go by it.

    Attributes
    ----------
    seen
        The rows that its messages are about as it read them first, or claimed them then.
    tokens
        The claims it holds: those of its messages, and those it made by itself.
    mine
        The rows its messages are about.
    looks
        The orders it was shown, by id.
    retrieved
        What the answer to a row's own retrieve showed.
    answers
        The rows about which Commerce Layer answered it, and how (``look``, ``refresh``, ``not_found``).
    refused
        The ids of orders and payments that calls named which were not answered.
    tried
        The rows whose outbox it tried to relay.
    unclear
        What it sent and has not cleared yet.
    disturbed
        What happened to it, if anything.
    harmed
        Whether anything happened to it besides a call to the state table that failed.
    unserved
        How many calls to the state table failed.
    released
        The rows whose claim it gave back with an outcome.
    lost
        The rows that somebody else wrote first.
    listed
        The revisions, when they were listed, of the rows that it listed as due.
    out_of_time
        Whether it found that it has no time for one more call.
    """

    seen: dict[PaymentKey, Watch] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    mine: set[PaymentKey] = field(default_factory=set)
    looks: dict[str, Look] = field(default_factory=dict)
    retrieved: dict[PaymentKey, Look] = field(default_factory=dict)
    answers: set[tuple[str, str]] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    tried: set[PaymentKey] = field(default_factory=set)
    unclear: set[tuple[PaymentKey, int, str]] = field(default_factory=set)
    disturbed: str | None = None
    harmed: bool = False
    unserved: int = 0
    released: set[PaymentKey] = field(default_factory=set)
    lost: set[PaymentKey] = field(default_factory=set)
    listed: dict[PaymentKey, int] = field(default_factory=dict)
    out_of_time: bool = False

    def wrote(self, row: Watch) -> None:
        """Record a row that it claims by itself; one that it wrote for other reasons is as it was read."""
        if row.claim is not None and row.claim in self.tokens:
            self.seen[row.key] = row


@dataclass(slots=True, kw_only=True)
class Environment:
    """Runs one invocation after another, until one dies in it.

    Attributes
    ----------
    name
        Of its function, with a number.
    skew
        By how many seconds its clock is wrong.
    deadline
        When the invocation runs out of time.
    """

    name: str
    skew: float
    kernel: Kernel
    weather: Weather
    trace: Trace
    rules: Rules
    deadline: float = 0.0
    doings: Doings = field(default_factory=Doings)

    def clock(self) -> float:
        """Give the time as this environment has it."""
        return self.kernel.now + self.skew

    def has_time(self) -> bool:
        """Say whether the invocation has time for one more call to Commerce Layer."""
        has_time = self.deadline - self.kernel.now > RESERVE
        self.doings.out_of_time |= not has_time
        return has_time

    def begin(self, timeout: float) -> None:
        """Begin an invocation."""
        self.deadline = self.kernel.now + timeout
        self.doings = Doings()

    def calling(self, part: str, op: str, error: Exception, *about: str) -> Calling:
        """Make a call to the outside, with the time it takes and what goes wrong before and after its effect."""
        return Calling(self, part, op, error, about)

    def travel(self, part: str) -> None:
        """Take the time of one way."""
        self.wait(self.weather.latency(part, *WAYS[part]))

    def wait(self, seconds: float) -> None:
        """Let time pass, and others act; the invocation may run out of it."""
        left = self.deadline - self.kernel.now
        if seconds < left:
            self.kernel.sleep(seconds)
            return
        self.kernel.sleep(max(0.0, left))
        self.die("out of time")

    def die(self, why: str) -> None:
        """Kill the process."""
        self.disturb(f"dies: {why}")
        raise Crash(why)

    def disturb(self, what: str, *, by_table: bool = False) -> None:
        """Record that something happened to this invocation."""
        self.doings.disturbed = what
        self.doings.harmed |= not by_table
        self.doings.unserved += by_table
        self.trace.note(self.name, what, *sorted(key.id for key in self.doings.mine))

    def befall(self, strike: Strike, when: str, error: Exception) -> None:
        """Let something go wrong."""
        if strike is Strike.DIES:
            self.die(when)
        by_table = strike is Strike.FAILS and isinstance(error, StateUnavailable)
        self.disturb(f"{strike} {when}", by_table=by_table)
        raise error if strike is Strike.FAILS else Broken(f"the request had {CANARY}")


@dataclass(slots=True)
class Calling:
    """One call to the outside, around its effect; the way back takes time only where that can matter."""

    environment: Environment
    part: str
    op: str
    error: Exception
    about: tuple[str, ...]

    def __enter__(self) -> None:
        environment, op = self.environment, self.op
        environment.trace.note(environment.name, op, *self.about)
        environment.travel(self.part)
        strike = environment.weather.before(self.part, op, environment)
        if strike is not None:
            environment.befall(strike, f"before {op}", self.error)

    def __exit__(self, kind: object, *_: object) -> None:
        environment, op = self.environment, self.op
        if kind is None:
            strike = environment.weather.after(self.part, op, environment)
            if strike is not None:
                environment.befall(strike, f"after {op}", self.error)
            if self.part == "api":
                environment.travel(self.part)


@dataclass(frozen=True, slots=True)
class EnvironmentLog:
    """Implements the `Log` port: lines go to the trace, and are searched for secrets."""

    environment: Environment

    def info(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Record a line."""
        self._note(msg, extra)

    def warning(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Record a line."""
        self._note(msg, extra)

    def error(self, msg: str, /, *, extra: Mapping[str, object]) -> None:
        """Record a line."""
        self._note(msg, extra)

    def _note(self, msg: str, extra: Mapping[str, object]) -> None:
        self.environment.rules.no_secret(self.environment, f"{msg} {extra}")
        about = str(extra.get("payment", "")).rpartition("#")[2]
        why = extra.get("why") or extra.get("error") or extra.get("detail") or extra.get("status") or ""
        self.environment.trace.note(self.environment.name, f"log {msg}", about, detail=str(why))
        self.environment.rules.probes.logged(msg, extra.get("why"))
