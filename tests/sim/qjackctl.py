# SPDX-License-Identifier: GPL-2.0-or-later
"""qjackctl on an X server without a screen, attached to a Lab's JACK server, with a patchbay of ours
active. Its files contain what a user would have set in its windows."""
import os
import shutil
import subprocess
from xml.sax.saxutils import quoteattr

from harness import expect, until

OPTIONS = {
    "ActivePatchbay": "true", "AlsaSeqEnabled": "false", "JackClientPortMetadata": "true",
    "QueryClose": "false", "QueryShutdown": "false", "Singleton": "false", "StdoutCapture": "false",
    "StopJack": "false",
}


def sockets(kind, clients):
    """One side of a patchbay: {client: ports}."""
    lines = [f"<{kind}-sockets>"]
    for client, ports in clients.items():
        name = quoteattr(client)
        lines += [f'<socket name={name} client={name} type="jack-audio" exclusive="off">',
                  *(f"<plug>{port}</plug>" for port in ports), "</socket>"]
    return [*lines, f"</{kind}-sockets>"]


def patchbay(outputs, inputs, cables):
    """A patchbay's file: clients with their ports, and the cables between them."""
    lines = ['<!DOCTYPE patchbay>', '<patchbay name="guests" version="0.9.9">',
             *sockets("output", outputs), *sockets("input", inputs), "<slots/>", "<cables>",
             *(f'<cable type="jack-audio" output={quoteattr(a)} input={quoteattr(b)}/>'
               for a, b in cables), "</cables>", "</patchbay>"]
    return "\n".join(lines) + "\n"


class QjackCtl:
    """Xvfb and qjackctl; both end with the Lab."""

    def __init__(self, lab, bay, windows=(), places=None, screen="640x480"):
        """`windows` are shown (Graph, Patchbay ...); `places` are those of the graph's boxes."""
        self.lab = lab
        x = lab.start(shutil.which("Xvfb"), "-displayfd", 1, "-nolisten", "tcp", "-screen", 0,
                      f"{screen}x24")
        until(lambda: x.text(0).endswith("\n") or not x.running(), "the X server")
        expect(x.running(), f"the X server: {x.text()}")
        # None of the user's settings, and no D-Bus.
        self.env = {"DISPLAY": f":{x.text(0).strip()}", "HOME": lab.folder, "XDG_RUNTIME_DIR": lab.folder,
                    "XDG_CONFIG_HOME": lab.path("config"), "QT_QPA_PLATFORM": "xcb",
                    "DBUS_SESSION_BUS_ADDRESS": "disabled:", "LC_ALL": "C.UTF-8"}
        self.configure(bay, windows, places or {})
        self.process = lab.start(shutil.which("qjackctl"), env=self.env)

    def configure(self, bay, windows, places):
        folder = self.lab.path("config/rncbc.org")
        os.makedirs(folder)
        path = os.path.join(folder, "guests.xml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(bay)
        groups = {
            "Options": {**OPTIONS, "ActivePatchbayPath": path},
            "Defaults": {"PatchbayPath": path},
            "Patchbays": {"Patchbay1": path},
            "Settings": {"ServerName": self.lab.server},
            "Geometry": {f"qjackctl{window}Form\\visible": "true" for window in windows},
            "GraphView": {"Toolbar": "false", "Statusbar": "false"},
            "GraphNodePos": {name.replace(":", "%3A"): f"@Point({x} {y})"
                             for name, (x, y) in places.items()},
        }
        with open(os.path.join(folder, "QjackCtl.conf"), "w", encoding="utf-8") as f:
            for group, values in groups.items():
                f.write(f"[{group}]\n" + "".join(f"{k}={v}\n" for k, v in values.items()))

    def x(self, *command):
        """Runs an X program; its standard output, or None if it failed."""
        done = subprocess.run(list(map(str, command)), env=dict(self.lab.env, **self.env), check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return done.stdout.decode() if done.returncode == 0 else None

    def find_window(self, title):
        # xdotool cannot search for a title with a dash, but can print it.
        for window in (self.x("xdotool", "search", "--name", "") or "").split():
            if (self.x("xdotool", "getwindowname", window) or "").startswith(title):
                return window
        return None

    def window(self, title):
        """The number of the window whose title begins like this, once it exists."""
        return until(lambda: self.find_window(title), f"window {title}")
