"""The lines as a table, for people: on the terminal and in docs/performance.md."""

from .figures import spread

HEADINGS = ["", "figure", "Linnet", "reference", "ratio", "at least", "", "batches of one"]


def rows(lines):
    """Of the table, as texts in the order of HEADINGS; the last is what is to be known beside them, or empty."""
    for line in lines:
        yield [line.bar, line.what, measured(line.linnet, line.unit), measured(line.reference, line.unit),
               ratios(line), demanded(line), line.verdict, ratio(line.unbatched_figure)], remarks(line)


def ratio(value):
    return "" if value is None else f"{value:.2f}"


def ratios(line):
    if not line.ratios:
        return ""
    median, least, greatest = map(ratio, spread(line.ratios))
    return f"{median} ({least}..{greatest})" if len(line.ratios) > 1 else median


def demanded(line):
    if line.bound is None:
        return ""
    sense = "" if line.sense == ">=" else f"{line.sense} "
    return f"{sense}{number(line.bound)}{'' if line.reference_name else ' ' + line.unit}"


def measured(values, unit):
    if not values:
        return ""
    median, least, greatest = spread(values)
    around = f" ({number(least)}..{number(greatest)})" if len(values) > 1 else ""
    return f"{number(median)} {unit}{around}"


def number(value):
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3g}"


def remarks(line):
    failed = f"{line.errors} requests failed" if line.errors else ""
    reference = f"reference: {line.reference_name}" if line.reference_name else ""
    return "; ".join(filter(None, [reference, line.note, failed]))


def text(lines):
    table = [HEADINGS] + [cells for cells, _ in rows(lines)]
    widths = [max(len(cells[column]) for cells in table) for column in range(len(HEADINGS))]
    printed = ["  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip() for cells in table]
    for position, (_, remark) in enumerate(rows(lines), 1):
        if remark:
            printed[position] += f"\n{'':{widths[0] + 2}}{remark}"
    return "\n".join(printed)


def markdown(lines):
    """With the remarks as a column, in place of the unnamed ones."""
    table = [f"| {' | '.join(HEADINGS)} | beside |", "|" + "---|" * (len(HEADINGS) + 1)]
    return "\n".join(table + [f"| {' | '.join(cells)} | {remark} |" for cells, remark in rows(lines)])
