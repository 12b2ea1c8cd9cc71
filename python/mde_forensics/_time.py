"""Times as the library writes them."""

from __future__ import annotations

from datetime import datetime, timezone


def instant(text: str) -> datetime:
    """Parses an RFC 3339 time; digits beyond microseconds are dropped."""
    body = text[:-1] if text.endswith(("Z", "z")) else text
    seconds, dot, fraction = body.partition(".")
    digits = "".join(digit for digit in fraction[:9] if digit.isdigit())
    zone = fraction[len(digits) :] if dot else ""
    if dot:
        body = f"{seconds}.{digits[:6]:0<6}{zone}"
    parsed = datetime.fromisoformat(body)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)
