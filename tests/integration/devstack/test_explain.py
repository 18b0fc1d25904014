"""The explanation of a failed run: its failures, the logs' lines about their payments, the logs' warnings."""

from __future__ import annotations

import json

from devstack.explain import explanation
from devstack.function_logs import condensed, warnings_of

REFUSED = {"level": "WARNING", "message": "queue_refused_message", "payment": "stripe_payments#p1"}
EVERYWHERE = {"location": "_send:109", "timestamp": "now", "service": "payment-refresh", "cold_start": False}


def _line(**entry: object) -> str:
    return json.dumps(EVERYWHERE | entry)


def test_a_line_is_shown_without_what_every_line_has() -> None:
    assert condensed(_line(**REFUSED)) == "WARNING queue_refused_message payment=stripe_payments#p1"
    assert condensed("Traceback (most recent call last):") == "Traceback (most recent call last):"
    assert condensed('{"_aws": {}}') == '{"_aws": {}}'


def test_warnings_are_counted_by_what_they_have_in_common() -> None:
    log = [
        "START RequestId: 1 Version: $LATEST",
        _line(**REFUSED),
        _line(**REFUSED | {"payment": "stripe_payments#p2"}),
        _line(level="ERROR", message="failed", exception="Traceback\n  File x\nAccessDenied: no right"),
        _line(level="WARNING", message="send_failed", reason="AccessDenied", queue="q"),
        _line(level="INFO", message="fine"),
    ]

    assert warnings_of(log) == [
        ("WARNING queue_refused_message", 2),
        ("ERROR failed AccessDenied: no right", 1),
        ("WARNING send_failed AccessDenied", 1),
    ]


def test_a_failure_is_explained_by_the_log() -> None:
    logs = {
        "Sweep": [
            _line(**REFUSED),
            _line(**REFUSED),
            _line(level="WARNING", message="send_failed", reason="no right"),
        ],
        "Refresh": ["START RequestId: 1 Version: $LATEST"],
    }

    lines = explanation(["order 1, paid: stripe_payments#p1 is watching, not settled"], logs)

    assert lines == [
        "WRONG: order 1, paid: stripe_payments#p1 is watching, not settled",
        "Last in the functions' logs on p1:",
        "    Sweep: WARNING queue_refused_message payment=stripe_payments#p1",
        "What the log of Sweep warns of:",
        "    2 x WARNING queue_refused_message",
        "    1 x WARNING send_failed no right",
    ]


def test_of_many_failures_the_first_are_said_and_the_rest_counted() -> None:
    lines = explanation([f"failure {number}" for number in range(20)], {})

    assert lines[0] == "WRONG: failure 0"
    assert lines[-1] == "… and 12 more"
