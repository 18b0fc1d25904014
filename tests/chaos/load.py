"""The row of the load: many watches, many of them due at once, and order events as fast as they can be taken.

All at the same time: while the refreshes drain what is due, the events come in by the Function URL. The sandbox's
gateway has reported most payments, as it would after an outage of ours; the others need a refresh each.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devstack.announced import sent_again
from devstack.truth import compare
from tests.chaos.ground import ground
from tests.chaos.population import Size, later, later_key, make_orders, read_rows, watches, write
from tests.chaos.posting import event_key, posting_events
from tests.chaos.result import Outcome
from tests.chaos.workers import workers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devstack.progress import Progress
    from devstack.truth import Truth
    from tests.chaos.ground import Ground

MEANING = "10,000 order events, while 5,000 of 50,000 watches are due at once"
PARAMETERS = {"FirstCheckAfter": "6h", "GiveUpAfter": "20d", "ClaimLease": "3m"}
_SWEEP_EVERY_S = 60.0
"""As on AWS, and when the queue is empty: with so many rows, the local AWS takes seconds to ask the index."""
_LOOK_EVERY_S = 2.0
_TELL_EVERY_S = 10.0


@dataclass(slots=True)
class _Peak:
    """The most memory that a process of the refresh function had, in MB."""

    memory_mb: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)


def load(progress: Progress, seed: int, size: Size | None = None) -> Outcome:
    """Play it on a stack of its own."""
    size = size or Size()
    progress.note(f"load: {MEANING}")
    with ground(progress, seed=seed, parameters=PARAMETERS) as where:
        begun, name = time.monotonic(), where.stack.resources["Refresh"]
        with progress.step(f"load: making {size.due} orders in the sandbox"):
            truths = make_orders(where, size, seed)
        with progress.step(f"load: writing {size.watches} watches"):
            write(where, watches(truths, size))
        with _measuring(where, name) as peak, posting_events(where, size.events) as posting:
            drained_s, still_open = _drain(where, truths, size, progress)
            events_s, again, given_up = posting.result()
        with progress.step("load: comparing"):
            verdict_rows = read_rows(where, [str(truth.key) for truth in truths])
            letters, events = where.stack.letters(), where.stack.events()
            verdict = compare(truths, verdict_rows, letters, events)
            expected = {event_key(number) for number in range(size.events)} | {later_key(n) for n in later(size)}
            lost = expected - {row.key for row in read_rows(where, sorted(expected))}
        limit = float(
            where.stack.aws.clients.functions.get_function_configuration(FunctionName=name)["MemorySize"]
        )
        unfinished = [f"{still_open} of the due watches were open when time was up"] if still_open else []
        unfinished += [f"{given_up} order events were never taken"] if given_up else []
        if peak.memory_mb > limit:
            unfinished.append(f"a refresh took {peak.memory_mb:.0f} MB of {limit:.0f}")
        return Outcome(
            fault="load",
            meaning=MEANING,
            payments=size.watches + size.events,
            struck=size.events + size.due,
            lost=(*verdict.lost, *(f"no watch {key}" for key in sorted(lost))),
            mismatched=(*verdict.mismatched, *verdict.wrongly_announced),
            unfinished=tuple(unfinished),
            repeated=sent_again(events),
            refreshes=where.sandbox.calls()["patch_calls"],
            recovered_s=None if still_open else drained_s,
            wall_s=time.monotonic() - begun,
            figures={
                "events": size.events,
                "events_s": round(events_s, 1),
                "events_a_second": round(size.events / events_s, 1),
                "events_sent_again": again,
                "due": size.due,
                "drained_s": round(drained_s, 1),
                "list_calls": where.sandbox.calls()["list_calls"],
                "refresh_peak_mb": round(peak.memory_mb, 1),
                "refresh_limit_mb": limit,
            },
        )


def _drain(where: Ground, truths: Sequence[Truth], size: Size, progress: Progress) -> tuple[float, int]:
    """Sweep until nothing that was due is open; gives the seconds it took, and how many stayed open."""
    begun = time.monotonic()
    keys = [str(truth.key) for truth in truths]
    swept = reported = float("-inf")
    while keys and time.monotonic() - begun < size.deadline_s:
        now = time.monotonic()
        if now >= swept + _SWEEP_EVERY_S or where.stack.pending_messages() == 0:
            swept = now
            where.stack.sweep()
        announced = where.stack.announced_messages()
        if announced >= len(truths):  # each is announced when it settled; to read the rows costs more
            keys = [row.key for row in read_rows(where, keys) if row.open]
        if now >= reported + _TELL_EVERY_S:
            reported = now
            progress.note(f"load: {announced} of {size.due} due payments are settled")
        time.sleep(_LOOK_EVERY_S if keys else 0)
    return time.monotonic() - begun, len(keys)


@contextmanager
def _measuring(where: Ground, name: str) -> Iterator[_Peak]:
    """Watch the memory of the refresh function's processes."""
    peak = _Peak()

    def run() -> None:
        while not peak.over.wait(1.0):
            taken = [worker.memory_mb for worker in workers(where.stack) if worker.function == name]
            peak.memory_mb = max([peak.memory_mb, *taken])

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        peak.over.set()
        thread.join()
