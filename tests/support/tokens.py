"""Claim tokens that are easy to distinguish."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class FakeTokens:
    """Counts them: ``token-1``, then ``token-2``."""

    prefix: str = "token"
    made: int = 0

    def __call__(self) -> str:
        """Make the next token."""
        self.made += 1
        return f"{self.prefix}-{self.made}"
