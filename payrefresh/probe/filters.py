"""Filters of orders: which are accepted, which of them filter, and whether all may be combined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payrefresh.probe.asking import FEWEST_FIELDS, NO_ID, Question
from payrefresh.probe.findings import Assumption, Finding
from payrefresh.probe.together import Accepted, accepted, listed, refused_as

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from payrefresh.probe.asking import Probe
    from payrefresh.probe.ports import Answer

COMBINED = Assumption("filters.combination", "a list of orders may have all filters of a listing, in one request")
BY_ID = Assumption("filters.ids", "a list of orders may be filtered by ids")
APPLIED = Assumption("filters.applied", "a filter that is accepted leaves out what does not match")


def ask(probe: Probe) -> Iterator[Finding]:
    """Ask for orders with all filters together; where that is refused, with each alone; then that each filters."""
    by_id = _filtered(probe, {"id_in": NO_ID})
    if by_id.ok:
        yield BY_ID.holds("it may", refused_filters=[])
    else:
        yield BY_ID.differs(
            by_id.said,
            "no look is possible: report it, the functions have no other way",
            refused_filters=["id_in"],
        )
    listing = probe.queries.listing
    taken = accepted(tuple(listing), lambda names: _filtered(probe, {name: listing[name] for name in names}))
    yield _of_combination(probe, taken)
    yield _of_effect(probe, [name for name in listing if name not in taken.refused], by_id)


def _of_combination(probe: Probe, taken: Accepted) -> Finding:
    switches: dict[str, object] = {"refused_filters": list(taken.refused), "most_filters": taken.most}
    if taken.refused:
        switches["refused_filters_as"] = refused_as(taken.refused, "400 FILTER_NOT_ALLOWED")
    if not taken.refused and not taken.most:
        return COMBINED.holds("it may", **switches)
    found = [f"refused: {listed(taken.refused)}"] if taken.refused else []
    found += [f"at most {taken.most} together"] if taken.most else []
    falls_back = all(answer.code in probe.queries.fall_back_at for answer in taken.refused.values())
    return COMBINED.differs(
        "; ".join(found),
        "nothing to do: the functions ask with fewer filters, which takes more pages"
        if falls_back
        else "the functions do not ask again at this code, so discover finds nothing here: report it",
        **switches,
    )


def _of_effect(probe: Probe, names: Sequence[str], by_id: Answer) -> Finding:
    ignored = ["id_in"] if by_id.records else []
    if not probe.orders:
        if ignored:
            return _ignoring(ignored)
        return APPLIED.unasked("the organization has no order to leave out")
    order = probe.orders[0]
    excluding = {name: value for name, value in excluding_values(order).items() if name in names}
    for name, value in excluding.items():
        found = _filtered(probe, {"id_eq": order["id"], name: value})
        ignored += [name] if any(each.get("id") == order["id"] for each in found.records) else []
    return _ignoring(ignored) if ignored else APPLIED.holds("it does", ignored_filters=[])


def _ignoring(names: list[str]) -> Finding:
    return APPLIED.differs(
        f"without effect: {', '.join(names)}",
        "what does not match is left out by the functions, but lists take more pages; "
        "without id_gt or id_in they are not read to their end",
        ignored_filters=names,
    )


def excluding_values(order: Mapping[str, Any]) -> Mapping[str, str]:
    """For each filter of a listing, a value that this order does not match."""
    attributes = order.get("attributes", {})
    is_placed, is_unpaid = attributes.get("status") == "placed", attributes.get("payment_status") == "unpaid"
    return {
        "status_in": "cancelled" if is_placed else "placed",
        "payment_status_in": "refunded" if is_unpaid else "unpaid",
        "updated_at_gteq": "2100-01-01T00:00:00Z",
        "updated_at_lteq": "2000-01-01T00:00:00Z",
        # No order is paid so: it is the name of no payment source.
        "payment_method_payment_source_type_in": NO_ID,
        "id_gt": str(order["id"]),
    }


def _filtered(probe: Probe, predicates: Mapping[str, str]) -> Answer:
    return probe.get(
        "/api/orders", {**FEWEST_FIELDS, **{f"filter[q][{name}]": value for name, value in predicates.items()}}
    )


QUESTION = Question("filters", (BY_ID, COMBINED, APPLIED), ask)
