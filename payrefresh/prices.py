"""AWS's list prices in one region, by name; no free tier, no discount, no tax."""

from __future__ import annotations

from typing import NamedTuple

REGION = "us-east-1"
"""Whose prices these are; elsewhere most are a little higher."""

DATED = "2025-11"
"""When these were the list prices, as far as is known here; AWS's pages have the present ones."""


class Price(NamedTuple):
    """A price: so many dollars for so many units."""

    dollars: float
    per: float
    unit: str

    def of(self, quantity: float) -> float:
        """The cost of a quantity."""
        return quantity * self.dollars / self.per

    def __str__(self) -> str:
        return (
            f"${self.dollars:g} for {self.per:,.0f} {self.unit}"
            if self.per != 1
            else f"${self.dollars:g} a {self.unit}"
        )


MILLION = 1e6
GB = 1e9
"""AWS's price lists mean 10⁹ bytes or 2³⁰, and do not always say which; the former asks more."""

PRICES = {
    "Lambda requests": Price(0.20, MILLION, "requests"),
    "Lambda time": Price(0.0000133334, 1, "GB-second (arm64)"),
    "DynamoDB writes": Price(0.625, MILLION, "write request units (on demand)"),
    "DynamoDB reads": Price(0.125, MILLION, "read request units (on demand)"),
    "DynamoDB storage": Price(0.25, 1, "GB-month"),
    "DynamoDB point-in-time recovery": Price(0.20, 1, "GB-month"),
    "SQS requests": Price(0.40, MILLION, "requests (standard queue)"),
    "EventBridge events": Price(1.00, MILLION, "custom events of up to 64 KB"),
    "EventBridge Scheduler": Price(1.00, MILLION, "invocations"),
    "CloudWatch Logs ingestion": Price(0.50, 1, "GB (standard class)"),
    "CloudWatch Logs storage": Price(0.03, 1, "GB-month, compressed"),
    "CloudWatch metrics": Price(0.30, 1, "custom metric and month"),
    "CloudWatch alarms": Price(0.10, 1, "metric with an alarm and month"),
    "CloudWatch dashboards": Price(3.00, 1, "dashboard and month"),
    "Secrets Manager secrets": Price(0.40, 1, "secret and month"),
    "Secrets Manager calls": Price(0.05, 10_000, "calls"),
}
