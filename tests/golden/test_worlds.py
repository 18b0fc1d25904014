"""Some of the recorded worlds, played again."""

from __future__ import annotations

import pytest

from tests.golden import worlds
from tests.golden.tape import difference


@pytest.mark.parametrize("seed", worlds.CI_SEEDS)
def test_a_recorded_world_played_again_comes_out_the_same(seed: int) -> None:
    apart = worlds.replay(seed)

    assert apart is None, apart


def test_a_fact_that_changed_is_named_with_what_came_before() -> None:
    apart = difference([["a"], ["b", 1], ["c"]], [["a"], ["b", 2], ["c"]])

    assert apart == 'fact 1 of 3 differs:\n  ["a"]\n- ["b", 1]\n+ ["b", 2]'


def test_a_recording_that_ends_early_differs_at_its_end() -> None:
    apart = difference([["a"], ["b"]], [["a"]])

    assert apart == 'fact 1 of 2 differs:\n  ["a"]\n- ["b"]\n+ (the end)'
