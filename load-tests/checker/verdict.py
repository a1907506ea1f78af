"""The verdict for people, and for programs."""

SHOWN = 3            # violations of each rule
MOST_EXEMPT = 0.01   # of the operations


def as_dict(check):
    return {"violations": [violation_as_dict(violation) for violation in check.judge.violations],
            "violations_by_rule": dict(check.judge.counts), **check.figures.as_dict()}


def violation_as_dict(violation):
    return {"rule": violation.rule, "text": violation.text, "operation": violation.operation and violation.operation.as_dict(),
            "context": [operation.as_dict() for operation in violation.context]}


def describe(check):
    """The lines to print."""
    return [*availability(check.figures), *([] if check.options.session_position else servers_of_tokens(check)), *verdict(check.judge)]


def exempt_share(check):
    """Of the operations: those within a second of an answer by another server than the one before. Too many prove nothing."""
    return check.figures.unsettled / max(1, sum(check.figures.operations.values()))


def servers_of_tokens(check):
    yield (f"answered by another server than the one before with the same token: {check.figures.away} operations; exempt, within a second of one: "
           f"{check.figures.unsettled} operations ({100 * exempt_share(check):.2f} %), with {check.judge.exempt} violations")
    if exempt_share(check) >= MOST_EXEMPT:
        yield f"UNDECIDED: {100 * MOST_EXEMPT:.0f} % of the operations or more are exempt"


def availability(figures):
    yield f"{sum(figures.operations.values())} operations, {sum(figures.attempts.values())} requests"
    for kind in figures.successes:
        seconds, at = figures.longest_gap(kind)
        yield f"longest time without a success, {kind}: {seconds:.2f} s, from {at:.1f} s on"
    every = [row["p99_ms"] for row in figures.seconds() if row["p99_ms"] is not None]
    if every:
        yield f"p99 of a second: {min(every):.1f} ms in the best, {sorted(every)[len(every) // 2]:.1f} in the median, {max(every):.1f} in the worst"
    errors = ", ".join(f"{count} {kind}" for kind, count in sorted(figures.errors.items()))
    yield f"unavailable: {errors or 'never'}" + (f"; the slowest after {figures.slowest_error:.2f} s" if errors else "")


def verdict(judge):
    if not judge.counts:
        yield "consistent: no rule was violated"
        return
    for rule, count in judge.counts.most_common():
        shown = [violation for violation in judge.violations if violation.rule == rule][:SHOWN]
        yield f"\n{rule}: {count} violations" + (f", the first {len(shown)}:" if count > len(shown) else ":")
        for violation in shown:
            yield from history_of(violation)
    yield f"\nVIOLATED: {', '.join(f'{rule} {count}' for rule, count in judge.counts.most_common())}"


def history_of(violation):
    """The violation, and the operations around it in the order of time, relative to the one that shows it."""
    yield f"  {violation.text}"
    if violation.operation is None:
        return
    around = sorted([*violation.context, violation.operation], key=lambda operation: operation.begin)
    for operation in around:
        yield f"    {'>' if operation is violation.operation else ' '} {line_of(operation, violation.operation.begin)}"


def line_of(operation, zero):
    shown = operation.attempts if len(operation.attempts) <= 4 else [*operation.attempts[:2], None, *operation.attempts[-2:]]
    attempts = "; ".join("…" if attempt is None else words(attempt, zero) for attempt in shown)
    writes = "".join(f" {name}={value}" for name, value in operation.writes[:4])
    return f"{attempts}  {operation.actor}: {operation.action} {operation.target}{' writes' + writes if writes else ''} ({operation.outcome})"


def words(attempt, zero):
    begin, server = f"{1000 * (attempt.begin - zero):+.1f}", attempt.server.rpartition("/")[2]
    if attempt.end is None:
        return f"{begin}.. {server} under way"
    return f"{begin}..{1000 * (attempt.end - zero):+.1f} ms {server} {attempt.status or attempt.error}"
