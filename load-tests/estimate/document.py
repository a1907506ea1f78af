"""The tables of docs/capacity.md, made from docs/capacity.json; the text between them is written by hand."""

import re

from . import arithmetic, notes

# Why a table takes more than the notes say, or less.
REASONS = {
    "users": "small, as the notes say",
    "user_counters": "apart from the profiles, so that a counter's update rewrites no profile",
    "sessions": "not in the notes; one for each user here",
    "connections": "the notes count two ids; a row has a header and a time besides, and each list is an index",
    "tweets": "the notes count 280 bytes of text and nothing else; real text is shorter, header and two indexes come on top",
    "tweet_counters": "not in the notes: favorites of a tweet, counted; only of those favorited at all",
    "favorites": "the notes count two ids; the author and a time belong to it, and three indexes hold all of it again",
    "idempotency_keys": "not in the notes: kept for a day, if each tweet is posted with a key",
}


def rewritten(text, measured):
    """The document with its tables made anew; each stands between <!-- name --> and <!-- end -->."""
    def table(match):
        return f"<!-- {match[1]} -->\n{TABLES[match[1]](measured)}\n<!-- end -->"
    return re.sub(r"<!-- (\w+) -->\n.*?<!-- end -->", table, text, flags=re.S)


def markdown(headings, rows):
    lines = [headings, ["---"] + ["---:"] * (len(headings) - 2) + ["---"], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def size(count):
    """1.5 TB: of a thousand each, as the notes count."""
    for unit in ["B", "KB", "MB", "GB", "TB"]:
        if count < 999.5 or unit == "TB":
            return f"{count:.0f} {unit}" if unit == "B" or count >= 99.5 else f"{count:.2g} {unit}" if count < 10 else f"{count:.0f} {unit}"
        count /= 1000


def number(count):
    for unit, name in [(1_000_000_000, " bn"), (1_000_000, " M")]:
        if count >= unit:
            return f"{count / unit:.3g}{name}"
    return f"{count:,.0f}"


def load(_):
    average = arithmetic.a_second(notes.REQUESTS_A_DAY)
    return markdown(["figure", "notes", "recomputed", "arithmetic"], [
        ["requests", f"{notes.REQUESTS_A_SECOND:,}/s", f"{average:,.0f}/s", f"{number(notes.REQUESTS_A_DAY)} a day / 86,400 s"],
        ["tweets", f"{notes.TWEETS_A_SECOND}/s", f"{arithmetic.a_second(notes.TWEETS_A_DAY):.0f}/s", f"{number(notes.TWEETS_A_DAY)} a day"],
        ["favorites", "", f"{arithmetic.a_second(notes.FAVORITES_A_DAY):.0f}/s", "two for each tweet"],
        ["tweets stored", "10 bn", f"{notes.TWEETS / notes.TWEETS_A_DAY / 365:.1f} years", f"{number(notes.TWEETS)} / {number(notes.TWEETS_A_DAY)} a day"],
        ["connections", "2 bn", number(notes.USERS * 200), f"{number(notes.USERS)} users follow 200 each"]])


def rows(measured):
    lines = []
    for table, sizes in measured["rows"].items():
        indexes = "; ".join(f"{name.removeprefix(table + '_')} {size:.0f}" for name, size in sizes["indexes"].items())
        packed = sum(measured["packed"].get(table, sizes["indexes"]).values())
        lines.append([f"`{table}`", f"{sizes['rows']:,}", f"{sizes['heap']:.0f}", f"{sum(sizes['indexes'].values()):.0f}",
                      f"{packed:.0f}", f"**{arithmetic.row_bytes(sizes):.0f}**", indexes])
    return markdown(["table", "rows measured", "row", "its index entries", "the same, packed", "together", "by index"], lines)


def storage(measured):
    lines = []
    for table, count, heap, indexes in sorted(arithmetic.storage(measured), key=lambda line: -line[2] - line[3]):
        each = measured["rows"][table]
        lines.append([f"`{table}`", number(count), f"{size(notes.BYTES[table])}" if table in notes.BYTES else "", size(heap), size(indexes),
                      f"**{size(heap + indexes)}**", f"{number(count)} × {arithmetic.row_bytes(each):.0f} B; {REASONS[table]}"])
    lines.append(["all", "", size(notes.BYTES["all"]), "", "", f"**{size(arithmetic.total_storage(measured))}**", "the notes' sum lacks indexes"])
    text = measured["content"]
    full = notes.TWEETS * (measured["rows"]["tweets"]["heap"] - text["bytes"] + 280)
    lines.append(["`tweets`, all of 140 × 2 bytes", number(notes.TWEETS), size(notes.BYTES["tweets"]), size(full), "", "",
                  f"{number(notes.TWEETS)} × ({measured['rows']['tweets']['heap']:.0f} − {text['bytes']:.0f} + 280) B: the measured text has"
                  f" {text['characters']:.0f} characters in {text['bytes']:.0f} bytes"])
    return markdown(["table", "rows", "notes", "rows' bytes", "indexes' bytes", "together", "arithmetic, and why it differs"], lines)


def growth(measured):
    lines = []
    for kind, count in [("post_tweet", notes.TWEETS_A_DAY), ("post_tweet with a key", None),
                        ("favorite_tweet", notes.FAVORITES_A_DAY), ("follow_user", None)]:
        wal = measured["wal"][kind]
        lines.append([f"`{kind}`", f"{wal['alone']:,.0f} B", f"{wal['batched']:,.0f} B", f"{wal['images']:,.0f} B",
                      f"{number(count)} a day" if count else "not in the notes"])
    least, most = arithmetic.wal_a_day(measured)
    table = markdown(["write", "records, alone", "records, in batches", "page images at most", "how many"], lines)
    growing = arithmetic.growth_a_day(measured)
    return (f"{table}\n\n- Tables and indexes grow by **{size(growing)} a day**, {size(365 * growing)} a year:"
            f" {number(notes.TWEETS_A_DAY)} × tweet + {number(notes.FAVORITES_A_DAY)} × favorite, from section 2.\n"
            f"- WAL, which replicas receive and an archive keeps: **{size(least)} to {size(most)} a day**,"
            f" {size(least / arithmetic.DAY)}/s to {size(most / arithmetic.DAY)}/s on average: records in batches, to records alone and all images.")


def memory(measured):
    lines = [[what, f"{kind['bytes']:.0f} B", number(items), size(total)]
             for (what, items, total), kind in zip(arithmetic.cache_lines(measured), measured["memcached"].values())]
    total = sum(size for _, _, size in arithmetic.cache_lines(measured))
    share = arithmetic.zipf_share(notes.USERS * notes.HOT_SHARE, notes.USERS)
    day = notes.TWEETS_A_DAY * arithmetic.TIMELINE_TWEET
    places = notes.USERS * arithmetic.TIMELINE_USER
    lines.append(["all", "", "", f"**{size(total)}**"])
    table = markdown(["item in memcached", "each", "hot ones", "together"], lines)
    return (f"{table}\n\n- That is {arithmetic.cache_nodes(measured)} memcached of {size(arithmetic.CACHE_NODE)}. By Zipf's law"
            f" the hot {notes.HOT_SHARE:.0%} of {number(notes.USERS)} users get {share:.0%} of the reads (H({number(notes.USERS * notes.HOT_SHARE)})"
            f" / H({number(notes.USERS)})).\n"
            f"- A server's own memory: {measured['server_entry']:,.0f} B for each cached object, so"
            f" {size(10**6 * measured['server_entry'])} for the default of a million (`--memory-entries`).\n"
            f"- Home timelines: {arithmetic.TIMELINE_TWEET} B for each recent tweet, {size(day)} for each day of"
            f" {number(notes.TWEETS_A_DAY)} tweets, and {arithmetic.TIMELINE_USER} B a user, {size(places)},"
            f" in every server: {size(7 * day + places)} for a week.")


def machines(measured):
    rates = measured["rates"]
    lines = []
    for what, requests, reads in arithmetic.loads():
        lines.append([what, f"{requests:,.0f}/s", f"{requests / rates['mix']:.0%}", arithmetic.machines(requests, rates["mix"]),
                      f"{arithmetic.database_reads(reads):,.0f}/s", f"{arithmetic.database_reads(reads) / rates['database']:.0%}"])
    table = markdown(["load", "requests", "of what one machine does", "machines", "reads left to the database", "of what one does"], lines)
    left = 1 - arithmetic.zipf_share(notes.USERS * notes.HOT_SHARE, notes.USERS)
    return (f"{table}\n\n- One machine of {rates['cores']} cores does {rates['mix']:,.0f} requests/s of the notes' mix, with"
            f" clients, PostgreSQL and memcached on the same cores; PostgreSQL alone {rates['database']:,.0f} reads/s one by one"
            f" ({rates['source']}).\n"
            f"- Machines: requests / ({rates['mix']:,.0f} × {arithmetic.HEADROOM:.0%}), at least {arithmetic.SPARE}, so that"
            f" one may fail. Reads left: {left:.0%} of all, those of what isn't hot.\n"
            f"- Storage, not requests, asks for more: {size(arithmetic.total_storage(measured))} / {size(arithmetic.NODE_STORAGE)}"
            f" on each = **{arithmetic.shards(measured)} database servers**, each with a replica.")


TABLES = {"load": load, "rows": rows, "storage": storage, "growth": growth, "memory": memory, "machines": machines}
