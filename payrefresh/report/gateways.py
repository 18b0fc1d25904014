"""Names of gateways, as a person knows them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from payment_refresh.domain.watch import Watch

_KNOWN = {"checkout_com": "Checkout.com", "satispay": "Satispay", "stripe": "Stripe"}
_NO_GATEWAY = "orders"


class Gateway(NamedTuple):
    """A gateway: its kind, such as ``stripe``, and the id of its resource where that is known."""

    kind: str
    id: str | None = None


class Group(NamedTuple):
    """Payments of one gateway and in one currency."""

    gateway: Gateway
    currency: str | None

    def order(self) -> tuple[str, str, str]:
        """Where it stands among others."""
        return self.gateway.kind, self.gateway.id or "", self.currency or ""


def gateway_of(watch: Watch) -> Gateway:
    """The gateway of a payment; by the payment's type, where no document showed more."""
    kind = watch.payment_gateway_type or watch.key.type
    return Gateway(kind.removesuffix("_gateways").removesuffix("_payments"), watch.payment_gateway_id)


def names(gateways: Iterable[Gateway]) -> Mapping[Gateway, str]:
    """Name each; of several of one kind, the name bears the id."""
    found = set(gateways)
    kinds = [gateway.kind for gateway in found]
    return {
        gateway: _name(gateway.kind) + (f" {gateway.id or '(unknown)'}" if kinds.count(gateway.kind) > 1 else "")
        for gateway in sorted(found, key=lambda each: (each.kind, each.id or ""))
    }


def _name(kind: str) -> str:
    return "not known" if kind == _NO_GATEWAY else _KNOWN.get(kind, kind)
