# SPDX-License-Identifier: GPL-2.0-or-later
"""What the lints share: the files of the tree, the layer table, the objects of a build, findings.

Every lint runs from the source root, prints `file:line: what is wrong` for each finding and exits
with 1 if there was one. A lint that found nothing to look at fails too: it proves nothing.
"""
import fnmatch
import json
import os
import re
import subprocess
import sys

PRODUCT = ("src", "jack", "xen", "osc")
HERE = os.path.dirname(os.path.abspath(__file__))

_findings = []


def finding(where, text):
    _findings.append(f"{where}: {text}")


def done(looked_at):
    """Prints the findings and ends the program; looked_at counts what was checked."""
    for line in _findings:
        print(line)
    name = os.path.basename(sys.argv[0])
    if not looked_at:
        print(f"{name}: nothing to look at: run from the source root, with the build folder if needed")
    print(f"{name}: {looked_at} checked, {len(_findings)} findings")
    sys.exit(1 if _findings or not looked_at else 0)


def files(roots, *suffixes):
    """Every file below the roots that ends with one of the suffixes, sorted."""
    found = []
    for root in roots:
        for folder, _, names in os.walk(root):
            found += [os.path.join(folder, n) for n in names if n.endswith(suffixes)]
    return sorted(found)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


_TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def code_only(text):
    """The text with comments and literals blanked out, every line still in its place."""
    def blank(match):
        token = match.group()
        if token[0] == "/":
            return re.sub(r"[^\n]", " ", token)
        return token[0] + " " * (len(token) - 2) + token[0]
    return _TOKEN.sub(blank, text)


def table(name):
    """(line number, words) of each line of a text file of this folder, comments left out."""
    for number, line in enumerate(read(os.path.join(HERE, name)).splitlines(), 1):
        words = line.split("#")[0].split()
        if words:
            yield number, words


class Layers:
    """layers.txt; a module is known by the entry that names it."""

    def __init__(self):
        self.level = {}
        self.only = []
        self.apart = []
        self.just = {}
        for number, (verb, *words) in table("layers.txt"):
            where = f"layers.txt:{number}"
            if verb == "level":
                for entry in words[1:]:
                    if entry in self.level:
                        finding(where, f"{entry} stands in the table twice")
                    self.level[entry] = int(words[0])
            elif verb == "only":
                self.only.append((words[0].strip("<>"), words[1:]))
            elif verb == "apart":
                self.apart.append(words)
            elif verb == "just" and words[0].endswith(":"):
                self.just[words[0][:-1]] = words[1:]
            else:
                finding(where, f"unknown line: {verb}")

    def module(self, path):
        """The entry a file belongs to, or None."""
        for entry in self.level:
            if any(fits(path, one) for one in _members(entry)):
                return entry
        return None

    def namespace(self, path):
        """What the externs of a file start with: its name, or the first name of its module."""
        entry = self.module(path) or path
        base = os.path.basename(entry).split("+")[0]
        if "*" in base:
            base = os.path.basename(path)
        return os.path.splitext(base)[0] + "_"

    def top(self):
        return max(self.level.values(), default=0)


def _members(entry):
    folder, base = os.path.split(entry)
    return [os.path.join(folder, one) for one in base.split("+")]


def fits(path, place):
    """Whether a file is meant by a place: folder/, folder/*, src/log or src/rt.h."""
    if place.endswith("/"):
        return path.startswith(place)
    if "*" in place:
        return fnmatch.fnmatchcase(path, place)
    return path == place or os.path.splitext(path)[0] == place


def objects(build):
    """{source: [object files]} of the product's sources, from the build's compile commands."""
    found = {}
    try:
        commands = json.loads(read(os.path.join(build, "compile_commands.json")))
    except OSError as err:
        finding(build, f"no compile commands: {err.strerror}")
        return found
    for one in commands:
        source = os.path.relpath(os.path.join(one["directory"], one["file"]))
        obj = os.path.join(one["directory"], one.get("output", ""))
        if source.split(os.sep)[0] not in PRODUCT or not source.endswith(".c"):
            continue
        if os.path.isfile(obj):
            found.setdefault(source, []).append(obj)
        else:
            finding(source, f"not built: {obj}")
    return found


def symbols(obj, *options):
    """The names that nm prints for an object with these options."""
    out = subprocess.run(["nm", "--format=posix", *options, obj], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    return [line.split()[0] for line in out.splitlines() if line.strip()]


def build_argument():
    if len(sys.argv) != 2:
        sys.exit(f"usage: {os.path.basename(sys.argv[0])} BUILD_DIR (from the source root)")
    return sys.argv[1]
