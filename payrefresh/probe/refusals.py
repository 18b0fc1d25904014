"""Refusals: what the API says to what it does not know, in reads that can find nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payrefresh.probe.asking import NO_ID, Question
from payrefresh.probe.findings import HANDLED, Assumption, Finding
from payrefresh.probe.ports import Form

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payrefresh.probe.asking import Probe
    from payrefresh.probe.ports import Answer

RECORD_NOT_FOUND = "RECORD_NOT_FOUND"
NOTHING = "no_such_thing"
"""A name that no relation, field, filter or type has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    """Something that the API cannot know.

    Attributes
    ----------
    documented
        The code that its documentation, or its clients, name for it.
    status
        The status that goes with it.
    """

    assumption: Assumption
    documented: str
    status: int
    params: Mapping[str, str] = field(default_factory=dict)


REFUSALS = (
    _Refusal(
        assumption=Assumption(
            "refusals.include", "an unknown relation is refused, with a code the functions know"
        ),
        documented="INVALID_INCLUDE",
        status=400,
        params={"include": NOTHING},
    ),
    _Refusal(
        assumption=Assumption("refusals.filter", "an unknown filter is refused, with a code the functions know"),
        documented="FILTER_NOT_ALLOWED",
        status=400,
        params={f"filter[q][{NOTHING}_eq]": "1"},
    ),
    _Refusal(
        assumption=Assumption("refusals.field", "an unknown field is refused, with a code the functions know"),
        documented="INVALID_FIELD",
        status=400,
        params={"fields[orders]": f"status,{NOTHING}"},
    ),
    _Refusal(
        assumption=Assumption("refusals.type", "fields of an unknown type are refused, with a known code"),
        documented="INVALID_RESOURCE",
        status=400,
        params={f"fields[{NOTHING}]": "id"},
    ),
)
TOKEN = Assumption("refusals.token", "a token that is not valid is refused with INVALID_TOKEN")
RECORD = Assumption("refusals.record", f"only a record that does not exist is answered {RECORD_NOT_FOUND}")
ADDRESS = Assumption("refusals.address", f"an address without a type is answered {RECORD_NOT_FOUND} too")


def ask(probe: Probe) -> Iterator[Finding]:
    """Ask for what cannot be there."""
    for refusal in REFUSALS:
        params = {**probe.none, "fields[orders]": "status", **refusal.params}
        yield _of_query(refusal, probe.get("/api/orders", params), probe)
    yield _of_token(probe.api.get_with_a_false_token("/api/orders"))
    yield _of_record(probe.get(f"/api/orders/{NO_ID}", {"fields[orders]": "status"}))
    yield _of_address(probe.get(f"/api/{NOTHING}s", {}))


def _of_query(refusal: _Refusal, answer: Answer, probe: Probe) -> Finding:
    code, expected = refusal.documented, f"{refusal.status} {refusal.documented}"
    if answer.said == expected:
        return refusal.assumption.holds(expected, errors_as={})
    if answer.ok:
        return refusal.assumption.differs(
            "it is ignored", "nothing to do: the answer is looked at, not the question", errors_as={code: "200"}
        )
    is_known = answer.status == refusal.status and answer.code in probe.queries.fall_back_at
    meaning = HANDLED if is_known else "the functions do not ask again with less at this code: report it"
    return refusal.assumption.differs(answer.said, meaning, errors_as={code: answer.said})


def _of_token(answer: Answer) -> Finding:
    if answer.said == "401 INVALID_TOKEN":
        return TOKEN.holds(answer.said, errors_as={})
    meaning = "a token that was revoked is not replaced until its time is over: report it"
    return TOKEN.differs(answer.said, meaning, errors_as={"INVALID_TOKEN": answer.said})


def _of_record(answer: Answer) -> Finding:
    if answer.code == RECORD_NOT_FOUND:
        return RECORD.holds(answer.said, not_found_page=False)
    meaning = "a payment that is gone looks like an outage, and stays watched to its policy's end"
    if answer.form is Form.PAGE:
        return RECORD.differs(f"{answer.status} with {answer.form}", meaning, not_found_page=True)
    return RECORD.differs(answer.said, meaning, errors_as={RECORD_NOT_FOUND: answer.said})


def _of_address(answer: Answer) -> Finding:
    if answer.code == RECORD_NOT_FOUND:
        return ADDRESS.holds(answer.said, unknown_type_page=False)
    form = f" with {answer.form}" if answer.form is Form.PAGE else ""
    return ADDRESS.differs(
        f"{answer.said}{form}",
        "good: a wrong address cannot be taken for payments that are gone",
        **({"unknown_type_page": True} if form else {}),
    )


QUESTION = Question("refusals", (*(each.assumption for each in REFUSALS), TOKEN, RECORD, ADDRESS), ask)
