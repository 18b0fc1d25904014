"""The rate limit as headers say it, the right to update, and how long access tokens last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.domain.payment import PaymentKey
from payment_refresh.rate_limit.budget import API_LIMIT
from payrefresh.probe.asking import FEWEST_FIELDS, NO_ID, Question
from payrefresh.probe.findings import HANDLED, Assumption, Finding, Unasked, Verdict
from payrefresh.probe.ports import Form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payrefresh.probe.asking import Probe

HEADERS = Assumption("rate.headers", "answers say in headers what is left of the rate limit")
LIMIT = Assumption("rate.limit", "the rate limit is the documented one")
THROTTLED = Assumption("rate.throttled", "a 429 has a body of JSON, and a Retry-After of 0")
COUNTERS = Assumption("rate.counters", "each method has a rate limit of its own")
RIGHT = Assumption("rights.update", "the integration's role may update payments")
TOKEN = Assumption("token.life", "an access token lasts longer than ten minutes")

INTERVAL = 60
SHORTEST_LIFE = 600
"""Seconds before its end at which the functions renew a token."""
LIVE = API_LIMIT["live"]


def ask(probe: Probe) -> Iterator[Finding]:
    """Read the headers of the last answer; what was throttled came by itself."""
    if probe.last is None or probe.last.rates is None:
        yield HEADERS.differs(
            "they do not", "nothing to do: the functions hold their own rate", rate_limit_headers=False
        )
        yield LIMIT.unseen("no answer says it")
    else:
        yield HEADERS.holds("they do", rate_limit_headers=True)
        yield _of_limit(probe.mode, probe.last.rates.limit, probe.last.rates.interval)
    yield _of_throttled(probe)


def _of_limit(mode: str, limit: int | None, interval: int | None) -> Finding:
    if limit is None:
        return LIMIT.unseen("no answer says it")
    assumed = API_LIMIT[mode]
    found = f"{limit} calls in {interval or '?'} s, in {mode} mode"
    if interval not in (None, INTERVAL):
        return LIMIT.differs(found, "set CommerceLayerCallsPerMinute to half of what that gives in a minute")
    factor = {"rate_limit_factor": limit / assumed}
    if limit == assumed:
        return LIMIT.holds(found, **factor)
    meaning = (
        f"set CommerceLayerCallsPerMinute to {max(1, limit // 2)}"
        if limit < assumed
        else "nothing to do: the functions stay below it"
    )
    return LIMIT.differs(found, meaning, **factor)


def _of_throttled(probe: Probe) -> Finding:
    if not probe.api.throttled:
        return THROTTLED.unseen("no call was refused, and none is provoked")
    met = probe.api.throttled[0]
    is_json, waits = met.form is Form.JSON, met.retry_after not in (None, "0")
    switches = {"rate_limited_body": "json" if is_json else "text", "rate_limited_retry_after": waits}
    found = f"{met.form}, with Retry-After {'of some seconds' if waits else met.retry_after or 'missing'}"
    if is_json and not waits:
        return THROTTLED.holds(found, **switches)
    return THROTTLED.differs(found, HANDLED, **switches)


def ask_update(probe: Probe) -> Iterator[Finding]:
    """Send a refresh of a payment that cannot exist, where the operator allows it."""
    if not probe.updates:
        why = "ask with --try-update: it sends a refresh to an id that cannot exist"
        yield RIGHT.unseen(why)
        yield COUNTERS.unseen(why)
        return
    before = probe.get("/api/orders", FEWEST_FIELDS).rates
    answer = probe.api.refresh(PaymentKey("stripe_payments", NO_ID), {"fields[stripe_payments]": "updated_at"})
    if answer.status >= 500:
        raise Unasked(f"the API failed ({answer.said})")
    if answer.status == 404 and answer.form is Form.PAGE:
        # The edge made it: nothing says that the API looked at the role before.
        yield RIGHT.unseen(f"{answer.said} with {answer.form}: it says nothing of rights")
    else:
        yield _of_right(answer.status, answer.said)
    left, others = (None if rates is None else rates.remaining for rates in (answer.rates, before))
    if left is None or others is None:
        yield COUNTERS.unseen("no answer says what is left")
    elif left < others:
        meaning = "set CommerceLayerCallsPerMinute to a quarter of the limit: looks and refreshes share it"
        yield COUNTERS.differs("they share one", meaning, rate_limit_shared=True)
    else:
        yield COUNTERS.holds("so it has", rate_limit_shared=False)


def _of_right(status: int, said: str) -> Finding:
    if status in (401, 403):
        return Finding(
            id=RIGHT.id,
            assumed=RIGHT.text,
            found=f"it may not ({said})",
            verdict=Verdict.DIFFERS,
            meaning="give the role the right to update payments: without it nothing is refreshed",
            may_update=False,
        )
    return Finding(
        id=RIGHT.id, assumed=RIGHT.text, found=f"it may ({said})", verdict=Verdict.AS_ASSUMED, may_update=True
    )


def ask_token(probe: Probe) -> Iterator[Finding]:
    """Read from the token how long it lasts."""
    life = probe.api.token_life()
    if life is None:
        yield TOKEN.unseen("the token does not say")
    elif life > SHORTEST_LIFE:
        yield TOKEN.holds(f"{life} s", token_life_s=float(life))
    else:
        yield TOKEN.differs(
            f"{life} s",
            "each call gets a new token: give the integration a longer token life",
            token_life_s=float(life),
        )


QUESTION = Question("rate limit", (HEADERS, LIMIT, THROTTLED), ask)
UPDATE = Question("right to update", (RIGHT, COUNTERS), ask_update)
TOKENS = Question("access token", (TOKEN,), ask_token)
