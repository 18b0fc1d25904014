"""Looks at orders, as the functions send them: relations, sparse fields, and what comes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payment_refresh.domain.order_document import index_included
from payrefresh.probe.asking import Question
from payrefresh.probe.findings import HANDLED, Assumption, Finding, Unasked
from payrefresh.probe.together import accepted, listed, refused_as

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from payrefresh.probe.asking import Probe
    from payrefresh.probe.ports import Answer
    from payrefresh.probe.together import Accepted

INCLUDES = Assumption("includes.orders", "a list of orders may include all that a look asks for, in one request")
SHOWN = Assumption("includes.shown", "what a look includes is in the answer")
FIELDS = Assumption("fields.types", "sparse fields may be named for every type of payment and gateway")
SPARSE = Assumption("fields.sparse", "an answer has the fields that were asked for, and no others")
SOURCES = Assumption("includes.payments", "a list of payments may include their order, and what that one includes")
NUMBERS = Assumption("shapes.number", "an order's number is text")
AMOUNTS = Assumption("shapes.amounts", "amounts in cents are integers")

LOOKED_AT = {"page[size]": "25", "sort": "-updated_at"}


def ask(probe: Probe) -> Iterator[Finding]:
    """Send a look; where it is refused, find out what of it."""
    includes = tuple(probe.queries.order_includes)
    whole = probe.get("/api/orders", {**probe.queries.order_params(includes), **LOOKED_AT})
    if whole.ok:
        probe.includes = includes
        yield INCLUDES.holds("it may", refused_includes=[], most_includes=0)
        yield FIELDS.holds("they may", refused_fields=[])
    else:
        taken = accepted(includes, lambda names: _with_includes(probe, names))
        yield _of_includes(probe, INCLUDES, taken)
        fields = {key: value for key, value in probe.queries.order_params(includes).items() if key != "include"}
        named = accepted(tuple(fields), lambda names: _with_fields(probe, {name: fields[name] for name in names}))
        yield _of_fields(named)
        probe.includes = () if named.refused else taken.left
        params = {**probe.queries.order_params(probe.includes), **LOOKED_AT}
        whole = probe.read("/api/orders", {key: params[key] for key in params if key not in named.refused})
    probe.orders = whole.records
    yield from _of_records(probe, whole)


def _of_records(probe: Probe, whole: Answer) -> Iterator[Finding]:
    if not probe.orders:
        raise Unasked("the organization has no order to look at")
    missing = [path for path in probe.includes if has_data(whole, path) is False]
    if missing:
        yield SHOWN.differs(
            f"{', '.join(missing)} left out",
            "payments are judged by what is there; without payment_source none is found",
            ignored_includes=missing,
        )
    else:
        yield SHOWN.holds("it is", ignored_includes=[])
    asked = set(probe.queries.order_params(probe.includes)["fields[orders]"].split(","))
    more = set().union(*(_mapping(order.get("attributes")) for order in probe.orders)) - asked
    if more:
        yield SPARSE.differs(
            f"{len(more)} other fields of an order",
            "answers hold payments' client secrets and shoppers' data; they are neither logged nor kept",
            fields_ignored=True,
        )
    else:
        yield SPARSE.holds("so it is", fields_ignored=False)
    yield from _of_shapes([_mapping(order.get("attributes")) for order in probe.orders])


def _of_shapes(orders: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    if any(type(order.get("number")) is int for order in orders):
        yield NUMBERS.differs("it is an integer", HANDLED, integer_numbers=True)
    else:
        yield NUMBERS.holds("it is text", integer_numbers=False)
    if any(isinstance(order.get("total_amount_with_taxes_cents"), str) for order in orders):
        yield AMOUNTS.differs("they are text", HANDLED, amounts_as_text=True)
    else:
        yield AMOUNTS.holds("they are integers", amounts_as_text=False)


def ask_payments(probe: Probe) -> Iterator[Finding]:
    """List each type of payment with its order."""
    includes = tuple(probe.queries.payment_includes)
    kinds = ("stripe_payments", "checkout_com_payments", "satispay_payments")
    whole = {kind: probe.get(f"/api/{kind}", _payments(probe, kind, includes)) for kind in kinds}
    if all(answer.ok for answer in whole.values()):
        yield SOURCES.holds("it may, of each type", refused_includes=[])
        return
    kind = next(kind for kind, answer in whole.items() if not answer.ok)
    probe.read(f"/api/{kind}", {**probe.none, f"fields[{kind}]": "updated_at"})
    taken = accepted(includes, lambda names: probe.get(f"/api/{kind}", _payments(probe, kind, names)))
    yield _of_includes(probe, SOURCES, taken)


def _payments(probe: Probe, kind: str, includes: Sequence[str]) -> Mapping[str, str]:
    # Without the order, its own relations cannot be included: each is asked for together with it.
    paths = includes if "order" in includes else ("order", *includes)
    params = dict(probe.queries.payment_params(kind, tuple(paths)))
    return {**params, "include": ",".join(includes), **probe.none}


def _of_includes(probe: Probe, assumption: Assumption, taken: Accepted) -> Finding:
    switches: dict[str, object] = {"refused_includes": list(taken.refused), "most_includes": taken.most}
    if taken.refused:
        switches["refused_includes_as"] = refused_as(taken.refused, "400 INVALID_INCLUDE")
    if not taken.refused and not taken.most:
        return assumption.holds("it may", **switches)
    falls_back = all(answer.code in probe.queries.fall_back_at for answer in taken.refused.values())
    found = [f"refused: {listed(taken.refused)}"] if taken.refused else []
    found += [f"at most {taken.most} together"] if taken.most else []
    return assumption.differs(
        "; ".join(found),
        "nothing to do: the functions ask again with less"
        if falls_back
        else "the functions do not ask again at this code: give the integration's role the right to read these",
        **switches,
    )


def _of_fields(named: Accepted) -> Finding:
    types = [name.removeprefix("fields[").removesuffix("]") for name in named.refused]
    if not types:
        return FIELDS.holds("they may", refused_fields=[])
    return FIELDS.differs(
        f"refused: {listed(named.refused)}",
        "no look is answered here: report it, the functions name these types in every request",
        refused_fields=types,
    )


def _with_includes(probe: Probe, names: Sequence[str]) -> Answer:
    return probe.get("/api/orders", {**probe.none, "include": ",".join(names)})


def _with_fields(probe: Probe, fields: Mapping[str, str]) -> Answer:
    return probe.get("/api/orders", {**probe.none, **fields})


def has_data(answer: Answer, path: str) -> bool | None:
    """Whether a relation's links are in an answer wherever they should be; None where nothing has the relation."""
    included = index_included(answer.document)
    records: Iterable[Mapping[str, Any]] = answer.records
    *before, last = path.split(".")
    for name in before:
        records = [
            included[identity]
            for record in records
            for identity in _identities(_relation(record, name).get("data"))
            if identity in included
        ]
    shown = ["data" in _relation(record, last) for record in records]
    return all(shown) if shown else None


def _relation(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return _mapping(_mapping(record.get("relationships")).get(name))


def _identities(data: object) -> list[tuple[str, str]]:
    links = data if isinstance(data, list) else [data]
    return [
        (link["type"], link["id"]) for link in links if isinstance(link, dict) and {"type", "id"} <= link.keys()
    ]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


QUESTION = Question("relations and fields of orders", (INCLUDES, FIELDS, SHOWN, SPARSE, NUMBERS, AMOUNTS), ask)
PAYMENTS = Question("relations of payments", (SOURCES,), ask_payments)
