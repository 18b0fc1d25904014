"""Closes a dead-lettered or reported payment that a person has dealt with, with the note that they left."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.messages import read_message
from payment_refresh.domain.vocabulary import STUCK
from payment_refresh.errors import UnreadableMessage
from payrefresh.errors import OperatorError, WrongInput

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch
    from payrefresh.manual.waiting import Waiting
    from payrefresh.ports import Requests, Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """Sends the message, and waits until the watch is closed."""

    rows: Rows
    requests: Requests
    waiting: Waiting

    def find(self, name: str) -> Watch:
        """The one stuck watch of this name.

        Raises
        ------
        WrongInput
            There is none, or there are several, or it is not stuck.
        """
        found = self.rows.find(name)
        stuck = [watch for watch in found if watch.status in STUCK]
        if len(stuck) == 1:
            return stuck[0]
        if stuck:
            keys = ", ".join(str(watch.key) for watch in stuck)
            raise WrongInput(f"{name} has several stuck payments: name one of {keys}")
        if not found:
            raise WrongInput(f"nothing is known of {name}: give a payment's id, an order's id or number")
        raise WrongInput(
            f"{found[0].key} is {found[0].status}: only what is dead_lettered or reported can be acknowledged"
        )

    def close(self, watch: Watch, note: str) -> Watch:
        """Acknowledge it; returns the closed watch.

        Raises
        ------
        WrongInput
            The note is empty or too long.
        OperatorError
            The message was not taken, or the watch was not closed within the time.
        """
        body = json.dumps({"type": watch.key.type, "id": watch.key.id, "acknowledge": note})
        try:
            read_message(body)
        except UnreadableMessage as error:
            raise WrongInput(f"--note: {error}") from error
        if self.requests.send([body]) != [True]:
            raise OperatorError("the pending queue did not take the message: try again")
        done = self.waiting.until([watch.key], lambda row: row.status not in STUCK)
        if watch.key not in done:
            raise OperatorError(
                f"{watch.key} is still {watch.status} after {self.waiting.longest:.0f} s: the message is in the "
                "pending queue; see `payrefresh status` for whether messages are handled"
            )
        return done[watch.key]
