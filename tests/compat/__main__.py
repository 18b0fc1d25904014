"""``python -m tests.compat --record 0.2.0``: records the functions as they are now, as that release."""

from __future__ import annotations

import argparse
import shutil
import sys
from typing import TYPE_CHECKING

from tests.compat.release import FUNCTIONS, Release, listed_now
from tests.support.functions import FOLDER

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> None:
    """Copy each ``app.py``, and write down what they use of the layer."""
    parser = argparse.ArgumentParser(prog="python -m tests.compat", description=__doc__)
    parser.add_argument(
        "--record", required=True, metavar="VERSION", help="the release that is made of this state"
    )
    release = Release(parser.parse_args(arguments).record)
    shutil.rmtree(release.folder, ignore_errors=True)
    for name in FUNCTIONS:
        copy = release.app(name)
        copy.parent.mkdir(parents=True)
        shutil.copyfile(FOLDER / name / "app.py", copy)
    names = listed_now()
    release.write(names)
    print(f"{release.version}: {len(FUNCTIONS)} functions, {len(names)} names of the layer")


if __name__ == "__main__":
    main(sys.argv[1:])
