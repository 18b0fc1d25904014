"""The exception tree: an error's class says who must act and whether a retry helps.

::

    PaymentRefreshError
    ├── SettingsError               the operator: a setting is missing or wrong
    ├── InvalidKey                  the caller: a type that cannot be refreshed, or what is no id
    ├── UnreadableMessage           the sender: a queue message that names no payment or order
    ├── UnreadableOrder             the sender: a document that is not an order
    ├── UnreadableRow               the operator: a row of the state table that this version cannot read
    ├── Conflict                    nobody: another writer was first; read the row again
    ├── StateUnavailable            nobody: the state table did not answer; try again later
    ├── SendFailed                  nobody: a queue or the event bus rejected something; try again later
    ├── SecretUnavailable           the operator, if it lasts: a secret could not be read
    └── CommerceLayerError          see below; carries status, code and request_id
        ├── Unavailable             nobody: try again later
        │   ├── TimedOut            no answer, or a broken connection
        │   ├── ServerError         a 5xx, a 200 without a JSON document, or a 404 that names no record
        │   ├── NoToken             the token endpoint or the API secret did not answer
        │   └── CircuitOpen         too many calls failed; no call was made
        ├── NoBudget                nobody: the rate limiter has no free slot soon; no call was made
        ├── RateLimited             nobody: 429; slow down and try again
        ├── CredentialsRefused      the operator: no token, or a token of another organization or mode
        ├── PermissionMissing       the operator: the integration's role lacks a right
        │   ├── MayNotRead          on what is listed and looked at
        │   └── MayNotUpdate        on the payments, which a refresh needs
        ├── NotFound                nobody: 404 RECORD_NOT_FOUND, which is an answer
        ├── Declined                nobody: 409 and 422, an answer that is not a verdict
        └── RequestRefused          the developers: any other 4xx; the same request fails again
"""

from __future__ import annotations


class PaymentRefreshError(Exception):
    """Base class of all errors that this package raises on purpose."""


class SettingsError(PaymentRefreshError):
    """A setting is missing or has an invalid value; the message names it."""


class InvalidKey(PaymentRefreshError):
    """A payment key whose type cannot be refreshed, or whose id could not stand in a URL."""


class UnreadableMessage(PaymentRefreshError):
    """A queue message that names no payment or order."""


class UnreadableOrder(PaymentRefreshError):
    """A JSON:API document that does not contain an order."""


class UnreadableRow(PaymentRefreshError):
    """A row of the state table that this version cannot read."""


class Conflict(PaymentRefreshError):
    """A conditional write failed because of a concurrent one; for a watch, this is a `domain.watch.RowConflict`.

    Parameters
    ----------
    key
        The row's key.
    """

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} was changed by a concurrent write; read it again")
        self.key = key


class StateUnavailable(PaymentRefreshError):
    """The state table did not answer, or throttled the call."""


class SendFailed(PaymentRefreshError):
    """A queue rejected a message or did not answer, or the event bus did."""


class SecretUnavailable(PaymentRefreshError):
    """A secret could not be read, or is malformed."""


class CommerceLayerError(PaymentRefreshError):
    """A call to Commerce Layer failed.

    Parameters
    ----------
    message
        The request, and what came back.
    status
        HTTP status, or None if there was no answer.
    code
        JSON:API error code, such as ``RECORD_NOT_FOUND``.
    request_id
        Commerce Layer's id of the request, for its support, from the header ``x-request-id``; None without one.
    retry_after
        Seconds to wait, from the Retry-After header; None without one, or where it says 0.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after

    @property
    def reason(self) -> str:
        """Short name of the failure, for rows and logs."""
        return (
            (self.code or type(self).__name__)
            if self.status is None
            else f"{self.status} {self.code or ''}".strip()
        )


class Unavailable(CommerceLayerError):
    """There was no usable answer. Whether a refresh took effect is unknown."""


class TimedOut(Unavailable):
    """The call timed out, or the connection broke."""


class ServerError(Unavailable):
    """A 5xx, a 200 without a usable document, or a 404 without the code RECORD_NOT_FOUND.

    Such a 404 is the edge's own page: a wrong host, an address that is not routed, a fault of the edge. It says
    nothing of the record, so it is handled as an outage is.
    """


class NoToken(Unavailable):
    """No access token: the token endpoint or Secrets Manager did not answer, so no call could be made."""


class CircuitOpen(Unavailable):
    """The circuit breaker is open after too many failures in a row: this call was not made. A probe closes it."""


class NoBudget(CommerceLayerError):
    """The rate limiter has no free slot soon, so no call was made; not a failure of Commerce Layer."""


class RateLimited(CommerceLayerError):
    """429: the rate limit of this egress IP is exceeded."""


class CredentialsRefused(CommerceLayerError):
    """The token endpoint rejected the credentials, or issued a token for another organization or mode."""


class PermissionMissing(CommerceLayerError):
    """401 ``UNAUTHORIZED`` or 403: the integration's role lacks the right to this resource."""


class MayNotRead(PermissionMissing):
    """The role lacks the right to read the resource."""


class MayNotUpdate(PermissionMissing):
    """The role lacks the right to change what it asked to: payments, which a refresh needs, or webhooks."""


class NotFound(CommerceLayerError):
    """404 with the code RECORD_NOT_FOUND: no such record is visible to these credentials."""


class Declined(CommerceLayerError):
    """409 or 422: Commerce Layer understood the request and declined it; the next look decides."""


class RequestRefused(CommerceLayerError):
    """Any other 4xx: the request itself is wrong and would fail again."""
