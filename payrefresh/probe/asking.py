"""Asks an organization's API one question after another; what is not answered leaves the others alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from payment_refresh.errors import CommerceLayerError
from payrefresh.errors import OperatorError
from payrefresh.probe.findings import Assumption, Finding, Unasked, answered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from payrefresh.probe.ports import Answer, Api, Queries

NO_ID = "cannot-exist"
"""An id that no record has: those of Commerce Layer are letters alone."""
ONE, NONE_OF_THEM = {"page[size]": "1"}, {"filter[q][id_eq]": NO_ID, "page[size]": "1"}
FEWEST_FIELDS = {"fields[orders]": "status", "page[size]": "1"}


@dataclass(slots=True, kw_only=True)
class Probe:
    """What the questions need, and what the first of them leave for the others.

    Attributes
    ----------
    mode
        Of the credentials: ``live`` or ``test``.
    updates
        Whether a refresh may be sent to an id that cannot exist.
    includes
        Relations of an order that the API accepted, and that this organization showed.
    orders
        Records of a look, a page of them; empty where the organization has none.
    none
        Parameters of an empty list: no data are needed to see whether a query is accepted.
    last
        The last answer that had rate limit headers.
    """

    api: Api
    queries: Queries
    mode: str
    updates: bool = False
    includes: Sequence[str] = ()
    orders: Sequence[Mapping[str, Any]] = ()
    none: Mapping[str, str] = field(default_factory=lambda: NONE_OF_THEM)
    last: Answer | None = field(default=None, init=False)

    def get(self, path: str, params: Mapping[str, str], *, version: str | None = None) -> Answer:
        """Ask, and give the answer whatever it is, but for failures of the API.

        Raises
        ------
        Unasked
            The API failed.
        """
        answer = self.api.get(path, params, version=version)
        if answer.rates is not None:
            self.last = answer
        return answered(answer, "ask") if answer.status >= 500 else answer

    def read(self, path: str, params: Mapping[str, str]) -> Answer:
        """Ask for what is surely there.

        Raises
        ------
        Unasked
            The role may not read it, or the API refuses or fails.
        """
        answer = answered(self.get(path, params), f"read {path.removeprefix('/api/')}")
        if not answer.ok:
            raise Unasked(f"GET {path} is answered {answer.said}")
        return answer


@dataclass(frozen=True, slots=True)
class Question:
    """A question: the assumptions it is about, and how it is asked."""

    name: str
    assumptions: Sequence[Assumption]
    ask: Callable[[Probe], Iterable[Finding]]

    def asked(self, probe: Probe) -> Iterator[Finding]:
        """Ask; assumptions that nothing could be found out about become findings all the same."""
        seen = set()
        try:
            for finding in self.ask(probe):
                seen.add(finding.id)
                yield finding
        except (Unasked, CommerceLayerError) as error:
            yield from (each.unasked(str(error)) for each in self.assumptions if each.id not in seen)


def reach(probe: Probe) -> None:
    """Make sure that there is an API to be asked, and that it takes the token.

    Raises
    ------
    OperatorError
        Nothing answers there as the API of these credentials does.
    """
    answer = probe.get("/api/orders", {**FEWEST_FIELDS, **probe.none})
    if answer.status == 400:
        probe.none = ONE
        answer = probe.get("/api/orders", FEWEST_FIELDS)
    if answer.code == "INVALID_TOKEN":
        raise OperatorError(
            "the API refuses the access token: these credentials are for another organization than the address"
        )
    if answer.status == 404:
        raise OperatorError(
            f"there is no list of orders at this address ({answer.said}, {answer.form}): "
            "check --base-url and --api-version"
        )
    if answer.status in (401, 403):
        raise OperatorError(
            f"the integration's role may not read orders ({answer.said}): give it that right, then probe again"
        )
