"""The rate limiter's shared state as one item of the state table: read, added to, or compared and swapped."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Protocol

from payment_refresh.adapters.aws import AWS_ERRORS, client, error_code
from payment_refresh.errors import StateUnavailable, UnreadableRow
from payment_refresh.rate_limit.gcra import RateState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payment_refresh.rate_limit.gcra import Booking

RATE = "mark#rate"
AVERAGES = frozenset({"utilisation", "unsettled_share"})
NAMES = tuple(field.name for field in fields(RateState))


@dataclass(frozen=True, slots=True)
class Recorded:
    """Result of a conditional write.

    Attributes
    ----------
    done
        Whether the condition held.
    before
        The state before the write; if the condition failed, the current state.
    """

    done: bool
    before: RateState | None


class RateItem(Protocol):
    """What `SharedRateLimiter` needs of the item; each method may raise `StateUnavailable`."""

    def read(self) -> RateState | None:
        """Read it with a consistent read; None if there is none yet."""
        ...

    def add(self, booking: Booking, *, now: int, epoch: int, latest: int) -> Recorded:
        """Add the booking to ``next_ms`` if that is from ``now`` to ``latest`` and the epoch is unchanged."""
        ...

    def swap(self, old: RateState | None, new: RateState) -> Recorded:
        """Replace it if ``next_ms`` and ``epoch`` are still those of ``old``; every write changes one of them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoRateItem:
    """Implements `RateItem` in DynamoDB."""

    table: str

    def read(self) -> RateState | None:
        try:
            answer = client("dynamodb").get_item(
                TableName=self.table, Key={"pk": {"S": RATE}}, ConsistentRead=True
            )
        except AWS_ERRORS as error:
            raise _unavailable("GetItem", error) from error
        return _from_item(answer.get("Item"))

    def add(self, booking: Booking, *, now: int, epoch: int, latest: int) -> Recorded:
        return self._update(
            "SET next_ms = next_ms + :span, written_ms = :now",
            "#epoch = :epoch AND next_ms >= :now AND next_ms <= :latest",
            {":span": booking.span, ":now": now, ":epoch": epoch, ":latest": latest},
        )

    def swap(self, old: RateState | None, new: RateState) -> Recorded:
        update = "SET " + ", ".join(f"{'#epoch' if name == 'epoch' else name} = :{name}" for name in NAMES)
        values = {f":{name}": getattr(new, name) for name in NAMES}
        if old is None:
            return self._update(update, "attribute_not_exists(pk)", values)
        values |= {":old_next": old.next_ms, ":old_epoch": old.epoch}
        return self._update(update, "next_ms = :old_next AND #epoch = :old_epoch", values)

    def _update(self, update: str, condition: str, values: Mapping[str, float]) -> Recorded:
        try:
            answer = client("dynamodb").update_item(
                TableName=self.table,
                Key={"pk": {"S": RATE}},
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames={"#epoch": "epoch"},
                ExpressionAttributeValues={name: {"N": _number(value)} for name, value in values.items()},
                ReturnValues="ALL_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except client("dynamodb").exceptions.ConditionalCheckFailedException as error:
            return Recorded(done=False, before=_from_item(error.response.get("Item")))
        except AWS_ERRORS as error:
            raise _unavailable("UpdateItem", error) from error
        return Recorded(done=True, before=_from_item(answer.get("Attributes")))


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.9f}"


def _from_item(item: Mapping[str, Any] | None) -> RateState | None:
    if not item:
        return None
    try:
        values = {name: item[name]["N"] for name in NAMES}
        return RateState(**{name: float(n) if name in AVERAGES else int(n) for name, n in values.items()})  # type: ignore[arg-type]  # its fields are of two types
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableRow(f"row {RATE!r} cannot be read: {error!r:.200}") from error


def _unavailable(operation: str, error: Exception) -> StateUnavailable:
    return StateUnavailable(f"{operation} on {RATE!r} failed: {error_code(error)}")
