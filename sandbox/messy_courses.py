"""Courses of messy stories: something is deleted, given back, paid late, twice or otherwise, or told wrongly.

Their pauses go with a watcher whose checks are seconds apart, as in the local run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.courses import opening, pay, placed, placement, webhook
from sandbox.story import Step

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from sandbox.courses import Cast

_TOUCHED_FOR_S = 24


def deleted_cart(cast: Cast) -> Iterator[Step]:
    """Delete a cart with its payment."""
    now = yield from opening(cast)
    yield Step(now + cast.rng.uniform(3, 12), "delete_order")


def cleaned_up(cast: Cast) -> Iterator[Step]:
    """Delete a cart at the moment at which others are deleted too."""
    now = yield from opening(cast)
    yield Step(max(now + 0.5, cast.moment), "delete_order")


def deleted_payment(cast: Cast) -> Iterator[Step]:
    """Place an order, then delete its payment."""
    now = yield from opening(cast, early=True)
    now = yield from placement(cast, now + cast.rng.uniform(0.4, 1.2))
    yield Step(now + cast.rng.uniform(2, 8), "delete_payment")


def orphan(cast: Cast) -> Iterator[Step]:
    """Delete a cart or a placed order, but not its payment."""
    now = yield from opening(cast)
    if cast.rng.random() < 0.5:
        now = yield from placement(cast, now + cast.rng.uniform(0.4, 1.2))
    yield Step(now + cast.rng.uniform(2, 8), "orphan")


def cancelled_unpaid(cast: Cast) -> Iterator[Step]:
    """Place an order, then cancel it."""
    now = yield from placed(cast)
    yield Step(now + cast.rng.uniform(1, 6), "cancelled")


def cancelled_then_paid(cast: Cast) -> Iterator[Step]:
    """Pay an order that was cancelled."""
    now = yield from placed(cast)
    now += cast.rng.uniform(1, 4)
    yield Step(now, "cancelled")
    now += cast.rng.uniform(1.5, 5)
    yield Step(now, "confirm")
    yield from webhook(cast.rng, now, cast.webhook)


def paid_then_cancelled(cast: Cast) -> Iterator[Step]:
    """Cancel an order that was paid, of which no event may have told."""
    now = yield from _paid_at_once(cast, silent=cast.rng.random() < 0.5)
    yield Step(now + cast.rng.uniform(0.3, 3), "cancelled")


def given_back(cast: Cast) -> Iterator[Step]:
    """Pay, and get it all back."""
    now = yield from _paid_at_once(cast, silent=cast.rng.random() < 0.5)
    yield Step(now + cast.rng.uniform(0.3, 6), "give_back")


def replaced_unpaid(cast: Cast) -> Iterator[Step]:
    """Change to a payment that is made much later, such as a bank transfer."""
    yield from _replaced(cast)


def replaced_paid(cast: Cast) -> Iterator[Step]:
    """Change to a payment that is made at once, such as PayPal."""
    now = yield from _replaced(cast)
    now += cast.rng.uniform(0.2, 2)
    yield Step(now, "confirm", second=True)
    yield from webhook(cast.rng, now, "soon", second=True)


def double_charge(cast: Cast) -> Iterator[Step]:
    """Pay with the second payment, while the first was charged as well."""
    now = yield from _replaced(cast)
    now += cast.rng.uniform(0.2, 2)
    yield Step(now, "confirm")
    yield Step(now, "confirm", second=True)
    now += cast.rng.uniform(0.2, 1.5)
    yield Step(now, "charge_again")
    yield Step(now, "webhook", second=True)


def returned_cart(cast: Cast) -> Iterator[Step]:
    """Come back to an old cart, which may have been given up already, and pay with the same payment."""
    yield from opening(cast, early=True)
    late = cast.rng.random() < 0.5
    now = cast.rng.uniform(66, 70) if late and cast.patient else cast.rng.uniform(29, 35)
    yield Step(now, "touch")
    now += cast.rng.uniform(0.5, 2)
    yield Step(now, "confirm")
    yield from webhook(cast.rng, now, cast.webhook)


def paid_late_in_cart(cast: Cast) -> Iterator[Step]:
    """Pay between the ages at which carts are checked, and close the tab."""
    yield from opening(cast, early=True)
    yield Step(cast.rng.uniform(9, 18), "confirm")


def voucher_or_debit_on_cart(cast: Cast) -> Iterator[Step]:
    """Pay a cart much later: with a voucher at a counter, or by a debit."""
    yield from opening(cast, early=True)
    yield Step(cast.rng.uniform(22, 36), "confirm")


def unknown_status(cast: Cast) -> Iterator[Step]:
    """Place an order that gets a status of which nobody has heard, and pay it."""
    now = yield from placed(cast)
    now += cast.rng.uniform(0.3, 2)
    yield Step(now, "on_hold")
    yield from pay(cast, now, slow=False)


def gift_card_rest(cast: Cast) -> Iterator[Step]:
    """Pay a part with a gift card, and the rest with another payment."""
    now = yield from opening(cast)
    now += 0.2
    yield Step(now, "pay_part")
    now = yield from placement(cast, now + cast.rng.uniform(0.4, 1.2))
    yield from pay(cast, now)


def failed_with_message(cast: Cast) -> Iterator[Step]:
    """Let the gateway refuse the payment without an error code."""
    now = yield from placed(cast)
    now += cast.rng.uniform(0.2, 6)
    yield Step(now, "decline_in_words")
    yield Step(now + cast.rng.uniform(0.2, 1.5), "webhook")


def tie(cast: Cast) -> Iterator[Step]:
    """Pay; the last of two events of the same moment shows the order without its money."""
    now = yield from _paid_at_once(cast)
    yield Step(now + 0.3, "tell_before")


def placing_authorized(cast: Cast) -> Iterator[Step]:
    """Pay an order whose placement never ends."""
    yield from _placing(cast)


def placed_after_all(cast: Cast) -> Iterator[Step]:
    """Pay an order whose placement takes very long."""
    now = yield from _placing(cast)
    yield Step(now + cast.rng.uniform(17, 22), "placed")


def draft_with_money(cast: Cast) -> Iterator[Step]:
    """Pay an order that nobody made pending."""
    yield Step(0.0, "create")
    yield Step(0.0, "attach")
    yield Step(cast.rng.uniform(0.5, 2), "confirm")
    yield Step(cast.rng.uniform(2.2, 4), "webhook")


def touched_by_erp(cast: Cast) -> Iterator[Step]:
    """Place and pay an order that somebody else touches all the time."""
    now = yield from placed(cast)
    yield Step(now + cast.rng.uniform(0.2, 3), "confirm")
    for second in range(_TOUCHED_FOR_S):
        yield Step(now + second, "touch")


def free_placed(cast: Cast) -> Iterator[Step]:
    """Place an order that a voucher pays for."""
    now = yield from opening(cast)
    yield Step(now + 0.3, "free")
    yield from placement(cast, now + cast.rng.uniform(0.6, 1.2))


def free_unplaced(cast: Cast) -> Iterator[Step]:
    """Make a cart free, and leave it behind."""
    now = yield from opening(cast)
    yield Step(now + cast.rng.uniform(0.3, 6), "free")


def _paid_at_once(cast: Cast, *, silent: bool = False) -> Generator[Step, None, float]:
    now = yield from placed(cast)
    now += cast.rng.uniform(0.2, 3)
    yield Step(now, "confirm")
    now += cast.rng.uniform(0.2, 1)
    yield Step(now, "webhook", silent=silent)
    return now


def _replaced(cast: Cast) -> Generator[Step, None, float]:
    """Attach a payment that an event names, then another, and place the order."""
    now = yield from opening(cast, early=True)
    now += cast.rng.uniform(0.3, 1.5)
    yield Step(now, "attach", second=True)
    return (yield from placement(cast, now + cast.rng.uniform(0.4, 1.2)))


def _placing(cast: Cast) -> Generator[Step, None, float]:
    now = yield from opening(cast)
    now += cast.rng.uniform(0.4, 1.2)
    yield Step(now, "placing")
    now += cast.rng.uniform(0.2, 2)
    yield Step(now, "confirm")
    yield from webhook(cast.rng, now, cast.webhook)
    return now
