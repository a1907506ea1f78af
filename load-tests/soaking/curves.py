"""The curves of a soak as one picture in SVG: a panel for each, from 0 to its greatest value, with that value beside its name."""
from html import escape

from .flatness import GROW

COLUMNS, WIDTH, HEIGHT, MARGIN, TITLE = 4, 230, 78, 10, 16
STYLE = "text{font:11px sans-serif;fill:#444}polyline{fill:none;stroke:#26a;stroke-width:1.5}line{stroke:#bbb}svg{background:#fff}"


def picture(samples):
    names = [name for name in samples[-1] if name not in GROW]
    rows = -(-len(names) // COLUMNS)
    panels = (panel(name, [one[name] for one in samples], n % COLUMNS * WIDTH, n // COLUMNS * HEIGHT) for n, name in enumerate(names))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{COLUMNS * WIDTH}" height="{rows * HEIGHT + MARGIN}">\n'
            f"<style>{STYLE}</style>\n" + "\n".join(panels) + "\n</svg>\n")


def panel(name, values, left, top):
    width, height, greatest = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN - TITLE, max(*values, 0) or 1
    base = top + HEIGHT - MARGIN
    points = " ".join(f"{left + MARGIN + width * n / max(1, len(values) - 1):.1f},{base - height * value / greatest:.1f}" for n, value in enumerate(values))
    return (f'<text x="{left + MARGIN}" y="{top + MARGIN + TITLE - 6}">{escape(name)}: {f"{max(values):.1f}".removesuffix(".0")}</text>'
            f'<line x1="{left + MARGIN}" y1="{base}" x2="{left + MARGIN + width}" y2="{base}"/><polyline points="{points}"/>')
