"""Isolated attempts: how often a poison suspect was processed by itself, where it can harm no other."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.errors import Conflict

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch
    from payment_refresh.use_cases.check_payments.writer import ResultWriter

POISON_SUSPECT_CLAIMS = 3
"""Claims without an outcome after which a watch is a poison suspect: processed in isolation, after all others."""

ISOLATED_ATTEMPTS = 3
"""Times a poison suspect is processed in isolation before it is dead-lettered."""


@dataclass(slots=True, kw_only=True)
class Attempt:
    """An attempt to process a poison suspect in isolation; it begins with its own first call."""

    watch: Watch
    writer: ResultWriter
    has_begun: bool = False

    def begin(self) -> None:
        """Persist the attempt before the first call is sent.

        Raises
        ------
        Conflict
            Another message has the lease by now.
        StateUnavailable
            The table did not answer.
        """
        if self.has_begun:
            return
        self.has_begun = True
        written = self.writer.write_with_retry(
            self.watch, lambda current: replace(current, isolated_attempts=current.isolated_attempts + 1)
        )
        if written is None:
            raise Conflict(str(self.watch.key))
