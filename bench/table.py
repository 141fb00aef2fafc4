#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Reads the samples of "make bench" on standard input, and prints the table.

Each line is "sample NAME FIGURE", one for each round. Where two are compared it is
round by round, and the ratio is the median of that. The spread is half of what
is between the least and the most, in percent of the median.
"""
import argparse
import collections
import json
import statistics
import sys

# The kinds of targets: the figure itself is to be at most so much; so is one
# figure over another; or it is to be so many times smaller than another; or
# larger. Without a target a row only tells.
FIGURE, RATIO, FASTER, MORE = "figure", "ratio", "faster", "more"

Row = collections.namedtuple("Row", "text name kind base target unit")


def rows_of(text, kind, unit, *rows):
    """Rows of one heading: (text, name, base, target) each."""
    return text, [Row(t, n, kind, b, target, unit) for t, n, b, target in rows]


OPS = {
    "map": "mmap, touch 64 KiB, munmap",
    "protect": "mprotect there and back",
    "brk": "brk up and down",
    "touch": "page, touched first",
    "cow": "page, copied on write",
    "fork": "fork, exit",
    "exec": "fork, exec, exit",
    "gcc": "gcc -O2 -c",
    "python": "python3 -c pass",
}


def cost(state, **targets):
    return [(text, f"cost.{op}.{state}", f"cost.{op}.unloaded", targets.get(op))
            for op, text in OPS.items()]


def contend(call, base, *readers):
    return [(f"{call}, {what}: {text}", f"contend.{call}.{name}.{what}",
             f"contend.{call}.{base}.{what}",
             1.02 if base == "none" and what == "median" else None)
            for name, text in readers
            for what in ("median", "mean", "99th", "worst")]


VPROC_READERS = (("query", "VPROC_QUERY"), ("since", "what has changed"),
                 ("regions", "VPROC_REGIONS"))
KERNEL_READERS = (("maps", "/proc/PID/maps"), ("procmap", "PROCMAP_QUERY"))

TABLE = [
    rows_of("loaded, nothing tracked / not loaded", RATIO, "ns",
            *cost("idle")),
    rows_of("1. another process is tracked / not loaded", RATIO, "ns",
            *cost("other", map=1.005, protect=1.005, touch=1.005, cow=1.005,
                  fork=1.005, brk=1.01)),
    rows_of("2. tracked, over forks and execs / not loaded", RATIO, "ns",
            *cost("self", map=1.03, protect=1.03, brk=1.04, touch=1.001,
                  cow=1.02, exec=1.15, gcc=1.01, python=1.01)),
    rows_of("3. all of 10,000 regions, as against /proc/PID/maps", FASTER, "ns",
            ("all, a change since", "read.changed", "read.maps", 10),
            ("all, no change since", "read.unchanged", "read.maps", None),
            ("all, and names", "read.named", "read.maps", 5),
            ("what has changed: nothing", "read.since-0", "read.maps", 50),
            ("what has changed: 1", "read.since-1", "read.maps", None),
            ("what has changed: 10", "read.since-10", "read.maps", None),
            ("what has changed: 100", "read.since-100", "read.maps", None),
            ("what has changed: 1000", "read.since-1000", "read.maps", None)),
    rows_of("3. as against PROCMAP_QUERY from region to region", FASTER, "ns",
            ("all, a change since", "read.changed", "read.procmap", 13),
            ("all, and names", "read.named", "read.procmap-named", None)),
    rows_of("3. what has changed, for each change / for one of 1000", RATIO,
            "ns",
            ("of 10", "each.10", "each.1000", None),
            ("of 100", "each.100", "each.1000", None)),
    rows_of("4. one address in 10,000 regions", FASTER, "ns",
            ("VPROC_QUERY, as against PROCMAP_QUERY", "one.query",
             "one.procmap", 1.5),
            ("the same, 1,000 changes since", "one.query-behind", "one.procmap",
             None),
            ("VPROC_LOOKUP of 64, as against it", "one.lookup", "one.procmap",
             8),
            ("the same, 1,000 changes since", "one.lookup-behind",
             "one.procmap", None),
            ("VPROC_QUERY, as against maps, parsed", "one.query", "one.maps",
             1000)),
    rows_of("9. without a system call, as against VPROC_QUERY", FASTER, "ns",
            ("vproc_mirror_find()", "one.mirror", "one.query", 15),
            ("as against one 1,000 changes since", "one.mirror",
             "one.query-behind", None),
            ("the same, a change since", "one.mirror-changed", "one.query",
             None)),
    rows_of("9. a mirror of so many regions / of 100", RATIO, "ns",
            *[(f"{text}, {count:,}", f"growth.{name}.{count}",
               f"growth.{name}.100", None)
              for name, text in (("mirror-find", "vproc_mirror_find()"),
                                 ("mirror-event", "an event taken up"))
              for count in (1000, 10000, 60000)]),
    rows_of("5. two readers at it / two that compute; all tracked", RATIO, "ns",
            *contend("mmap", "none", *VPROC_READERS),
            *contend("munmap", "none", *VPROC_READERS)),
    rows_of("5. the same, without vproc", RATIO, "ns",
            *contend("mmap", "untracked", *KERNEL_READERS),
            *contend("munmap", "untracked", *KERNEL_READERS)),
    rows_of("6. with so many regions / with 100", RATIO, "ns",
            ("an event, 1,000", "growth.event.1000", "growth.event.100", None),
            ("an event, 10,000", "growth.event.10000", "growth.event.100", None),
            ("an event, 60,000", "growth.event.60000", "growth.event.100", 1.6),
            ("a query, 1,000", "growth.query.1000", "growth.query.100", None),
            ("a query, 10,000", "growth.query.10000", "growth.query.100", None),
            ("a query, 60,000", "growth.query.60000", "growth.query.100", 1.6)),
    rows_of("7. the kernel's memory", FIGURE, "B",
            ("a region", "memory.region", None, 128),
            ("a region, and its event, not read", "memory.region-unread", None,
             None),
            ("a tracker, with a ring of 4 KiB", "memory.tracker", None,
             (64 + 4) << 10)),
    rows_of("8. events delivered in a second", MORE, "/s",
            ("read(), nothing lost", "rate.read", "delivered.perf-record", None),
            ("vproc record", "delivered.vproc-record", "delivered.perf-record",
             None),
            ("perf record -d", "delivered.perf-record", None, None),
            ("bpftrace", "delivered.bpftrace", "delivered.perf-record", None)),
    rows_of("8. of those caused", RATIO, "",
            ("vproc record", "rate.vproc-record.events", "rate.caused", None),
            ("perf record -d", "rate.perf-record.events", "rate.caused", None),
            ("bpftrace", "rate.bpftrace.events", "rate.caused", None)),
    rows_of("peers: mmap, touch 64 KiB, munmap, watched / alone", RATIO, "ns",
            ("vproc record", "peer.vproc", "peer.alone", None),
            ("perf record -d", "peer.perf-record", "peer.alone", None),
            ("bpftrace", "peer.bpftrace", "peer.alone", None),
            ("perf trace", "peer.perf-trace", "peer.alone", None),
            ("strace", "peer.strace", "peer.alone", None)),
]


def read_samples(lines):
    samples = collections.defaultdict(list)
    for line in lines:
        if line.startswith("sample "):
            _, name, figure = line.split()
            samples[name].append(float(figure))
        else:
            print(line.rstrip(), file=sys.stderr)
    return samples


def derive(samples):
    """What is computed from samples before it is compared."""
    for count in (10, 100, 1000):
        if f"read.since-{count}" in samples:
            samples[f"each.{count}"] = [
                (many - none) / count for many, none in
                zip(samples[f"read.since-{count}"], samples["read.since-0"])]
    for name in ("vproc-record", "perf-record", "bpftrace"):
        if samples.get(f"rate.{name}"):
            # Of two calls, there and back. What was lost was not delivered;
            # a few events more are of the program's start.
            share = min(1, samples[f"rate.{name}.events"][0] /
                        samples["rate.caused"][0])
            samples[f"delivered.{name}"] = [2e9 * share / each for each in
                                            samples[f"rate.{name}"]]


def spread(values):
    middle = statistics.median(values)
    return 50 * (max(values) - min(values)) / middle if middle else 0.0


def evaluate(row, samples):
    """What the table has of a row, or None if it was not measured."""
    values = samples.get(row.name)
    if not values:
        return None
    result = {
        "name": row.name,
        "unit": row.unit,
        "median": statistics.median(values),
        "spread_percent": spread(values),
        "target": row.target,
    }
    if row.kind == FIGURE:
        if row.target is not None:
            result["met"] = result["median"] <= row.target
        return result
    base = samples.get(row.base) if row.base else None
    if not base:
        return result if not row.base else None
    ratios = [b / v if row.kind == FASTER else v / b
              for v, b in zip(values, base * len(values)
                              if len(base) == 1 else base)]
    result["base"] = row.base
    result["base_median"] = statistics.median(base)
    result["ratio"] = statistics.median(ratios)
    result["ratio_spread_percent"] = spread(ratios)
    if row.target is not None:
        good = [r >= row.target if row.kind == FASTER else r <= row.target
                for r in [result["ratio"], *ratios]]
        result["met"] = good[0]
        result["rounds_met"] = sum(good[1:])
    return result


def figure(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"


def show(title, results):
    print(f"\n{title}")
    print(f"  {'':42} {'median':>14} {'beside':>14} {'ratio':>9} "
          f"{'spread':>8}  target")
    for row, result in results:
        least = ">=" if row.kind == FASTER else "<="
        target = "" if row.target is None else f"{least} {row.target:,}"
        met = {True: "met", False: "NOT MET", None: ""}[result.get("met")]
        if result.get("rounds_met", 5) not in (0, 5):
            met += f" ({result['rounds_met']} of 5 rounds)"
        ratio = result.get("ratio")
        ratio = "" if ratio is None else (f"{ratio:,.0f}" if ratio >= 100
                                          else f"{ratio:.4f}")
        percent = result.get("ratio_spread_percent", result["spread_percent"])
        print(f"  {row.text:42} {figure(result['median']):>11} {row.unit:<2} "
              f"{figure(result.get('base_median')):>14} {ratio:>9} "
              f"{percent:7.2f}%  {target:8} {met}".rstrip())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", required=True)
    parser.add_argument("--set", nargs=2, action="append", default=[],
                        metavar=("NAME", "VALUE"))
    args = parser.parse_args()
    samples = read_samples(sys.stdin)
    derive(samples)

    about = dict(args.set)
    print(f"vproc {about.get('commit')}, Linux {about.get('kernel')}")
    print('All but "5." counts instructions on one CPU, as ns; "5." is time on two,'
          ' and varies.')
    report = []
    for title, rows in TABLE:
        results = [(row, evaluate(row, samples)) for row in rows]
        results = [(row, result) for row, result in results if result]
        if results:
            show(title, results)
        report += [dict(result, heading=title, text=row.text)
                   for row, result in results]
    with open(args.json, "w", encoding="utf-8") as file:
        json.dump({"about": about, "rows": report, "samples": samples}, file,
                  indent=1)
        file.write("\n")
    met = sum(result.get("met") is True for result in report)
    missed = sum(result.get("met") is False for result in report)
    print(f"\nbench: {met} targets met, {missed} missed")


if __name__ == "__main__":
    main()
