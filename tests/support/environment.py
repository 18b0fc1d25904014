"""The policy's environment variables, as the template's defaults set them."""

from __future__ import annotations

POLICY = {
    "FIRST_CHECK_AFTER": "60s",
    "GIVE_UP_AFTER": "20d",
    "CHECK_CAP_IDLE": "30m",
    "CHECK_CAP_BUSY": "24h",
    "GROWTH_IDLE": "0.05",
    "GROWTH_BUSY": "0.7",
    "CART_CHECK_AGES": "45m,24h",
    "CART_AUTO_PLACE_CHECK_AGES": "45m,24h,7d,14d",
    "UNPLACED_AFTER": "15m",
    "MISSING_AFTER": "1h",
    "WEBHOOK_LATE_AFTER": "10m",
    "RETENTION_DAYS": "35",
}
