"""Rights of the integration's role to read, and whether webhooks show their secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.domain.listed import GATEWAYS
from payment_refresh.domain.payment import REFRESHABLE
from payrefresh.probe.asking import Question
from payrefresh.probe.findings import Assumption, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payrefresh.probe.asking import Probe

READ = Assumption("rights.read", "the integration's role may read orders, payments, gateways and webhooks")
SECRETS = Assumption("webhooks.secret", "a webhook shows its shared secret whenever it is read")

TYPES = (*REFRESHABLE, "authorizations", *GATEWAYS, "webhooks")
"""All types that are read, besides orders: without those, nothing is asked at all."""


def ask(probe: Probe) -> Iterator[Finding]:
    """List each type, without its records."""
    answers = {kind: probe.get(f"/api/{kind}", {f"fields[{kind}]": "updated_at", **probe.none}) for kind in TYPES}
    refused = {kind: answer for kind, answer in answers.items() if answer.status in (401, 403)}
    if refused:
        yield READ.differs(
            f"not {', '.join(f'{kind} ({answer.said})' for kind, answer in refused.items())}",
            "give the role these rights; what needs them could not be asked",
            refused_rights=[f"read {kind}" for kind in refused],
        )
    else:
        yield READ.holds("it may", refused_rights=[])


def ask_secrets(probe: Probe) -> Iterator[Finding]:
    """List webhooks with nothing but their secrets, of which only whether they are there is kept."""
    listed = probe.read("/api/webhooks", {"fields[webhooks]": "shared_secret", "page[size]": "5"}).records
    if not listed:
        yield SECRETS.unseen("there is no webhook")
    elif all((each.get("attributes") or {}).get("shared_secret") for each in listed):
        yield SECRETS.holds("so it does", webhook_secrets_shown_once=False)
    else:
        meaning = "a secret that was not kept has to be made anew: `payrefresh doctor` says which"
        yield SECRETS.differs("it does not", meaning, webhook_secrets_shown_once=True)


QUESTION = Question("rights to read", (READ,), ask)
WEBHOOKS = Question("secrets of webhooks", (SECRETS,), ask_secrets)
