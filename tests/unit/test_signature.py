"""Signatures of order events, also while their secrets change or cannot be read."""

from __future__ import annotations

import base64
from collections import deque
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_refresh.errors import SecretUnavailable
from payment_refresh.use_cases.receive_order_event.signature import (
    KEPT_FOR,
    REREAD_AFTER,
    WebhookSecrets,
    matches,
    sign,
)
from tests.support.clock import FakeClock
from tests.support.log import FakeLog

if TYPE_CHECKING:
    from collections.abc import Mapping

TOPIC, BODY = "orders.place", b'{"data": {}}'
DOWN = SecretUnavailable("Secrets Manager did not answer")


class Vault:
    """Gives what a test set, the last of it for ever, and counts."""

    def __init__(self, *answers: Mapping[str, object] | SecretUnavailable) -> None:
        self.answers, self.reads = deque(answers), 0
        self.clock, self.log = FakeClock(), FakeLog()
        self.secrets = WebhookSecrets(fetch=self.fetch, clock=self.clock, log=self.log)

    def fetch(self) -> Mapping[str, object]:
        self.reads += 1
        answer = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, SecretUnavailable):
            raise answer
        return answer

    def verify(self, secret: str, topic: str = TOPIC) -> bool:
        return self.secrets.verify(topic, BODY, sign(BODY, secret))


def test_the_signature_is_base64_of_hmac_sha256_over_the_raw_body() -> None:
    """RFC 4231, test case 2."""
    signature = sign(b"what do ya want for nothing?", "Jefe")

    digest = bytes.fromhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    assert base64.b64decode(signature, validate=True) == digest


@given(st.binary(), st.lists(st.text(min_size=1), max_size=3), st.text(min_size=1))
def test_only_a_known_secret_signs(body: bytes, secrets: list[str], other: str) -> None:
    for secret in secrets:
        assert matches(body, sign(body, secret), secrets)
        assert not matches(body + b"x", sign(body, secret), secrets)
    assert matches(body, sign(body, other), secrets) is (other in secrets)


@given(st.text())
def test_no_text_passes_for_a_signature(signature: str) -> None:
    assert not matches(BODY, signature, ["secret"])


@pytest.mark.parametrize(
    "signature", ["", "é", "\ud800", sign(b"what do ya want for nothing?", "Jefe").rstrip("=")]
)
def test_a_malformed_signature_is_only_wrong(signature: str) -> None:
    assert not matches(b"what do ya want for nothing?", signature, ["Jefe"])


class TestTheSecretsOfTheTopics:
    """Each topic has its own secrets, the current one and those before it."""

    def test_every_secret_of_the_topic_counts(self) -> None:
        vault = Vault({TOPIC: ["current", "previous"]})

        assert vault.verify("current")
        assert vault.verify("previous")
        assert vault.reads == 1

    @pytest.mark.parametrize("topic", ["orders.pay", "orders.unknown", "", "orders.place/"])
    def test_the_secret_of_another_topic_does_not(self, topic: str) -> None:
        assert not Vault({TOPIC: ["place"], "orders.pay": ["pay"]}).verify("place", topic)

    @pytest.mark.parametrize(
        "value", ["secret", None, {"current": "secret"}, [7], [""], ["good", ""], ["good", None]], ids=repr
    )
    def test_a_secret_of_the_wrong_form_signs_nothing(self, value: object) -> None:
        with pytest.raises(SecretUnavailable, match=r"under 'orders\.place'"):
            Vault({TOPIC: value}).verify("")

    def test_the_refusal_does_not_show_the_secret(self) -> None:
        with pytest.raises(SecretUnavailable) as refused:
            Vault({TOPIC: ["good-secret", 7]}).verify("x")

        assert "good-secret" not in str(refused.value)


class TestReadingAgain:
    """Old secrets, and mismatches, have the secret read again."""

    def test_a_rotated_secret_is_found_at_the_first_mismatch_after_a_minute(self) -> None:
        vault = Vault({TOPIC: ["old"]}, {TOPIC: ["new", "old"]})
        assert vault.verify("old")
        vault.clock.advance(REREAD_AFTER)

        assert vault.verify("new")
        assert vault.reads == 2

    def test_mismatches_have_it_read_once_a_minute_at_most(self) -> None:
        vault = Vault({TOPIC: ["secret"]})
        for _ in range(120):
            assert not vault.verify("forged")
            vault.clock.advance(1)

        assert vault.reads == 2

    def test_it_is_read_again_after_five_minutes(self) -> None:
        vault = Vault({TOPIC: ["old"]}, {TOPIC: ["new"]})
        assert vault.verify("old")
        vault.clock.advance(KEPT_FOR)

        assert not vault.verify("old")
        assert vault.reads == 2


class TestWhileItCannotBeRead:
    """The last one known serves on; thirty failures in a row would stop the webhooks."""

    @pytest.mark.parametrize("broken", [DOWN, {TOPIC: "not a list"}], ids=["no answer", "wrong form"])
    def test_the_last_one_known_is_used_and_that_is_reported(
        self, broken: Mapping[str, object] | SecretUnavailable
    ) -> None:
        vault = Vault({TOPIC: ["secret"]}, broken)
        assert vault.verify("secret")
        vault.clock.advance(KEPT_FOR)

        assert vault.verify("secret")
        assert len(vault.log.of("webhook_secret_stale")) == 1

    def test_it_is_not_asked_for_at_every_event(self) -> None:
        vault = Vault({TOPIC: ["secret"]}, DOWN)
        vault.verify("secret")
        vault.clock.advance(KEPT_FOR)
        for _ in range(10):
            assert vault.verify("secret")

        assert vault.reads == 2

    def test_before_the_first_answer_the_event_must_be_sent_again(self) -> None:
        vault = Vault(DOWN, {TOPIC: ["secret"]})
        with pytest.raises(SecretUnavailable):
            vault.verify("secret")

        assert vault.verify("secret")

    def test_a_forger_learns_nothing_from_an_outage(self) -> None:
        vault = Vault({TOPIC: ["secret"]}, DOWN)
        vault.verify("secret")
        vault.clock.advance(REREAD_AFTER)

        assert not vault.verify("forged")


def test_secrets_do_not_show_in_what_is_printed_of_them() -> None:
    vault = Vault({TOPIC: ["top-secret"]})
    vault.verify("x")

    assert "top-secret" not in repr(vault.secrets)
