"""Banned words and phrases, as data: each has an idiomatic replacement in the glossary of the documentation."""

from __future__ import annotations

IN_NAMES: dict[str, str] = {
    "owe": "outbox",
    "owes": "outbox",
    "owed": "outbox",
    "owing": "unrelayed",
    "told": "reported, announced",
    "patched": "refreshed",
    "patches": "refreshes",
    "trouble": "failure, last_error",
    "troubles": "failures",
    "noted": "recorded",
    "brake": "breaker",
    "hand": "manual",
    "takers": "waiters",
    "hungry": "starved",
    "suspicious": "suspect",
    "trial": "isolation",
    "trials": "isolation",
    "unanswered": "no_answer, consecutive_failures",
    "pace": "rate, rate_limiter",
    "paces": "rates",
}
"""Words that no part of a name may be, each with what to write instead."""

ALLOWED_NAMES: frozenset[tuple[str, str]] = frozenset(
    {
        # Logical ids: a new one would replace the resource in every deployed stack.
        ("template.yaml", "OutcomesOwedAlarm"),
        ("template.yaml", "UnansweredAlarm"),
        ("payrefresh/overview/metric_checks.py", "OutcomesOwedAlarm"),
        ("payrefresh/overview/metric_checks.py", "UnansweredAlarm"),
    }
)
"""Names that stay all the same, by the file that they are in."""

IN_PROSE: dict[str, str] = {
    "laid to": "attributed to",
    "put back": "rescheduled, snoozed, released",
    "for want of": "because … is missing",
    "had better": "should",
    "letter moved back": "redriven dead letter",
    "nobody told of": "unannounced, that no event reported",
    "tried alone": "processed in isolation",
    "owes": "has … in its outbox",
    "owed": "in the outbox",
    "fares": "a verb that says what happens",
    "keeps `ports.": "implements the … port",
    "keeps `payment_refresh.ports.": "implements the … port",
}
"""Phrases that no docstring, comment or Markdown file may have, each with what to write instead."""

NOT_AT_FIRST = ("How", "What", "When", "Where", "Whether", "Which", "Who", "Whom", "Whose", "Why")
"""Words that no docstring of a module may begin with: it says what the module is."""
