# SPDX-License-Identifier: GPL-2.0-or-later
"""What the manual page xenjack-osc(7) says about each address."""
import re

from harness import Failure, expect


def read_page(lab):
    """{path: (access, the answer's types)} of the manual page; in the types, + is one or more, * anything."""
    with open(lab.find("xenjack-osc.7"), encoding="utf-8") as f:
        lines = f.read().splitlines()
    rows, kind, path = {}, None, None
    for before, line in zip([""] + lines, lines):
        if line.startswith(".It Ic /"):
            head, access = line[4:].rsplit(" Pq ", 1)
            parts = re.match(r"(?:Ic /\S+|(?: Ns (?:Ar \S+|Ic \S+)))+", head).group()
            path = re.sub(r" Ns Ar (\S+)", r"<\1>", parts).replace(" Ns Ic ", "").replace("Ic ", "")
            # Two rows may have one address: its subject depends on the last part.
            rows.setdefault(path, (access.replace(" ", "").split(","), []))[1].append("")
            kind = None
        elif line.startswith(".It "):
            kind = line.split()[1]
        elif path and kind in ("Returns", "Lists", "Carries") and line.startswith(".Ar "):
            rows[path][1][-1] += "*" if before.startswith(".It") else before + "+" * line.endswith("channel")
        elif line.startswith(".Sh"):
            path = None
    expect(len(rows) > 40, f"too few addresses in the page: {rows}")
    return rows


def fits(types, forms):
    return any(re.fullmatch(form.replace("*", ".*"), types) for form in forms)


def row_of(page, address):
    """The row of an address."""
    if address in page:
        return address
    for path in page:
        if re.fullmatch(re.sub("<[a-z]*>", "[^/]+", path), address):
            return path
    raise Failure(f"{address} is not in the page")
