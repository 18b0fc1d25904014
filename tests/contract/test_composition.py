"""The composition roots over the local AWS and the sandbox: from an order event to a settled payment."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, NamedTuple

import pytest

from devstack.outcome_queue import subscribe_queue
from payment_refresh.adapters.aws import client, forget_clients
from payment_refresh.adapters.dynamodb.state_table import DynamoStateTable
from payment_refresh.composition import order_events, refresh, sweep
from payment_refresh.domain.intake import Result
from payment_refresh.domain.order_document import read_order
from payment_refresh.domain.payment import PaymentKey
from payment_refresh.domain.policy import DAY
from payment_refresh.domain.vocabulary import SettledBy, Status
from payment_refresh.errors import StateUnavailable
from payment_refresh.use_cases.apply_order import apply_order
from payment_refresh.use_cases.receive_order_event.signature import sign
from tests.integration.handlers.test_settings import SETTINGS
from tests.support import samples
from tests.unit.outcome_schemas import check

if TYPE_CHECKING:
    from devstack.local_aws import LocalAws
    from tests.integration.sandbox.driver import Driver
    from tests.support.log import FakeLog


class Subscription(NamedTuple):
    """A bus, and the queue that gets the outcome events on it."""

    bus: str
    queue_url: str


@pytest.fixture
def subscription(aws: LocalAws) -> Subscription:
    bus = f"bus-{uuid.uuid4().hex}"
    return Subscription(bus, subscribe_queue(aws.clients, f"subscriber-{uuid.uuid4().hex}", bus))


@pytest.fixture
def deployed(
    aws: LocalAws,
    table_name: str,
    queue_url: str,
    subscription: Subscription,
    driver: Driver,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """The environment that the template gives the functions; gives the pending queue's URL."""
    letters: str = aws.clients.sqs.create_queue(QueueName=f"letters-{uuid.uuid4().hex}")["QueueUrl"]
    own = {
        "STATE_TABLE_NAME": table_name,
        "PENDING_QUEUE_URL": queue_url,
        "DEAD_LETTER_QUEUE_URL": letters,
        "OUTCOME_BUS_NAME": subscription.bus,
        "COMMERCE_LAYER_BASE_URL": driver.sandbox.url,
        "COMMERCE_LAYER_AUTH_URL": f"{driver.sandbox.url}/oauth/token",
        "COMMERCE_LAYER_ORGANIZATION": driver.sandbox.organization,
        "CALLS_PER_MINUTE": "180",
        "FIRST_CHECK_AFTER": "1s",
        # The deployment is younger than the order by less than a second: it is to be acted on all the same.
        "ACT_ON_ORDERS_AFTER": "2020-01-01T00:00:00Z",
    }
    secrets = {
        "WEBHOOK_SECRET_ARN": {"orders.place": ["made-up"]},
        "API_SECRET_ARN": {"client_id": driver.sandbox.client_id, "client_secret": driver.sandbox.client_secret},
    }
    for name, value in secrets.items():
        own[name] = aws.clients.secrets.create_secret(
            Name=f"secret-{uuid.uuid4().hex}", SecretString=json.dumps(value)
        )["ARN"]
    for name, value in (SETTINGS["order_events"] | SETTINGS["sweep"] | SETTINGS["refresh"] | own).items():
        monkeypatch.setenv(name, value)
    return queue_url


def test_from_an_order_event_to_a_settled_payment(
    deployed: str, subscription: Subscription, driver: Driver, log: FakeLog
) -> None:
    made = driver.order(intent="authorized")
    key = PaymentKey("stripe_payments", made["payment_id"])
    include = "payment_source,payment_method,authorizations"
    body = driver.get(f"/api/orders/{made['order_id']}", include=include).content

    secrets, table, policy, unreadable = order_events.compose(log).parts()
    assert unreadable == 0
    assert secrets.verify("orders.place", body, sign(body, "made-up"))
    order = read_order(json.loads(body))
    assert apply_order(order, table=table, at=samples.moment(0, policy)).result is Result.WATCHING

    assert sweep.compose(log).get().dispatch.run().claimed == 1

    check_payments = refresh.compose(log).get()
    (message,) = client("sqs").receive_message(QueueUrl=deployed)["Messages"]
    report = check_payments.handle({message["MessageId"]: message["Body"]}, lambda: True)
    check_payments.commerce_layer.transport.http.close()  # type: ignore[attr-defined]  # the real one

    assert report.failed == frozenset()
    row = table.read(key)
    assert row is not None
    assert (row.status, row.settled_by, row.refreshes) == (Status.SETTLED, SettledBy.REFRESH, 1)
    assert row.is_done
    assert driver.calls()["patch_calls"] == 1
    (message,) = client("sqs").receive_message(QueueUrl=subscription.queue_url)["Messages"]
    detail = json.loads(message["Body"])["detail"]
    check([detail])
    assert (detail["kind"], detail["settled_by"], detail["payment"]["id"]) == ("PaymentSettled", "refresh", key.id)


def test_the_first_sweep_marks_the_deployment(
    deployed: str, driver: Driver, log: FakeLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Orders older than a day before it are only observed, where no other time is set."""
    assert deployed
    monkeypatch.setenv("ACT_ON_ORDERS_AFTER", "")
    sweep.compose(log).get()

    check_payments = refresh.compose(log).get()
    check_payments.commerce_layer.transport.http.close()  # type: ignore[attr-defined]  # the real one

    assert check_payments.scope.act_after == check_payments.table.first_seen(0) - DAY > 0
    assert driver.calls()["by_route"] == {}


@pytest.mark.usefixtures("deployed")
def test_call_of_order_events_that_aws_does_not_answer_ends_within_the_five_seconds_of_a_webhook(
    log: FakeLog,
) -> None:
    forget_clients()
    order_events.compose(log).parts()

    for service in ("dynamodb", "secretsmanager"):
        config = client(service).meta.config
        attempts = config.retries["total_max_attempts"]
        backoff = sum(2**retry for retry in range(attempts - 1))  # at most, in botocore's standard mode
        assert attempts * (config.connect_timeout + config.read_timeout) + backoff <= 4
    forget_clients()


class TestFirstDeployment:
    """Its mark is read by the first invocation that can, and only where it is needed."""

    @pytest.fixture
    def reads(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """When the mark was read; the first reading fails."""
        asked: list[int] = []
        read = DynamoStateTable.first_seen

        def first_seen(table: DynamoStateTable, now: int) -> int:
            asked.append(now)
            if len(asked) == 1:
                raise StateUnavailable("UpdateItem failed: InternalServerError")
            return read(table, now)

        monkeypatch.setattr(DynamoStateTable, "first_seen", first_seen)
        return asked

    @pytest.mark.usefixtures("deployed")
    def test_the_sweep_tries_again_where_it_could_not_be_written(self, log: FakeLog, reads: list[int]) -> None:
        composed = sweep.compose(log)
        assert reads == []

        with pytest.raises(StateUnavailable):
            composed.get()

        assert composed.get().dispatch.table.first_seen(0) == reads[1]
        assert composed.get() is composed.get()
        assert len(reads) == 3

    @pytest.mark.usefixtures("deployed")
    def test_the_refresh_tries_again_where_it_could_not_be_read(
        self, log: FakeLog, reads: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ACT_ON_ORDERS_AFTER", "")
        composed = refresh.compose(log)
        assert reads == []

        with pytest.raises(StateUnavailable):
            composed.get()

        check_payments = composed.get()
        check_payments.commerce_layer.transport.http.close()  # type: ignore[attr-defined]  # the real one
        assert check_payments.scope.act_after == reads[1] - DAY

    @pytest.mark.usefixtures("deployed")
    def test_the_refresh_does_not_read_it_where_another_time_is_set(self, log: FakeLog, reads: list[int]) -> None:
        check_payments = refresh.compose(log).get()
        check_payments.commerce_layer.transport.http.close()  # type: ignore[attr-defined]  # the real one

        assert check_payments.scope.act_after == 1_577_836_800
        assert reads == []
