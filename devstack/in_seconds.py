"""Parameters of the template with which a payment's whole life passes in a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devstack.outcome_queue import DEFAULT_BUS

if TYPE_CHECKING:
    from collections.abc import Mapping

IN_SECONDS: Mapping[str, str] = {
    "FirstCheckAfter": "4s",
    "GiveUpAfter": "45s",
    "GiveUpGrace": "20s",
    "CheckCapIdle": "8s",
    "CheckCapBusy": "24s",
    "GrowthIdle": "0.5",
    "GrowthBusy": "3.0",
    "CartCheckAges": "8s,20s,40s",
    "CancelledCheckAges": "3s,8s,14s,20s",
    "ReplacedCheckAges": "3s,8s,30s,34s",
    "UnplacedAfter": "5s",
    "MissingAfter": "5s",
    "ClaimLease": "2m",
    "CallsPerMinute": "180",
    "ActOnOrdersAfter": "2020-01-01T00:00:00Z",
    "DiscoverAfter": "3s",
    "DiscoverWindow": "10d",
    "DiscoverCartWindow": "2d",
    "WebhookLateAfter": "25s",
    "OutcomeBusName": DEFAULT_BUS,
}
"""Policies with which a payment's whole life passes in a minute. For the sandbox; unsuitable for a real API."""
