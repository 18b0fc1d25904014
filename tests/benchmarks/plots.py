"""Style of the plots, and their files: SVG that is the same each time the figures are."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matplotlib.axes import Axes

STYLE: dict[Any, Any] = {
    "svg.hashsalt": "payment-refresh",
    "svg.fonttype": "none",
    "font.size": 9,
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.alpha": 0.25,
    "figure.facecolor": "white",
}
OURS, PEERS, MARK = "#0b6e4f", "#8d99ae", "#d1495b"
"""Colours: ours, the others', and what stands out."""


@contextmanager
def figure(file: Path, *, width: float = 8, height: float = 4.5, columns: int = 1) -> Iterator[list[Axes]]:
    """Draw on the axes that are given, and save them."""
    mpl.use("svg")
    from matplotlib import pyplot

    with mpl.rc_context(STYLE):
        drawn, axes = pyplot.subplots(1, columns, figsize=(width, height), squeeze=False, layout="constrained")
        try:
            yield list(axes[0])
            file.parent.mkdir(parents=True, exist_ok=True)
            drawn.savefig(file, metadata={"Date": None})
        finally:
            pyplot.close(drawn)
