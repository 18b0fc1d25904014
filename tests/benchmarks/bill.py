"""AWS's bill for invocations: their work in quantities that have a price, and the cost of these."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from payrefresh.prices import DATED, GB, PRICES, REGION
from payrefresh.report.bill import MONTH_DAYS as MONTH_DAYS
from payrefresh.report.bill import Work
from payrefresh.report.bill import dollars as dollars

if TYPE_CHECKING:
    from tests.benchmarks.deployment import Invocations

MEMORY_MB, FULL_CORE_MB = 512, 1769
AWS_CALL_S, API_CALL_S = 0.005, 0.3
LINE = 26
"""Bytes that CloudWatch Logs adds to each event."""

START_LINE = len(
    '{"time":"2026-01-01T00:00:00.000Z","type":"platform.start","record":{"requestId":'
    '"00000000-0000-4000-8000-000000000000","version":"$LATEST"}}'
)
REPORT_LINE = len(
    '{"time":"2026-01-01T00:00:00.000Z","type":"platform.report","record":{"requestId":'
    '"00000000-0000-4000-8000-000000000000","metrics":{"durationMs":1234.567,"billedDurationMs":1235,'
    '"memorySizeMB":512,"maxMemoryUsedMB":123},"status":"success"}}'
)
COMPRESSED = 0.15
RETENTION_DAYS = 35
OVERHEAD = 100
"""Bytes that DynamoDB adds to each row that it stores."""

ASSUMED = {
    "capacity": "computed from items' sizes by AWS's rules: the table's rows and the due index's entries; a row "
    "that expires costs nothing",
    "Lambda time": "CPU time of the process, the median of its invocations, times "
    f"{FULL_CORE_MB}/{MEMORY_MB} (so much longer it takes at {MEMORY_MB} MB); {AWS_CALL_S * 1000:.0f} ms for each "
    f"request to AWS, one after another; {API_CALL_S * 1000:.0f} ms for each look, and once for the refreshes of "
    "a batch, which overlap; and the waits for the pace, as they were. Cold starts are left out: at a million "
    "payments a month, environments live for hours",
    "logs": f"lines as written, metrics included, and Lambda's own start and report lines of {START_LINE} and "
    f"{REPORT_LINE} bytes, with {LINE} bytes more for each; kept a month, compressed to {COMPRESSED:.0%}. Level "
    "INFO, tracing off",
    "storage": f"a row of its size and {OVERHEAD} bytes, for {RETENTION_DAYS} days, with point-in-time recovery",
    "secrets": "read anew every few minutes by each environment, whatever the load: a fixed cost",
    "data transfer": "left out: answers to webhooks and calls to Commerce Layer, a few KB each",
    "prices": f"list prices of {REGION}, {DATED}, no free tier: "
    + "; ".join(f"{name} {price}" for name, price in PRICES.items()),
}


def added(*works: Work) -> Work:
    """Add works up."""
    names = dict.fromkeys(name for work in works for name in work)
    return {name: sum(work.get(name, 0.0) for work in works) for name in names}


def times(work: Work, factor: float) -> Work:
    """Multiply a work."""
    return {name: quantity * factor for name, quantity in work.items()}


def beyond(work: Work, other: Work) -> Work:
    """Subtract a work from another."""
    return {name: max(0.0, quantity - other.get(name, 0.0)) for name, quantity in work.items()}


def work_of(run: Invocations) -> Work:
    """Put what invocations took into quantities that have a price."""
    counts, metrics = run.counts, run.metrics
    by_service: Counter[str] = Counter()
    for request, number in counts.requests.items():
        by_service[request.partition(":")[0]] += number
    secrets = by_service.pop("secretsmanager", 0)
    calls = metrics["ListCalls"] + metrics["RetrieveCalls"] + min(metrics["RefreshCalls"], run.count)
    waits = calls * API_CALL_S + (counts.requests.total() - secrets) * AWS_CALL_S + run.waited_s
    logged = sum(len(line.encode()) + LINE for line in run.lines)
    logged += run.count * (START_LINE + REPORT_LINE + 2 * LINE)
    return {
        "Lambda requests": run.count,
        "Lambda time": (run.usual_cpu_s * run.count * FULL_CORE_MB / MEMORY_MB + waits) * MEMORY_MB / 1024,
        "DynamoDB writes": counts.write_units.total(),
        "DynamoDB reads": counts.read_units,
        "SQS requests": by_service["sqs"],
        "EventBridge events": counts.entries["PutEvents"],
        "CloudWatch Logs ingestion": logged / GB,
        "CloudWatch Logs storage": logged / GB * COMPRESSED,
    }


def storage(row_bytes: int) -> Work:
    """Keep a row until it expires."""
    gb_months = (row_bytes + OVERHEAD) / GB * RETENTION_DAYS / MONTH_DAYS
    return {"DynamoDB storage": gb_months, "DynamoDB point-in-time recovery": gb_months}


def quantities(work: Work) -> dict[str, float]:
    """A work as it is shown."""
    return {name: float(f"{quantity:.4g}") for name, quantity in work.items() if quantity}
