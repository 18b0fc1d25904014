"""The vocabulary in sentences: every word has one, and later versions' words stand for themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain import vocabulary
from payment_refresh.domain.payment import REFRESHABLE
from payment_refresh.domain.verdict import Kind
from payment_refresh.domain.vocabulary import STUCK, Notice, Reason, Status
from payment_refresh.domain.watch import NOT_FOUND
from payrefresh.overview import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TABLES: dict[type, Mapping[str, object]] = {
    vocabulary.Status: words.STATUSES,
    vocabulary.Reason: words.REASONS,
    vocabulary.Notice: words.NOTICES,
    vocabulary.WatchClass: words.CLASSES,
    vocabulary.FoundBy: words.FOUND_BY,
    vocabulary.SettledBy: words.SETTLED_BY,
    vocabulary.Evidence: words.EVIDENCE,
    vocabulary.CheckSource: words.CHECKS,
    vocabulary.OutboxItem: words.OUTBOX,
}
NOT_IN_STORIES = {vocabulary.DueClass}
"""Where a row stands in the due index, which no story tells."""


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.__name__)
def test_every_word_of_the_vocabulary_has_a_sentence_and_no_other_has(kind: Iterable[str]) -> None:
    assert set(TABLES[kind]) == set(kind)  # type: ignore[index]  # the kinds are the table's keys


def test_every_kind_of_word_has_a_table_of_sentences() -> None:
    own = (each for each in vars(vocabulary).values() if getattr(each, "__module__", "") == vocabulary.__name__)
    kinds = {each for each in own if not each.__name__.startswith("_")}

    assert kinds - NOT_IN_STORIES == set(TABLES)


def test_every_verdict_of_a_check_has_a_sentence() -> None:
    assert set(words.VERDICTS) == {*Kind, NOT_FOUND}


def test_every_payment_type_has_the_name_of_its_gateway() -> None:
    assert set(words.GATEWAYS) == set(REFRESHABLE)


def test_every_reason_for_which_a_payment_waits_for_a_person_says_what_to_do() -> None:
    stuck = {Reason.STAYED_PENDING, Reason.REFRESH_FAILING, Reason.CANNOT_PROCESS}

    assert all(words.REASONS[reason].to_do for reason in stuck)
    assert all(words.NOTICES[notice].to_do for notice in Notice if notice is not Notice.ATTEMPT_FAILED)
    assert words.STATUSES.keys() >= STUCK


def test_a_word_of_a_later_version_stands_for_itself() -> None:
    assert words.said(words.STATUSES, Status("parked")) == "parked (a word of a later version)"
    assert words.advised(words.NOTICES, Notice("odd")).meaning == "odd (a word of a later version)"
