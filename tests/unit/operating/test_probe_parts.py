"""Pure parts of the probe: what is accepted together, what a document shows, and how findings are put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrefresh.errors import WrongInput
from payrefresh.probe.document import SCHEMA, to_document
from payrefresh.probe.filters import excluding_values
from payrefresh.probe.findings import Assumption, Report, Unasked, Verdict, answered
from payrefresh.probe.looks import has_data
from payrefresh.probe.refreshing import Intent, Wanted
from payrefresh.probe.together import accepted, largest, refused_as
from tests.unit.operating.probe_api import EMPTY, document, refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payrefresh.probe.findings import Finding
    from payrefresh.probe.ports import Answer

REFUSED = refused(400, "INVALID_INCLUDE")
SOMETHING = Assumption("some.thing", "something is so")


def report(*findings: Finding) -> Report:
    return Report(
        organization="shop", mode="test", api_version="", asked_at="2026-11-30T12:00:00+00:00", findings=findings
    )


@given(st.sets(st.sampled_from("abcdef")), st.integers(1, 6))
def test_names_that_are_left_are_accepted_together_and_the_others_alone_are_not(bad: set[str], most: int) -> None:
    def ask(names: Sequence[str]) -> Answer:
        return REFUSED if bad & set(names) or len(names) > most else EMPTY

    taken = accepted("abcdef", ask)

    assert set(taken.refused) == bad
    good = [name for name in "abcdef" if name not in bad]
    assert taken.left == tuple(good[:most])
    assert taken.most == (most if most < len(good) else 0)


def test_names_that_are_all_accepted_cost_one_question() -> None:
    asked: list[Sequence[str]] = []

    def ask(names: Sequence[str]) -> Answer:
        asked.append(names)
        return EMPTY

    assert accepted("abc", ask).left == ("a", "b", "c")
    assert len(asked) == 1


def test_refusal_as_documented_needs_no_switch_and_another_does() -> None:
    assert refused_as({"a": REFUSED}, "400 INVALID_INCLUDE") == ""
    assert refused_as({"a": refused(403, None)}, "400 INVALID_INCLUDE") == "403"
    assert refused_as({}, "400 INVALID_INCLUDE") == ""


@given(st.integers(0, 24))
def test_largest_number_that_is_accepted_is_found_with_few_questions(limit: int) -> None:
    asked: list[int] = []

    def ask(size: int) -> bool:
        asked.append(size)
        return size <= limit

    assert largest(ask, 24) == limit
    assert len(asked) <= 5


def test_relation_of_a_relation_is_shown_only_where_each_record_has_links() -> None:
    def order(**relations: object) -> dict[str, object]:
        return {"type": "orders", "id": "o", "relationships": relations}

    attempt = {"type": "authorizations", "id": "a", "relationships": {"payment_source": {"data": None}}}
    bare = attempt | {"id": "b", "relationships": {"payment_source": {"links": {}}}}
    links = {"data": [{"type": "authorizations", "id": "a"}, {"type": "authorizations", "id": "b"}]}
    shown = document([order(authorizations=links)], attempt)
    partly = document([order(authorizations=links)], attempt, bare)

    assert has_data(shown, "authorizations") is True
    assert has_data(shown, "authorizations.payment_source") is True
    assert has_data(partly, "authorizations.payment_source") is False
    assert has_data(shown, "payment_source") is False
    assert has_data(shown, "voids.payment_source") is None
    assert has_data(EMPTY, "authorizations") is None


@pytest.mark.parametrize("status", ["placed", "cancelled", "pending"])
@pytest.mark.parametrize("payment_status", ["unpaid", "refunded", "authorized"])
def test_values_that_exclude_an_order_are_not_its_own(status: str, payment_status: str) -> None:
    values = excluding_values({"id": "A", "attributes": {"status": status, "payment_status": payment_status}})

    assert values["status_in"] != status
    assert values["payment_status_in"] != payment_status
    assert values["id_gt"] == "A"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("abcdefghij", Wanted("abcdefghij")),
        ("abcdefghij=open", Wanted("abcdefghij", None, Intent.OPEN)),
        ("satispay_payments#abc=declined", Wanted("abc", "satispay_payments", Intent.DECLINED)),
    ],
)
def test_payment_to_refresh_is_named_by_id_type_and_state(text: str, wanted: Wanted) -> None:
    assert Wanted.parse(text) == wanted


@pytest.mark.parametrize("text", ["", "a b", "abc=paid", "adyen_payments#abc", "../orders"])
def test_payment_that_cannot_be_refreshed_is_refused_before_anything_is_asked(text: str) -> None:
    with pytest.raises(WrongInput, match="--refresh"):
        Wanted.parse(text)


def test_exit_status_is_one_for_a_difference_two_for_what_was_not_asked_and_else_zero() -> None:
    fine, seldom = SOMETHING.holds("yes"), SOMETHING.unseen("never")
    differs, missing = SOMETHING.differs("no", "a pity"), SOMETHING.unasked("no right")

    assert report(fine, seldom).exit_status == 0
    assert report(fine, missing).exit_status == 2
    assert report(missing, differs).exit_status == 1


def test_switches_of_several_findings_are_put_together() -> None:
    findings = [
        SOMETHING.differs("", "", refused_includes=["a"], errors_as={"A": "200"}, page_limit=10),
        SOMETHING.differs("", "", refused_includes=["b", "a"], errors_as={"B": "404"}, page_limit=5),
        SOMETHING.holds("", refused_includes=[], errors_as={}),
    ]

    assert report(*findings).switches == {
        "refused_includes": ["a", "b"],
        "errors_as": {"A": "200", "B": "404"},
        "page_limit": 5,
    }


def test_file_has_what_its_schema_says_and_the_payment_only_where_one_was_refreshed() -> None:
    written = to_document(report(SOMETHING.holds("yes", page_limit=25)))

    assert written["schema"] == SCHEMA
    assert written["findings"] == [
        {
            "id": "some.thing",
            "assumed": "something is so",
            "found": "yes",
            "verdict": "as assumed",
            "meaning": "",
        }
    ]
    assert written["sandbox"] == {"mode": "test", "may_update": None, "switches": {"page_limit": 25}}


@pytest.mark.parametrize(
    ("answer", "words"), [(refused(401, "UNAUTHORIZED"), "may not read"), (refused(502, None), "the API failed")]
)
def test_answer_that_says_nothing_of_the_question_leaves_it_unasked(answer: Answer, words: str) -> None:
    with pytest.raises(Unasked, match=words):
        answered(answer, "read orders")


def test_answer_that_refuses_the_question_is_an_answer() -> None:
    assert answered(REFUSED, "read orders") is REFUSED
    assert SOMETHING.unasked("why").verdict is Verdict.UNASKED
