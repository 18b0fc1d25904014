"""Health of the webhooks: Commerce Layer's, which call us, and the gateways', which call Commerce Layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.domain.listed import GATEWAYS, TOPICS, GatewayState, WebhookState
from payment_refresh.errors import (
    CircuitOpen,
    CommerceLayerError,
    CredentialsRefused,
    MayNotRead,
    NoBudget,
    NotFound,
    NoToken,
    RateLimited,
    RequestRefused,
    ServerError,
    TimedOut,
)
from payment_refresh.metrics import Counts, Metric
from payment_refresh.use_cases.api_failures import metric_of
from payment_refresh.use_cases.discover_orders.webhook_health import WebhookHealth
from tests.support.commerce_layer import FakeCommerceLayer
from tests.support.listing import FakeOrderListing
from tests.support.log import Entry, FakeLog

if TYPE_CHECKING:
    from collections.abc import Iterable

OURS = "https://our-url-id.lambda-url.eu-west-1.on.aws/"
OTHERS = "https://other-url-id.lambda-url.eu-west-1.on.aws/"
LISTS = {"webhooks": "list_webhooks"} | {kind: kind for kind in GATEWAYS}
"""The checks, and the names that `FakeOrderListing` gives them in its faults."""


class Bench:
    """An organization, and how healthy it is found; order events come by a bus too, unless it is said that not."""

    def __init__(self, *, has_bus: bool = True) -> None:
        self.has_bus = has_bus
        self.api = FakeOrderListing(commerce_layer=FakeCommerceLayer())
        self.log = FakeLog()
        self.counts = Counts()

    def look(self, *, looks: int = 9) -> Counts:
        left = iter([True] * looks)
        health = WebhookHealth(api=self.api, url_id="our-url-id", has_bus=self.has_bus, log=self.log)
        health.check(lambda: next(left, False), self.counts)
        return self.counts

    @property
    def alarming(self) -> list[Entry]:
        """The log lines above the level of information."""
        return [entry for entry in self.log.entries if entry.level != "info"]

    def register(self, topics: Iterable[str], url: str = OURS, **state: Any) -> None:
        self.api.webhooks += [
            WebhookState(id=f"wh-{topic}", topic=topic, callback_url=f"{url}{topic}", **state) for topic in topics
        ]

    def gateway(self, kind: str, *, has_webhook: bool) -> None:
        self.api.gateways.append(GatewayState(type=kind, id="gw", name="the gateway", has_webhook=has_webhook))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_healthy_organization(bench: Bench) -> None:
    bench.register(TOPICS)
    for kind in GATEWAYS:
        bench.gateway(kind, has_webhook=True)

    assert bench.look() == {
        "ListCalls": 3,
        "HealthUnknown": 0,
        "WebhookCircuitsOpen": 0,
        "WebhookFailures": 0,
        "WebhooksUnregistered": 0,
        "GatewaysWithoutWebhook": 0,
    }
    assert bench.counts.keys() >= {
        "HealthUnknown",
        "WebhookCircuitsOpen",
        "WebhookFailures",
        "WebhooksUnregistered",
    }
    assert bench.log.entries == []


class TestWebhooks:
    """Commerce Layer's, that call us."""

    def test_one_that_is_not_sent_any_more_is_counted_and_named(self, bench: Bench) -> None:
        bench.register(TOPICS[1:])
        bench.register(TOPICS[:1], is_open=True)

        assert bench.look()[Metric.WEBHOOK_CIRCUITS_OPEN] == 1

        (entry,) = bench.log.entries
        assert (entry.level, entry.message) == ("error", "webhook_broken")
        assert (entry.extra["webhook_id"], entry.extra["topic"]) == ("wh-orders.pending", "orders.pending")

    def test_those_of_others_are_ignored(self, bench: Bench) -> None:
        bench.register(TOPICS)
        bench.register(["orders.place", "orders.create"], OTHERS, is_open=True)

        assert bench.look()[Metric.WEBHOOK_CIRCUITS_OPEN] == 0
        assert bench.log.entries == []

    def test_those_of_others_stand_in_for_none_of_ours(self, bench: Bench) -> None:
        bench.register(TOPICS[2:])
        bench.register(TOPICS, OTHERS)

        assert bench.look()[Metric.WEBHOOKS_UNREGISTERED] == 2

        (entry,) = bench.log.entries
        assert (entry.level, entry.message) == ("warning", "webhooks_unregistered")
        assert entry.extra == {"topics": ["orders.pending", "orders.placing"]}

    def test_where_all_point_elsewhere_all_are_missing(self) -> None:
        """The URL has changed, perhaps."""
        bench = Bench(has_bus=False)
        bench.register(TOPICS, OTHERS)

        assert bench.look()[Metric.WEBHOOKS_UNREGISTERED] == len(TOPICS)
        (entry,) = bench.alarming
        assert (entry.message, entry.extra) == ("webhooks_unregistered", {"topics": sorted(TOPICS)})

    def test_where_none_is_ours_and_events_come_by_a_bus_none_is_missing(self, bench: Bench) -> None:
        bench.register(TOPICS, OTHERS)

        assert bench.look()[Metric.WEBHOOKS_UNREGISTERED] == 0
        assert bench.alarming == []
        assert len(bench.log.of("no_webhook_of_ours")) == 1

    def test_where_some_are_ours_beside_a_bus_the_others_were_forgotten(self, bench: Bench) -> None:
        bench.register(TOPICS[1:])

        assert bench.look()[Metric.WEBHOOKS_UNREGISTERED] == 1

    def test_disabled_ones_are_missing_and_not_broken(self, bench: Bench) -> None:
        """While a stack is set up, they are disabled until it knows their secrets."""
        bench.register(TOPICS, is_disabled=True)

        counts = bench.look()

        assert (counts[Metric.WEBHOOK_CIRCUITS_OPEN], counts[Metric.WEBHOOKS_UNREGISTERED]) == (0, len(TOPICS))

    @pytest.mark.parametrize(("failures", "warnings"), [(9, 0), (10, 1), (29, 1)])
    def test_one_whose_deliveries_fail_is_counted_and_named_from_ten_on(
        self, bench: Bench, failures: int, warnings: int
    ) -> None:
        bench.register(TOPICS[1:], failures=1)
        bench.register(TOPICS[:1], failures=failures)

        assert bench.look()[Metric.WEBHOOK_FAILURES] == failures
        named = {"webhook_id": "wh-orders.pending", "topic": "orders.pending", "failures": failures}
        assert bench.log.of("webhook_failing") == [named] * warnings

    def test_stack_that_takes_no_webhooks_looks_for_none(self, bench: Bench) -> None:
        bench.register(TOPICS, is_open=True)
        health = WebhookHealth(api=bench.api, url_id=None, has_bus=True, log=bench.log)

        health.check(lambda: True, bench.counts)

        assert bench.counts[Metric.LIST_CALLS] == len(GATEWAYS)
        assert "WebhookCircuitsOpen" not in bench.counts

    def test_a_broken_one_is_not_missing_besides(self, bench: Bench) -> None:
        bench.register(TOPICS, is_open=True)

        counts = bench.look()

        assert (counts[Metric.WEBHOOK_CIRCUITS_OPEN], counts[Metric.WEBHOOKS_UNREGISTERED]) == (len(TOPICS), 0)


class TestGateways:
    """The providers' webhooks, that call Commerce Layer."""

    @pytest.mark.parametrize("kind", GATEWAYS)
    def test_one_without_is_counted_and_named(self, bench: Bench, kind: str) -> None:
        bench.gateway(kind, has_webhook=False)
        bench.gateway(kind, has_webhook=True)

        assert bench.look()[Metric.GATEWAYS_WITHOUT_WEBHOOK] == 1

        (entry,) = bench.alarming
        assert (entry.level, entry.message) == ("error", "gateway_without_webhook")
        assert (entry.extra["gateway"], entry.extra["gateway_name"]) == (f"{kind}/gw", "the gateway")

    def test_those_of_all_types_are_counted_together(self, bench: Bench) -> None:
        for kind in GATEWAYS:
            bench.gateway(kind, has_webhook=False)

        assert bench.look()[Metric.GATEWAYS_WITHOUT_WEBHOOK] == len(GATEWAYS)


class TestWhatIsNotReported:
    """No answer about one list says nothing about the others."""

    @pytest.mark.parametrize("what", LISTS)
    @pytest.mark.parametrize("error", [MayNotRead("no"), RequestRefused("no"), NotFound("no")])
    def test_what_may_not_be_read_is_left_out(self, bench: Bench, what: str, error: CommerceLayerError) -> None:
        bench.register(TOPICS, is_open=True)
        for kind in GATEWAYS:
            bench.gateway(kind, has_webhook=False)
        bench.api.faults.add(LISTS[what], error)

        counts = bench.look()

        assert counts[Metric.WEBHOOK_CIRCUITS_OPEN] == (0 if what == "webhooks" else len(TOPICS))
        assert ("WebhooksUnregistered" in counts) == (what != "webhooks")
        assert counts[Metric.GATEWAYS_WITHOUT_WEBHOOK] == len(GATEWAYS) - (what in GATEWAYS)
        assert bench.log.of("webhook_health_unavailable") == [{"of": what, "detail": "no"}]
        assert not {"MayNotRead", "RequestRefused", "NotFound"} & counts.keys()
        assert counts[Metric.HEALTH_UNKNOWN] == isinstance(error, MayNotRead)

    def test_where_nothing_may_be_read_that_alone_is_counted(self, bench: Bench) -> None:
        for name in LISTS.values():
            bench.api.faults.add(name, MayNotRead("no"))

        assert bench.look() == {"ListCalls": 3, "HealthUnknown": 3}
        assert {entry.level for entry in bench.log.entries} == {"info"}

    @pytest.mark.parametrize("what", LISTS)
    @pytest.mark.parametrize("error", [ServerError("down", status=500), TimedOut("slow")])
    def test_a_list_that_does_not_answer_is_a_failure_of_its_own(
        self, bench: Bench, what: str, error: CommerceLayerError
    ) -> None:
        bench.api.faults.add(LISTS[what], error)

        counts = bench.look()

        assert counts[Metric.LIST_CALLS] == 3
        assert counts[metric_of(error)] == 1
        (entry,) = bench.alarming
        assert (entry.level, entry.message) == ("warning", "commerce_layer_did_not_answer")

    @pytest.mark.parametrize("what", LISTS)
    @pytest.mark.parametrize(
        "error", [RateLimited("no"), CredentialsRefused("no"), NoToken("no"), NoBudget("no"), CircuitOpen("no")]
    )
    def test_what_concerns_every_call_is_handed_on(
        self, bench: Bench, what: str, error: CommerceLayerError
    ) -> None:
        bench.api.faults.add(LISTS[what], error)

        with pytest.raises(type(error)):
            bench.look()


@pytest.mark.parametrize("looks", range(4))
def test_without_time_nothing_is_asked(bench: Bench, looks: int) -> None:
    bench.gateway(GATEWAYS[1], has_webhook=False)

    counts = bench.look(looks=looks)

    assert counts[Metric.LIST_CALLS] == looks
    assert counts[Metric.GATEWAYS_WITHOUT_WEBHOOK] == (looks == 3)
    assert "WebhookCircuitsOpen" in counts or looks == 0
