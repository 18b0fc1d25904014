"""`python -m payrefresh`, the same as `payrefresh`."""

from __future__ import annotations

import sys

from payrefresh.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
