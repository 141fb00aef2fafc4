# SPDX-License-Identifier: GPL-2.0-only
"""
For the test of vproc picture. Usage:

  picture.py svg FILE [WIDTH HEIGHT]	is it SVG that is what it should be?
  picture.py has FILE TEXT...		are these in its titles and texts?
  picture.py names FILE NAME...		are these lines of its titles?
  picture.py html FILE			is the page what it should be?
  picture.py maps FILE RECORDING PID	are its data what vproc maps prints?
"""

import base64
import html.parser
import itertools
import json
import math
import re
import subprocess
import sys
import xml.etree.ElementTree

SVG = "{http://www.w3.org/2000/svg}"
# So many moments are compared; of a large recording fewer, as each takes long.
MOMENTS = 25
LARGE = 10000
FEW = 5


def read_svg(path):
    root = xml.etree.ElementTree.parse(path).getroot()
    assert root.tag == SVG + "svg", root.tag
    return root


def texts(root):
    return [element.text or "" for element in root.iter()
            if element.tag in (SVG + "title", SVG + "text")]


def check_svg(path, width=1200, height=760):
    root = read_svg(path)
    assert (root.get("width"), root.get("height")) == (str(width), str(height))
    for element in root.iter():
        assert element.tag in {SVG + tag for tag in (
            "svg", "title", "style", "rect", "defs", "pattern", "text", "path",
            "g")}, element.tag
        for key, value in element.attrib.items():
            assert "href" not in key and "nan" not in value, (key, value)
            if key in ("x", "y", "width", "height") and value != "100%":
                assert math.isfinite(float(value)), value
            if key in ("width", "height") and value != "100%":
                assert float(value) >= 0, value
    assert "url(" not in open(path).read().replace("url(#unknown)", "")


def check_has(path, *wanted):
    text = "\n".join(texts(read_svg(path)))
    for one in wanted:
        assert one in text, one


def check_names(path, *names):
    lines = set("\n".join(texts(read_svg(path))).split("\n"))
    assert lines.issuperset(names), set(names) - lines


class Page(html.parser.HTMLParser):
    """The scripts of a page, and what it would load."""

    def __init__(self, path):
        super().__init__()
        self.scripts = []
        self.within = False
        self.feed(open(path, encoding="utf-8").read())

    def handle_starttag(self, tag, attrs):
        assert tag not in ("link", "img", "iframe", "base"), tag
        assert not {"src", "href"} & dict(attrs).keys(), attrs
        self.within = tag == "script"
        if self.within:
            self.scripts.append("")

    def handle_endtag(self, tag):
        self.within = False

    def handle_data(self, data):
        if self.within:
            self.scripts[-1] += data


def read_page(path):
    page = Page(path)
    assert len(page.scripts) == 2, len(page.scripts)
    assert page.scripts[1].rstrip().endswith("})();")
    assert "<" not in page.scripts[0]
    return json.loads(page.scripts[0])


def decode(text):
    values, value, shift = [], 0, 0
    for byte in base64.b64decode(text):
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            values.append(value)
            value = shift = 0
    return values


def steps(text):
    return list(itertools.accumulate(decode(text)))


def signed_steps(text):
    return list(itertools.accumulate(
        -(value + 1) // 2 if value % 2 else value // 2
        for value in decode(text)))


def read_spells(data):
    """(from_seq, to_seq, a line as vproc maps would begin and end it)"""
    page, columns = data["page"], data["spells"]
    attributes = decode(data["attributes"])
    rows = zip(steps(columns["from_seq"]), decode(columns["moments"]),
               signed_steps(columns["start"]), decode(columns["pages"]),
               decode(columns["attribute"]), strict=True)
    for first, moments, start, pages, attribute in rows:
        _, _, perm, name = attributes[4 * attribute:4 * attribute + 4]
        letters = "".join(letter if perm & 1 << bit else "-"
                          for bit, letter in enumerate("rwx"))
        yield first, first + moments, (
            f"{start * page:08x}-{(start + pages) * page:08x} "
            f"{letters}{'s' if perm & 8 else 'p'}", data["names"][name])


def printable(name):
    text = name.decode("utf-8", "surrogateescape")
    return re.sub("[\udc80-\udcff]",
                  lambda odd: f"\\{ord(odd[0]) - 0xdc00:03o}", text)


def read_maps(recording, pid, seq):
    """What vproc maps prints; None at a moment that is not known."""
    run = subprocess.run(["vproc", "maps", recording, "--pid", pid, "--at",
                          f"@{seq}"], capture_output=True)
    if run.returncode:
        assert b"not known" in run.stderr, run.stderr
        return None
    lines = []
    for line in run.stdout.splitlines():
        fields = line.split(None, 5)
        name = printable(fields[5]) if len(fields) > 5 else ""
        if name != "[vsyscall]":
            lines.append((b" ".join(fields[:2]).decode(), name))
    return lines


def is_unfinished(log, seq):
    """Is more told of the same moment by the next event?"""
    event = log.get(seq + 1)
    return event and (event["op"] == "layout" or
                      event["op"] in ("set", "clear") and
                      event["cause"] in ("attach", "exec", "missed"))


def check_maps(path, recording, pid):
    data = read_page(path)
    spells = list(read_spells(data))
    log = subprocess.run(["vproc", "log", "--json", recording],
                         capture_output=True, check=True).stdout
    log = {event["seq"]: event for event in map(json.loads, log.splitlines())
           if event["pid"] == int(pid)}
    first, end = data["seqs"]
    moments = [seq for seq in sorted(log) if first <= seq < end and
               log[seq]["op"] != "end" and not is_unfinished(log, seq)]
    assert moments
    compared = 0
    wanted = FEW if len(moments) > LARGE else MOMENTS
    for seq in moments[::len(moments) // wanted + 1]:
        told = read_maps(recording, pid, seq)
        drawn = [spell[2] for spell in spells if spell[0] <= seq < spell[1]]
        drawn.sort(key=lambda line: int(line[0].split("-")[0], 16))
        if told is None:
            assert not drawn, seq
            continue
        # A name is looked up now and then: what it was is another question.
        strip = lambda lines: [(start, name.removesuffix(" (deleted)"))
                               for start, name in lines]
        assert strip(drawn) == strip(told), (seq, drawn, told)
        compared += 1
    assert compared > 1


CHECKS = {
    "svg": lambda path, *size: check_svg(path, *map(int, size)),
    "has": check_has,
    "names": check_names,
    "html": read_page,
    "maps": check_maps,
}

CHECKS[sys.argv[1]](*sys.argv[2:])
