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

    assert output.answer == {"reported": 1, "dead_lettered": 2, "changes_sent": True, "sent": True}
    assert output.metrics == {"ReportedWaiting": 1, "DeadLetteredWaiting": 2}
    changed, daily = functions.world.events.details
    assert (changed["kind"], changed["count"], changed["dead_lettered"]) == ("StuckOrdersReported", 1, 2)
    assert (daily["kind"], daily["new_dead_letters"]["count"], daily["nothing_to_do"]) == ("DailyDigest", 2, False)
    ((subject, _),) = functions.world.mail.sent
    assert subject.startswith("Payment Refresh: 2 new dead letters")
    (line,) = output.log
    assert (line["message"], line["reported"], line["dead_lettered"]) == ("stuck_counted", 1, 2)


def test_digest_of_nothing_emits_zeros_and_says_that_there_is_nothing_to_do(functions: Functions) -> None:
    output = functions.run_file("digest_schedule")

    assert output.answer == {"reported": 0, "dead_lettered": 0, "changes_sent": False, "sent": True}
    assert output.metrics == {"ReportedWaiting": 0, "DeadLetteredWaiting": 0}
    (daily,) = functions.world.events.details
    assert (daily["kind"], daily["nothing_to_do"]) == ("DailyDigest", True)
    assert functions.world.mail.sent == []


def test_hourly_count_emits_what_waits_and_sends_nothing(functions: Functions) -> None:
    put_stuck(functions)

    output = functions.run_file("digest_count")

    assert output.answer == {"reported": 1, "dead_lettered": 2, "changes_sent": False, "sent": False}
    assert output.metrics == {"ReportedWaiting": 1, "DeadLetteredWaiting": 2}
    assert (functions.world.events.details, functions.world.mail.sent) == ([], [])


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
