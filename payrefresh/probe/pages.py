"""Pages of lists: how long they may be, and whether the next one can be found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payment_refresh.rate_limit.budget import PAGE_SIZE
from payrefresh.probe.asking import Question
from payrefresh.probe.findings import Assumption, Finding, Unasked
from payrefresh.probe.together import largest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payrefresh.probe.asking import Probe
    from payrefresh.probe.ports import Answer

SIZE = Assumption("pages.size", f"a page has up to {PAGE_SIZE} records")
MORE = Assumption("pages.more", f"a page of more than {PAGE_SIZE} records is refused")
NEXT = Assumption("pages.next", "sorted by id, the next page begins behind the last id")

_FIELDS = {"fields[orders]": "status", "sort": "id"}


def ask(probe: Probe) -> Iterator[Finding]:
    """Ask for the longest page, for one longer, and for what follows on a record."""
    whole = _page(probe, PAGE_SIZE)
    limit, is_capped = PAGE_SIZE, False
    if not whole.ok:
        limit = largest(lambda size: _page(probe, size).ok, PAGE_SIZE - 1)
        if not limit:
            raise Unasked(f"no page of orders is given ({whole.said})")
        yield SIZE.differs(
            f"up to {limit} ({whole.said})",
            "no list is answered here: report it, the functions ask for full pages",
            page_limit=limit,
        )
        whole = _page(probe, limit)
    elif (count := _count(whole)) is not None and len(whole.records) < min(PAGE_SIZE, count):
        limit, is_capped = len(whole.records), True
        yield SIZE.differs(
            f"up to {limit}, whatever is asked for",
            "lists are not read to their end: report it, the functions take a short page for the last",
            page_limit=limit,
            large_pages="capped",
        )
    else:
        yield SIZE.holds(f"{PAGE_SIZE} may be asked for", page_limit=PAGE_SIZE)
    if not is_capped:
        yield _of_more(probe, limit)
    yield _of_next(probe, whole)


def _of_more(probe: Probe, limit: int) -> Finding:
    longer = _page(probe, limit + 1)
    if not longer.ok:
        return MORE.holds(longer.said, large_pages="refused")
    if len(longer.records) > limit:
        return MORE.differs("it is given", "nothing to do", page_limit=limit + 1)
    return MORE.differs("it is cut", "nothing to do", large_pages="capped")


def _of_next(probe: Probe, whole: Answer) -> Finding:
    ids = [str(record.get("id")) for record in whole.records]
    if len(ids) < 2:
        return NEXT.unseen("there are fewer than two orders")
    behind = probe.read("/api/orders", {**_FIELDS, "filter[q][id_gt]": ids[0], "page[size]": "1"})
    backwards = probe.read("/api/orders", {**_FIELDS, "sort": "-id", "page[size]": "1"})
    follows = [record.get("id") for record in behind.records] == ids[1:2]
    is_sorted = [record.get("id") for record in backwards.records] != ids[:1]
    if follows and is_sorted:
        return NEXT.holds("so it does", sort_ignored=False)
    meaning = "lists are not read to their end: discover misses orders here; report it"
    return NEXT.differs("it does not", meaning, sort_ignored=not is_sorted)


def _page(probe: Probe, size: int) -> Answer:
    return probe.get("/api/orders", {**_FIELDS, "page[size]": str(size)})


def _count(answer: Answer) -> int | None:
    meta: Mapping[str, object] = answer.document.get("meta") or {}
    count = meta.get("record_count")
    return count if isinstance(count, int) else None


QUESTION = Question("pages", (SIZE, MORE, NEXT), ask)
