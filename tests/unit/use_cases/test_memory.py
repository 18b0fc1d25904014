"""Memory of an environment from batch to batch."""

from __future__ import annotations

from payment_refresh.use_cases.check_payments.memory import OTHERS, Memory
from tests.support import samples


def test_a_payment_that_was_seen_is_the_witness_of_its_type() -> None:
    memory = Memory()
    for key in (samples.key("a"), samples.key("b"), samples.key("c", "satispay_payments")):
        memory.saw(key)

    assert memory.witnesses == {"stripe_payments": "pay-b", "satispay_payments": "pay-c"}


def test_one_payment_that_fails_again_and_again_stays_one() -> None:
    memory = Memory()

    assert not any(memory.refresh_failed(samples.key()) for _ in range(9))


def test_several_payments_that_fail_with_none_answered_are_no_single_payments_failure() -> None:
    memory = Memory()

    assert [memory.refresh_failed(samples.key(name)) for name in "abcd"] == [False] * (OTHERS - 1) + [True, True]


def test_a_refresh_that_was_answered_begins_the_count_anew() -> None:
    memory = Memory()
    for name in "abc":
        memory.refresh_failed(samples.key(name))
    memory.refresh_answered(samples.key("e"))

    assert not memory.refresh_failed(samples.key("d"))


def test_each_type_is_counted_on_its_own() -> None:
    memory = Memory()
    for name in "abc":
        memory.refresh_failed(samples.key(name))
    memory.refresh_answered(samples.key("d", "satispay_payments"))

    assert not memory.refresh_failed(samples.key("e", "satispay_payments"))
    assert memory.refresh_failed(samples.key("f"))
