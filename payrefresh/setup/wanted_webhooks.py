"""The webhooks that a stack needs, compared with those that the organization has. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.listed import TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from payrefresh.ports import Webhook

INCLUDES = ("payment_source", "payment_method", "authorizations")
"""What each delivery has to include."""
KEPT_SECRETS = 2
"""Secrets that the stack knows of each topic: the current one and the one before."""

type Secrets = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done about the webhooks.

    Attributes
    ----------
    create
        Topics without a webhook.
    kept
        The one webhook of each other topic.
    delete
        Others of the same topic and address, as a creation leaves whose answer was lost.
    include, enable, reset
        Those that lack an include, are disabled, or whose circuit must be reset.
    store
        Those whose secret the stack does not have.
    regenerate
        Those whose secret neither the API shows nor the stack has.
    notes
        What is strange, and left alone.
    """

    create: Sequence[str]
    kept: Sequence[Webhook]
    delete: Sequence[Webhook]
    include: Sequence[Webhook]
    store: Sequence[Webhook]
    regenerate: Sequence[Webhook]
    enable: Sequence[Webhook]
    reset: Sequence[Webhook]
    notes: Sequence[str]

    @property
    def found(self) -> Sequence[str]:
        """What is there, in words."""
        if not self.kept:
            return [f"none of the {len(TOPICS)} is there"]
        return [f"{len(self.kept)} of {len(TOPICS)} are there"]

    @property
    def lines(self) -> Sequence[str]:
        """What is to be done, in words; empty where all is right."""
        return [
            *([f"create, disabled: {', '.join(self.create)}"] if self.create else []),
            *_line(f"let them include {', '.join(INCLUDES)}", self.include),
            *_line("make a new secret, as the API does not show it", self.regenerate),
            *_line("delete the second webhook", self.delete),
            *(["store their secrets"] if self.create else _line("store the secret", self.store)),
            *(["enable them"] if self.create and not self.enable else _line("enable", self.enable)),
            *_line("reset the circuit", self.reset),
        ]


def compare(there: Iterable[Webhook], stored: Secrets, url: str) -> Plan:
    """Compare the organization's webhooks with those that lead to this stack.

    Parameters
    ----------
    stored
        The secrets that the stack has.
    url
        The stack's address, without a slash at its end.
    """
    known = list(there)
    ours = {topic: _leading_here(known, topic, stored, url) for topic in TOPICS}
    kept = [webhooks[0] for webhooks in ours.values() if webhooks]
    has_secret = {webhook.id: webhook.secret in stored.get(webhook.topic, ()) for webhook in kept}
    return Plan(
        create=[topic for topic, webhooks in ours.items() if not webhooks],
        kept=kept,
        delete=[webhook for webhooks in ours.values() for webhook in webhooks[1:]],
        include=[webhook for webhook in kept if set(INCLUDES) - set(webhook.includes)],
        store=[webhook for webhook in kept if webhook.secret is not None and not has_secret[webhook.id]],
        regenerate=[webhook for webhook in kept if webhook.secret is None and not stored.get(webhook.topic)],
        enable=[webhook for webhook in kept if webhook.is_disabled],
        reset=[webhook for webhook in kept if needs_reset(webhook)],
        notes=_notes(known, url),
    )


def webhook_name(stack: str, topic: str) -> str:
    """The name that a stack's webhook has in the dashboard."""
    return f"{stack} {topic}"


def merged(stored: Secrets, webhooks: Iterable[Webhook]) -> dict[str, list[str]]:
    """The secrets that the stack is to have: each webhook's own first, then the one that stood before it."""
    secrets = {topic: list(values) for topic, values in stored.items()}
    for webhook in webhooks:
        before = secrets.get(webhook.topic, [])
        if webhook.secret is not None and webhook.secret not in before:
            secrets[webhook.topic] = [webhook.secret, *before][:KEPT_SECRETS]
    return secrets


def needs_reset(webhook: Webhook) -> bool:
    """Whether its circuit is open, or it is about to be enabled with failures on it."""
    return webhook.is_open or (webhook.is_disabled and webhook.failures > 0)


def leads_to(webhook: Webhook, url: str) -> bool:
    """Whether a webhook leads to this stack."""
    return webhook.callback_url.rstrip("/") == f"{url}/{webhook.topic}"


def _leading_here(known: Sequence[Webhook], topic: str, stored: Secrets, url: str) -> list[Webhook]:
    """The webhooks of a topic that lead here, the one to keep first: enabled, its secret known, the oldest id."""
    here = [webhook for webhook in known if webhook.topic == topic and leads_to(webhook, url)]
    secrets = stored.get(topic, ())
    return sorted(here, key=lambda webhook: (webhook.is_disabled, webhook.secret not in secrets, webhook.id))


def _notes(known: Iterable[Webhook], url: str) -> Sequence[str]:
    wrong = [webhook for webhook in known if webhook.callback_url.startswith(url) and not leads_to(webhook, url)]
    return [
        f"the webhook {webhook.name or webhook.id} of {webhook.topic} leads to {webhook.callback_url}, where it "
        "is refused: correct or delete it in the dashboard"
        for webhook in wrong
    ]


def _line(what: str, webhooks: Sequence[Webhook]) -> Sequence[str]:
    return [f"{what}: {', '.join(webhook.topic for webhook in webhooks)}"] if webhooks else []
