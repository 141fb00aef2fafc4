# SPDX-License-Identifier: GPL-2.0-only
"""Checks of what a verb has printed as JSON: see target.sh, checks().

Of each expression in a file it prints whether it is true, "0 TITLE" or
"1 TITLE". Expressions know:

    all     the objects, one for each line
    o       the last of them
    rows    bounds of the regions that /proc/PID/maps has
    size    their bytes
"""
import json
import sys

path, target, expressions = sys.argv[1:]


def maps(pid):
    with open(f"/proc/{pid}/maps") as lines:
        for line in lines:
            if "[vsyscall]" not in line:
                start, end = line.split()[0].split("-")
                yield int(start, 16), int(end, 16)


def processes(objects):
    """The target, as each of the objects of vproc top has it."""
    return [p for o in objects for p in o["processes"] if p["pid"] == target]


def workers(stacks):
    """What its threads use of their stacks."""
    return sorted(t["used"] for t in stacks["threads"] if t["name"] == "worker")


def events(objects, cause):
    """How many events the rates are of."""
    return sum(p["rates"].get(cause, 0) * (b["time"] - a["time"])
               for a, b in zip(objects, objects[1:])
               for p in processes([b]))


def each(path):
    """A title, a colon, and an expression; this goes on in lines with a tab."""
    with open(path) as file:
        for check in file.read().replace("\n\t", " ").splitlines():
            yield check.split(": ", 1)


target = int(target)
with open(path) as file:
    all = [json.loads(line) for line in file]
o = all[-1]
rows = list(maps(target))
size = sum(end - start for start, end in rows)
failed = False
for title, expression in each(expressions):
    true = bool(eval(expression))
    failed |= not true
    print(int(not true), title)
if failed:
    print(json.dumps(all), file=sys.stderr)
