"""Whether an order event was signed by Commerce Layer: base64 of HMAC-SHA256 over the raw body.

https://docs.commercelayer.io/core/callbacks-security. Each webhook, so each topic, has a secret of its own.
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
"""Seconds after which a secret is read again."""

REREAD_AFTER = 60
"""Seconds before a signature that does not match may have the secret read again."""

Secrets = dict[str, list[str]]


def sign(body: bytes, secret: str) -> str:
    """Sign a body as Commerce Layer does."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def matches(body: bytes, signature: str, secrets: list[str]) -> bool:
    """Compare a signature with that of every secret, in a time that tells nothing of where they differ."""
    given = signature.encode(errors="replace")
    found = [hmac.compare_digest(sign(body, secret).encode(), given) for secret in secrets]
    return any(found)


@dataclass(slots=True, kw_only=True)
class WebhookSecrets:
    """The webhook secrets, cached: read again when old, and when a signature does not match.

    A mismatch may be a rotated secret, so it is worth a read, but at most once a minute: anybody can send one.
    While the secret cannot be read, the last one known is used, since thirty failures in a row make Commerce
    Layer stop sending until a person resets its circuit.

    Attributes
    ----------
    fetch
        Reads the secret: topics to lists of shared secrets, the current one and those before it.
    """

    fetch: Callable[[], Mapping[str, object]]
    clock: Clock
    log: Log
    _secrets: Secrets | None = field(default=None, init=False, repr=False)
    _tried_at: float = field(default=0.0, init=False)

    def verify(self, topic: str, body: bytes, signature: str) -> bool:
        """Tell whether the body was signed with a secret of this topic.

        Raises
        ------
        SecretUnavailable
            The secret could not be read yet.
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
            self._secrets = _read_secrets(self.fetch())
        except SecretUnavailable as error:
            if self._secrets is None:
                raise
            self.log.warning("webhook_secret_stale", extra={"detail": str(error)})


def _read_secrets(secret: Mapping[str, object]) -> Secrets:
    """Check the secret's form; an empty shared secret would let anybody sign."""
    read: Secrets = {}
    for topic, values in secret.items():
        if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
            raise SecretUnavailable(
                f'the webhook secret holds no list of secrets under {topic!r}; write {{"orders.place": ["…"], …}}'
            )
        read[topic] = values
    return read
