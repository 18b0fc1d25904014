"""The metrics that the dashboard and the alarms of a template look at, each with its dimensions."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.template.model import Template

ANY = "*"
"""The value of a dimension where a search takes whatever there is."""

OWN = "PaymentRefresh/${AWS::StackName}"
"""The namespace of our own metrics."""

SEARCH = re.compile(
    r"""SEARCH\('\{"(?P<namespace>[^"]+)",(?P<names>[\w,]+)\} MetricName="(?P<name>\w+)"', '\w+'\)"""
)


class Watched(NamedTuple):
    """A metric as a widget or an alarm names it; what refers to a resource stands as in ``Fn::Sub``."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]


def dashboard(template: Template, budget: int = 100) -> dict[str, Any]:
    """Give the dashboard's body with a budget of calls; references to resources stay as they are."""
    text, variables = template.properties("Dashboard")["DashboardBody"]["Fn::Sub"]
    assert variables.keys() == {"Budget"}
    body: dict[str, Any] = json.loads(text.replace("${Budget}", str(budget)).replace("${!", "${"))
    return body


def graphs(template: Template) -> list[dict[str, Any]]:
    """Give the properties of each widget that shows metrics."""
    return [widget["properties"] for widget in dashboard(template)["widgets"] if widget["type"] == "metric"]


def in_widgets(template: Template) -> dict[Watched, set[str]]:
    """Give the metrics of the dashboard, and the titles of the widgets that show them."""
    found: dict[Watched, set[str]] = defaultdict(set)
    for graph in graphs(template):
        for metric in _metrics_of(graph["metrics"]):
            found[metric].add(graph["title"])
    return found


def in_alarms(template: Template) -> dict[Watched, set[str]]:
    """Give the metrics of the alarms, and the alarms that are on them."""
    found: dict[Watched, set[str]] = defaultdict(set)
    for alarm, properties in template.of_type("AWS::CloudWatch::Alarm").items():
        queries = [
            query["MetricStat"]["Metric"] for query in properties.get("Metrics", []) if "MetricStat" in query
        ]
        for metric in queries or [properties]:
            dimensions = tuple((each["Name"], _as_text(each["Value"])) for each in metric["Dimensions"])
            found[Watched(_as_text(metric["Namespace"]), metric["MetricName"], dimensions)].add(alarm)
    return found


def _metrics_of(rows: list[list[Any]]) -> Iterator[Watched]:
    """Give the metrics of a widget, with what a row repeats of the one before written out."""
    before: list[str] = []
    for row in rows:
        words, options = ([*row[:-1]], row[-1]) if isinstance(row[-1], dict) else (row, {})
        if not words:
            found = SEARCH.fullmatch(options["expression"])
            if found is not None:
                names = found["names"].split(",")
                yield Watched(found["namespace"], found["name"], tuple((name, ANY) for name in names))
            continue
        if words[0] == "...":
            words = before[: len(before) - len(words) + 1] + words[1:]
        before = [before[at] if word == "." else word for at, word in enumerate(words)]
        namespace, name, *dimensions = before
        yield Watched(namespace, name, tuple(zip(dimensions[::2], dimensions[1::2], strict=True)))


def _as_text(value: object) -> str:
    """Write a reference as ``Fn::Sub`` does."""
    match value:
        case str():
            return value
        case {"Ref": str(name)}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"${{{name}.{attribute}}}"
        case {"Fn::Sub": str(text)}:
            return text
    raise AssertionError(f"neither a text nor a Ref, GetAtt or Sub: {value!r}")
