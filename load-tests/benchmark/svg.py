"""Line charts as inline SVG, without anything to load."""

import html
import math

WIDTH, HEIGHT = 560, 320
LEFT, RIGHT, TOP, BOTTOM = 62, 32, 30, 64
COLORS = ["#1667c1", "#c2570c", "#15803d", "#9333ea", "#be123c", "#0f766e"]


class Axis:
    """Maps values to pixels, on a logarithmic scale or from zero on."""

    def __init__(self, values, start, end, log):
        self.start, self.end, self.log = start, end, log
        least, greatest = min(values), max(values)
        self.least = least if log else 0
        self.greatest = greatest if greatest > self.least else self.least * 2 or 1

    def at(self, value):
        scale = math.log if self.log else float
        share = (scale(value) - scale(self.least)) / (scale(self.greatest) - scale(self.least))
        return self.start + share * (self.end - self.start)

    def ticks(self):
        """Round values: 1, 2, 5 of each decade, or about five steps."""
        if self.log:
            decades = range(math.floor(math.log10(self.least)), math.ceil(math.log10(self.greatest)) + 1)
            factors = (1, 2, 5) if len(decades) <= 4 else (1,)
            return [tick for tick in (factor * 10.0**decade for decade in decades for factor in factors)
                    if self.least * 0.999 <= tick <= self.greatest * 1.001]
        rough = self.greatest / 5
        magnitude = 10.0 ** math.floor(math.log10(rough))
        step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= rough)
        return [step * count for count in range(int(self.greatest / step) + 1)]


def short(value):
    if value >= 1e6:
        return f"{value / 1e6:g}M"
    return f"{value / 1e3:g}k" if value >= 1e3 else f"{value:g}"


def chart(title, x_label, y_label, series, *, x_log=False, y_log=False, x_ticks=None):
    """series: {name: [(x, y), ...]}; x_ticks: {x: label} in place of round values."""
    points = [point for line in series.values() for point in line]
    x = Axis([point[0] for point in points], LEFT, WIDTH - RIGHT, x_log)
    y = Axis([point[1] for point in points], HEIGHT - BOTTOM, TOP, y_log)
    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(title)}">',
             text(LEFT, 16, title, "title"), text(LEFT - 8, TOP - 2, y_label, "axis", "end" if len(y_label) < 8 else "start"),
             text(WIDTH - RIGHT, HEIGHT - BOTTOM + 32, x_label, "axis", "end")]
    for tick in y.ticks():
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y.at(tick):.1f}" y2="{y.at(tick):.1f}" class="grid"/>')
        parts.append(text(LEFT - 6, y.at(tick) + 4, short(tick), "tick", "end"))
    for tick, label in (x_ticks or {tick: short(tick) for tick in x.ticks()}).items():
        parts.append(text(x.at(tick), HEIGHT - BOTTOM + 16, label, "tick", "middle"))
    for number, (name, line) in enumerate(series.items()):
        parts += drawn(name, line, x, y, COLORS[number % len(COLORS)])
        parts += legend(name, number)
    return "\n".join(parts + ["</svg>"])


def drawn(name, line, x, y, color):
    path = " ".join(f"{x.at(a):.1f},{y.at(b):.1f}" for a, b in line)
    yield f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>'
    for a, b in line:
        yield (f'<circle cx="{x.at(a):.1f}" cy="{y.at(b):.1f}" r="3" fill="{color}">'
               f"<title>{html.escape(name)}: {short(round(a, 4))}, {b:,.4g}</title></circle>")


def legend(name, number):
    left, top = LEFT + number % 3 * 165, HEIGHT - 18 + number // 3 * 14
    yield f'<rect x="{left}" y="{top - 8}" width="10" height="10" fill="{COLORS[number % len(COLORS)]}"/>'
    yield text(left + 14, top + 1, name, "tick")


def text(x, y, content, kind, anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{html.escape(content)}</text>'
