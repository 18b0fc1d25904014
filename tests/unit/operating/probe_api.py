"""An API in memory for the probe: it answers as a test says, and keeps what it was asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from payrefresh.probe.ports import Answer, Throttled

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from payment_refresh.domain.payment import PaymentKey

EMPTY = Answer(status=200, document={"data": [], "meta": {"record_count": 0}})


def refused(status: int, code: str | None) -> Answer:
    return Answer(status=status, code=code)


def document(data: Any, *included: Any) -> Answer:
    return Answer(status=200, document={"data": data, "included": list(included)})


@dataclass
class FakeApi:
    """Implements the `Api` port."""

    answer: Callable[[str, Mapping[str, str]], Answer] = lambda _path, _params: EMPTY
    throttled: Sequence[Throttled] = ()
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    refreshes: list[tuple[PaymentKey, Mapping[str, str]]] = field(default_factory=list)
    to_refresh: Callable[[Mapping[str, str]], Answer] = lambda _params: refused(404, "RECORD_NOT_FOUND")
    version: str = ""

    def get(self, path: str, params: Mapping[str, str], *, version: str | None = None) -> Answer:
        self.asked.append((path if not version else f"{version}{path}", params))
        return self.answer(path, params)

    def use_version(self, version: str) -> None:
        self.version = version

    def get_with_a_false_token(self, path: str) -> Answer:
        self.asked.append((path, {}))
        return refused(401, "INVALID_TOKEN")

    def refresh(self, key: PaymentKey, params: Mapping[str, str]) -> Answer:
        self.refreshes.append((key, params))
        return self.to_refresh(params)

    def token_life(self) -> int | None:
        return None


class FakeQueries:
    """Implements the `Queries` port."""

    order_includes: Sequence[str] = ("payment_source", "authorizations")
    payment_includes: Sequence[str] = ("order", "order.payment_source")
    listing: Mapping[str, str] = {"status_in": "placed", "id_gt": "A"}
    fall_back_at: Collection[str] = frozenset({"INVALID_INCLUDE", "FILTER_NOT_ALLOWED"})

    def order_params(self, includes: Sequence[str]) -> Mapping[str, str]:
        return {"include": ",".join(includes), "fields[orders]": "status,payment_status"}

    def payment_params(self, kind: str, includes: Sequence[str]) -> Mapping[str, str]:
        return {"include": ",".join(includes), f"fields[{kind}]": "order"}
