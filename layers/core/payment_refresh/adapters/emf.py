"""Measures of watches as metrics, in CloudWatch's embedded metric format (EMF)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from aws_lambda_powertools import single_metric
from aws_lambda_powertools.metrics import MetricUnit

from payment_refresh.metrics import Metric

if TYPE_CHECKING:
    from aws_lambda_powertools import Metrics

    from payment_refresh.domain.measures import Measures


def emit_measures(metrics: Metrics, measures: Measures) -> None:
    """Emit the age bands, how long each settled payment was pending, and the sum of the amounts by currency.

    An EMF object has one set of dimensions for all of its metrics, so each currency is an object, and a line of
    the log, of its own.
    """
    for band, count in measures.bands.items():
        metrics.add_metric(name=band, unit=MetricUnit.Count, value=count)
    sums: Counter[str] = Counter()
    for each in measures.settlements:
        metrics.add_metric(name=Metric.DETECTION_DELAY_SECONDS, unit=MetricUnit.Seconds, value=each.delay)
        if each.currency is not None:
            sums[each.currency] += each.amount_cents
    for currency, cents in sums.items():
        with single_metric(name=Metric.SETTLED_BY_REFRESH_CENTS, unit=MetricUnit.NoUnit, value=cents) as money:
            money.add_dimension(name="currency", value=currency)
