"""Plays one row: orders come in, something fails for a while, and nothing may be lost when all is over."""

from __future__ import annotations

import random
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from devstack.announced import sent_again
from devstack.figures import count
from devstack.scenario_run import policy_of
from devstack.truth import compare, truth_from_sandbox
from sandbox.kinds import KINDS
from tests.chaos.drivers import UNREACHABLE, driving
from tests.chaos.matrix import FAULT_AT_S, KILL_EVERY_S, KILLS
from tests.chaos.result import Outcome
from tests.chaos.workers import kill, workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from devstack.discovery import Passes
    from devstack.records import Event
    from devstack.records import Row as WatchRow
    from devstack.truth import Truth
    from tests.chaos.ground import Ground
    from tests.chaos.matrix import Row

DEADLINE_S = 180.0
"""How long after the fault's end all has to be over."""
_TIME_SCALE = 0.5
_UNCHANGED_S = 5.0
"""How long an order must be unchanged until discover lists it, and a little more."""
_LOOK_EVERY_S = 0.5
_STORED_WITHIN_S = 2.0
"""How long after a refresh moved an order its process has stored that, unless it dies before."""
_POISON = "cannot_process"
_OF_OPEN = frozenset({"PaymentAttemptFailed", "PaymentAmountMismatch"})


@dataclass(slots=True)
class Known:
    """What earlier rows on the same stack have left behind, so that each answers for itself only.

    Attributes
    ----------
    wrong
        The sentences that were said already.
    forgotten
        From when until when (epoch seconds) a process could not store what its refresh had moved: who moved it,
        only Commerce Layer knows then.
    """

    wrong: set[str] = field(default_factory=set)
    repeated: int = 0
    forgotten: list[tuple[float, float]] = field(default_factory=list)


@dataclass(slots=True)
class _Course:
    """Progress of a row; times are by the monotonic clock.

    Attributes
    ----------
    refreshes_before
        Refreshes that the sandbox had counted before the row began.
    unfinished
        What was still open when time was up.
    """

    begun: float
    refreshes_before: int
    healed_at: float | None = None
    quiet_since: float | None = None
    struck: int = 0
    unfinished: tuple[str, ...] = ()


def play(ground: Ground, row: Row, *, seed: int, known: Known, show: Callable[[str], None]) -> Outcome:
    """Play a row to its end and compare every order with the truth.

    Every kind of story is played at least once, but for those that the row leaves out.
    """
    refreshes_before = ground.sandbox.calls()["patch_calls"]
    kinds = [kind for kind in KINDS if kind not in row.left_out]
    ground.start_scenario(
        {"orders": row.orders, "seed": seed, "duration_s": row.over_s, "time_scale": _TIME_SCALE}
        | {"mix": "messy", "kinds": kinds, "each": row.orders // len(kinds), "loss": 0.4, "late": 0.2}
    )
    course = _Course(time.monotonic(), refreshes_before)
    with driving(ground.stack) as passes:
        _wait(course.begun + FAULT_AT_S)
        with _fault(ground, row, seed, course, known):
            _wait(course.begun + FAULT_AT_S + row.window_s)
        ground.close_circuits()
        course.healed_at = time.monotonic()
        course.unfinished = _until_over(ground, course, passes, show)
    return _compared(ground, row, seed, course, known)


def _wait(until: float) -> None:
    time.sleep(max(0.0, until - time.monotonic()))


@contextmanager
def _fault(ground: Ground, row: Row, seed: int, course: _Course, known: Known) -> Iterator[None]:
    """Let it fail for as long as the body runs, and count how often it struck."""
    before = sum(ground.proxy.faults.hits.values())
    ground.proxy.faults.replace(row.aws)
    ground.fail_api(row.api)
    began = time.time()
    if row.cold:
        ground.kill_all()
        known.forgotten.append((began - _STORED_WITHIN_S, time.time()))
    try:
        if row.special == "restart":
            ground.stack.aws.stop()
            course.struck += 1
            yield
            ground.stack.aws.start()
        elif row.special == "kills":
            with _killing(ground, seed, course, known):
                yield
        else:
            yield
    finally:
        course.struck += sum(ground.proxy.faults.hits.values()) - before + ground.api_hits(row.api)
        ground.proxy.faults.replace(())
        ground.fail_api(())
        if row.stores_nothing:
            known.forgotten.append((began - _STORED_WITHIN_S, time.time()))


@contextmanager
def _killing(ground: Ground, seed: int, course: _Course, known: Known) -> Iterator[None]:
    """Kill a process every so often; the body has to last for `window_s`."""
    dice = random.Random(seed)  # noqa: S311 - a simulation
    begun = time.monotonic()

    def run() -> None:
        for number in range(KILLS):
            _wait(begun + number * KILL_EVERY_S)
            while not (alive := workers(ground.stack)) or not kill(dice.choice(alive)):
                time.sleep(0.05)  # all are dead just now; the next call starts one
            known.forgotten.append((time.time() - _STORED_WITHIN_S, time.time()))
            course.struck += 1

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _until_over(ground: Ground, course: _Course, passes: Passes, show: Callable[[str], None]) -> tuple[str, ...]:
    """Wait until nothing is open and discover finds nothing more; returns what was open when time was up."""
    finished_at, was_over = float("inf"), False
    while True:
        now = time.monotonic()
        ground.stack.check()
        try:
            figures = count(ground.stack.rows(), time.time())
            queued = ground.stack.pending_messages()
        except UNREACHABLE:
            time.sleep(_LOOK_EVERY_S)
            continue
        finished = ground.sandbox.scenario()["state"] == "finished"
        if finished:
            finished_at = min(finished_at, now)
        quiet = finished and figures.open == 0 and queued == 0
        course.quiet_since = (course.quiet_since or now) if quiet else None
        show(f"{figures.watching} watching, {figures.unrelayed} to relay, {queued} queued")
        over = quiet and passes.saw_nothing_new_since(finished_at + _UNCHANGED_S)
        if over and was_over:
            return ()
        if now - (course.healed_at or now) > DEADLINE_S:
            return (f"{figures.open} watches open, {queued} messages queued when time was up",)
        was_over = over
        time.sleep(_LOOK_EVERY_S)


def first_of_open(events: Sequence[Event]) -> list[Event]:
    """Leave out what was sent again of payments still watched: it holds their newest check, so it may differ."""
    seen: set[str] = set()
    kept = []
    for event in events:
        if event.kind not in _OF_OPEN or event.id not in seen:
            kept.append(event)
        seen.add(event.id)
    return kept


def known_truth(entry: Mapping[str, Any], forgotten: Iterable[tuple[float, float]]) -> Truth:
    """Return the truth of a payment; what a refresh moved unrecorded may pass for the work of the webhook."""
    truth, moved_at = truth_from_sandbox(entry), entry["moved_at"]
    if moved_at is None or not any(since <= moved_at <= until for since, until in forgotten):
        return truth
    return replace(truth, settled_by=truth.settled_by | {"webhook"} if truth.settled_by else frozenset())


def called_poison(truths: Iterable[Truth], rows: Iterable[WatchRow]) -> list[str]:
    """Say which payments were given up as impossible to process that could have been processed."""
    right = {truth.key for truth in truths if _POISON in truth.reasons}
    found = [row for row in rows if _POISON in (row.reason, row.notice) and row.key not in right]
    return [f"{row.key} is {row.status} as {_POISON}, but could have been processed" for row in found]


def _compared(ground: Ground, row: Row, seed: int, course: _Course, known: Known) -> Outcome:
    stack = ground.stack
    entries = ground.sandbox.truth(observe=False, policy=policy_of(stack.parameters))
    letters, events = stack.letters(), stack.events()
    once = list(
        {(letter.key, letter.round, letter.body * (letter.key is None)): letter for letter in letters}.values()
    )
    number = f"{seed % 1000 + 1:03d}"
    truths = [known_truth(entry, known.forgotten) for entry in entries]
    rows = stack.rows()
    verdict = compare(truths, rows, once, first_of_open(events))
    lost = [each for each in verdict.lost if each not in known.wrong]
    wrong = (*verdict.mismatched, *verdict.wrongly_announced, *called_poison(truths, rows))
    mismatched = [each for each in wrong if each not in known.wrong]
    known.wrong |= {*verdict.lost, *wrong}
    repeated = sent_again(events) + len(letters) - len(once)
    before, known.repeated = known.repeated, repeated
    now = time.monotonic()
    return Outcome(
        fault=row.name,
        meaning=row.meaning,
        payments=sum(entry["order_number"].startswith(number) for entry in entries),
        struck=course.struck,
        lost=tuple(lost),
        mismatched=tuple(mismatched),
        unfinished=course.unfinished,
        repeated=repeated - before,
        refreshes=ground.sandbox.calls()["patch_calls"] - course.refreshes_before,
        recovered_s=None
        if course.quiet_since is None or course.healed_at is None
        else max(0.0, course.quiet_since - course.healed_at),
        wall_s=now - course.begun,
    )
