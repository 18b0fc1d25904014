"""A shop is set up from nothing while it takes orders: the story, and what is left of it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from devstack.canary import Left, find_secrets
from tests.integration.sandbox.driver import Driver
from tests.operating.setup.shop import taking_orders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.operating.setup.ground import Ground
    from tests.operating.setup.shop import LiveShop

STACK = "payment-refresh"
NONE_MISSED = {"failed_attempts": 0, "given_up": 0, "dropped": 0, "lost": 0}


@dataclass
class SetUp:
    """What is left of a setup that was killed after each step.

    Attributes
    ----------
    terminals
        What stood on the terminal of each run.
    green, again
        Exit statuses of the run that came to the end, and of the one after it.
    enabled_at
        When all webhooks were enabled.
    """

    ground: Ground
    shop: LiveShop
    driver: Driver
    terminals: list[str] = field(default_factory=list)
    green: int = -1
    again: int = -1
    enabled_at: float = 0.0

    def webhooks(self) -> list[dict[str, Any]]:
        """The organization's webhooks."""
        records = self.driver.get("/api/webhooks", **{"page[size]": "25"}).json()["data"]
        return [record["attributes"] for record in records]

    def watched(self) -> set[str]:
        """The ids of the payments that the stack watches."""
        outputs = self.ground.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
        table = next(each["OutputValue"] for each in outputs if each["OutputKey"] == "StateTableName")
        pages = self.ground.client("dynamodb").get_paginator("scan").paginate(TableName=table)
        return {item["pk"]["S"].partition("#")[2] for page in pages for item in page["Items"]}

    def discover(self) -> None:
        """Run discover once."""
        answer = self.ground.client("lambda").invoke(FunctionName=f"{STACK}-discover", Payload=b"{}")
        assert "FunctionError" not in answer

    def missed(self) -> dict[str, int]:
        """How many deliveries failed or were never made; each failure counts on its webhook's circuit."""
        counts = self.shop.deliveries()
        return {name: counts.get(name, 0) for name in ("failed_attempts", "given_up", "dropped", "lost")}

    def secrets_found(self) -> tuple[str, ...]:
        """The secrets that stand on a terminal or in a file of a setup."""
        secrets = self.driver.client.get("/_sandbox/secrets").json()
        left = [Left(f"terminal {number}", text) for number, text in enumerate(self.terminals)]
        files = [path for path in self.ground.folder.rglob("*") if path.is_file()]
        return find_secrets(
            secrets, [*left, *(Left(path.name, path.read_text(errors="replace")) for path in files)]
        )


@contextmanager
def set_up(ground: Ground, seconds: float) -> Iterator[SetUp]:
    """Set the shop up, killed after each step and started again, while it takes orders.

    Parameters
    ----------
    seconds
        For which it goes on taking orders once all webhooks are enabled.
    """
    url = ground.sandbox.url
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as http, taking_orders(url) as shop:
        driver = Driver(ground.sandbox, http)
        # A function that has to start first takes its time where eight other tests run.
        driver.switch(webhook_timeout_s=20.0)
        paid = driver.order(status="placed", intent="open")
        driver.act(paid, "authorize")
        driver.act(paid, "deliver")
        left = SetUp(ground, shop, driver)
        answers = _answers(ground)
        for stop in STOPS:
            with ground.setup() as typist:
                typist.converse(answers, until=stop)
                typist.kill()
            left.terminals.append(typist.seen)
        left.enabled_at = time.time()
        for name in ("green", "again"):
            with ground.setup() as typist:
                typist.converse(answers, until=ENDED)
                setattr(left, name, typist.end())
            left.terminals.append(typist.seen)
        time.sleep(max(0.0, left.enabled_at + seconds - time.time()))
        shop.stop()
        yield left


STOPS = (
    "done   stored in payment-refresh/api",
    "done   written to",
    "done   deployed",
    "done   created orders.pay, disabled",
    "done   orders.place: enabled",
    "done   answered 200",
)
"""What stands on the terminal when each run is killed: within a step, or right after it."""
ENDED = r"Set up: .*|Nothing was changed.*|payrefresh: .*"


def _answers(ground: Ground) -> dict[str, str]:
    """What is typed when a question comes."""
    return {
        r"Client id of the integration \(hidden\): ": ground.sandbox.client_id,
        r"Client secret \(hidden\): ": ground.sandbox.client_secret,
        r"\(observe, refresh\) \[observe\]: ": "refresh",
        r"E-mail address for alarms .*: ": "ops@example.com",
        r"\(webhooks, bus\) \[webhooks\]: ": "",
        r"(Do|Check) this\? \[Y/n\]: ": "y",
        r"Execute this change set\? \[Y/n\]: ": "",
    }
