"""Pictures of the README, of a made-up shop: ``make pictures`` draws them all anew.

The page is drawn by the browser of its test, the terminal by rich.
"""

from __future__ import annotations

import io
import tempfile
from copy import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.terminal_theme import MONOKAI

from payment_refresh.domain.cursor import Cursor, Pass
from payment_refresh.domain.daily_digest import DailyDigest
from payment_refresh.domain.deployment import ApiMode
from payment_refresh.domain.payment import PaymentKey
from payment_refresh.domain.policy import Policy
from payment_refresh.domain.stuck import summarize
from payment_refresh.domain.vocabulary import CheckSource, DueClass, Reason, Status, WatchClass
from payment_refresh.domain.watch import Check, Watch
from payment_refresh.metrics import Metric
from payment_refresh.times import to_iso
from payrefresh.overview.health import judge_health
from payrefresh.overview.numbers import Numbers
from payrefresh.overview.settings import Settings
from payrefresh.overview.snapshot import Snapshot, StackFacts
from payrefresh.overview.status_view import view_status
from payrefresh.overview.story import tell
from payrefresh.overview.story_view import view_story
from payrefresh.ports import Depth, DueCount, Point
from payrefresh.report.page import write_page
from tests.operating.pages import DESK, look
from tests.operating.sample_shop import DAY, HOUR, MINUTE, NOW, report

if TYPE_CHECKING:
    from rich.console import RenderableType

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
COLUMNS = 118
SETTINGS = Settings(policy=Policy(), organization="example-shop", api_mode=ApiMode.LIVE, act_after=NOW - 90 * DAY)

# As rich's own, but without the font that it fetches from elsewhere.
SVG = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font: {char_height}px/{line_height}px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
}}
.{unique_id}-title {{ font: bold 18px system-ui, -apple-system, "Segoe UI", Arial, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def stuck_payment() -> Watch:
    """A payment that nobody could settle: the shopper never paid, or the gateway lost it."""
    placed_at = NOW - 24 * DAY - 8 * HOUR
    ages = (MINUTE, 5 * MINUTE, 30 * MINUTE, 3 * HOUR, DAY, 5 * DAY, 14 * DAY, 24 * DAY, 24 * DAY + 2 * MINUTE)
    checks = tuple(
        Check(
            at=placed_at + age,
            by=CheckSource.LOOK if number % 2 == 0 else CheckSource.REFRESH,
            verdict="pending",
            payment_status="unpaid",
        )
        for number, age in enumerate(ages)
    )
    return Watch(
        key=PaymentKey("stripe_payments", "kvWqXsNdLa"),
        watch_class=WatchClass.PLACED,
        status=Status.DEAD_LETTERED,
        reason=Reason.STAYED_PENDING,
        since=placed_at,
        started_at=placed_at,
        due_at=None,
        checks=checks,
        refreshes=4,
        order_id="PgBhQrDEyJ",
        order_number="2454728",
        order_at=to_iso(placed_at),
        amount_cents=18_990,
        currency="EUR",
        gateway_id="pi_3QxW8bK2eZvKYlo2C1TlAmWx",
        payment_gateway_type="stripe_gateways",
        payment_gateway_id="kXqwVtLdaz",
        ended_at=checks[-1].at,
    )


def snapshot() -> Snapshot:
    """A busy shop in which one payment waits for a person."""
    stuck = stuck_payment()
    day = {
        Metric.SETTLED_BY_WEBHOOK: 1_412,
        Metric.SETTLED_BY_REFRESH: 9,
        Metric.EVENT_WATCHING: 1_610,
        Metric.EVENT_ENDED: 1_398,
        Metric.DISCOVERED: 2,
        Metric.LIST_CALLS: 402,
        Metric.REFRESH_CALLS: 118,
    }
    beats = {Metric.OBSERVING: 0.0, Metric.DISCOVER_AGE_SECONDS: 240.0, Metric.DEAD_LETTERED_WAITING: 1.0}
    return Snapshot(
        now=NOW,
        stack=StackFacts(
            name="payment-refresh",
            region="eu-west-1",
            status="UPDATE_COMPLETE",
            created_at=NOW - 90 * DAY,
            parameters={},
            pending_queue="",
            dead_letter_queue="",
            failures_queue="",
        ),
        settings=SETTINGS,
        first_deployed_at=NOW - 90 * DAY,
        due={
            DueClass.FIRST: DueCount(1, 6, NOW - 20),
            DueClass.PLACED: DueCount(0, 14),
            DueClass.CART: DueCount(0, 31),
        },
        stuck=summarize([replace(stuck, due_at=stuck.ended_at)], complete=True),
        pending=Depth(1, 0),
        dead_letters=Depth(1, 0),
        orders=Cursor(of=Pass.ORDERS, first_at=NOW - 90 * DAY, complete_at=NOW - 240, complete_to=NOW - 300),
        digest=DailyDigest(at=NOW - 3 * HOUR, number=90),
        recent=Numbers(NOW, {metric: [Point(NOW - 40, value)] for metric, value in beats.items()}),
        week=Numbers(NOW, {metric: [Point(NOW - HOUR, float(value))] for metric, value in day.items()}),
        money={"EUR": 71_245},
        alarms=(),
    )


def terminal(name: str, command: str, view: RenderableType) -> None:
    """Draw what a command prints."""
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(view)
    title = f"payrefresh {command}"
    svg = console.export_svg(title=title, theme=MONOKAI, code_format=SVG, unique_id=name)
    (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")


def page() -> None:
    """Draw the upper part of the report's page, for light and for dark screens."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "report.html")
        file.write_text(write_page(report()), encoding="utf-8")
        view = replace(DESK, width=960, height=660, whole=False)
        schemes = {"report": "light", "report-dark": "dark"}
        look(
            {file: [replace(view, scheme=each, picture=FOLDER / f"{name}.png") for name, each in schemes.items()]}
        )


def main() -> None:
    """Draw them all."""
    FOLDER.mkdir(exist_ok=True)
    seen = snapshot()
    terminal("status", "status", view_status(seen, judge_health(seen)))
    terminal("show", "show 2454728", view_story(tell(stuck_payment(), SETTINGS, NOW)))
    page()


if __name__ == "__main__":
    main()
