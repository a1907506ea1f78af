"""The report as one HTML page that needs nothing else, and opens from disk."""

import html

from .figures import from_dict
from .plots import plots
from .table import HEADINGS, rows

STYLE = """
:root { color-scheme: light dark; --ink: #1c1c1c; --soft: #6b7280; --rule: #d8dce2; --paper: #fff; --pass: #15803d; --short: #be123c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e6e6; --soft: #9ca3af; --rule: #374151; --paper: #14161a; --pass: #4ade80; --short: #fb7185; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1200px; margin: 2em auto; padding: 0 1em; }
h1 { margin-bottom: 0; } .soft, .axis, .tick { color: var(--soft); fill: var(--soft); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35em .8em .35em 0; border-top: 1px solid var(--rule); vertical-align: top; }
td small { display: block; color: var(--soft); } .pass { color: var(--pass); } .short { color: var(--short); }
.pass, .short, .warning { font-weight: 600; } .warning { color: var(--short); }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 420px), 1fr)); gap: 1.5em; margin-top: 2em; }
svg { width: 100%; height: auto; overflow: visible; font: 12px system-ui, sans-serif; }
.title { font-weight: 600; font-size: 13px; fill: var(--ink); } .grid { stroke: var(--rule); }
"""

QUICK = "Quick: small data and short runs, to see that all works; not the figures to quote."


def page(report):
    about, lines = report["about"], [from_dict(line) for line in report["lines"]]
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Linnet: benchmark of {about["at"]}</title><style>{STYLE}</style>
<h1>Linnet beside its references</h1>
<p class="soft">{html.escape(described(about))}</p>
{'<p class="warning">' + QUICK + "</p>" if about["quick"] else ""}
<div class="scroll"><table><tr>{"".join(f"<th>{heading}</th>" for heading in HEADINGS)}</tr>
{"".join(row(cells, remark) for cells, remark in rows(lines))}
</table></div>
<div class="plots">
{"".join(f"<div>{plot}</div>" for plot in plots(report["samples"]))}
</div></html>
"""


def described(about):
    return (f"{about['at']}, commit {about['commit']}, {about['processor']}, {about['cores']} cores"
            f"{', huge pages' if about.get('huge_pages') else ''}; {about['scale']} data, "
            f"seed {about['seed']}; medians of {about['runs']} runs of {about['seconds']} s, least and greatest in parentheses")


def row(cells, remark):
    cells = [html.escape(cell) for cell in cells]
    cells[1] += f"<small>{html.escape(remark)}</small>" if remark else ""
    return "<tr>" + "".join(f'<td class="{cell}">{cell}</td>' if cell in ("pass", "short") else f"<td>{cell}</td>" for cell in cells) + "</tr>\n"
