"""One self-contained page: headings, tables, pictures inside the file. Asks no network, runs no script."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Sequence
from typing import Any

from servsim.report.canvas import look

STYLE = """
body{font:16px/1.45 system-ui,sans-serif;color:#1a1a1a;max-width:72rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.7rem}h2{font-size:1.25rem;margin-top:2.2rem}
table{border-collapse:collapse;font-size:.9rem;margin:1rem 0}td,th{padding:.3rem .7rem;border-bottom:1px solid #d9d9d9;text-align:left;vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums}svg{max-width:100%;height:auto}p.small{color:#595959;font-size:.9rem}
@media print{h2{break-after:avoid}svg,table{break-inside:avoid}}
"""


def page(title: str, parts: Sequence[str]) -> str:
    """Return the page as HTML."""
    head = f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{html.escape(title)}</title><style>{STYLE}</style></head>"
    return f"{head}<body><h1>{html.escape(title)}</h1>\n" + "\n".join(parts) + "</body></html>\n"


def heading(text: str) -> str:
    """Return a heading."""
    return f"<h2>{html.escape(text)}</h2>"


def paragraph(text: str, small: bool = False) -> str:
    """Return a paragraph; line breaks stay."""
    return f"<p{' class=small' if small else ''}>{html.escape(text).replace(chr(10), '<br>')}</p>"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; cells that begin with a digit, a sign or a dash stand to the right."""
    top = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _cell(text: str) -> str:
    is_number = len(text) < 24 and (text[:1].isdigit() or text[:1] in "-–")
    return f"<td{' class=n' if is_number else ''}>{html.escape(text)}</td>"


def picture(draw: Callable[[], Any]) -> str:
    """Return a picture as SVG within the page; the same picture gives the same bytes."""
    text = io.StringIO()
    with look():
        draw().savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    svg = re.sub(r"<metadata>.*?</metadata>", "", text.getvalue(), flags=re.DOTALL)  # It names addresses on the web.
    return svg[svg.index("<svg") :]
