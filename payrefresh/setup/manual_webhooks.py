"""The webhooks in words, for a person who has to enter them in the dashboard because the integration may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.domain.listed import TOPICS
from payrefresh.setup.wanted_webhooks import INCLUDES, webhook_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payrefresh.setup.wanted_webhooks import Plan

CREATE_DISABLED = (
    "create each in the dashboard (Developers, Webhooks) and disable it at once: until the stack knows its "
    "secret, its deliveries fail, and thirty failures open its circuit"
)
RUN_AGAIN = "then run setup again, which checks them"


def by_person(plan: Plan, stack: str, url: str) -> Sequence[str]:
    """What a person has to do about webhooks that setup may only look at."""
    left = []
    if plan.create:
        left += [CREATE_DISABLED, *_entries(plan.create, stack, url)]
    for webhook in plan.include:
        left.append(f"let the webhook {webhook.topic} include {', '.join(INCLUDES)}")
    for webhook in (*plan.regenerate, *plan.store):
        left.append(f"store the shared secret of {webhook.topic} in {stack}/webhooks")
    for webhook in plan.delete:
        left.append(f"delete the second webhook of {webhook.topic} (id {webhook.id})")
    secret_missing = {webhook.id for webhook in (*plan.regenerate, *plan.store)}
    for webhook in plan.enable:
        if webhook.id not in secret_missing:
            left.append(f"enable the webhook {webhook.topic}")
    for webhook in plan.reset:
        left.append(f"reset the circuit of the webhook {webhook.topic}")
    return [*left, RUN_AGAIN]


def not_shown(stack: str, url: str) -> Sequence[str]:
    """What a person has to do about webhooks that setup may not even see."""
    return [
        CREATE_DISABLED,
        *_entries(TOPICS, stack, url),
        f'store their shared secrets in {stack}/webhooks, as {{"orders.place": ["…"], …}} (docs/deployment.md)',
        "enable them a minute later, and look at their circuits once some orders were placed",
    ]


def _entries(topics: Sequence[str], stack: str, url: str) -> Sequence[str]:
    entries = [f"  name {webhook_name(stack, topic)}, topic {topic}, URL {url}/{topic}" for topic in topics]
    return [*entries, f"  with the includes {', '.join(INCLUDES)}"]
