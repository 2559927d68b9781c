"""The page of a decision brief: one file that asks no network, printable on A4. Strings in, HTML out.

Every text is escaped here. Never computes a number and never decides what to say.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Sequence
from typing import Any

from servsim.report.canvas import look

STYLE = """
@page{size:A4;margin:8mm 11mm}
*{box-sizing:border-box}
body{font:12.6px/1.36 'Liberation Sans',Arial,Helvetica,'DejaVu Sans',sans-serif;color:#1a1a1a;margin:0 auto;padding:5mm 0;width:188mm;max-width:100%}
a{color:#00507d;text-decoration:none;border-bottom:1px dotted #7aa7c2}
h1{font-size:15px;line-height:1.3;margin:0 0 1.6mm;font-weight:400}h1 b{font-weight:700}
h2{font-size:17px;margin:8mm 0 2mm;border-top:2px solid #1a1a1a;padding-top:2mm}h3{font-size:13.5px;margin:4.5mm 0 1mm}
p{margin:0 0 2mm}ul,ol{margin:0 0 2mm;padding-left:5mm}li{margin:0 0 .7mm}
.badges{margin:0 0 1.4mm}.badge{display:inline-block;font-weight:700;font-size:11.8px;line-height:1.25;padding:.5mm 2mm;border-radius:1mm;margin:0 1.2mm .8mm 0;border:1.2px solid}
.good{background:#e0f3ec;border-color:#00795a;color:#004d39}.bad{background:#fbe6dc;border-color:#b34a00;color:#7a3300}.open{background:#f1f1f1;border-color:#777;color:#333}
.five{display:grid;grid-template-columns:1fr 1fr 1fr 1.16fr 1.16fr;gap:1.4mm;margin:0 0 2mm}
.card{border:1px solid #c9c9c9;border-radius:1mm;padding:.9mm 1.4mm;display:flex;flex-direction:column}.card .what{font-size:11px;color:#333;line-height:1.18;min-height:2.36em}
.card .value{font-size:16px;font-weight:700;line-height:1.15;margin:.4mm 0}.card .value span{font-size:11.5px}.card .small{font-size:10.6px;line-height:1.22;color:#333;margin:0}
.card .hangs{font-size:10.2px;line-height:1.2;margin:auto 0 0;padding-top:.5mm;color:#555}
.pictures{display:grid;grid-template-columns:1fr 1fr;gap:.6mm 2mm;margin:0 0 1.2mm}.pictures .wide{grid-column:1/3}
svg{display:block;width:100%;height:auto}
.two{display:grid;grid-template-columns:1fr 1fr;gap:2.4mm;margin:0 0 1.6mm}
.box{background:#f6f4ee;border-left:3px solid #b34a00;padding:1mm 1.8mm}.box.do{border-color:#00795a;background:#eef5f1}
.box h3{font-size:12px;line-height:1.2;margin:0 0 .6mm}.first .box p,.first .box li{font-size:11px;line-height:1.24;margin:0 0 .4mm}.first .box ol{padding-left:4mm;margin:0}
.caveats{border-top:1px solid #1a1a1a;padding-top:.8mm;margin:0}.caveats p{font-size:11.4px;line-height:1.25;margin:0 0 .4mm}
table{border-collapse:collapse;margin:1.5mm 0 3mm;font-size:11.4px;width:100%}th{text-align:left;border-bottom:1.2px solid #1a1a1a;padding:.6mm 1.2mm;vertical-align:bottom;line-height:1.2}
td{padding:.6mm 1.2mm;border-bottom:1px solid #dcdcdc;vertical-align:top;line-height:1.25}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}td.n{white-space:nowrap}
td.n small{font-size:10px;color:#444}td small{color:#555;font-size:10.4px}
tr.sum td{font-weight:700;border-top:1px solid #1a1a1a}tr.ours td{background:#fbe6dc}tr.best td{background:#e0f3ec}tr.dim td{color:#777}
.note{color:#444;font-size:11.4px}
.lives{display:grid;grid-template-columns:1fr 1fr;gap:0 4mm;font-size:11.4px}.lives h3{margin:2.5mm 0 .5mm;font-size:12px}.lives p{margin:0 0 1mm}
@media print{body{padding:0;width:auto}.first{break-after:page}h2,h3{break-after:avoid}svg,tr,.box,.card{break-inside:avoid}a{border:0;color:inherit}thead{display:table-header-group}}
"""

FEW_COLUMNS = 5
"""Intervals stand beside their values in tables of so many columns, in wider ones below them."""
BREAKS = re.compile(r"(?<=\w)([._])(?=\w)(?!\d)")
"""Where long paths may be broken."""
METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
NAMESPACE = re.compile(r'\sxmlns(:\w+)?="[^"]*"')


def page(title: str, first: str, rest: Sequence[str]) -> str:
    """Return the whole file: what stands on the first page, and what stands behind it."""
    head = f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{text(title)}</title><style>{STYLE}</style></head>"
    return f"{head}<body><section class='first'>{first}</section>\n" + "\n".join(rest) + "</body></html>\n"


def text(words: str) -> str:
    """Return words as HTML."""
    return html.escape(words, quote=True)


def heading(words: str, anchor: str = "", level: int = 2) -> str:
    """Return a heading."""
    place = f" id='{text(anchor)}'" if anchor else ""
    return f"<h{level}{place}>{text(words)}</h{level}>"


def paragraph(words: str, kind: str = "") -> str:
    """Return a paragraph of plain words."""
    return f"<p{_class(kind)}>{text(words)}</p>"


def made(content: str, kind: str = "") -> str:
    """Return a paragraph of HTML that is escaped already."""
    return f"<p{_class(kind)}>{content}</p>"


def _class(kind: str) -> str:
    return f" class='{kind}'" if kind else ""


def listing(items: Sequence[str], ordered: str = "ul") -> str:
    """Return a list of items of HTML that are escaped already."""
    return f"<{ordered}>" + "".join(f"<li>{each}</li>" for each in items) + f"</{ordered}>"


def link(words: str, anchor: str) -> str:
    """Return a link within the page."""
    return f"<a href='#{text(anchor)}'>{text(words)}</a>"


def svg(draw: Callable[[], Any]) -> str:
    """Return a picture inside the page, cut to what is drawn; names of its language, which look like addresses, are left out."""
    content = io.StringIO()
    with look():
        draw().savefig(content, format="svg", bbox_inches="tight", pad_inches=0.03, metadata={"Date": None, "Creator": None})
    found = NAMESPACE.sub("", METADATA.sub("", content.getvalue()))
    return found[found.index("<svg") :]


def table(head: Sequence[str], rows: Sequence[Sequence[str]], kinds: Sequence[str] = (), anchors: Sequence[str] = ()) -> str:
    """Return a table; a column is set to the right where its head begins with ``>``.

    Parameters
    ----------
    kinds : class of each row: ``sum``, ``ours``, ``best``, ``dim`` or empty.
    anchors : name of each row, to link to.
    """
    right = [each.startswith(">") for each in head]
    top = "".join(f"<th{_class('n' if number else '')}>{text(each.lstrip('>'))}</th>" for each, number in zip(head, right, strict=True))
    body = []
    for place, row in enumerate(rows):
        kind = _class(kinds[place]) if kinds else ""
        name = f" id='{text(anchors[place])}'" if anchors else ""
        cells = "".join(f"<td class='n'>{_number_cell(each, len(head))}</td>" if number else f"<td>{_word_cell(each)}</td>" for each, number in zip(row, right, strict=True))
        body.append(f"<tr{kind}{name}>{cells}</tr>")
    return f"<table><thead><tr>{top}</tr></thead><tbody>{''.join(body)}</tbody></table>"


def _number_cell(words: str, columns: int) -> str:
    """Return the content of a cell: an interval stands small behind its value, or below it where room is short."""
    value, found, interval = words.partition(" [")
    return f"{text(value)}{'<br>' if columns > FEW_COLUMNS else ' '}<small>[{text(interval)}</small>" if found else text(words)


def _word_cell(words: str) -> str:
    """Return the content of a cell: what follows a line break stands small below; long paths may be broken."""
    first, found, rest = words.partition("\n")
    return f"{text(first)}<br><small>{text(rest)}</small>" if found else BREAKS.sub(r"\1<wbr>", text(words))


def card(what: str, value: str, unit: str, interval: str, compared: str, hangs: str) -> str:
    """Return one of the five numbers; ``hangs`` is HTML."""
    parts = (
        f"<div class='what'>{text(what)}</div>", f"<div class='value'>{text(value)} <span>{text(unit)}</span></div>",
        f"<p class='small'>{text(interval)}</p>", f"<p class='small'>{text(compared)}</p>", f"<p class='hangs'>{hangs}</p>",
    )  # fmt: skip
    return f"<div class='card'>{''.join(parts)}</div>"


def badge(words: str, tone: str) -> str:
    """Return one word of the verdict."""
    return f"<span class='badge {tone}'>{text(words)}</span>"


def box(title: str, content: str, kind: str = "") -> str:
    """Return a box; its content is HTML."""
    return f"<div class='box {kind}'><h3>{text(title)}</h3>{content}</div>"
