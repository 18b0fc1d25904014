"""Each metric of ours that the dashboard or an alarm looks at is emitted by a function, dimensions included."""

from __future__ import annotations

import copy
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.integration.handlers.conftest import FUNCTIONS, over_a_new_world
from tests.integration.handlers.provoked import SITUATIONS
from tests.integration.handlers.sample_events import EVENTS
from tests.support.functions import imported
from tests.template.model import Template, load
from tests.template.watched import ANY, OWN, Watched, in_alarms, in_widgets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

TEMPLATE = load(EVENTS.parent / "template.yaml")
STACK = "shop-payments"


class Emitted(NamedTuple):
    """A metric as a function wrote it."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]


def named(text: str) -> str:
    """A text of the template, of a stack with this name."""
    return text.replace("${AWS::StackName}", STACK)


@pytest.fixture(scope="module")
def apps() -> Iterator[dict[str, ModuleType]]:
    """The functions' modules, imported with the names that the template gives their metrics."""
    variables = TEMPLATE.body["Globals"]["Function"]["Environment"]["Variables"]
    with pytest.MonkeyPatch.context() as environment, ExitStack() as last:
        environment.setenv("POWERTOOLS_SERVICE_NAME", variables["POWERTOOLS_SERVICE_NAME"])
        namespace = variables["POWERTOOLS_METRICS_NAMESPACE"]["Fn::Sub"]
        environment.setenv("POWERTOOLS_METRICS_NAMESPACE", named(namespace))
        yield {name: last.enter_context(imported(name)) for name in FUNCTIONS}


@pytest.fixture
def emitted(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    apps: Mapping[str, ModuleType],
    secrets: Mapping[str, object],
) -> set[Emitted]:
    """All that the functions emit in these situations."""
    lines: list[dict[str, Any]] = []
    for situation in SITUATIONS:
        with over_a_new_world(monkeypatch, capsys, apps, secrets) as functions:
            lines += [line for output in situation(functions) for line in output.emitted]
    return {
        Emitted(declared["Namespace"], metric["Name"], tuple((name, line[name]) for name in sorted(names)))
        for line in lines
        for declared in line["_aws"]["CloudWatchMetrics"]
        for names in declared["Dimensions"]
        for metric in declared["Metrics"]
    }


def of_ours(template: Template) -> set[Watched]:
    """The metrics of ours that are looked at; those of AWS are held to a list in ``tests/template``."""
    return {each for each in in_widgets(template) | in_alarms(template) if not each.namespace.startswith("AWS/")}


def is_written(watched: Watched, emitted: set[Emitted]) -> bool:
    """Whether a metric is one of those that were emitted."""
    return any(
        (named(watched.namespace), watched.name) == (one.namespace, one.name)
        and sorted(dict(watched.dimensions)) == [name for name, _ in one.dimensions]
        and all(value in (ANY, dict(one.dimensions)[name]) for name, value in watched.dimensions)
        for one in emitted
    )


def test_each_metric_that_is_looked_at_is_emitted_with_its_dimensions(emitted: set[Emitted]) -> None:
    assert len(of_ours(TEMPLATE)) > 40
    assert {each for each in of_ours(TEMPLATE) if not is_written(each, emitted)} == set()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"SettledByRefresh"', '"SettledByRefreshes"'),
        ('"EventEnded", "service"', '"EventEnded", "stack"'),
        ('"EventEnded", "service", "payment-refresh"', '"EventEnded", "service", "payments"'),
        ('["PaymentRefresh/${AWS::StackName}", "EventEnded"', '["PaymentRefresh", "EventEnded"'),
        (",service,currency}", ",currency}"),
        ("SettledByRefreshCents", "SettledByWebhookCents"),
    ],
    ids=["name", "dimension", "value of a dimension", "namespace", "dimensions of a search", "name of a search"],
)
def test_planted_mistake_in_the_dashboard_is_seen(emitted: set[Emitted], before: str, after: str) -> None:
    body = copy.deepcopy(TEMPLATE.body)
    sub = body["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    assert before in sub[0]
    sub[0] = sub[0].replace(before, after, 1)

    assert not all(is_written(each, emitted) for each in of_ours(Template(body)))


@pytest.mark.parametrize(
    "mistake",
    [
        {"MetricName": "OldestOverdue"},
        {"Dimensions": [{"Name": "service", "Value": "payments"}]},
        {"Dimensions": []},
        {"Namespace": OWN.lower()},
    ],
    ids=["name", "value of a dimension", "dimension", "namespace"],
)
def test_planted_mistake_in_an_alarm_is_seen(emitted: set[Emitted], mistake: dict[str, Any]) -> None:
    body = copy.deepcopy(TEMPLATE.body)
    body["Resources"]["OverdueAlarm"]["Properties"] |= mistake

    assert not all(is_written(each, emitted) for each in of_ours(Template(body)))
