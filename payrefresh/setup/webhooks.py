"""The fourth step: one webhook for each topic, created disabled, enabled once the stack knows its secret."""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payment_refresh.domain.listed import TOPICS
from payment_refresh.errors import MayNotRead, MayNotUpdate
from payment_refresh.use_cases.receive_order_event.signature import REREAD_AFTER
from payrefresh.errors import OperatorError
from payrefresh.setup.manual_webhooks import by_person, not_shown
from payrefresh.setup.steps import Look
from payrefresh.setup.wanted_webhooks import INCLUDES, Plan, compare, merged, needs_reset, webhook_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from payrefresh.ports import Webhook
    from payrefresh.setup.known import Known
    from payrefresh.setup.ports import Secrets, SignedEvents, Webhooks

UNKNOWN_SIGNATURE = 401
NO_ORDER = b"{}"
"""A signed body that is no order: 401 says that the stack does not know the secret, 400 that it does."""
KNOWN_BY_NOW = 400
TRIED_EVERY, TRIED_FOR = 5.0, 3 * REREAD_AFTER
"""Seconds between two tries, and until the stack must know a secret; it reads it again after a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhooksStep:
    """Creates, mends and enables the webhooks that lead to the stack."""

    known: Known
    secrets: Secrets
    events: SignedEvents
    sleep: Callable[[float], None]
    title: str = "The webhooks"

    def look(self) -> Look:
        """Compare the organization's webhooks with those that the stack needs."""
        if not self.known.takes_webhooks:
            bus = self.known.wanted.get("OrderEventsBusName")
            return Look(found=[f"order events come by the bus {bus}: no webhooks are needed"])
        url = self.known.webhook_url
        if url is None:
            return Look(
                found=["they lead to the stack's URL, which there is not yet"],
                plan=[f"create one webhook for each of {', '.join(TOPICS)}, store their secrets, enable them"],
            )
        webhooks = self._webhooks()
        try:
            there = webhooks.list()
        except MayNotRead:
            return Look(
                found=["the integration may not read webhooks: they cannot be checked"],
                left=not_shown(self.known.stack_name, url),
            )
        stored = self._stored()
        plan = compare(there, stored, url)
        if not plan.lines:
            return Look(
                found=[f"all {len(TOPICS)} are there, enabled, closed circuits, secrets stored", *plan.notes]
            )
        if not self.known.missing.manages_webhooks:
            return self._checked_only(plan, stored)
        return Look(found=[*plan.found, *plan.notes], plan=plan.lines, act=lambda: self._act(plan, url))

    def _checked_only(self, plan: Plan, stored: Mapping[str, Sequence[str]]) -> Look:
        """What is left for a person where only they may change webhooks; shown secrets are stored all the same."""
        secrets = merged(stored, plan.kept)
        store = ["store their secrets"] if secrets != stored else []
        return Look(
            found=plan.found,
            plan=store,
            act=lambda: self._store(secrets),
            left=by_person(plan, self.known.stack_name, str(self.known.webhook_url)),
        )

    def _act(self, plan: Plan, url: str) -> Iterator[str]:
        webhooks = self._webhooks()
        answered: dict[str, str | None] = {}
        try:
            for topic in plan.create:
                name = webhook_name(self.known.stack_name, topic)
                made = webhooks.create(name=name, topic=topic, callback_url=f"{url}/{topic}", includes=INCLUDES)
                answered[made.id] = made.secret
                yield f"created {topic}, disabled"
            for webhook in plan.include:
                includes = sorted({*webhook.includes, *INCLUDES})
                webhooks.change(webhook.id, {"include_resources": includes})
                yield f"{webhook.topic} includes {', '.join(includes)}"
            for webhook in plan.regenerate:
                answered[webhook.id] = webhooks.change(webhook.id, {"_regenerate_shared_secret": True}).secret
                yield f"{webhook.topic} has a new secret"
            for webhook in plan.delete:
                webhooks.delete(webhook.id)
                yield f"deleted the second webhook of {webhook.topic}"
            kept = compare(webhooks.list(), self._stored(), url).kept
            kept = [replace(each, secret=each.secret or answered.get(each.id)) for each in kept]
            yield from self._make_known(kept, url)
            for webhook in kept:
                triggers = {"_reset_circuit": True} if needs_reset(webhook) else {}
                triggers |= {"_enable": True} if webhook.is_disabled else {}
                if triggers:
                    webhooks.change(webhook.id, triggers)
                    yield f"{webhook.topic}: {' and '.join(_DONE[name] for name in triggers)}"
        except MayNotUpdate as error:
            raise OperatorError(
                f"{error}, or enter the webhooks in the dashboard; then run setup again"
            ) from error

    def _make_known(self, kept: Sequence[Webhook], url: str) -> Iterator[str]:
        """Store the secrets, and wait until the stack takes events that are signed with them."""
        stored = self._stored()
        secrets = merged(stored, kept)
        if secrets == stored and not any(webhook.is_disabled for webhook in kept):
            return
        if lacking := [webhook.topic for webhook in kept if not secrets.get(webhook.topic)]:
            raise OperatorError(
                f"the API does not show the secrets of {', '.join(lacking)}: store them in "
                f"{self.known.stack_name}/webhooks yourself (docs/deployment.md), then run setup again"
            )
        if secrets != stored:
            yield from self._store(secrets)
            if any(stored.values()):
                yield f"waiting {REREAD_AFTER} s: an instance of the function may just have read the old secrets"
                self.sleep(REREAD_AFTER)
        for webhook in kept:
            self._wait_until_known(webhook.topic, secrets[webhook.topic][0], url)
        yield "the stack takes events that are signed with them"

    def _wait_until_known(self, topic: str, secret: str, url: str) -> None:
        waited = 0.0
        while True:
            status = self.events.send(f"{url}/{topic}", topic, secret, NO_ORDER)
            if status == KNOWN_BY_NOW:
                return
            if status != UNKNOWN_SIGNATURE or waited >= TRIED_FOR:
                raise OperatorError(
                    f"the stack answered {status} to an event of {topic} that was signed with its secret: no "
                    f"webhook was enabled; look at the log of {self.known.stack_name}-order-events, then "
                    "run setup again"
                )
            self.sleep(TRIED_EVERY)
            waited += TRIED_EVERY

    def _store(self, secrets: Mapping[str, Sequence[str]]) -> Iterator[str]:
        self.secrets.put(self._secret_arn(), {topic: list(values) for topic, values in secrets.items()})
        yield f"stored the secrets of {len(secrets)} webhooks"

    def _stored(self) -> dict[str, list[str]]:
        """The secrets that the stack has, by topic."""
        value = self.secrets.read(self._secret_arn())
        return {
            topic: [each for each in values if isinstance(each, str)]
            for topic, values in value.items()
            if isinstance(values, list)
        }

    def _secret_arn(self) -> str:
        if self.known.webhook_secret is None:
            raise OperatorError("the secret for the webhooks is gone: run setup again")
        return self.known.webhook_secret

    def _webhooks(self) -> Webhooks:
        return self.known.checked_organization().webhooks


_DONE = {"_enable": "enabled", "_reset_circuit": "circuit reset"}
