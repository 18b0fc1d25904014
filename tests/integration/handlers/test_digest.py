"""The answer and the metrics of ``digest``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payment_refresh.errors import SendFailed, StateUnavailable
from tests.integration.handlers.sample_events import load
from tests.support import samples
from tests.support.clock import START

if TYPE_CHECKING:
    from tests.integration.handlers.conftest import Functions


def put_stuck(functions: Functions) -> None:
    """Let one payment be reported, and two be dead-lettered."""
    world = functions.world
    world.table.put(samples.reported(samples.order("a"), world.policy, at=START))
    for name in "bc":
        world.table.put(samples.dead_lettered(samples.order(name), world.policy, at=START, due_at=START))


def test_schedule_starts_a_digest_that_counts_and_reports(functions: Functions) -> None:
    put_stuck(functions)

    output = functions.run_file("digest_schedule")

    assert output.answer == {"reported": 1, "dead_lettered": 2, "sent": True}
    assert output.metrics == {"ReportedWaiting": 1, "DeadLetteredWaiting": 2}
    (detail,) = functions.world.events.details
    assert (detail["kind"], detail["count"], detail["dead_lettered"]) == ("StuckOrdersReported", 1, 2)
    (line,) = output.log
    assert (line["message"], line["reported"], line["dead_lettered"]) == ("stuck_counted", 1, 2)


def test_digest_of_nothing_emits_zeros_and_sends_no_event(functions: Functions) -> None:
    output = functions.run_file("digest_schedule")

    assert output.answer == {"reported": 0, "dead_lettered": 0, "sent": False}
    assert output.metrics == {"ReportedWaiting": 0, "DeadLetteredWaiting": 0}
    assert functions.world.events.details == []


def test_event_that_the_bus_refuses_fails_the_invocation_so_that_it_is_tried_again(functions: Functions) -> None:
    put_stuck(functions)
    functions.world.events.refused = {"StuckOrdersReported"}
    with pytest.warns(UserWarning, match="No application metrics"), pytest.raises(SendFailed):
        functions.run_file("digest_schedule")
    functions.world.events.refused = set()

    assert functions.run_file("digest_schedule").answer["sent"] is True


def test_table_that_does_not_answer_fails_the_invocation(functions: Functions) -> None:
    functions.world.digests.faults.add("read", StateUnavailable("down"))

    with pytest.warns(UserWarning, match="No application metrics"), pytest.raises(StateUnavailable):
        functions.run_file("digest_schedule")


def test_event_of_the_schedule_does_not_matter_to_the_digest(functions: Functions) -> None:
    assert functions.run("digest", {}).answer == functions.run("digest", load("digest_schedule")).answer
