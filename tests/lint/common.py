# SPDX-License-Identifier: GPL-2.0-or-later
"""Shared by the lints: the files of the tree, the layer table, the objects of a build, findings.

Every lint runs from the source root, prints `file:line: what is wrong` for each finding and exits
with 1 if there was one. A lint that had nothing to check fails too.
"""
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
        print(f"{name}: nothing to check: run from the source root, with the build folder if needed")
    print(f"{name}: {looked_at} checked, {len(_findings)} findings")
    sys.exit(1 if _findings or not looked_at else 0)


def files(roots, *suffixes):
    """Every file below the roots that ends with one of the suffixes, sorted."""
    found = []
    for root in roots:
        for folder, _, names in os.walk(root):
            found += [os.path.join(folder, n) for n in names if n.endswith(suffixes)]
    return sorted(found)


def chosen(named, roots, *suffixes):
    """Those of files() that are named, or all if none is named."""
    found = files(roots, *suffixes)
    return [path for path in found if path in named] if named else found


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
    """(line number, words) of each line of a text file in this folder, without comments."""
    for number, line in enumerate(read(os.path.join(HERE, name)).splitlines(), 1):
        words = line.split("#")[0].split()
        if words:
            yield number, words


class Layers:
    """layers.txt."""

    def __init__(self):
        self.may = {}  # folder: the folders whose headers it may include
        self.lines = []  # the folder lines, as written
        self.only = []
        self.programs = []
        for number, (verb, *words) in table("layers.txt"):
            if verb == "folder" and words[0].endswith(":"):
                self.may[words[0][:-1]] = words[1:]
                self.lines.append(" ".join(words))
            elif verb == "program":
                self.programs += words
            elif verb == "only":
                self.only.append((words[0].strip("<>"), words[1:]))
            else:
                finding(f"layers.txt:{number}", f"unknown line: {verb}")

    def folder(self, path):
        """The folder a file belongs to, or None."""
        folder = os.path.dirname(path)
        return folder if folder in self.may else None


def rt_files():
    """The files of the real-time path, as the build has them."""
    return [line for line in read("src/rt-files.txt").splitlines() if not line.startswith("#")]


def fits(path, place):
    """Whether a place covers a file: folder/, src/base/log or src/base/rt.h."""
    if place.endswith("/"):
        return path.startswith(place)
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


def symbols(objs, *options):
    """{object: [(name, nm's letter)]} of what nm prints with these options; one nm for all."""
    found = {obj: [] for obj in objs}
    if found:
        out = subprocess.run(["nm", "--format=posix", "--print-file-name", *options, *found], check=True,
                             stdout=subprocess.PIPE, text=True).stdout
        for line in out.splitlines():
            obj, name, kind = line.split()[:3]
            found[obj.rstrip(":")].append((name, kind))
    return found


def build_argument():
    if len(sys.argv) != 2:
        sys.exit(f"usage: {os.path.basename(sys.argv[0])} BUILD_DIR (from the source root)")
    return sys.argv[1]
