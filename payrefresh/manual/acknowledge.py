"""Closes dead-lettered or reported payments that a person has dealt with, with the note that they left."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from payment_refresh.domain.messages import read_message
from payment_refresh.domain.vocabulary import STUCK, Reason, Status
from payment_refresh.errors import UnreadableMessage
from payrefresh.errors import OperatorError, WrongInput
from payrefresh.manual.letters import receive_all

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from payment_refresh.domain.payment import PaymentKey
    from payment_refresh.domain.watch import Watch
    from payrefresh.manual.letters import Letter, Letters
    from payrefresh.manual.waiting import Waiting
    from payrefresh.ports import Requests, Rows


class Deleted(NamedTuple):
    """The letters that were deleted, and about how many somebody else is reading, which may be among theirs."""

    letters: int
    held_by_others: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """Sends the messages, waits until the watches are closed, and takes their letters out of the queue.

    A letter would keep the alarm on, and could be redriven in vain, until it expires.
    """

    rows: Rows
    requests: Requests
    letters: Letters
    waiting: Waiting

    def find(self, names: Iterable[str]) -> Sequence[Watch]:
        """The stuck watches of these names, one for each; also one that was acknowledged before.

        Raises
        ------
        WrongInput
            There is none of a name, or there are several, or it is not stuck.
        """
        found = {watch.key: watch for watch in map(self._find, names)}
        return list(found.values())

    def _find(self, name: str) -> Watch:
        found = self.rows.find(name)
        stuck = [watch for watch in found if watch.status in STUCK]
        done = [watch for watch in found if watch.reason is Reason.ACKNOWLEDGED]
        if len(stuck or done) == 1:
            return (stuck or done)[0]
        if stuck:
            keys = ", ".join(str(watch.key) for watch in stuck)
            raise WrongInput(f"{name} has several stuck payments: name one of {keys}")
        if not found:
            raise WrongInput(f"nothing is known of {name}: give a payment's id, an order's id or number")
        raise WrongInput(
            f"{found[0].key} is {found[0].status}: only what is dead_lettered or reported can be acknowledged"
        )

    def close(
        self, watches: Sequence[Watch], note: str, so_far: Callable[[int], None] = lambda _: None
    ) -> Mapping[PaymentKey, Watch]:
        """Acknowledge them; returns the closed watches.

        Raises
        ------
        WrongInput
            The note is empty or too long.
        OperatorError
            A message was not taken, or a watch was not closed within the time.
        """
        bodies = {watch.key: message(watch.key, note) for watch in watches if watch.status in STUCK}
        taken = self.requests.send(list(bodies.values()))
        refused = [str(key) for key, was_taken in zip(bodies, taken, strict=True) if not was_taken]
        if refused:
            raise OperatorError(f"the pending queue did not take {', '.join(refused)}: try again")
        closed = self.waiting.until(bodies, lambda row: row.status not in STUCK, so_far)
        left = [str(key) for key in bodies if key not in closed]
        if left:
            raise OperatorError(
                f"not closed yet after {self.waiting.longest:.0f} s: {', '.join(left)}; their messages are in the "
                "pending queue: see `payrefresh status` for whether messages are handled, then acknowledge again"
            )
        return {watch.key: closed.get(watch.key, watch) for watch in watches}

    def delete_letters(self, watches: Iterable[Watch]) -> Deleted:
        """Delete the letters of payments that were closed, given as they were before.

        All letters are received for that, and the others are released. What was only reported has none.
        """
        keys = {watch.key for watch in watches if watch.status is not Status.REPORTED}
        if not keys:
            return Deleted(0, 0)
        held = receive_all(self.letters)
        others = 0
        ours: list[Letter] = []
        try:
            others = max(0, self.letters.in_flight() - len(held))
            ours = [letter for letter in held if _is_about(letter, keys)]
            failed = self.letters.delete(ours)
        finally:
            self.letters.release([letter for letter in held if letter not in ours])
        if failed:
            raise OperatorError(
                f"{len(failed)} of their letters could not be deleted: acknowledge once more in five minutes"
            )
        return Deleted(len(ours), others)


def message(key: PaymentKey, note: str) -> str:
    """The message that acknowledges a payment.

    Raises
    ------
    WrongInput
        The note cannot be right.
    """
    body = json.dumps({"type": key.type, "id": key.id, "acknowledge": note})
    try:
        read_message(body)
    except UnreadableMessage as error:
        raise WrongInput(f"--note: {error}") from error
    return body


def _is_about(letter: Letter, keys: Collection[PaymentKey]) -> bool:
    try:
        request = read_message(letter.body)
    except UnreadableMessage:
        return False
    return request.letter_round is not None and request.key in keys
