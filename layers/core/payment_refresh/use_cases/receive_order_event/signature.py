"""Verify the signature of an order event: base64 of HMAC-SHA256 over the raw body.

https://docs.commercelayer.io/core/callbacks-security. Each webhook, and so each topic, has its own secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payment_refresh.errors import SecretUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payment_refresh.ports import Clock, Log

KEPT_FOR = 300
"""Seconds for which secrets are cached."""

REREAD_AFTER = 60
"""Minimum seconds between reads of the secret that are caused by a signature mismatch."""

Secrets = dict[str, list[str]]


def sign(body: bytes, secret: str) -> str:
    """Sign a body as Commerce Layer does."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def matches(body: bytes, signature: str, secrets: list[str]) -> bool:
    """Compare a signature with that of every secret, in constant time."""
    given = signature.encode(errors="replace")
    found = [hmac.compare_digest(sign(body, secret).encode(), given) for secret in secrets]
    return any(found)


@dataclass(slots=True, kw_only=True)
class WebhookSecrets:
    """The webhook secrets, cached; read again when old or when a signature does not match.

    A mismatch may mean a rotated secret, so the secret is read again, but at most once a minute, as anyone can
    send a wrong signature. While it cannot be read, the last known value is used: after thirty failures in a row
    Commerce Layer stops sending until a person resets its circuit.

    Attributes
    ----------
    fetch
        Reads the secret: a map from topic to shared secrets, the current and previous ones.
    """

    fetch: Callable[[], Mapping[str, object]]
    clock: Clock
    log: Log
    _secrets: Secrets | None = field(default=None, init=False, repr=False)
    _tried_at: float = field(default=0.0, init=False)

    def verify(self, topic: str, body: bytes, signature: str) -> bool:
        """Return whether the body was signed with a secret of this topic.

        Raises
        ------
        SecretUnavailable
            The secret has never been read successfully.
        """
        if self._secrets is None or self.clock() - self._tried_at >= KEPT_FOR:
            self._read()
        if self._matches(topic, body, signature):
            return True
        if self.clock() - self._tried_at < REREAD_AFTER:
            return False
        self._read()
        return self._matches(topic, body, signature)

    def _matches(self, topic: str, body: bytes, signature: str) -> bool:
        return matches(body, signature, (self._secrets or {}).get(topic, []))

    def _read(self) -> None:
        self._tried_at = self.clock()
        try:
            self._secrets = read_secrets(self.fetch())
        except SecretUnavailable as error:
            if self._secrets is None:
                raise
            self.log.warning("webhook_secret_stale", extra={"detail": str(error)})


def read_secrets(secret: Mapping[str, object]) -> Secrets:
    """Validate the secret's structure; an empty shared secret would let anyone sign.

    Raises
    ------
    SecretUnavailable
        It has another structure; the message names the topic.
    """
    read: Secrets = {}
    for topic, values in secret.items():
        if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
            raise SecretUnavailable(
                f'the webhook secret has no list of secrets under {topic!r}; write {{"orders.place": ["…"], …}}'
            )
        read[topic] = values
    return read
