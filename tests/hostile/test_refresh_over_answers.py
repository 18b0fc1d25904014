"""The whole refresh over bad answers: payments whose answers are right are not held up by those that are not."""

from __future__ import annotations

import copy
import json
from typing import Any

import httpx
from hypothesis import given

from payment_refresh.domain.vocabulary import Status
from payment_refresh.times import to_iso
from tests.hostile.endpoint import NOW, function
from tests.hostile.strict_table import StrictStateTable
from tests.hostile.values import CANARY, MANY, encode, mutated
from tests.hostile.wire import wire
from tests.support import samples
from tests.support.clock import FakeClock
from tests.support.world import World
from tests.unit import payloads

IDS = ("a", "b", "c")


def record(name: str, **attributes: Any) -> dict[str, Any]:
    """An order of the look, with its payment source."""
    source = payloads.payment(id_=f"pay-{name}")
    order = payloads.document(source, customer_email=CANARY, updated_at=to_iso(NOW - 60), **attributes)
    found: dict[str, Any] = order["data"] | {"id": f"order-{name}"}
    return found


GOOD = {"payment_status": "authorized", "payment_updated_at": to_iso(NOW - 60)}
SOURCES = [payloads.payment(id_=f"pay-{name}", client_secret=CANARY) for name in IDS]


def answer(request: httpx.Request, bad: Any) -> httpx.Response:
    """Answer a look with one bad record amid good ones, and all that is asked of that one alone with it."""
    path = request.url.path
    good = [record("a", **GOOD), record("c", **GOOD)]
    if path == "/api/orders":
        data: Any = [good[0], bad, good[1]]
    elif path.startswith("/api/orders/"):
        data = bad
    else:
        link = {"order": {"data": payloads.link("orders", "order-b")}}
        data = payloads.payment(id_=path.rpartition("/")[2]) | {"relationships": link}
    included = [*SOURCES, bad] if not isinstance(data, list) else SOURCES
    return httpx.Response(200, content=encode({"data": data, "included": included}))


@MANY
@given(mutated(record("b")))
def test_one_bad_record_does_not_hold_up_the_others(bad: Any) -> None:
    with wire(lambda request: answer(request, copy.deepcopy(bad))) as client:
        clock = FakeClock(NOW)
        client.rate_limiter.clock, client.rate_limiter.sleep, client.tokens.clock = clock, clock.advance, clock
        world = World(
            table=StrictStateTable(),
            clock=clock,
            commerce_layer=client.api,  # type: ignore[arg-type]  # stricter ones in the fakes' place
            rate_limiter=client.rate_limiter,  # type: ignore[arg-type]  # likewise
        )
        for name in IDS:
            world.table.put(samples.claimed(samples.order(name, at=NOW - 600), world.policy, until=NOW + 600))
        with function("refresh", world) as refresh:
            bodies = [{"type": "stripe_payments", "id": f"pay-{name}", "claim": "token"} for name in IDS]
            records = [{"messageId": body["id"], "body": json.dumps(body)} for body in bodies]

            assert refresh.run({"Records": records}) == {"batchItemFailures": []}, refresh.text
            assert [world.row(samples.key(name)).status for name in ("a", "c")] == [Status.SETTLED] * 2
            assert CANARY not in refresh.text + repr(world.events.events)
