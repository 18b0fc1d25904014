"""Answers that the edge makes itself, in front of the API: too many calls, and its page of a 404.

They bear no request id, since no request came to the API, and `Retry-After: 0`, which means nothing.
"""

from __future__ import annotations

import json

from starlette.responses import Response

_PAGE = """<!DOCTYPE html>
<html>
<head>
  <title>Error 404</title>
</head>
<body>
  <h2>Oops, <span>page not found.</span></h2>
  <p>Nothing is served at this address of the sandbox.</p>
</body>
</html>
"""


def too_many(retry_after_s: int = 0, *, text: bool = False) -> Response:
    """Answer 429: `errors` is an object, and its status a number; or only a line of `text`."""
    headers = {"Retry-After": str(retry_after_s)}
    if text:
        return Response("Too Many Requests\n", 429, headers, media_type="text/plain")
    document = {"errors": {"title": "Too Many Requests", "code": "THROTTLED", "status": 429}}
    headers["Content-Type"] = "application/json; charset=utf-8"
    return Response(json.dumps(document), 429, headers)


def page_not_found() -> Response:
    """Answer 404 with a page, as for a record that does not exist, or an address that nothing is routed to."""
    return Response(_PAGE, 404, {"Retry-After": "0", "Content-Type": "text/html"})


def is_made_here(status: int, content_type: str) -> bool:
    """Say whether an answer is the edge's own."""
    return status == 429 or is_page(status, content_type)


def is_page(status: int, content_type: str) -> bool:
    """Say whether an answer is the page of a 404, which bears no rate limit headers either."""
    return status == 404 and content_type.startswith("text/html")
