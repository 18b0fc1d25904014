"""The report of a stack, held against what really happened: to the cent."""

from __future__ import annotations

import io
import json
from collections import Counter, defaultdict
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

from devstack.scenario_run import policy_of
from devstack.truth import truth_from_sandbox
from payrefresh.cli import main
from tests.operating.identity import administrator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from devstack.records import Row
    from devstack.stack import LocalStack
    from devstack.truth import Truth

ANNOUNCED = {
    "paid_not_placed": "OrderAuthorizedNotPlaced",
    "second_charge": "PaymentSuperseded",
    "amount_differs": "PaymentAmountMismatch",
    "money_on_cancelled_order": "PaymentOnCancelledOrder",
    "placed_late": "OrderPlacedLate",
    "payment_gone": "PaymentMissing",
}
"""What a person had to look at in a report, and the outcome event that says it."""


def differences(stack: LocalStack) -> list[str]:
    """Say in what the report of a run differs from the truth of its sandbox; once everything has ended.

    Where two ends of a payment look alike from outside, so that either is right, the row's own is taken; the run
    itself checks that it is one of them. All money is the sandbox's.
    """
    assert stack.sandbox is not None
    observes = stack.parameters.get("Mode") == "observe"
    entries = stack.sandbox.truth(observe=observes, policy=policy_of(stack.parameters))
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for event in stack.events():
        if event.key is not None:
            kinds[event.key].add(event.kind)
    held = {order["order_id"]: order["held_cents"] for order in stack.sandbox.ledger()}
    watched = [
        _Watched(entry, truth_from_sandbox(entry), row, kinds[row.key], held.get(entry["order_id"], {}))
        for row in stack.rows()
        for entry in entries
        if row.key == f"{entry['payment_type']}#{entry['payment_id']}"
    ]
    return list(_compare(_expected(watched, observes=observes), _said(report_of(stack))))


def alter_one_amount(stack: LocalStack) -> None:
    """Add a cent to the amount of one payment that a refresh found, in its row."""
    table = stack.outputs["StateTableName"]
    found = next(row for row in stack.rows() if (row.status, row.settled_by) == ("settled", "refresh"))
    stack.aws.clients.dynamodb.update_item(
        TableName=table,
        Key={"pk": {"S": found.key}},
        UpdateExpression="ADD amount_cents :cent",
        ExpressionAttributeValues={":cent": {"N": "1"}},
    )


def report_of(stack: LocalStack) -> dict[str, Any]:
    """The report of a stack on the local AWS, as the command prints it."""
    stack.flush_metrics()
    with administrator(stack.aws), redirect_stdout(io.StringIO()) as out:
        status = main(["report", "--since", "1d", "--json", "--stack", stack.name])
    assert status == 0
    document: dict[str, Any] = json.loads(out.getvalue())
    return document


class _Watched:
    """One payment: the sandbox's truth, how its row ended, and what was announced of it."""

    def __init__(
        self, entry: Mapping[str, Any], truth: Truth, row: Row, announced: set[str], held: Mapping[str, int]
    ) -> None:
        self.entry = entry
        self.gateway = f"{entry['gateway']['type'].removesuffix('_gateways')} {entry['gateway']['id']}"
        self.held = {"second_charge": held.get(entry["payment_id"], 0), "amount_differs": sum(held.values())}
        self.announced = truth.announce | (truth.may_announce & announced)
        self.status = _only(truth.statuses, row.status)
        self.settled_by = _only(truth.settled_by, row.settled_by) if self.status == "settled" else None

    def facts(self) -> Iterator[str]:
        """Name what the report must count it as."""
        if self.entry["amount_cents"] and self.settled_by == "refresh":
            yield from ("found_by_refresh", f"found_by_refresh, {self.gateway}")
        elif self.entry["amount_cents"] and self.settled_by == "webhook":
            yield "settled_by_webhook"
        yield from (name for name, kind in ANNOUNCED.items() if kind in self.announced)
        if self.status in ("dead_lettered", "reported"):
            yield "stayed_pending"


def _only(right: Iterable[str], own: str | None) -> str | None:
    """What is right, where that is one word; else the row's own."""
    words = list(right)
    return words[0] if len(words) == 1 else own


def _expected(watched: Iterable[_Watched], *, observes: bool) -> Mapping[str, Counter[str]]:
    """What the report must say: of everything that it counts, how many payments, and how much money."""
    said: defaultdict[str, Counter[str]] = defaultdict(Counter)
    orders: set[tuple[str, str]] = set()
    for each in watched:
        entry = each.entry
        for name in each.facts():
            said[name]["payments"] += 1
            if (name, entry["order_id"]) not in orders:
                orders.add((name, entry["order_id"]))
                said[name][entry["currency"]] += entry["amount_cents"]
            said[name]["held"] += each.held.get(name, 0)
    return said | ({"at_most": said["stayed_pending"]} if observes else {})


def _said(document: Mapping[str, Any]) -> Mapping[str, Counter[str]]:
    """What it does say."""
    found = document["found_by_refresh"]
    said = {name: _sum(document[name]) for name in ("found_by_refresh", "settled_by_webhook", "stayed_pending")}
    said |= {name: _sum(of) for name, of in document["for_a_person"].items()}
    for group in found["by_gateway"]:
        name = f"found_by_refresh, {group['gateway_kind']} {group['gateway_id']}"
        more = Counter({"payments": group["payments"], group["currency"]: group["amount_cents"]})
        said[name] = said.get(name, Counter()) + more
    if document["would_have_found"] is not None:
        said["at_most"] = _sum(document["would_have_found"]["at_most"])
    return said


def _sum(of: Mapping[str, Any]) -> Counter[str]:
    return Counter({"payments": of["payments"], **of["sums"], "held": sum(of.get("held", {}).values())})


def _compare(expected: Mapping[str, Counter[str]], said: Mapping[str, Counter[str]]) -> Iterator[str]:
    unknown = [name for name in said if name.endswith(" None")]
    if unknown:
        # No document showed the gateway of some payment: its id is not known, and only its kind can be compared.
        expected, said = _by_kind(expected), _by_kind(said)
    for name in sorted(expected.keys() | said.keys()):
        right, own = (+each.get(name, Counter()) for each in (expected, said))
        if right != own:
            yield f"{name}: the report says {dict(own)}, but it is {dict(right)}"


def _by_kind(sums: Mapping[str, Counter[str]]) -> Mapping[str, Counter[str]]:
    """Add up what differs in the gateway's id alone."""
    merged: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, each in sums.items():
        head, comma, gateway = name.partition(", ")
        merged[head + comma + gateway.partition(" ")[0]].update(each)
    return merged
