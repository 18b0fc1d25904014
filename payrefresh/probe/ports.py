"""Ports of the probe: an API that answers whatever it is asked, and the queries that the functions send."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from payment_refresh.domain.payment import PaymentKey

OK = 200


class Form(StrEnum):
    """Form of an answer's body."""

    JSON = "JSON"
    PAGE = "a page of HTML"
    TEXT = "text"
    NONE = "no body"


@dataclass(frozen=True, slots=True)
class Rates:
    """What an answer's headers say of the rate limit; None for what they do not say."""

    limit: int | None
    interval: int | None
    remaining: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer of the API, whatever it is.

    Attributes
    ----------
    code
        Of the first error.
    document
        Empty unless the answer is a 200 with a document.
    """

    status: int
    code: str | None = None
    form: Form = Form.JSON
    rates: Rates | None = None
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def ok(self) -> bool:
        """Whether the API did what it was asked."""
        return self.status == OK

    @property
    def said(self) -> str:
        """Status and code, as the sandbox's switches name them; the status alone where there is no code."""
        return f"{self.status} {self.code or ''}".strip()

    @property
    def records(self) -> Sequence[Mapping[str, Any]]:
        """The records of a list; none where it is none."""
        data = self.document.get("data")
        return [each for each in data if isinstance(each, dict)] if isinstance(data, list) else []


@dataclass(frozen=True, slots=True)
class Throttled:
    """A 429 that was met on the way: the form of its body, and its Retry-After as it stands there."""

    form: Form
    retry_after: str | None


class Api(Protocol):
    """The API of one organization. Each method raises `Unavailable` where nothing answers at all."""

    @property
    def throttled(self) -> Sequence[Throttled]:
        """The 429 answers so far; what they refused was asked again."""
        ...

    def get(self, path: str, params: Mapping[str, str], *, version: str | None = None) -> Answer:
        """Ask; ``version`` names that of the API, empty for none in the path, None for the chosen one."""
        ...

    def use_version(self, version: str) -> None:
        """Choose the version of the API for all later calls."""
        ...

    def get_with_a_false_token(self, path: str) -> Answer:
        """Ask with an access token that was never issued."""
        ...

    def refresh(self, key: PaymentKey, params: Mapping[str, str]) -> Answer:
        """Send one refresh; never a second one, whatever comes back."""
        ...

    def token_life(self) -> int | None:
        """Seconds for which access tokens are issued; None where they do not say."""
        ...


class Queries(Protocol):
    """What the functions ask for: the probe asks for the same."""

    @property
    def order_includes(self) -> Sequence[str]:
        """Relations that a look includes."""
        ...

    @property
    def payment_includes(self) -> Sequence[str]:
        """Relations that a refresh includes."""
        ...

    @property
    def listing(self) -> Mapping[str, str]:
        """Predicates of a listing, with values."""
        ...

    @property
    def fall_back_at(self) -> Collection[str]:
        """Codes at which a look or a refresh is sent again with fewer relations, a listing with fewer filters."""
        ...

    def order_params(self, includes: Sequence[str]) -> Mapping[str, str]:
        """Parameters of a look, with sparse fields."""
        ...

    def payment_params(self, kind: str, includes: Sequence[str]) -> Mapping[str, str]:
        """Parameters of a payment, with sparse fields."""
        ...
