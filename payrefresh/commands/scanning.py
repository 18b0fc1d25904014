"""The cost of a scan, said before it, and the consent that a large one needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payrefresh.errors import WrongInput
from payrefresh.overview.scan_cost import ScanCost
from payrefresh.terminal import note

if TYPE_CHECKING:
    from payrefresh.ports import Rows


def before_scan(rows: Rows, *, agreed: bool) -> None:
    """Say what a scan costs where that is worth a word.

    Raises
    ------
    WrongInput
        The table is large, and nobody has agreed.
    """
    cost = ScanCost(*rows.size())
    if cost.needs_consent and not agreed:
        raise WrongInput(f"{cost}: if that is all right, add --yes")
    if cost.is_worth_a_word:
        note(str(cost))
