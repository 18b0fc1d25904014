"""Secrets are found wherever they stand, whole or cut off, and never shown."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devstack.canary import PIECE, Left, find_secrets

TOKEN = "eyJhbGciOiJSUzUxMiIsInR5cCI6IkpXVCJ9.made-up.signature"
PAYMENT = "pi_AbCdEfGhIj_secret_made_up"
SECRETS = {"access token": [TOKEN], "payment's secret": [PAYMENT, "pi_AbCdEfGhIk_secret_made_up"], "client id": []}


def found(text: str) -> tuple[str, ...]:
    return find_secrets(SECRETS, [Left("a row", "nothing here"), Left("the log of Refresh", text)])


@pytest.mark.parametrize(
    "text",
    [
        PAYMENT,
        f"x{PAYMENT}x",
        PAYMENT[:PIECE],
        json.dumps({"detail": f"KeyError('{PAYMENT}')"}),
        base64.b64encode(PAYMENT.encode()).decode(),
        PAYMENT * 3,
    ],
)
def test_one_that_was_planted_is_found_and_not_shown(text: str) -> None:
    assert found(text) == ("secret in the log of Refresh: payment's secret",)


def test_each_kind_and_place_is_reported_once() -> None:
    left = [Left("a row", f"{TOKEN} {PAYMENT}"), Left("a row", TOKEN), Left("a dead letter", TOKEN)]

    assert find_secrets(SECRETS, left) == (
        "secret in a dead letter: access token",
        "secret in a row: access token",
        "secret in a row: payment's secret",
    )


@pytest.mark.parametrize(
    "text", ["", "pi_AbCdEfGhIj", PAYMENT[: PIECE - 1], PAYMENT[1:], "eyJhbGciOiJIUzI1NiJ9.e30"]
)
def test_what_is_no_secret_is_not_found(text: str) -> None:
    assert found(text) == ()


def test_without_secrets_nothing_is_found() -> None:
    assert find_secrets({}, [Left("a row", "text")]) == ()


def test_a_secret_that_would_be_found_by_chance_is_refused() -> None:
    with pytest.raises(ValueError, match="fewer than 8 characters"):
        find_secrets({"token": ["short"]}, [])


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.text(max_size=40), st.text(max_size=40), st.text(st.characters(codec="ascii"), min_size=8, max_size=40))
def test_wherever_it_is_planted(before: str, after: str, secret: str) -> None:
    assert find_secrets({"secret": [secret]}, [Left("a line", before + secret + after)]) == (
        "secret in a line: secret",
    )
