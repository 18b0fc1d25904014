"""Circuit breakers of Powertools, with their state in the state table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.circuit_breaker import CircuitBreakerConfig, circuit_breaker
from aws_lambda_powertools.utilities.circuit_breaker.exceptions import CircuitBreakerOpenError
from aws_lambda_powertools.utilities.circuit_breaker.persistence import CircuitBreakerDynamoDBPersistence
from aws_lambda_powertools.utilities.circuit_breaker.states import CircuitState

from payment_refresh.adapters.aws import client
from payment_refresh.errors import CircuitOpen, Unavailable
from payment_refresh.rate_limit.budget import CIRCUIT_FAILURES, CIRCUIT_PROBE_EVERY

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.circuit_breaker import CircuitTransition

    from payment_refresh.ports import Log

ROW = "mark#circuit#"
"""Prefix of the keys of the circuits' rows."""

CONFIG = CircuitBreakerConfig(
    failure_threshold=CIRCUIT_FAILURES,
    recovery_timeout=CIRCUIT_PROBE_EVERY,
    success_threshold=1,  # the probe belongs to one thread of one environment, which may never run again
    handled_exceptions=(Unavailable,),
    local_cache_max_age=5,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PowertoolsCircuits:
    """Implements the `Circuits` port.

    If the table does not answer, a circuit counts as closed: the breaker must not cause an outage of its own.
    """

    table: str
    log: Log
    config: CircuitBreakerConfig = CONFIG
    _stores: list[CircuitBreakerDynamoDBPersistence] = field(default_factory=list, init=False)

    def call[T](self, name: str, work: Callable[[], T]) -> T:
        guarded = circuit_breaker(
            name=ROW + name, persistence_store=self._store, config=self.config, on_transition=self._tell
        )(work)
        try:
            result: T = guarded()
        except CircuitBreakerOpenError as error:
            raise CircuitOpen(f"the circuit of {name} is open: too many calls failed") from error
        return result

    def is_open(self, name: str) -> bool:
        self._store.configure(self.config, ROW + name)
        return bool(self._store.get_state(ROW + name).state != CircuitState.CLOSED)

    @property
    def _store(self) -> CircuitBreakerDynamoDBPersistence:
        """Created at first use, so that invocations that need no circuit pay nothing for it."""
        if not self._stores:
            self._stores.append(
                CircuitBreakerDynamoDBPersistence(
                    table_name=self.table,
                    key_attr="pk",
                    expiry_attr="expires_at",
                    boto3_client=client("dynamodb"),
                )
            )
        return self._stores[0]

    def _tell(self, transition: CircuitTransition) -> None:
        self.log.warning(
            "circuit_moved",
            extra={
                "circuit": transition.circuit_name.removeprefix(ROW),
                "from": transition.from_state.value.lower(),
                "to": transition.to_state.value.lower(),
            },
        )
