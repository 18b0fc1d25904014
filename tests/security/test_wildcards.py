"""Every wildcard of the built template's policies is named here, with why it must be one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.template.model import as_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.template.model import Template

WILDCARDS = {
    # Denials, of everybody, of all that is not TLS. In a queue's own policy, * is that queue.
    ("QueuesTlsOnlyPolicy", "Deny", "Principal"),
    ("QueuesTlsOnlyPolicy", "Deny", "Action"),
    ("QueuesTlsOnlyPolicy", "Deny", "Resource"),
    ("AsyncFailuresQueuePolicy", "Deny", "Principal"),
    ("AsyncFailuresQueuePolicy", "Deny", "Action"),
    ("AsyncFailuresQueuePolicy", "Deny", "Resource"),
}

PUBLIC = {
    # Commerce Layer cannot sign requests to AWS: anybody may call the URL, and each event's own signature counts.
    ("OrderEventsUrlPermission", "lambda:InvokeFunctionUrl", "NONE"),
    # AWS wants this right besides, for calls by way of the URL only: nobody can invoke the function directly.
    ("OrderEventsInvokePermission", "lambda:InvokeFunction", True),
}


def statements(value: Any) -> Iterator[dict[str, Any]]:
    """Give every statement of every policy in a resource, however deep it stands."""
    if isinstance(value, list):
        for part in value:
            yield from statements(part)
    elif isinstance(value, dict):
        if "Effect" in value:
            yield value
        for part in value.values():
            yield from statements(part)


def texts(value: Any) -> Iterator[str]:
    """Give every text of a statement's part."""
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(part)


def test_no_policy_has_another_wildcard(deployed: Template) -> None:
    found = {
        (name, statement["Effect"], part)
        for name, resource in deployed.body["Resources"].items()
        for statement in statements(resource["Properties"])
        for part in ("Principal", "Action", "Resource", "NotPrincipal", "NotAction", "NotResource")
        if any("*" in text for text in texts(statement.get(part, [])))
    }

    assert found == WILDCARDS


def test_no_statement_is_turned_around(deployed: Template) -> None:
    """``NotAction`` and its like grant whatever AWS adds later."""
    for resource in deployed.body["Resources"].values():
        for statement in statements(resource["Properties"]):
            assert not {"NotPrincipal", "NotAction", "NotResource"} & statement.keys()


def test_nothing_else_may_be_invoked_by_everybody(deployed: Template) -> None:
    permissions = deployed.of_type("AWS::Lambda::Permission")
    found = {
        (
            name,
            permission["Action"],
            permission.get("FunctionUrlAuthType", permission.get("InvokedViaFunctionUrl")),
        )
        for name, permission in permissions.items()
        if permission["Principal"] == "*"
    }

    assert found == PUBLIC


def test_what_a_service_may_do_is_bound_to_its_source(deployed: Template) -> None:
    """Else any account's rule could invoke the function, or fill the queue."""
    for permission in deployed.of_type("AWS::Lambda::Permission").values():
        assert permission["Principal"] == "*" or "SourceArn" in permission
    for policy in deployed.of_type("AWS::SQS::QueuePolicy").values():
        for statement in statements(policy):
            bound = statement["Effect"] == "Deny" or "aws:SourceArn" in statement["Condition"].get("ArnEquals", {})
            assert bound, as_list(statement)
