"""docs/glossary.md can be looked things up in."""

from __future__ import annotations

from tests.docs.markdown import DOCS

GLOSSARY = DOCS / "glossary.md"


def words() -> list[str]:
    rows = [line for line in GLOSSARY.read_text().splitlines() if line.startswith("| ")][2:]
    return [row.split("|")[1].split("(")[0].strip() for row in rows]


def test_words_are_sorted_and_each_stands_there_once() -> None:
    assert words() == sorted(set(words()), key=str.lower)


def test_words_of_the_architecture_are_explained_in_the_glossary() -> None:
    used = {
        "watch",
        "round",
        "claim",
        "lease",
        "look",
        "refresh",
        "verdict",
        "outbox",
        "relay",
        "snooze",
        "back off",
    }
    used |= {"breaker", "circuit", "poison suspect", "dead letter", "redrive", "stale", "high-water mark", "slot"}
    used |= {"rate limiter", "budget", "utilisation", "dispatcher", "reconciler", "found by", "reported by"}
    used |= {"settled by", "run mode", "API mode", "ring", "port", "adapter", "composition root", "use case"}

    assert used <= set(words())
