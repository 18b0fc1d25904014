"""The organization's webhooks, as far as their health goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from payment_refresh.adapters.commerce_layer.listings import CommerceLayerLists
from payment_refresh.domain.listed import TOPICS, WebhookState
from tests.contract.api import wire_answering

if TYPE_CHECKING:
    from tests.contract.lists.bench import Bench


class TestWebhooks:
    """The organization's webhooks, as far as their health goes."""

    def test_webhook_list_of_an_organization_without_webhooks_is_empty(self, bench: Bench) -> None:
        assert list(bench.api.list_webhooks()) == []

    def test_webhook_list_gives_each_webhook_with_its_topic_and_url(self, bench: Bench) -> None:
        ids = {bench.webhook(topic, f"https://made-up.example/{topic}"): topic for topic in TOPICS}

        found = {webhook.id: webhook for webhook in bench.api.list_webhooks()}

        assert found == {
            id_: WebhookState(id=id_, topic=topic, callback_url=f"https://made-up.example/{topic}")
            for id_, topic in ids.items()
        }

    @pytest.mark.parametrize(("how", "state"), [("circuit", (True, False, 30)), ("disabled", (False, True, 0))])
    def test_webhook_with_an_open_circuit_or_disabled_is_listed_as_such(
        self, bench: Bench, how: str, state: tuple[bool, bool, int]
    ) -> None:
        broken = bench.webhook("orders.place", "https://made-up.example/")
        bench.webhook("orders.pay", "https://made-up.example/")

        bench.break_webhook(broken, "orders.place", how)

        listed = bench.api.list_webhooks()
        states = {webhook.topic: (webhook.is_open, webhook.is_disabled, webhook.failures) for webhook in listed}
        assert states == {"orders.place": state, "orders.pay": (False, False, 0)}

    def test_webhook_list_longer_than_a_page_is_complete(self, bench: Bench) -> None:
        ids = {bench.webhook(TOPICS[0], f"https://made-up.example/{number}") for number in range(30)}

        assert len(bench.api.list_webhooks()) == 30
        assert {webhook.id for webhook in bench.api.list_webhooks()} == ids


def test_records_of_another_type_in_a_list_are_skipped() -> None:
    records = [{"type": "addresses", "id": "x"}, {"type": "webhooks", "id": "wEbHoOk"}]
    with wire_answering(lambda _: httpx.Response(200, json={"data": records})) as wire:
        (webhook,) = CommerceLayerLists(transport=wire.api.transport, log=wire.log).list_webhooks()

    assert webhook == WebhookState(id="wEbHoOk", topic="?", callback_url="?")
