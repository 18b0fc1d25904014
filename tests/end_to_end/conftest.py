"""Stacks for the end-to-end tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devstack.local_stack import local_stack
from tests.end_to_end.driver import Driver

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORT = {
    "GiveUpAfter": "9s",
    "CartCheckAges": "3s,6s,9s",
    "FirstCheckAfter": "2s",
    "MissingAfter": "3s",
    "ClaimLease": "30s",
}


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    """Drive a stack whose policies are so short that a payment is given up within half a minute."""
    # Longer than a batch takes on a busy machine: else its messages come again while it still works on them.
    with local_stack(parameters=SHORT, visibility_s=8) as stack:
        yield Driver(stack)
