# SPDX-License-Identifier: GPL-2.0-only
"""
Checks a file against the Trace Event Format, as its document and the importers
of Chrome and Perfetto have it. Usage:

    traceformat.py FILE             complains, with status 1, or says what is in it
    traceformat.py FILE PID TIME    prints the slices of regions at a time in us
"""

import collections
import json
import math
import re
import sys

# Phase: the keys that it must have besides ph, pid, tid, name.
PHASES = {
    "X": {"ts", "dur"},
    "b": {"ts", "cat", "id"},
    "e": {"ts", "cat", "id"},
    "i": {"ts", "s"},
    "C": {"ts", "args"},
    "M": {"args"},
    "s": {"ts", "cat", "id"},
    "f": {"ts", "cat", "id", "bp"},
}
METADATA = {"process_name", "thread_name"}
KEYS = {"ph", "pid", "tid", "name", "ts", "dur", "cat", "id", "s", "bp", "args"}

complaints = []


def complain(event, what):
    complaints.append(f"{what}: {json.dumps(event)}")


def is_number(value):
    return (isinstance(value, (int, float)) and not isinstance(value, bool)
            and math.isfinite(value))


def is_id(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 32


def check_types(event):
    for key in ("pid", "tid"):
        if not is_id(event.get(key)):
            complain(event, f"{key} is no id")
    for key in ("name", "cat"):
        if key in event and (not isinstance(event[key], str) or not event[key]):
            complain(event, f"{key} is no text")
    for key in ("ts", "dur"):
        if key in event and (not is_number(event[key]) or event[key] < 0):
            complain(event, f"{key} is no time")
    if "id" in event and not re.fullmatch("0x[0-9a-f]{1,16}", str(event["id"])):
        complain(event, "id is no hexadecimal number")
    if "args" in event and (not isinstance(event["args"], dict) or not event["args"]):
        complain(event, "args is no object")


def check_event(event):
    phase = event.get("ph")
    if phase not in PHASES:
        complain(event, "unknown phase")
        return
    for key in (PHASES[phase] | {"pid", "tid", "name"}) - event.keys():
        complain(event, f"{key} is missing")
    for key in event.keys() - KEYS:
        complain(event, f"unknown key {key}")
    check_types(event)
    if phase == "i" and event.get("s") not in ("g", "p", "t"):
        complain(event, "unknown scope")
    if phase == "f" and event.get("bp") != "e":
        complain(event, "unknown binding point")
    if phase == "C" and not all(is_number(value) and value >= 0
                                for value in event["args"].values()):
        complain(event, "a counter that is no number")
    if phase == "M" and (event["name"] not in METADATA or
                         not isinstance(event["args"].get("name"), str)):
        complain(event, "unknown metadata")


def check_order(events):
    """Within a process times rise; arrows are between processes."""
    times = collections.defaultdict(float)
    for event in events:
        if event["ph"] not in "beiC":
            continue
        if event["ts"] < times[event["pid"]]:
            complain(event, "earlier than the event before it")
        times[event["pid"]] = event["ts"]


def check_async(events):
    """Each beginning has its end, by category and id, and the same name."""
    slices = {}
    for event in events:
        if event["ph"] not in "be":
            continue
        key = (event["cat"], event["id"])
        begin = slices.get(key)
        if event["ph"] == "b":
            if begin:
                complain(event, "begins twice")
            slices[key] = event
        elif not begin or begin.get("ended"):
            complain(event, "ends without having begun")
        else:
            if any(begin[k] != event[k] for k in ("name", "pid", "tid")):
                complain(event, "ends as another than it began")
            if event["ts"] < begin["ts"]:
                complain(event, "ends before it begins")
            begin["ended"] = event["ts"]
    for event in slices.values():
        if "ended" not in event:
            complain(event, "never ends")
    return slices.values()


def check_nesting(events):
    """Complete events of a thread lie in each other, or beside each other."""
    threads = collections.defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            threads[event["pid"], event["tid"]].append(event)
    for thread in threads.values():
        open_until = []
        for event in sorted(thread, key=lambda e: (e["ts"], -e["dur"])):
            end = event["ts"] + event["dur"]
            while open_until and open_until[-1] <= event["ts"] + 1e-6:
                open_until.pop()
            if open_until and end > open_until[-1] + 1e-6:
                complain(event, "reaches out of the one around it")
            open_until.append(end)
    return threads


def check_flows(events, threads):
    """An arrow has two ends, and Perfetto wants a slice around each."""
    ends = collections.defaultdict(dict)
    for event in events:
        if event["ph"] not in "sf":
            continue
        flow = ends[event["cat"], event["name"], event["id"]]
        if event["ph"] in flow:
            complain(event, "a second end")
        flow[event["ph"]] = event
        if not any(slice["ts"] <= event["ts"] <= slice["ts"] + slice["dur"] + 1e-6
                   for slice in threads[event["pid"], event["tid"]]):
            complain(event, "no slice around it")
    for flow in ends.values():
        if len(flow) != 2:
            complain(next(iter(flow.values())), "half an arrow")
        elif flow["s"]["ts"] > flow["f"]["ts"]:
            complain(flow["s"], "an arrow into the past")


def check_whole(trace):
    if not isinstance(trace, dict) or not isinstance(trace.get("traceEvents"), list):
        sys.exit("no object with traceEvents")
    if trace.get("displayTimeUnit") not in ("ms", "ns"):
        complaints.append("unknown displayTimeUnit")
    if not all(isinstance(value, str) for value in trace.get("otherData", {}).values()):
        complaints.append("otherData is not all text")


def refuse_constant(constant):
    sys.exit(f"{constant} is no JSON")


def load(path):
    with open(path, "rb") as file:
        data = file.read()
    # Perfetto drops an event for half a surrogate pair, or for bytes of UTF-8.
    text = data.decode("ascii")
    if re.search(r'(?<!\\)(\\\\)*\\ud[89a-f]', text):
        complaints.append("half a surrogate pair")
    return json.loads(text, parse_constant=refuse_constant)


def print_slices(slices, pid, time):
    at = [event["args"] | {"name": event["name"]} for event in slices
          if event["pid"] == pid and event["ts"] <= time and
          (event["ended"] > time)]
    for args in sorted(at, key=lambda a: int(a["range"].split("-")[0], 16)):
        name = "" if args["name"] == "anonymous" else " " + args["name"]
        print(args["range"], args["perm"] + name)


def main():
    trace = load(sys.argv[1])
    check_whole(trace)
    events = trace["traceEvents"]
    for event in events:
        check_event(event)
    if not complaints:
        slices = check_async(events)
        check_order(events)
        check_flows(events, check_nesting(events))
    if complaints:
        sys.exit("\n".join(complaints[:20]))
    if len(sys.argv) > 2:
        print_slices(slices, int(sys.argv[2]), float(sys.argv[3]))
        return
    phases = collections.Counter(event["ph"] for event in events)
    print(" ".join(f"{phase}:{count}" for phase, count in sorted(phases.items())))


main()
