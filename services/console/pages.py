"""The few words a person reads in the browser; whole pages come with the web interface."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from starlette.responses import Response

from services.console.http import SAFE_HEADERS

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.5rem}"
    "body{color:#1c2430;background:#fff}"
    "h1{font-size:1.4rem}@media(prefers-color-scheme:dark){body{color:#e8ecf1;background:#14181d}}"
)

_STYLE_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

_PAGE_HEADERS = {
    **SAFE_HEADERS,
    # Nothing runs, nothing loads, nobody frames it: the page's own address carries what Intuit sent.
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
}


def notice(title: str, paragraphs: tuple[str, ...], status: int = 200) -> Response:
    """A page that says one thing; every text is escaped."""
    said = "".join(f"<p>{escape(text)}</p>" for text in paragraphs)
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)} · Daybook</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{said}</main></body></html>"
    )
    return Response(html, status_code=status, headers=_PAGE_HEADERS, media_type="text/html")
