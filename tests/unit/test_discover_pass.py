"""One pass over the orders that a single run completes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.domain.listed import WebhookState
from payment_refresh.domain.policy import DAY, MINUTE
from payment_refresh.metrics import Metric
from tests.support import samples
from tests.support.clock import START
from tests.unit.discover_steps import RUN_EVERY_S, carts, listings_asked, next_run, placed

if TYPE_CHECKING:
    from tests.support.world import World


class TestOnePass:
    """A pass for which one run suffices."""

    def test_one_run_reads_all_pages_by_id_and_placed_orders_first(self, world: World) -> None:
        world.commerce_layer.put(*placed(60), *carts(30))

        report = world.discover()

        assert world.listing.calls == [
            ("placed", None),
            ("placed", "order-024"),
            ("placed", "order-049"),
            ("unplaced", None),
            ("cancelled", None),
            ("carts", None),
            ("carts", "order-c024"),
        ]
        assert report.complete
        assert (report.counts[Metric.LISTED], report.counts[Metric.DISCOVERED]) == (90, 90)
        assert report.counts[Metric.LIST_CALLS] == 7 + 3

    def test_full_last_page_is_followed_by_one_more_call_for_an_empty_page(self, world: World) -> None:
        world.commerce_layer.put(*placed(25))

        assert world.discover().complete
        assert listings_asked(world) == ["placed", "placed", "unplaced", "cancelled", "carts"]

    def test_run_over_an_empty_organization_is_complete_and_writes_nothing(self, world: World) -> None:
        report = world.discover()

        assert report.complete
        assert report.counts[Metric.LISTED] == 0
        assert {"Listed", "Discovered"} <= report.counts.keys()
        assert world.table.writes == []

    def test_first_pass_reads_the_whole_window_and_the_next_what_changed_since(self, world: World) -> None:
        world.commerce_layer.put(
            samples.order("a", at=START - 20 * DAY),
            samples.order("b", at=START - 30 * MINUTE),
            samples.order("c", at=START - 20 * MINUTE),
            samples.order("d", at=START - 10 * MINUTE),
        )
        assert world.discover().counts[Metric.LISTED] == 2
        next_run(world)

        # From the last pass's upper bound on, that bound included: "b" again, "c" for the first time.
        assert world.discover().counts[Metric.LISTED] == 2
        assert set(world.table.rows) == {samples.key("a"), samples.key("b"), samples.key("c")}

    def test_whole_window_is_read_again_once_a_day_only(self, world: World) -> None:
        world.discover()
        world.commerce_layer.put(samples.order("late", at=START - 10 * DAY))  # as if no list had shown it
        listed = []
        for _ in range(DAY // RUN_EVERY_S):
            next_run(world)
            listed.append(world.discover().counts[Metric.LISTED])

        assert listed == [0] * (len(listed) - 1) + [1]


def test_run_counts_the_broken_and_the_unregistered_webhooks(world: World) -> None:
    url = "https://our-url-id.lambda-url.eu-west-1.on.aws/"
    world.listing.webhooks = [WebhookState(id="w", topic="orders.place", callback_url=url, is_open=True)]

    counts = world.discover().counts

    assert counts[Metric.WEBHOOK_CIRCUITS_OPEN] == 1
    assert counts[Metric.WEBHOOKS_UNREGISTERED] == 7
    assert counts[Metric.LIST_CALLS] == 7
