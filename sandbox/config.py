"""Configuration of a sandbox: its fixed properties, and the switches that can be turned while it runs."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox.versions import VERSIONS

IGNORABLE = frozenset({"INVALID_INCLUDE", "INVALID_FIELD", "INVALID_RESOURCE", "FILTER_NOT_ALLOWED"})
"""Codes of refusals that an API could do without: what they are about would be ignored then."""
IGNORED = "200"
"""Instead of a status and a code: it is no error, what it is about is ignored."""

_ANSWER = re.compile(r"4\d\d( [A-Z][A-Z0-9_]*)?")

type Clock = Callable[[], float]
"""Gives the time as epoch seconds."""


@dataclass(frozen=True, slots=True)
class Client:
    """API credentials of an integration."""

    client_id: str
    client_secret: str
    may_write: bool = True
    """Whether its role may create, update and delete."""
    other_mode: bool = False
    """Its tokens are for test data where the sandbox is live, and the other way round: they see no record."""
    other_organization: bool = False
    """Its tokens are good, but for another organization: here they open nothing."""


@dataclass(frozen=True, slots=True)
class Config:
    """The fixed side of a sandbox. Its secrets are made up and open nothing."""

    organization: str = "sandbox-shop"
    organization_id: str = "sNdBxOrgId"
    mode: Literal["live", "test"] = "live"
    client: Client = Client("sandbox-integration", "sandbox-integration-secret")
    read_only_client: Client = Client("sandbox-reader", "sandbox-reader-secret", may_write=False)
    other_mode_client: Client = Client("sandbox-other-mode", "sandbox-other-mode-secret", other_mode=True)
    other_organization_client: Client = Client("elsewhere", "elsewhere-secret", other_organization=True)
    clock: Clock = time.time
    switches: Mapping[str, Any] = field(default_factory=dict)
    """Switches that are turned from the beginning, by name."""

    @property
    def clients(self) -> dict[str, Client]:
        """All clients that get tokens, by the names the control API gives them; the first by none."""
        return {
            "": self.client,
            "read_only": self.read_only_client,
            "other_mode": self.other_mode_client,
            "other_organization": self.other_organization_client,
        }


@dataclass(slots=True)
class Switches:
    """What can be changed at run time: unknowns of the real API, both ways, and the sandbox's own measures."""

    refresh_order_lags: bool = False
    """The order included in a refresh's answer shows the state before the refresh."""
    unconfirmed_refresh_status: Literal[200, 400, 409, 422] = 200
    """The answer to a refresh whose intent is not authorized."""
    refresh_is_idle: bool = False
    """A refresh is answered, and finds nothing out."""
    refresh_is_silent: bool = False
    """What a refresh moves is not published: neither events nor webhooks come of it."""
    refresh_places: bool = True
    """A payment method's `auto_place` holds also where a refresh finds the money."""
    refresh_captures: bool = True
    """So does its `auto_capture`."""
    refresh_touches_updated_at: bool = False
    """A refresh that changes nothing still sets `updated_at` of payment and order."""
    declined_leaves_authorization: bool = True
    """A declined attempt leaves a failed authorization once Commerce Layer hears of it."""
    refresh_repeats_failed_authorization: bool = False
    """Each refresh of a declined intent leaves one more failed authorization."""
    force_payments: bool = True
    """An authorized intent becomes the order's payment source even when another one took its place."""
    refused_includes: list[str] = field(default_factory=list)
    """Paths that no request may include, e.g. ``authorizations``, as for a role that may not read them."""
    refused_filters: list[str] = field(default_factory=list)
    """Predicates that no list may be filtered by, e.g. ``updated_at_gteq``: answered with FILTER_NOT_ALLOWED."""
    refused_rights: list[str] = field(default_factory=list)
    """Rights that the role of every integration lacks, e.g. ``read orders`` or ``update stripe_payments``."""
    webhook_secrets_shown_once: bool = False
    """A webhook shows its shared secret only in the answer that made it; later it is null."""
    refused_fields: list[str] = field(default_factory=list)
    """Types whose fields no request may name, e.g. ``klarna_payments``: answered with INVALID_RESOURCE."""
    refused_includes_as: str = ""
    """How refused includes are answered, e.g. ``401 UNAUTHORIZED``; empty for ``400 INVALID_INCLUDE``."""
    refused_filters_as: str = ""
    """How refused filters are answered; empty for ``400 FILTER_NOT_ALLOWED``."""
    ignored_includes: list[str] = field(default_factory=list)
    """Paths that a request may include, and that are left out all the same."""
    ignored_filters: list[str] = field(default_factory=list)
    """Predicates that a list may be filtered by, and that do not filter it."""
    fields_ignored: bool = False
    """Sparse fields make no difference: each record shows all that it has."""
    most_includes: int = 0
    """Most paths in one request, 0 for any number; more are answered with INVALID_INCLUDE."""
    most_filters: int = 0
    """Most predicates in one request, 0 for any number; more are answered with FILTER_NOT_ALLOWED."""
    updates_include: bool = True
    """A PATCH may ask for relations; else it is answered with INVALID_INCLUDE."""
    sort_ignored: bool = False
    """Lists are in the order of creation, whatever they are to be sorted by."""
    page_limit: int = 25
    """Most records on a page."""
    large_pages: Literal["refused", "capped"] = "refused"
    """What becomes of a request for more: INVALID_PAGE_VALUE, or a page of as many as there may be."""
    errors_as: dict[str, str] = field(default_factory=dict)
    """Status and code in place of those of the documentation, by the documented code: ``400 BAD_FILTER``,
    ``404`` for no code, or ``200`` where what would be refused is ignored."""
    unknown_type_page: bool = False
    """The 404 of an address without a type is the edge's page instead of RECORD_NOT_FOUND."""
    gateway_webhooks_off: bool = False
    """No gateway webhook reaches the organization any more; those it would have got meanwhile are lost."""
    unregistered_gateways: list[str] = field(default_factory=list)
    """Gateway types, e.g. ``stripe_gateways``, that show no webhook endpoint. It is a display only: what does
    not arrive is another switch."""
    rate_limit_factor: float = 1.0
    """Scales all rate limits."""
    rate_limit_headers: bool = True
    """Answers say in headers what is left of the rate limit."""
    rate_limit_shared: bool = False
    """All methods share one average counter."""
    rate_limited_body: Literal["json", "text"] = "json"
    rate_limited_retry_after: bool = False
    """A 429 says in Retry-After how long to wait; else it says 0, as the edge does."""
    not_found_page: bool = False
    """Each 404 is the edge's page instead of RECORD_NOT_FOUND, as until 2023."""
    default_version: Literal["2017-08", "2026-05"] = "2017-08"
    """The version of the API that calls get which name none; the later one knows no payment sources."""
    versions: list[str] = field(default_factory=lambda: list(VERSIONS))
    """Versions of the API that a path may name; others are answered with the edge's page."""
    failed_message_only: bool = False
    """A failed authorization bears a message only; its error code and detail are null."""
    integer_numbers: bool = False
    """Order numbers are integers, as until 2023."""
    amounts_as_text: bool = False
    """Amounts in cents are strings, as in examples of the documentation."""
    token_life_s: float = 7200.0
    webhook_timeout_s: float = 5.0
    webhook_retry_pause_s: float = 0.2
    """Pause before the first repeat of a delivery; doubles with each, up to 5 s."""

    def update(self, values: dict[str, Any]) -> None:
        """Turn the named switches.

        Raises
        ------
        ValueError
            When a name is unknown or a value has the wrong type; then nothing is changed.
        """
        known = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        choices: dict[str, tuple[object, ...]] = {
            "unconfirmed_refresh_status": (200, 400, 409, 422),
            "large_pages": ("refused", "capped"),
            "rate_limited_body": ("json", "text"),
            "default_version": VERSIONS,
        }
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"unknown switch {name}; known are {', '.join(known)}")
            if name in choices and value not in choices[name]:
                raise ValueError(f"{name} must be one of {choices[name]}, got {value!r}")
            number = isinstance(known[name], float) and type(value) in (int, float)
            if not number and type(value) is not type(known[name]):
                raise ValueError(f"{name} must be a {type(known[name]).__name__}, got {value!r}")
            if number and value <= 0:
                raise ValueError(f"{name} must be above 0, got {value!r}")
            if name == "errors_as":
                _check_answers(value)
            if name in ("refused_includes_as", "refused_filters_as") and value:
                _check_answers({name: value})
        for name, value in values.items():
            setattr(self, name, value)


def _check_answers(answers: dict[str, str]) -> None:
    for code, answer in answers.items():
        if not (_ANSWER.fullmatch(answer) or (answer == IGNORED and code in IGNORABLE)):
            raise ValueError(
                f"the answer for {code} must be a status of a refusal, with a code or without, got {answer!r}; "
                f"{IGNORED} is for {', '.join(sorted(IGNORABLE))}"
            )
