"""A shop that is set up by `payrefresh setup`, from nothing, with real functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.operating.setup.ground import empty_ground

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.operating.setup.ground import Ground


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """An empty local AWS and a sandbox."""
    with empty_ground(tmp_path_factory.mktemp("setup")) as made:
        yield made
