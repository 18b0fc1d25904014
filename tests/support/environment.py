"""The merchant's rules as environment variables, as the template's defaults set them."""

from __future__ import annotations

RULES = {
    "FIRST_CHECK_AFTER": "60s",
    "GIVE_UP_AFTER": "24d",
    "GIVE_UP_GRACE": "1d",
    "CHECK_CAP_IDLE": "30m",
    "CHECK_CAP_BUSY": "24h",
    "GROWTH_IDLE": "0.05",
    "GROWTH_BUSY": "0.7",
    "CART_CHECK_AGES": "45m,24h,10d",
    "CANCELLED_CHECK_AGES": "1h,1d,7d,14d",
    "REPLACED_CHECK_AGES": "5m,1h,1d,7d",
    "REFRESH_CANCELLED": "safe",
    "UNPLACED_AFTER": "15m",
    "MISSING_AFTER": "1h",
    "WEBHOOK_LATE_AFTER": "10m",
    "RETENTION_DAYS": "35",
    "DISCOVER_CARTS": "true",
    "DISCOVER_AFTER": "30m",
    "DISCOVER_WINDOW": "",
    "DISCOVER_CART_WINDOW": "48h",
}
