"""discover as composed, over the local AWS and the sandbox: from unannounced orders to settled payments."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from payment_refresh.adapters.aws import client
from payment_refresh.adapters.dynamodb.cursor import DynamoCursorTable
from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
from payment_refresh.composition import discover, refresh, sweep
from payment_refresh.domain.cursor import Pass
from payment_refresh.domain.payment import ORDERS, PaymentKey
from payment_refresh.domain.vocabulary import FoundBy, SettledBy, Status, WatchClass
from payment_refresh.metrics import Metric
from payment_refresh.rate_limit.budget import share
from tests.integration.handlers.test_settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devstack.local_aws import LocalAws
    from payment_refresh.domain.watch import Watch
    from payment_refresh.use_cases.check_payments.batch import CheckPayments
    from payment_refresh.use_cases.discover_orders.run import DiscoverOrders
    from payment_refresh.use_cases.dispatch_due import DispatchDue
    from tests.integration.sandbox.driver import Driver
    from tests.support.log import FakeLog

HOURS = 3600
WEBHOOK_URL = "https://our-url-id.lambda-url.eu-west-1.on.aws/"


@dataclass(frozen=True)
class Deployed:
    """The functions as composed."""

    discover: DiscoverOrders
    sweep: DispatchDue
    refresh: CheckPayments
    table: DynamoStateTable
    queue_url: str

    def row(self, made: dict[str, str]) -> Watch:
        """The row of an order that the driver made."""
        row = self.table.read(PaymentKey(made["payment_type"], made["payment_id"]))
        assert row is not None
        return row

    def take_batch(self) -> None:
        """Handle what waits in the queue."""
        messages = client("sqs").receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)["Messages"]
        report = self.refresh.handle({message["MessageId"]: message["Body"] for message in messages}, lambda: True)
        assert report.failed == frozenset()


@pytest.fixture
def deployed(
    aws: LocalAws,
    table_name: str,
    queue_url: str,
    driver: Driver,
    log: FakeLog,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Deployed]:
    letters: str = aws.clients.sqs.create_queue(QueueName=f"letters-{uuid.uuid4().hex}")["QueueUrl"]
    secret = {"client_id": driver.sandbox.client_id, "client_secret": driver.sandbox.client_secret}
    own = {
        "STATE_TABLE_NAME": table_name,
        "PENDING_QUEUE_URL": queue_url,
        "DEAD_LETTER_QUEUE_URL": letters,
        "COMMERCE_LAYER_BASE_URL": driver.sandbox.url,
        "COMMERCE_LAYER_AUTH_URL": f"{driver.sandbox.url}/oauth/token",
        "COMMERCE_LAYER_ORGANIZATION": driver.sandbox.organization,
        "CALLS_PER_MINUTE": "180",
        "ACT_ON_ORDERS_AFTER": "2020-01-01T00:00:00Z",
        "WEBHOOK_URL": WEBHOOK_URL,
        "API_SECRET_ARN": aws.clients.secrets.create_secret(
            Name=f"secret-{uuid.uuid4().hex}", SecretString=json.dumps(secret)
        )["ARN"],
    }
    for name, value in (SETTINGS["discover"] | SETTINGS["sweep"] | SETTINGS["refresh"] | own).items():
        monkeypatch.setenv(name, value)
    made, check_payments = discover.compose(log).get(), refresh.compose(log).get()
    table = DynamoStateTable(name=table_name, log=log)
    yield Deployed(made, sweep.compose(log).get().dispatch, check_payments, table, queue_url)
    for api in (made.orders, check_payments.commerce_layer):
        api.transport.http.close()  # type: ignore[union-attr]  # the real ones


def test_orders_nobody_reported_are_found_refreshed_and_settled(
    deployed: Deployed, driver: Driver, table_name: str
) -> None:
    paid = [
        driver.order(payment_type=kind, intent="authorized", ago_s=2 * HOURS, announce=False)
        for kind in ("stripe_payments", "checkout_com_payments", "satispay_payments")
    ]
    cart = driver.order(status="pending", ago_s=2 * HOURS, announce=False)
    fresh = driver.order(status="pending", announce=False)

    report = deployed.discover.run(lambda: True)

    assert report.complete
    assert (report.counts[Metric.LISTED], report.counts[Metric.DISCOVERED]) == (4, 4)
    rows = [deployed.row(made) for made in (*paid, cart)]
    assert {(row.found_by, row.status, row.revision) for row in rows} == {(FoundBy.DISCOVER, Status.WATCHING, 1)}
    assert [row.watch_class for row in rows] == [WatchClass.PLACED] * 3 + [WatchClass.CART]
    assert deployed.table.read(PaymentKey(fresh["payment_type"], fresh["payment_id"])) is None

    assert deployed.sweep.run().claimed == 4
    deployed.take_batch()

    for made in paid:
        row = deployed.row(made)
        assert (row.status, row.settled_by, row.found_by) == (
            Status.SETTLED,
            SettledBy.REFRESH,
            FoundBy.DISCOVER,
        )
    assert deployed.row(cart).status is Status.WATCHING

    again = deployed.discover.run(lambda: True)
    assert again.complete
    assert again.counts[Metric.DISCOVERED] == 0
    cursors = DynamoCursorTable(table_name)
    assert all(cursors.read(of).whole_at is not None for of in Pass)


@pytest.mark.parametrize("touches", [True, False])
def test_what_our_refresh_touched_is_not_found_again(deployed: Deployed, driver: Driver, touches: bool) -> None:
    driver.switch(refresh_touches_updated_at=touches)
    made = driver.order(ago_s=2 * HOURS, announce=False)
    before = driver.attributes(made)["updated_at"]
    deployed.discover.run(lambda: True)
    deployed.sweep.run()
    deployed.take_batch()
    assert (driver.attributes(made)["updated_at"] != before) == touches
    row = deployed.row(made)

    assert deployed.discover.run(lambda: True).counts[Metric.DISCOVERED] == 0

    assert deployed.row(made) == row
    assert row.refreshes == 1


def test_the_webhooks_that_are_ours_are_known_by_their_url(
    deployed: Deployed, driver: Driver, log: FakeLog
) -> None:
    driver.webhook("orders.place", f"{WEBHOOK_URL}orders.place")
    driver.webhook("orders.pay", "https://somebody-else.example/")
    body = {"topic": "orders.place", "circuit_state": "open"}
    assert driver.client.put("/_sandbox/webhooks", json=body).status_code == 200
    driver.switch(unregistered_gateways=["checkout_com_gateways"])

    counts = deployed.discover.run(lambda: True).counts

    assert (counts[Metric.WEBHOOK_CIRCUITS_OPEN], counts[Metric.WEBHOOKS_UNREGISTERED]) == (1, 7)
    assert counts[Metric.GATEWAYS_WITHOUT_WEBHOOK] == 1
    assert [line["topic"] for line in log.of("webhook_broken")] == ["orders.place"]
    assert "secret" not in log.text


def test_a_run_has_its_share_of_the_rate_limiter(deployed: Deployed, driver: Driver) -> None:
    assert deployed.discover.calls == share(180)
    assert driver.calls()["by_route"] == {}


def test_orders_of_the_new_payments_model_are_counted_and_only_a_covered_one_is_watched(
    deployed: Deployed, driver: Driver
) -> None:
    driver.order(new_model=True, ago_s=2 * HOURS, announce=False)
    covered = driver.order(new_model=True, status="pending", intent="authorized", ago_s=2 * HOURS, announce=False)

    report = deployed.discover.run(lambda: True)

    assert (report.counts[Metric.NEW_MODEL_ORDERS], report.counts[Metric.DISCOVERED]) == (1, 1)
    assert deployed.table.read(PaymentKey(ORDERS, covered["order_id"])) is not None


def test_order_of_the_new_payments_model_that_is_sent_manually_is_closed(
    deployed: Deployed, driver: Driver
) -> None:
    made = driver.order(new_model=True, announce=False)

    report = deployed.refresh.handle({"m": json.dumps({"order_id": made["order_id"]})}, lambda: True)

    row = deployed.table.read(PaymentKey(ORDERS, made["order_id"]))
    assert row is not None
    assert (row.status, report.counts[Metric.NEW_MODEL_ORDERS]) == (Status.CLOSED, 1)
