"""Reading what the edge in front of the API answers, and the versions in its paths, over the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payment_refresh.domain.payment import PaymentKey
from payment_refresh.errors import NotFound, RateLimited, ServerError
from tests.contract.api import wire_to
from tests.support.commerce_layer import unheard

if TYPE_CHECKING:
    from sandbox.server import Sandbox
    from tests.contract.api import Wire
    from tests.integration.sandbox.driver import Driver


def test_429_of_the_edge_leaves_the_pause_to_the_rate_limiter(
    wire: Wire, driver: Driver, paid: PaymentKey
) -> None:
    wire.api.retrieve(paid, unheard)
    driver.switch(rate_limit_factor=0.0001)

    with pytest.raises(RateLimited) as limited:
        wire.api.retrieve(paid, unheard)

    assert (limited.value.code, limited.value.retry_after, limited.value.request_id) == ("THROTTLED", None, None)
    assert wire.rate_limiter.pauses == [None]


def test_page_of_the_edge_is_no_answer_though_the_record_is_missing(wire: Wire, driver: Driver) -> None:
    missing = PaymentKey("stripe_payments", "uNkNoWnIdA")
    with pytest.raises(NotFound) as coded:
        wire.api.retrieve(missing, unheard)
    driver.switch(not_found_page=True)

    with pytest.raises(ServerError) as paged:
        wire.api.retrieve(missing, unheard)

    assert coded.value.request_id is not None
    assert (paged.value.status, paged.value.code, paged.value.request_id) == (404, None, None)


@pytest.mark.parametrize("version", ["", "2017-08"])
def test_payment_is_read_and_refreshed_with_and_without_a_version(
    sandbox: Sandbox, driver: Driver, paid: PaymentKey, version: str
) -> None:
    with wire_to(sandbox, api_version=version) as wire:
        read, refreshed = wire.api.retrieve(paid, unheard), wire.api.refresh(paid, unheard)

    assert read is not None
    assert refreshed is not None
    assert (read.payment_status, refreshed.payment_status) == ("unpaid", "authorized")
    assert driver.calls()["by_version"] == {version: 2}


def test_organization_whose_default_moved_on_serves_payments_where_the_version_is_named(
    sandbox: Sandbox, driver: Driver, paid: PaymentKey
) -> None:
    driver.switch(default_version="2026-05")

    with wire_to(sandbox, api_version="2017-08") as wire:
        assert wire.api.retrieve(paid, unheard) is not None
    with wire_to(sandbox) as wire, pytest.raises(NotFound):
        wire.api.retrieve(paid, unheard)
