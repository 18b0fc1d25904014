"""The dashboard: a grid that can be read, lines at the right height, and no metric without a place or a reason."""

from __future__ import annotations

import copy
import re
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest

from payment_refresh.metrics import Metric
from payment_refresh.rate_limit.budget import DEFAULT_CALLS
from tests.template.model import Template
from tests.template.watched import OWN, Watched, dashboard, graphs, in_alarms, in_widgets

if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS = 24
"""Of CloudWatch's grid."""

MOST_METRICS, CURRENCIES = 50, 5
"""Metrics that a free dashboard may refer to, and how many currencies are left room for."""

NEITHER = {
    Metric.EVENT_WATCHING: "a shop's usual traffic; asked for where events seem to be lost",
    Metric.EVENT_UPDATED: "a shop's usual traffic",
    Metric.EVENT_DEFERRED: "a shop's usual traffic, as often as checks and events meet",
    Metric.EVENT_STALE: "a shop's usual traffic: Commerce Layer sends events twice and late",
    Metric.EVENT_IGNORED: "a shop's usual traffic",
    Metric.REFUSED_400: "requests by strangers; those of order webhooks show as WebhookFailures",
    Metric.REFUSED_401: "requests by strangers; those of order webhooks are RefusedSignatures",
    Metric.REFUSED_405: "requests by strangers",
    Metric.REFUSED_413: "requests by strangers",
    Metric.FAULTS: "the same as the alarms on Errors and Url5xxCount of order_events",
    Metric.CLAIMED: "what is claimed is checked a moment later, and shows there",
    Metric.OBSERVING: "the dashboard's first line says the mode",
    Metric.SETTINGS_CLAMPED: "stays as it is until the next deployment; the functions' logs name the settings",
    Metric.LISTED: "discover's usual work, whatever it finds; ListCalls shows its calls",
    Metric.DISCOVERED: "asked for where events seem to be lost; the alarms on webhooks say that they are",
    Metric.DISCOVER_CARTS_AGE_SECONDS: "with many carts a whole pass takes hours, and that is no fault",
    Metric.NEW_MODEL_ORDERS: "not watched; asked for once a market moves to the new payments model",
    Metric.MESSAGES: "each message's outcome shows",
    Metric.UNREADABLE: "such a message becomes a dead letter, which shows",
    Metric.PENDING: "the sum of its four age bands",
    Metric.NOT_SENT: "what another Mode or ActOnOrdersAfter would send: asked for before changing them",
    Metric.TIMED_OUT: "a reason of NoAnswer; asked for once that shows",
    Metric.SERVER_ERROR: "a reason of NoAnswer",
    Metric.NO_TOKEN: "a reason of NoAnswer",
    Metric.CIRCUIT_OPEN: "a reason of NoAnswer",
    Metric.UNAVAILABLE: "a reason of NoAnswer that has no name yet",
    Metric.PERMISSION_MISSING: "a right that has no name yet; the log names the call",
    Metric.NOT_FOUND: "a list that answers 404; NoAnswer counts its payments",
    Metric.DECLINED: "the usual answer to the refresh of a payment that cannot be refreshed now",
    Metric.REQUEST_REFUSED: "a reason of NoAnswer; the log has it as an error",
    Metric.COMMERCE_LAYER_ERROR: "a reason of NoAnswer that has no name yet",
}
"""The metrics that stand in no widget and under no alarm, and why."""


def function(metric: str, logical_id: str) -> Watched:
    return Watched("AWS/Lambda", metric, (("FunctionName", f"${{{logical_id}}}"),))


def queue(metric: str, logical_id: str) -> Watched:
    return Watched("AWS/SQS", metric, (("QueueName", f"${{{logical_id}.QueueName}}"),))


def log_group(logical_id: str) -> Watched:
    return Watched("AWS/Logs", "IncomingBytes", (("LogGroupName", f"${{{logical_id}}}"),))


TABLE, INDEX = ("TableName", "${StateTable}"), ("GlobalSecondaryIndexName", "due")
AWS = {
    *(function("Errors", name) for name in ("OrderEvents", "Discover", "Sweep", "Refresh", "Digest")),
    *(function("Throttles", name) for name in ("OrderEvents", "Discover", "Sweep", "Refresh")),
    *(function("Duration", name) for name in ("OrderEvents", "Discover", "Sweep", "Refresh")),
    function("Url5xxCount", "OrderEvents"),
    queue("ApproximateNumberOfMessagesVisible", "PendingPaymentsDeadLetterQueue"),
    queue("ApproximateNumberOfMessagesVisible", "AsyncFailuresQueue"),
    queue("ApproximateNumberOfMessagesVisible", "PendingPaymentsQueue"),
    queue("ApproximateAgeOfOldestMessage", "PendingPaymentsQueue"),
    Watched("AWS/DynamoDB", "ConsumedWriteCapacityUnits", (TABLE,)),
    Watched("AWS/DynamoDB", "ConsumedWriteCapacityUnits", (TABLE, INDEX)),
    Watched("AWS/DynamoDB", "ConsumedReadCapacityUnits", (TABLE,)),
    log_group("OrderEventsLogGroup"),
    log_group("RefreshLogGroup"),
}
"""Every metric of AWS's own that a widget or an alarm looks at."""

PHYSICAL = {
    "FunctionName": ("AWS::Lambda::Function", ""),
    "QueueName": ("AWS::SQS::Queue", ".QueueName"),
    "TableName": ("AWS::DynamoDB::Table", ""),
    "LogGroupName": ("AWS::Logs::LogGroup", ""),
}
"""The type of resource that a dimension names, and the attribute that is its name; none where ``Ref`` gives it."""


def foreign(template: Template) -> set[Watched]:
    """All metrics of AWS's own that are looked at."""
    return {each for each in in_widgets(template) | in_alarms(template) if each.namespace != OWN}


def without_a_place(template: Template) -> set[Metric]:
    """The metrics of ours that stand in no widget, under no alarm and on no list."""
    placed = {each.name for each in in_widgets(template) | in_alarms(template) if each.namespace == OWN}
    return set(Metric) - placed - NEITHER.keys()


def unlike_its_resource(template: Template, watched: Watched) -> list[str]:
    """The dimensions whose value is not the name of a resource of the right type."""
    wrong = []
    for name, value in watched.dimensions:
        if name == "GlobalSecondaryIndexName":
            indexes = template.properties("StateTable")["GlobalSecondaryIndexes"]
            right = {index["IndexName"] for index in indexes}
        else:
            kind, attribute = PHYSICAL[name]
            right = {f"${{{logical_id}{attribute}}}" for logical_id in template.of_type(kind)}
        wrong += [] if value in right else [f"{name}={value}"]
    return wrong


def altered(template: Template, before: str, after: str) -> Template:
    """The template with another text in the dashboard's body."""
    body = copy.deepcopy(template.body)
    sub = body["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    assert before in sub[0]
    sub[0] = sub[0].replace(before, after, 1)
    return Template(body)


def test_widgets_lie_on_the_grid_and_none_covers_another(deployed: Template) -> None:
    cells = [
        {(x, y) for x in range(it["x"], it["x"] + it["width"]) for y in range(it["y"], it["y"] + it["height"])}
        for it in dashboard(deployed)["widgets"]
    ]

    assert all(not one & other for one, other in combinations(cells, 2))
    covered = set().union(*cells)
    assert covered == {(x, y) for x in range(COLUMNS) for y in range(1 + max(y for _, y in covered))}


def test_each_graph_asks_a_question_and_says_what_its_axes_count(deployed: Template) -> None:
    for graph in graphs(deployed):
        assert "?" in graph["title"]
        shown = {row[-1].get("yAxis", "left") for row in graph["metrics"] if row[-1].get("visible", True)}
        assert {side for side, axis in graph["yAxis"].items() if axis["label"] and axis["min"] == 0} == shown
        assert graph["region"] == "${AWS::Region}"


def test_each_line_of_a_graph_has_a_label_of_its_own(deployed: Template) -> None:
    for graph in graphs(deployed):
        labels = [row[-1]["label"] for row in graph["metrics"] if row[-1].get("visible", True)]
        assert len(labels) == len(set(labels))


def test_expressions_rest_on_hidden_metrics_of_their_own_graph(deployed: Template) -> None:
    for graph in graphs(deployed):
        options = [row[-1] for row in graph["metrics"]]
        hidden = {it["id"] for it in options if not it.get("visible", True)}
        sums = [it["expression"] for it in options if "SEARCH" not in it.get("expression", "SEARCH")]

        assert {word for text in sums for word in re.findall(r"\b[a-z]\w*\b", text)} == hidden


def test_budget_is_the_parameter_or_what_it_is_by_default(deployed: Template) -> None:
    _, variables = deployed.properties("Dashboard")["DashboardBody"]["Fn::Sub"]
    by_default = {"Fn::FindInMap": ["DefaultCalls", {"Ref": "CommerceLayerMode"}, "CallsPerMinute"]}

    assert variables["Budget"] == {"Fn::If": ["SetsCalls", {"Ref": "CallsPerMinute"}, by_default]}
    sets = {"Fn::Not": [{"Fn::Equals": [{"Ref": "CallsPerMinute"}, "0"]}]}
    assert deployed.body["Conditions"]["SetsCalls"] == sets
    assert deployed.body["Mappings"]["DefaultCalls"] == {
        mode: {"CallsPerMinute": calls} for mode, calls in DEFAULT_CALLS.items()
    }


def test_lines_are_drawn_where_the_budget_ends_and_where_alarms_ring(deployed: Template) -> None:
    lines = {
        graph["title"]: (line["label"], line["value"])
        for graph in [it["properties"] for it in dashboard(deployed, budget=70)["widgets"]]
        for line in graph.get("annotations", {}).get("horizontal", [])
    }

    alarms = {deployed.properties(name)["Threshold"] for name in ("QueueAgeAlarm", "OverdueAlarm")}
    assert lines == {
        "How long do payments wait to be checked?": ("alarm", *alarms),
        "How many calls a minute go to Commerce Layer?": ("budget", 70),
    }


def test_name_of_the_dashboard_is_its_own_in_every_region(deployed: Template) -> None:
    """Dashboards are global: a stack of the same name in another region would overwrite this one."""
    assert deployed.properties("Dashboard")["DashboardName"] == {"Fn::Sub": "${AWS::StackName}-${AWS::Region}"}


def test_dashboard_is_free_with_some_currencies(deployed: Template) -> None:
    assert len(in_widgets(deployed)) - 1 + CURRENCIES <= MOST_METRICS


def test_metrics_of_aws_are_those_of_the_list(deployed: Template) -> None:
    assert foreign(deployed) == AWS


@pytest.mark.parametrize("watched", sorted(AWS), ids=lambda it: "-".join([it.name, *dict(it.dimensions).values()]))
def test_dimensions_of_a_metric_of_aws_name_a_resource_of_the_stack(deployed: Template, watched: Watched) -> None:
    assert unlike_its_resource(deployed, watched) == []


def test_each_metric_of_ours_is_shown_alarms_or_says_why_not(deployed: Template) -> None:
    assert without_a_place(deployed) == set()


def test_reasons_are_given_only_for_what_is_neither_shown_nor_alarms(deployed: Template) -> None:
    placed = {each.name for each in in_widgets(deployed) | in_alarms(deployed)}

    assert NEITHER.keys() & placed == set()
    assert all(len(reason.split()) >= 3 for reason in NEITHER.values())


def misspells(template: Template) -> Any:
    return foreign(altered(template, '"IncomingBytes"', '"IncomingByte"')) - AWS


def takes_another_resource(template: Template) -> Any:
    return foreign(altered(template, "${RefreshLogGroup}", "${Refresh}")) - AWS


def takes_another_dimension(template: Template) -> Any:
    return foreign(altered(template, '"TableName", "${StateTable}"', '"Table", "${StateTable}"')) - AWS


def leaves_one_out(template: Template) -> Any:
    return without_a_place(altered(template, '"PendingOverWeek"', '"Pending"'))


def names_no_resource_of_its_type(template: Template) -> Any:
    return unlike_its_resource(template, log_group("Refresh"))


@pytest.mark.parametrize(
    "mistake",
    [misspells, takes_another_resource, takes_another_dimension, leaves_one_out, names_no_resource_of_its_type],
)
def test_planted_mistake_does_not_pass_these_checks(
    deployed: Template, mistake: Callable[[Template], Any]
) -> None:
    assert mistake(deployed)
