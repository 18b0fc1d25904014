"""Use case, last part: send what ended watches owe, then write that it was sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh import lifecycle
from payment_refresh.errors import Conflict
from payment_refresh.messages import write_letter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payment_refresh.ports import DeadLetterQueue, Log, StateTable
    from payment_refresh.watch import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """Sends dead letters that are owed.

    What is owed was written first, with the end of the watch, and stays due until it is cleared here. If an
    invocation dies in between, the sweep queues the row again, and the letter goes out once more.
    """

    table: StateTable
    letters: DeadLetterQueue
    mode: str
    log: Log

    def __call__(self, watches: Sequence[Watch]) -> None:
        """Send what these watches owe.

        Raises
        ------
        StateUnavailable
            The table did not take what was sent; it will be sent again.
        """
        owing = [watch for watch in watches if watch.owes]
        if not owing:
            return
        taken = self.letters.send([write_letter(watch, self.mode) for watch in owing])
        for watch, was_taken in zip(owing, taken, strict=True):
            if not was_taken:
                self.log.warning("letter_still_owed", extra={"payment": str(watch.key), "round": watch.round})
                continue
            try:
                self.table.write(lifecycle.sent(watch))
            except Conflict as conflict:
                # An order event ended it otherwise meanwhile; then nothing is owed any more.
                self.log.info("letter_sent_late", extra={"payment": str(conflict.key), "round": watch.round})
