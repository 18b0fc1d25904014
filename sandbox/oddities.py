"""Ways in which the API shows or treats one order unlike others, each by the name that records bear."""

from __future__ import annotations

ODD_SHAPES = "odd_shapes"
"""Its number is an integer, and its amounts in cents are strings."""

REFRESH_LAGS = "refresh_lags"
"""A refresh's answer shows it as it was before."""

CAPTURED_SOON = "captured_soon"
"""It is captured by itself, but a moment after it was authorized."""

PARTLY_AUTHORIZED = "partly_authorized"
"""Its payment status says that less was authorized than it costs."""
