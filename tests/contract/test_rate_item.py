"""Contract of the shared rate limiter's item, held against its fake and against DynamoDB."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from payment_refresh.adapters.dynamodb.rate_item import RATE, DynamoRateItem, Recorded
from payment_refresh.errors import UnreadableRow
from payment_refresh.rate_limit import gcra as arithmetic
from payment_refresh.rate_limit.gcra import Booking, RateState
from tests.support.clock import START

if TYPE_CHECKING:
    from devstack.local_aws import LocalAws
    from payment_refresh.adapters.dynamodb.rate_item import RateItem

NOW = START * 1000
STATE = arithmetic.start(NOW)
BOOKING = Booking(slots=3, interval=334, pause=100)


class TestItem:
    """The rate limiter relies on conditions that hold, and on the item as it stood."""

    def test_at_first_there_is_none(self, rate_item: RateItem) -> None:
        assert rate_item.read() is None

    def test_it_is_read_as_it_was_written(self, rate_item: RateItem) -> None:
        state = RateState(
            next_ms=NOW + 5,
            written_ms=NOW,
            busy_since_ms=NOW - 7,
            epoch=2,
            refusals=3,
            resume_ms=NOW + 9,
            utilisation=0.123456789,
            unsettled_share=0.00005,
        )

        assert rate_item.swap(None, state) == Recorded(done=True, before=None)

        assert rate_item.read() == state

    def test_only_the_first_may_make_it(self, rate_item: RateItem) -> None:
        rate_item.swap(None, STATE)

        assert rate_item.swap(None, arithmetic.start(NOW + 1)) == Recorded(done=False, before=STATE)

        assert rate_item.read() == STATE

    def test_it_is_swapped_for_what_follows_from_it(self, rate_item: RateItem) -> None:
        rate_item.swap(None, STATE)
        refused = arithmetic.refuse(STATE, NOW, None)

        assert rate_item.swap(STATE, refused) == Recorded(done=True, before=STATE)

        assert rate_item.read() == refused

    @pytest.mark.parametrize(
        "meanwhile",
        [arithmetic.book(STATE, NOW, BOOKING), arithmetic.refuse(STATE, NOW, None), replace(STATE, epoch=1)],
        ids=["booked", "refused", "refused on a booked item"],
    )
    def test_what_was_written_meanwhile_is_not_lost(self, rate_item: RateItem, meanwhile: RateState) -> None:
        rate_item.swap(None, meanwhile)

        written = rate_item.swap(STATE, arithmetic.book(STATE, NOW, Booking(slots=1, interval=9)))

        assert written == Recorded(done=False, before=meanwhile)
        assert rate_item.read() == meanwhile

    def test_what_is_gone_is_not_swapped(self, rate_item: RateItem) -> None:
        assert rate_item.swap(STATE, arithmetic.refuse(STATE, NOW, None)) == Recorded(done=False, before=None)

        assert rate_item.read() is None

    @pytest.mark.parametrize("latest", [NOW, NOW + 4_000])
    def test_to_add_books_on_whatever_stands_there(self, rate_item: RateItem, latest: int) -> None:
        rate_item.swap(None, STATE)

        assert rate_item.add(BOOKING, now=NOW, epoch=0, latest=latest) == Recorded(done=True, before=STATE)

        assert rate_item.read() == arithmetic.book(STATE, NOW, BOOKING)

    @pytest.mark.parametrize(
        ("now", "epoch", "latest"),
        [(NOW + 1, 0, NOW + 4_000), (NOW - 9_000, 0, NOW - 1), (NOW, 1, NOW + 4_000)],
        ids=["idle", "too far ahead", "another epoch"],
    )
    def test_nothing_is_added_where_that_would_be_wrong(
        self, rate_item: RateItem, now: int, epoch: int, latest: int
    ) -> None:
        rate_item.swap(None, STATE)

        assert rate_item.add(BOOKING, now=now, epoch=epoch, latest=latest) == Recorded(done=False, before=STATE)

        assert rate_item.read() == STATE

    def test_nothing_is_added_to_what_is_not_there(self, rate_item: RateItem) -> None:
        assert rate_item.add(BOOKING, now=NOW, epoch=0, latest=NOW) == Recorded(done=False, before=None)

        assert rate_item.read() is None

    def test_a_row_of_another_form_is_reported(self, aws: LocalAws, table_name: str) -> None:
        aws.clients.dynamodb.put_item(TableName=table_name, Item={"pk": {"S": RATE}, "next_ms": {"S": "soon"}})

        with pytest.raises(UnreadableRow, match="mark#rate"):
            DynamoRateItem(table=table_name).read()
