"""Runs a measurement's parts on all cores."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


def each[T, R](work: Callable[[T], R], parts: Iterable[T], *, processes: bool = True) -> Iterator[tuple[T, R]]:
    """Do the work for each part, the first ones first, and give results as they come.

    Parameters
    ----------
    processes
        Whether processes of their own do it; else it is done here, part by part.
    """
    if not processes:
        yield from ((part, work(part)) for part in parts)
        return
    # Fresh processes: a fork of one that has threads may hang.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=multiprocessing.get_context("spawn")) as pool:
        futures = {pool.submit(work, part): part for part in parts}
        for future in as_completed(futures):
            yield futures[future], future.result()
