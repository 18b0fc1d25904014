"""Orders made and moved by hand, one thing at a time: for tests and for trying things out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.gateways import gateway_type
from sandbox.organization import Decline, Draft, number_of
from sandbox.resources import PAYMENT_TYPES
from sandbox.store import Ref, new_id

if TYPE_CHECKING:
    import random

    from sandbox.gateway import Intent
    from sandbox.store import Record
    from sandbox.world import World

_STATUSES = {"pending": ("pending",), "placing": ("pending", "placing"), "placed": ("pending", "placed")}
_INTENTS = ("open", "authorized", "declined")
_MAKE = (
    "payment_type",
    "status",
    "intent",
    "amount_cents",
    "auto_capture",
    "auto_place",
    "announce",
    "payment",
    "ago_s",
    "gateway",
    "new_model",
)

type _Act = Callable[[World, Record, Intent | None, dict[str, Any]], None]
"""Takes what else the request says besides the action."""


def make_order(world: World, ids: random.Random, wanted: dict[str, Any]) -> dict[str, str | None]:
    """Make one order with a payment; the gateway's webhook for it never comes unless it is asked for.

    Parameters
    ----------
    world, ids
        Where it is made, and where its ids come from.
    wanted
        ``payment_type`` (default stripe_payments), ``status`` (pending, placing, placed; default placed),
        ``intent`` (open, authorized, declined; default open), ``amount_cents``, ``auto_capture``,
        ``auto_place``, ``announce`` (whether order webhooks are sent; default true), ``payment`` (false: no
        payment source yet), ``ago_s`` (how long ago all of it happened; default 0), ``gateway`` (id of a gateway
        of the payment's type; default the first), ``new_model`` (true: an order of the new payments model, as the
        API's version of 2017-08 shows it, with neither payment method nor payment source).

    Raises
    ------
    ValueError
        When something is unknown or cannot be.
    """
    if unknown := sorted(wanted.keys() - set(_MAKE)):
        raise ValueError(f"unknown in an order: {', '.join(unknown)}; known are {', '.join(_MAKE)}")
    payment_type = _one_of(PAYMENT_TYPES, "payment_type", wanted.get("payment_type", PAYMENT_TYPES[0]))
    status = _one_of(tuple(_STATUSES), "status", wanted.get("status", "placed"))
    state = _one_of(_INTENTS, "intent", wanted.get("intent", "open"))
    amount_cents = wanted.get("amount_cents", 4200)
    if type(amount_cents) is not int:
        raise ValueError(f"amount_cents must be a whole number, got {amount_cents!r}")
    draft = Draft(
        order_id=new_id(ids),
        number=number_of(world.store),
        payment_type=payment_type,
        payment_id=new_id(ids),
        amount_cents=amount_cents,
        auto_capture=wanted.get("auto_capture", False),
        auto_place=wanted.get("auto_place", False),
        gateway_id=_gateway(world, wanted.get("gateway"), payment_type),
    )
    ago = _seconds(wanted)
    with world.quiet(muted=not wanted.get("announce", True)), world.clock.ago(ago):
        order = world.organization.create(draft)
        intent = None
        if wanted.get("new_model", False):
            del order.one["payment_method"]
        elif wanted.get("payment", True):
            payment = world.organization.attach_payment(order, payment_type, draft.payment_id, draft.gateway_id)
            intent = world.gateway.open(payment)
        for each in _STATUSES[status]:
            world.organization.set_status(order, each)
    if state == "authorized" and wanted.get("new_model", False):
        with world.quiet(muted=not wanted.get("announce", True)), world.clock.ago(ago):
            world.organization.authorize_otherwise(order)
    elif state == "authorized":
        with world.clock.ago(ago):
            world.gateway.confirm(_needed(intent, state), webhook_lost=True)
    elif state == "declined":
        world.gateway.decline(_needed(intent, state), Decline())
    return _ids(order)


def act(world: World, ids: random.Random, order_id: str, wanted: dict[str, Any]) -> dict[str, str | None]:
    """Let one thing happen to an order: see `_ACTIONS` for what ``action`` can be.

    ``announce: false`` sends no order webhooks of it; ``ago_s`` is how long ago it happened. A decline may have
    ``code: false`` (a message only), a refund ``amount_cents`` (part of the capture).

    Raises
    ------
    ValueError
        When the order or the action is unknown, or the order has no payment to act on.
    """
    order = world.store.get(Ref("orders", order_id))
    if order is None:
        raise ValueError(f"no order {order_id}")
    action = _one_of((*_ACTIONS, "replace_payment"), "action", wanted.get("action"))
    with world.quiet(muted=not wanted.get("announce", True)), world.clock.ago(_seconds(wanted)):
        if action == "replace_payment":
            kind = _one_of(PAYMENT_TYPES, "payment_type", wanted.get("payment_type", PAYMENT_TYPES[0]))
            world.gateway.open(world.organization.attach_payment(order, kind, new_id(ids)))
        else:
            current = order.one.get("payment_source")
            payment_id = wanted.get("payment_id")
            intents = world.gateway.intents
            named = next((ref for ref in intents if ref.id == payment_id), None)
            if payment_id is not None and named is None:
                raise ValueError(f"no payment {payment_id}")
            chosen = named or current
            _ACTIONS[action](world, order, intents[chosen] if chosen else None, wanted)
    return _ids(order)


def _authorize(world: World, _order: Record, intent: Intent | None, _wanted: dict[str, Any]) -> None:
    """The shopper pays; the gateway's webhook is lost, unless `deliver` follows."""
    world.gateway.confirm(_needed(intent, "authorize"), webhook_lost=True)


def _decline(world: World, _order: Record, intent: Intent | None, wanted: dict[str, Any]) -> None:
    """The gateway refuses the shopper's attempt."""
    decline = Decline() if wanted.get("code", True) else Decline(error_code=None)
    world.gateway.decline(_needed(intent, "decline"), decline)


def _deliver(world: World, _order: Record, intent: Intent | None, _wanted: dict[str, Any]) -> None:
    """The gateway's webhook comes after all."""
    known = _needed(intent, "deliver")
    known.webhook_lost = False
    world.gateway.deliver(known)


def _to(status: str) -> _Act:
    def move(world: World, order: Record, _intent: Intent | None, _wanted: dict[str, Any]) -> None:
        world.organization.set_status(order, status)

    return move


def _capture(world: World, order: Record, intent: Intent | None, _wanted: dict[str, Any]) -> None:
    """The merchant captures what is authorized."""
    _needed(intent, "capture")
    world.organization.capture(order)


def _void(world: World, order: Record, intent: Intent | None, _wanted: dict[str, Any]) -> None:
    """The merchant voids what is authorized."""
    _needed(intent, "void")
    world.organization.void(order)


def _refund(world: World, order: Record, intent: Intent | None, wanted: dict[str, Any]) -> None:
    """The merchant gives money back that was captured."""
    _needed(intent, "refund")
    world.organization.refund(order, wanted.get("amount_cents"))


def _mismatch(world: World, _order: Record, intent: Intent | None, _wanted: dict[str, Any]) -> None:
    """The order's amount no longer is that of the intent."""
    payment = world.store.must(_needed(intent, "mismatch").payment)
    payment.attributes["mismatched_amounts"] = True
    world.organization.touch(payment)


def _charge_again(world: World, order: Record, intent: Intent | None, _wanted: dict[str, Any]) -> None:
    """Commerce Layer learns of the money of a payment that is not the order's any more."""
    world.mishaps.charge_again(order, world.store.must(_needed(intent, "charge_again").payment))


def _delete_payment(world: World, order: Record, intent: Intent | None, _wanted: dict[str, Any]) -> None:
    """The payment is deleted, the order is not."""
    world.mishaps.delete_payment(order, world.store.must(_needed(intent, "delete_payment").payment))


def _happens(what: str) -> _Act:
    def happen(world: World, order: Record, _intent: Intent | None, _wanted: dict[str, Any]) -> None:
        getattr(world.mishaps, what)(order)

    return happen


_ACTIONS: dict[str, _Act] = {
    "authorize": _authorize,
    "decline": _decline,
    "deliver": _deliver,
    "mismatch": _mismatch,
    "capture": _capture,
    "void": _void,
    "refund": _refund,
    "pending": _to("pending"),
    "placing": _to("placing"),
    "place": _to("placed"),
    "approve": _to("approved"),
    "cancel": _to("cancelled"),
    "charge_again": _charge_again,
    "delete_payment": _delete_payment,
    "delete_order": _happens("delete_order"),
    "orphan": _happens("orphan"),
    "make_free": _happens("make_free"),
}


def _needed(intent: Intent | None, action: str) -> Intent:
    if intent is None:
        raise ValueError(f"{action} needs an order with a payment")
    return intent


def _gateway(world: World, gateway_id: object, payment_type: str) -> str | None:
    known = tuple(gateway.id for gateway in world.store.all(gateway_type(payment_type)))
    return None if gateway_id is None else _one_of(known, "gateway", gateway_id)


def _one_of(choices: tuple[str, ...], name: str, value: object) -> str:
    for choice in choices:
        if value == choice:
            return choice
    raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")


def _seconds(wanted: dict[str, Any]) -> float:
    seconds = wanted.get("ago_s", 0)
    if type(seconds) not in (int, float) or seconds < 0:
        raise ValueError(f"ago_s must be a number of seconds, 0 or more, got {seconds!r}")
    return float(seconds)


def _ids(order: Record) -> dict[str, str | None]:
    payment = order.one.get("payment_source")
    return {
        "order_id": order.id,
        "order_number": order.attributes["number"],
        "payment_type": payment.type if payment else None,
        "payment_id": payment.id if payment else None,
    }
