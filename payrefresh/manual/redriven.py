"""Redriven dead letters: the outcome of each, in words and in numbers. Pure."""

from __future__ import annotations

from collections import Counter
from copy import replace
from typing import TYPE_CHECKING

from payment_refresh.domain.admission import Dropped
from payment_refresh.domain.vocabulary import Status
from payment_refresh.times import to_iso
from payrefresh.manual.answers import Answer, Outcome, answer_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch
    from payrefresh.manual.dead import Dead
    from payrefresh.manual.redrive import Redriven

WORDS = {Outcome.PENDING: "pending again", Outcome.DEAD_LETTERED: "dead-lettered again"}
"""Outcomes that are called otherwise where they are those of a redriven payment."""


def what_became(done: Redriven, rows: Mapping[PaymentKey, Watch], now: float) -> list[Answer]:
    """What became of each, in the order in which they were sent."""
    refused = [
        Answer(key=dead.key, outcome=Outcome.NOT_YET, text="the pending queue did not take it", row=dead.before)
        for dead in done.refused
    ]
    return [_became(dead, rows.get(dead.key), now) for dead in done.sent] + refused


def _became(dead: Dead, row: Watch | None, now: float) -> Answer:
    if dead.why_not is not None:
        return _dropped(dead, dead.why_not, now)
    if row is None:
        text = "nothing came within the time; the message stays in the queue, see `payrefresh status`"
        return Answer(key=dead.key, outcome=Outcome.NOT_YET, text=text, row=dead.before)
    return answer_of(row, now)


def _dropped(dead: Dead, why: Dropped, now: float) -> Answer:
    """What a message that no row waited for says of its payment."""
    row = dead.before
    if row is not None and not row.is_open and row.status is not Status.DEAD_LETTERED:
        known = answer_of(row, now)
        return replace(known, text=f"it was already: {known.text}")
    texts = {
        Dropped.STALE_DUPLICATE: "a message of the sweep whose time is over: the table says when it is asked",
        Dropped.UNDER_WAY: "it is being asked right now",
        Dropped.LETTER_OF_ANOTHER_ROUND: "a letter of round {}, which is over: the payment is {} in round {}",
    }
    text = texts.get(why, why.replace("_", " "))
    if row is not None:
        text = text.format(dead.request.letter_round, row.status.replace("_", "-"), row.round)
    return Answer(key=dead.key, outcome=Outcome.DROPPED, text=text, row=row)


def planned(dead: Dead, now: float) -> Answer:
    """What would be done with a dead letter."""
    if dead.why_not is not None:
        known = _dropped(dead, dead.why_not, now)
        return replace(known, text=f"its letter would go: {known.text}")
    since = f"since {to_iso(dead.dead_since)[:16].replace('T', ' ')} UTC"
    what = dead.reason or "a message that could not be handled"
    gone = "" if dead.letters else "; its letter is gone"
    return Answer(key=dead.key, outcome=Outcome.SENT, text=f"{what}, {since}{gone}", row=dead.before)


def summary(done: Redriven, answers: Sequence[Answer]) -> list[str]:
    """The numbers, in sentences."""
    all_of_them = [*done.sent, *done.refused]
    if not all_of_them:
        return ["There is no dead letter to redrive."]
    lost = sum(not dead.letters for dead in all_of_them)
    parts = ", ".join(f"{number} {word}" for word, number in counts(answers).items())
    lines = [f"{counted(len(all_of_them), 'dead letter')}: {parts}."]
    if lost:
        lines.append(f"{lost} of them had lost their letter: only the table still knew of them.")
    if done.undeleted:
        lines.append(
            f"{counted(len(done.undeleted), 'letter')} could not be deleted: redrive again, and they are dropped."
        )
    return lines


def counts(answers: Iterable[Answer]) -> dict[str, int]:
    """How many there are of each outcome."""
    counter = Counter(answer.outcome for answer in answers)
    return {word_of(outcome): counter[outcome] for outcome in Outcome if counter[outcome]}


def word_of(outcome: Outcome) -> str:
    """The word for what became of a redriven payment."""
    return WORDS.get(outcome, outcome.value)


def counted(number: int, noun: str) -> str:
    """A number and its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
