"""The run of an audit: reads page after page, and keeps its state after each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.errors import NoBudget, RateLimited, Unavailable
from payment_refresh.rate_limit.budget import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable

    from payrefresh.audit.ports import OrderPages, Page, StateFile
    from payrefresh.audit.scans import Scan
    from payrefresh.audit.state import AuditState

PAUSES = (5.0, 20.0, 60.0)
"""Seconds to wait after each call in a row that was not answered; after the last, the run ends."""

A_MOMENT = 1 / 6
"""Minutes of work that nobody would stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Reads what is left to be read.

    Attributes
    ----------
    calls_per_minute
        How fast it may ask, which tells how long it takes.
    on_kept
        Called once, when the state is kept and there is more to read than a moment's work.
    """

    orders: OrderPages
    file: StateFile
    sleep: Callable[[float], None]
    calls_per_minute: int
    on_kept: Callable[[], None]

    def run(self, state: AuditState, say: Callable[[str], None]) -> AuditState:
        """Go on from a state to the end; ``say`` is called with how far it is.

        Raises
        ------
        CommerceLayerError
            Commerce Layer refused a call, or did not answer for a while; what was read until then is kept.
        """
        is_said = False
        while (scan := state.scan) is not None:
            before = self.orders.calls
            page = self._read(scan, state, say)
            known = state.read + (len(page.orders) if page.left is None else page.left)
            read = state.read + len(page.orders)
            state = state.with_page(scan, page).with_calls(self.orders.calls - before)
            self.file.save(state)
            minutes = (known - read) / PAGE_SIZE / self.calls_per_minute
            if minutes > A_MOMENT and not is_said:
                is_said = True
                self.on_kept()
            left = f", about {minutes:.0f} min left for these" if minutes >= 1 else ""
            say(f"{scan.title}: {read:,} of {known:,}{left}")
        return state

    def _read(self, scan: Scan, state: AuditState, say: Callable[[str], None]) -> Page:
        """Read the next page; where nothing was read yet, nothing is lost by ending at once."""
        for pause in PAUSES if state.has_begun else ():
            try:
                return self.orders.page(scan, state.span.changed_from, state.after)
            except (Unavailable, RateLimited, NoBudget) as error:
                wait = max(pause, error.retry_after or 0.0)
                say(f"{error}; trying again in {wait:.0f} s")
                self.sleep(wait)
        return self.orders.page(scan, state.span.changed_from, state.after)
