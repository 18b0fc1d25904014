"""All kinds of stories that a scenario can play: the course of each, and what is special about its order. Data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sandbox import courses, messy_courses
from sandbox.courses import Cast
from sandbox.oddities import CAPTURED_SOON, ODD_SHAPES, PARTLY_AUTHORIZED, REFRESH_LAGS
from sandbox.resources import PAYMENT_TYPES
from sandbox.story import Step

if TYPE_CHECKING:
    from sandbox.story import Refusal

type Course = Callable[[Cast], Iterator[Step]]
type Paying = Literal["by_loss", "soon", "lost", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of story.

    Attributes
    ----------
    paying
        Whether the gateway's webhook arrives for the payment the story is about: as the scenario's `loss` and
        `late` decide, always, never; or whether no money comes.
    on_purpose
        Whether merchant and shopper want just that, so that no person is needed.
    is_cart
        Whether nobody places the order.
    captures
        Whether the payment method captures by itself; None for the scenario's share.
    places
        Share of the orders whose money places them.
    second
        Types of the payment the shopper changes to.
    is_of_second
        Whether the story is about that one.
    unheard
        Whether none of the order's own webhooks is sent.
    amounts
        What the gateway authorizes: from and to which share of what the order costs; None for just that.
    refusals
        How Commerce Layer refuses each refresh of the payment.
    life_s
        How long a watcher has to do with it, about; what lives long begins early.
    incident
        Name of what all orders of this kind meet together.
    """

    course: Course
    paying: Paying = "never"
    on_purpose: bool = False
    is_cart: bool = False
    captures: bool | None = None
    places: float = 0.0
    second: tuple[str, ...] = ()
    is_of_second: bool = False
    unheard: bool = False
    oddities: frozenset[str] = frozenset()
    amounts: tuple[float, float] | None = None
    refusals: tuple[Refusal, ...] = ()
    life_s: float = 25.0
    incident: str | None = None


_LONG = 65.0
"""Of what is watched until the policy's end."""

KINDS: dict[str, Kind] = {
    "paid": Kind(course=courses.paid, paying="by_loss"),
    "declined": Kind(course=courses.declined, life_s=_LONG),
    "declined_retried": Kind(course=courses.declined_retried, paying="by_loss", life_s=35),
    "never_paid": Kind(course=courses.never_paid, life_s=_LONG),
    "cart_abandoned": Kind(course=courses.cart_abandoned, is_cart=True, on_purpose=True, life_s=_LONG),
    "cart_paid": Kind(course=courses.paid_in_cart, paying="by_loss", is_cart=True, places=1.0),
    "cart_cancelled": Kind(course=courses.cart_cancelled, is_cart=True, on_purpose=True),
    "closed_tab": Kind(course=courses.paid_in_cart, paying="by_loss", is_cart=True, life_s=35),
    "changed_source": Kind(
        course=courses.changed_source, paying="by_loss", second=PAYMENT_TYPES, is_of_second=True, on_purpose=True
    ),
    "old_source_wins": Kind(
        course=courses.old_source_wins, paying="by_loss", is_cart=True, places=1.0, second=PAYMENT_TYPES, life_s=35
    ),
    "double_payment": Kind(
        course=courses.double_payment, paying="by_loss", places=0.5, second=PAYMENT_TYPES, is_of_second=True
    ),
    "cancelled_late_money": Kind(course=courses.cancelled_late_money, paying="by_loss", life_s=_LONG),
    "stuck_before_paid": Kind(course=courses.stuck_before_paid, paying="lost", unheard=True),
    "stuck_before_settled": Kind(course=courses.stuck_before_settled, paying="soon", unheard=True),
    "stuck_before_unpaid": Kind(course=courses.stuck_before_unpaid, unheard=True),
    # Something is gone.
    "deleted_cart": Kind(course=messy_courses.deleted_cart, is_cart=True, on_purpose=True, life_s=35),
    "deleted_payment": Kind(course=messy_courses.deleted_payment, life_s=35),
    "orphan": Kind(course=messy_courses.orphan, life_s=_LONG),
    # Somebody else's fault.
    "refresh_fails": Kind(course=courses.never_paid, refusals=("500", "500", "hang"), life_s=_LONG + 10),
    "refresh_refused": Kind(course=courses.never_paid, refusals=("401",), life_s=_LONG + 10),
    # The merchant or the shopper changes their mind.
    "cancelled_unpaid": Kind(course=messy_courses.cancelled_unpaid, on_purpose=True, life_s=_LONG),
    "cancelled_then_paid": Kind(
        course=messy_courses.cancelled_then_paid, paying="by_loss", captures=False, life_s=35
    ),
    "paid_then_cancelled_voided": Kind(
        course=messy_courses.paid_then_cancelled, paying="soon", captures=False, on_purpose=True
    ),
    "paid_then_cancelled_kept": Kind(course=messy_courses.paid_then_cancelled, paying="soon", captures=True),
    "voided": Kind(course=messy_courses.given_back, paying="soon", captures=False, on_purpose=True),
    "refunded": Kind(course=messy_courses.given_back, paying="soon", captures=True, on_purpose=True),
    "replaced_unpaid": Kind(
        course=messy_courses.replaced_unpaid, second=("wire_transfers",), on_purpose=True, life_s=_LONG
    ),
    "replaced_paid": Kind(course=messy_courses.replaced_paid, second=("paypal_payments",), on_purpose=True),
    "double_charge": Kind(
        course=messy_courses.double_charge, paying="soon", second=PAYMENT_TYPES, is_of_second=True
    ),
    "returned_cart": Kind(
        course=messy_courses.returned_cart, paying="lost", is_cart=True, places=0.6, on_purpose=True, life_s=105
    ),
    "paid_late_in_cart": Kind(
        course=messy_courses.paid_late_in_cart, paying="lost", is_cart=True, places=0.5, life_s=40
    ),
    "voucher_or_debit_on_cart": Kind(
        course=messy_courses.voucher_or_debit_on_cart, paying="lost", is_cart=True, places=0.8, life_s=_LONG
    ),
    "voucher_lapsed": Kind(course=courses.cart_abandoned, is_cart=True, places=1.0, on_purpose=True, life_s=_LONG),
    # What the order says.
    "unknown_status": Kind(course=messy_courses.unknown_status, paying="by_loss"),
    "authorized_less": Kind(course=courses.paid, paying="by_loss", amounts=(0.3, 0.95)),
    "authorized_more": Kind(course=courses.paid, paying="by_loss", amounts=(1.05, 1.5)),
    "authorized_in_part": Kind(
        course=courses.paid,
        paying="by_loss",
        amounts=(0.3, 0.95),
        oddities=frozenset({PARTLY_AUTHORIZED}),
        life_s=_LONG,
    ),
    "gift_card_rest": Kind(course=messy_courses.gift_card_rest, paying="by_loss", on_purpose=True),
    "failed_with_message": Kind(course=messy_courses.failed_with_message, life_s=_LONG),
    "tie": Kind(course=messy_courses.tie, paying="soon"),
    "odd_shapes": Kind(course=courses.paid, paying="by_loss", oddities=frozenset({ODD_SHAPES})),
    "free_placed": Kind(course=messy_courses.free_placed, on_purpose=True),
    "free_unplaced": Kind(course=messy_courses.free_unplaced, is_cart=True, on_purpose=True),
    "captured_at_once": Kind(
        course=courses.paid, paying="lost", captures=True, oddities=frozenset({CAPTURED_SOON, REFRESH_LAGS})
    ),
    # What discover does not see at first.
    "placing_authorized": Kind(course=messy_courses.placing_authorized, paying="by_loss", life_s=35),
    "placed_after_all": Kind(course=messy_courses.placed_after_all, paying="by_loss", life_s=35),
    "draft_with_money": Kind(course=messy_courses.draft_with_money, paying="soon", is_cart=True),
    "touched_by_erp": Kind(course=messy_courses.touched_by_erp, paying="lost", unheard=True, life_s=40),
    # What many orders meet together.
    "throttled": Kind(course=courses.paid, paying="lost", incident="throttled"),
    "edge_404": Kind(course=courses.paid, paying="lost", incident="edge_404"),
    "broken_gateway": Kind(course=courses.paid, paying="lost", incident="broken_gateway"),
    "clean_up": Kind(course=messy_courses.cleaned_up, is_cart=True, on_purpose=True, incident="clean_up"),
}
"""By name. A scenario's parameters, the report of a run and the truth name them so."""
