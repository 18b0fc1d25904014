"""Dead letters, and dead-lettered payments without one; which of them a person means. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payrefresh.errors import WrongInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payment_refresh.domain.admission import Dropped
    from payment_refresh.domain.messages import Request
    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch
    from payrefresh.manual.letters import Letter


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """A dead letter, or a dead-lettered payment whose letter is gone.

    Attributes
    ----------
    body
        The message that redrives it.
    letters
        Its letter, with every copy; none where only the table knows of it.
    before
        The payment's row before it was redriven; None where it is gone.
    why_not
        Why the message will be dropped; None where it will be taken.
    """

    request: Request
    body: str
    letters: tuple[Letter, ...]
    before: Watch | None
    why_not: Dropped | None

    @property
    def key(self) -> PaymentKey:
        """The payment."""
        return self.request.key

    @property
    def is_letter(self) -> bool:
        """Whether it is of a payment that stayed pending; else it is a message that could not be handled."""
        return self.request.letter_round is not None

    @property
    def names(self) -> frozenset[object]:
        """All that a person may call it by."""
        facts = self.letters[0].facts if self.letters else {}
        row = self.before
        known = (row.order_id, row.order_number) if row else ()
        return frozenset((str(self.key), self.key.id, facts.get("order_id"), facts.get("order_number"), *known))

    @property
    def order_number(self) -> object:
        """The order's number, where it is known."""
        row = self.before
        return row.order_number if row else (self.letters[0].facts.get("order_number") if self.letters else None)

    @property
    def reason(self) -> object:
        """Why it was dead-lettered, where it was."""
        return self.letters[0].facts.get("reason") if self.letters else self.before and self.before.reason

    @property
    def dead_since(self) -> int:
        """Since when it is a dead letter; epoch seconds UTC."""
        row = self.before
        is_of_row = row is not None and row.round == self.request.letter_round and row.ended_at is not None
        if is_of_row and row is not None and row.ended_at is not None:
            return row.ended_at
        return min(letter.sent_at for letter in self.letters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The dead letters that are there.

    Attributes
    ----------
    held
        Every letter that was received.
    unreadable
        Those that name no payment.
    held_by_others
        About how many letters somebody else is reading. While there are any, nobody can tell which payments
        have lost theirs, so that these are left out.
    """

    dead: Sequence[Dead]
    held: Sequence[Letter]
    unreadable: Sequence[Letter] = ()
    held_by_others: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which dead letters to redrive; all, where nothing is said.

    Attributes
    ----------
    names
        Ids of payments and orders, order numbers, keys.
    ended_by
        Only what was dead-lettered by then; epoch seconds UTC.
    """

    names: frozenset[str] = frozenset()
    ended_by: float | None = None
    reason: str | None = None

    def takes(self, dead: Dead) -> bool:
        """Whether it is to be redriven."""
        return (
            (not self.names or not self.names.isdisjoint(dead.names))
            and (self.ended_by is None or dead.dead_since <= self.ended_by)
            and (self.reason is None or dead.reason == self.reason)
        )

    def choose(self, found: Found) -> list[Dead]:
        """Choose among what is there.

        Raises
        ------
        WrongInput
            A name is that of no dead letter.
        """
        known = {name for dead in found.dead for name in dead.names}
        unknown = sorted(self.names - known)
        if unknown:
            raise WrongInput(
                f"no dead letter is known as {', '.join(unknown)}: `payrefresh redrive --dry-run` lists all"
            )
        return [dead for dead in found.dead if self.takes(dead)]
