"""Where instructions went, from what callgrind wrote (`valgrind --tool=callgrind --compress-strings=no --compress-pos=no`)."""

import re

# Of the server: each line of code counts once, for the file that it stands in, also where it is inlined into others (as containers are),
# or else for the library that has it.
SERVER_PARTS = {
    "Linnet": re.compile(r"/server/(app|core|http|storage|users|sessions|connections|tweets|favorites|timelines)/|/server/main"),
    "Asio, Beast": re.compile(r"boost/"),
    "libpq, libpqxx": re.compile(r"libpq"),
    "libmemcached": re.compile(r"libmemcached|libhashkit"),
    "malloc": re.compile(r"jemalloc"),
    "C, C++": re.compile(r"libc\.so|libstdc\+\+|libm\.so|libgcc|ld-linux|/c\+\+/"),
}
OTHERS = "others"

# Of PostgreSQL: functions with all that they call; none of them calls another of these.
POSTGRES_PARTS = {
    "parse": ("pg_parse_query", "pg_analyze_and_rewrite_fixedparams"),
    "arguments": ("stringTypeDatum",),
    "plan": ("GetCachedPlan",),
    "begin": ("standard_ExecutorStart",),
    "run": ("standard_ExecutorRun", "standard_ExecutorFinish"),
    "end": ("standard_ExecutorEnd",),
    "commit": ("CommitTransactionCommand",),
}

PLACE = re.compile(r"(ob|fl|fi|fe)=(.*)")   # the program or library; the file, also of what is inlined


def total(text):
    return int(re.search(r"^summary: (\d+)", text, re.M)[1])


def by_file(text, parts):
    """{part: instructions}, by where the code is written."""
    found, part_of = dict.fromkeys([*parts, OTHERS], 0), {}
    for where, cost in costs(text):
        if where not in part_of:
            part_of[where] = next((part for part, pattern in parts.items() if pattern.search(where)), OTHERS)
        found[part_of[where]] += cost
    return found


def costs(text):
    """(file and library, instructions) of each line of code."""
    file = library = ""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("calls="):
            next(lines)   # what the called function cost is told there, too
        elif line[:1].isdigit() or line[:1] in "+-*":
            if len(fields := line.split()) == 2:
                yield f"{file} {library}", int(fields[1])
        elif match := PLACE.match(line):
            if match[1] == "ob":
                library = match[2]
            else:
                file = match[2]


def by_function(text, parts):
    """{part: instructions}, by the functions that were called; the rest as `others`."""
    part_of = {function: part for part, functions in parts.items() for function in functions}
    found, called = dict.fromkeys(parts, 0), None
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("cfn="):
            called = part_of.get(line[4:])
        elif line.startswith("calls="):
            cost = next(lines)
            if called:
                found[called] += int(cost.split()[1])
    return found | {OTHERS: total(text) - sum(found.values())}
