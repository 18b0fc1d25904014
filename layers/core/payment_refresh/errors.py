"""The errors of Payment Refresh: the class says who must act and whether trying again helps.

::

    PaymentRefreshError
    ├── SettingsError               the operator: a setting is missing or wrong
    ├── UnreadableMessage           the sender: a queue message that nobody can act on
    ├── UnreadableOrder             the sender: a document that is not an order
    ├── UnreadableRow               the operator: a row of the state table that this version cannot read
    ├── Conflict                    nobody: somebody else wrote the row first; read it again
    ├── StateUnavailable            nobody: the state table did not answer; try again later
    ├── SendFailed                  nobody: a queue or the bus did not take something; try again later
    ├── SecretUnavailable           the operator, if it lasts: a secret could not be read
    └── CommerceLayerError          see below; carries status, code and trace_id
        ├── Unavailable             nobody: try again later
        │   ├── TimedOut            no answer, or a broken connection
        │   ├── ServerError         a 5xx, or an answer that is no document
        │   ├── NoToken             the token endpoint or the API secret did not answer
        │   └── CircuitOpen         too many calls got no answer; nothing was asked
        ├── NoBudget                nobody: the pace has no slot soon; nothing was asked
        ├── RateLimited             nobody: 429; slow down and try again
        ├── CredentialsRefused      the operator: no token for us, or a token for somebody else
        ├── PermissionMissing       the operator: the integration's role lacks a right
        │   ├── MayNotRead          on what we list and look at
        │   └── MayNotUpdate        on the payments, which a refresh needs
        ├── NotFound                nobody: 404, an answer
        ├── Declined                nobody: 409 and 422, an answer that is not a verdict
        └── RequestRefused          the developers: any other 4xx; the same request fails again
"""

from __future__ import annotations


class PaymentRefreshError(Exception):
    """Root of everything this package raises on purpose."""


class SettingsError(PaymentRefreshError):
    """A setting is missing or has a value that cannot work; the message names it."""


class UnreadableMessage(PaymentRefreshError):
    """A queue message that names no payment or order."""


class UnreadableOrder(PaymentRefreshError):
    """A JSON:API document that does not hold an order."""


class UnreadableRow(PaymentRefreshError):
    """A row of the state table that this version cannot read."""


class Conflict(PaymentRefreshError):
    """A conditional write lost against another one; of a watch, it is a `domain.watch.RowConflict`.

    Parameters
    ----------
    key
        The row's key.
    """

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} was written by somebody else meanwhile; read it again")
        self.key = key


class StateUnavailable(PaymentRefreshError):
    """The state table did not answer, or throttled the call."""


class SendFailed(PaymentRefreshError):
    """A queue did not take a message, or the bus an event."""


class SecretUnavailable(PaymentRefreshError):
    """A secret could not be read, or does not have the form it must have."""


class CommerceLayerError(PaymentRefreshError):
    """Commerce Layer did not do what was asked.

    Parameters
    ----------
    message
        What was asked, and what came back.
    status
        HTTP status, or None where no answer came.
    code
        JSON:API error code, such as ``RECORD_NOT_FOUND``.
    trace_id
        Commerce Layer's id of the request, to give to its support.
    retry_after
        Seconds the server asked us to wait, where it did.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        trace_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.trace_id = trace_id
        self.retry_after = retry_after

    @property
    def reason(self) -> str:
        """Short name of what went wrong, for a row, a metric or a log."""
        return (
            (self.code or type(self).__name__)
            if self.status is None
            else f"{self.status} {self.code or ''}".strip()
        )


class Unavailable(CommerceLayerError):
    """There was no answer that can be read. Whether a refresh took effect is not known."""


class TimedOut(Unavailable):
    """No answer in time, or a broken connection."""


class ServerError(Unavailable):
    """A 5xx, or a 200 that bears no document."""


class NoToken(Unavailable):
    """The token endpoint or the API secret did not answer, so nothing could be asked."""


class CircuitOpen(Unavailable):
    """Too many calls in a row got no answer, so this one was not made; a probe closes the circuit again."""


class NoBudget(CommerceLayerError):
    """The pace has no slot soon, so nothing was asked; it is no trouble of Commerce Layer's."""


class RateLimited(CommerceLayerError):
    """429: the rate limit of this egress IP is used up."""


class CredentialsRefused(CommerceLayerError):
    """The token endpoint refused us, or gave a token for another organization or mode."""


class PermissionMissing(CommerceLayerError):
    """401 ``UNAUTHORIZED`` or 403: the integration's role lacks the right to this resource."""


class MayNotRead(PermissionMissing):
    """The role lacks the right to read it."""


class MayNotUpdate(PermissionMissing):
    """The role lacks the right to update it, without which no refresh can be sent."""


class NotFound(CommerceLayerError):
    """404: there is no such record for these credentials."""


class Declined(CommerceLayerError):
    """409 or 422: Commerce Layer understood and would not; the next look decides."""


class RequestRefused(CommerceLayerError):
    """Any other 4xx: the request itself is wrong and would fail again."""
