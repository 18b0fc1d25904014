"""`python -m tests.operating.setup`: a shop is set up while it takes orders, for minutes; says what was missed."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.operating.setup.ground import empty_ground
from tests.operating.setup.story import NONE_MISSED, set_up


def main() -> int:
    """Return 0 where nothing was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.operating.setup", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0, help="how long the shop goes on (default 120)")
    seconds: float = parser.parse_args().seconds
    with (
        tempfile.TemporaryDirectory() as folder,
        empty_ground(Path(folder)) as ground,
        set_up(ground, seconds) as left,
    ):
        missed = left.missed()
        since = {payment for payment, at in left.shop.taken.items() if at > left.enabled_at}
        unwatched = since - left.watched()
        left.discover()
        never = set(left.shop.taken) - left.watched()
        secrets = left.secrets_found()
        print(
            f"killed {len(left.terminals) - 2} times; then ended with status {left.green}, and {left.again} again"
        )
        print(f"orders taken: {len(left.shop.taken)}, of which {len(since)} after the webhooks were enabled")
        print(f"deliveries: {dict(left.shop.deliveries())}")
        print(
            f"orders without a watch: {len(unwatched)} by events, {len(never)} after discover; secrets: {secrets}"
        )
    passed = (left.green, left.again, missed, unwatched, never, secrets) == (0, 0, NONE_MISSED, set(), set(), ())
    print("Passed" if passed else f"FAILED: {missed}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
