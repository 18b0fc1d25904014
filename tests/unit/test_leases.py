"""Leases: claims of a watch, and what undoes them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain import leases, transitions
from payment_refresh.times import to_iso
from tests.support import samples
from tests.support.clock import START
from tests.unit.transition_steps import NOW, PLACED, POLICY, RECORDED

if TYPE_CHECKING:
    from payment_refresh.domain.watch import Watch


class TestClaims:
    """A claim hands a watch to one message for one lease."""

    def test_a_claim_has_its_token_and_falls_due_with_its_lease(self) -> None:
        watch = leases.claim(samples.watch(samples.order(), POLICY), "token-9", START + 660)

        assert (watch.claim, watch.due_at, watch.claims) == ("token-9", START + 660, 1)

    def test_a_claim_whose_message_was_never_sent_was_no_try(self) -> None:
        watch = leases.release(replace(PLACED, claims=2), NOW)

        assert (watch.claim, watch.due_at, watch.claims) == (None, NOW, 1)

    def test_a_watch_snoozed_untried_is_due_at_once(self) -> None:
        watch = transitions.snooze(replace(PLACED, consecutive_failures=2), NOW)

        assert watch == replace(PLACED, claim=None, claims=0, due_at=NOW, consecutive_failures=2)

    @pytest.mark.parametrize(("before", "due_at"), [(PLACED, NOW + 60), (RECORDED, NOW)])
    def test_a_watch_held_back_waits_unless_an_event_came(self, before: Watch, due_at: int) -> None:
        watch = transitions.snooze(replace(before, event_money_at=to_iso(NOW)), NOW, 60)

        assert (watch.due_at, watch.event_during_lease, watch.event_money_at) == (due_at, False, None)
