"""The bars of load-tests/overload: what has to hold, from the figures of a run."""
import statistics

DEADLINE_MS = 5000   # --request-timeout-ms
GOODPUT = 0.9        # of the peak, at the highest load: of the capacity, or the best step's if that is more
GROWTH = 1.2         # of the server's memory, from twice the capacity on: with the capacity not all clients are there at once
CALM = 3             # times the p99 of before, 5 s after the end
UNNOTICED_MS = 50    # a p99 below it is as before in any case: other work on the machine does as much
MOST = 0.9           # of the slow connections have to be there all the while
SLOW = 2             # times the p99 of other clients, beside slow ones
UNFELT_MS = 1        # a p99 below it is as before: slowhttptest alone does as much, as a neighbour of the server


def verdict(what, holds, said):
    return {"what": what, "holds": bool(holds), "said": said}


def ms(result, share="99"):
    """Of accepted requests, since they were sent; of a run in which none was, infinity."""
    value = result["accepted_us"][share]
    return float("inf") if value is None else value / 1000


def goodput(result):
    return result["accepted"] / result["asked_s"]


def unexpected(result):
    """Answers that are neither success nor 503, connections that were lost, and requests that got no answer."""
    wrong = sum(count for status, count in result["statuses"].items() if int(status) >= 400 and status != "503")
    return wrong + sum(result["socket_errors"].values()) + result["unfinished"]


def of_capacity(step):
    return goodput(step) / step["capacity"]


def of_steps(before, steps, after):
    """`steps`: the runs of rising load, each with its `times`, `asked_s`, the server's `memory` at its end, and the `capacity` in closed
    loop before and after it, requests a second."""
    peak, last = max(1, *map(of_capacity, steps)), steps[-1]
    slowest = max(map(ms, steps))
    crowded = next((step for step in steps if step["times"] > 1), last)
    growth = last["memory"] / crowded["memory"]
    hasty, wrong = sum(step["without_retry_after"] for step in steps), sum(map(unexpected, steps))
    return [
        verdict(f"goodput at {last['times']}x", of_capacity(last) >= GOODPUT * peak,
                f"{of_capacity(last):.2f} of the capacity before and after, {peak:.2f} at best"),
        verdict("p99 of accepted requests", slowest <= DEADLINE_MS, f"{slowest:,.0f} ms, deadline {DEADLINE_MS:,} ms"),
        verdict("memory", growth <= GROWTH, f"{last['memory'] / 2**20:,.0f} MiB, {growth:.2f} times that of {crowded['times']}x"),
        verdict("refusals say when to come again", hasty == 0, f"{hasty} of {sum(s['statuses'].get('503', 0) for s in steps):,} do not"),
        verdict("nothing but answers and 503", wrong == 0, f"{wrong} others"),
        verdict("p99 5 s later", ms(after) <= max(CALM * ms(before), UNNOTICED_MS) and not unexpected(after),
                f"{ms(after):.1f} ms, before {ms(before):.1f} ms"),
    ]


def of_slow(rounds, wanted):
    """Each round has the run `before` and the one `during` the attack, and how many of the `wanted` slow connections the server `held`."""
    before, during = (statistics.median(ms(round[when]) for round in rounds) for when in ("before", "during"))
    wrong, held = sum(unexpected(round["during"]) for round in rounds), min(round["held"] for round in rounds)
    return [
        verdict("p99 of others", during <= max(SLOW * before, UNFELT_MS), f"{during:.1f} ms, before {before:.1f} ms"),
        verdict("others are answered", not wrong and all(round["during"]["accepted"] for round in rounds), f"{wrong} are not"),
        verdict("slow connections were there", held >= MOST * wanted, f"{held:,} at least"),
    ]


def lines(title, verdicts):
    return [title, *(f"  {'ok   ' if v['holds'] else 'SHORT'} {v['what']:<34}{v['said']}" for v in verdicts)]
