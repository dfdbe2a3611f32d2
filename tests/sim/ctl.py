# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs xenjackctl as people do: commands with their exit status and messages, and on a pseudo-terminal."""
import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import termios

from harness import die_with_parent, expect, until

OK, REFUSED, USAGE, ABSENT = range(4)


class Ctl:
    """Runs xenjackctl against a lab's daemon."""

    def __init__(self, lab, where=None):
        self.lab, self.program = lab, lab.find("xenjackctl")
        self.env = dict(lab.env, XENJACK_OSC=where or lab.path("osc.sock"), LC_ALL="C.UTF-8")

    def run(self, *args, status=OK):
        """Its output and its error text; the exit status must be `status`."""
        done = subprocess.run([self.program, *map(str, args)], env=self.env, check=False, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, err = done.stdout.decode(), done.stderr.decode()
        expect(done.returncode == status, f"{args}: {done.returncode}, not {status}: {out} {err}")
        expect((status == OK) == (not err), f"{args}: status {status}, error text: {err}")
        return out, err

    def out(self, *args):
        return self.run(*args)[0]

    def refused(self, *args, words, status=REFUSED):
        out, err = self.run(*args, status=status)
        expect(not out and words in err.splitlines()[0] and err.startswith("xenjackctl: "),
               f"{args}: not '{words}': {out} {err}")

    def json(self, *args, status=OK):
        return json.loads(self.run("--json", *args, status=status)[0])

    def start(self, *args):
        return subprocess.Popen([self.program, *args], env=self.env, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, preexec_fn=die_with_parent)


def rig(lab, guests=("daw", "synth"), more="port = 0\n"):
    lab.jack(48000, 256)
    os.makedirs(lab.path("state"), exist_ok=True)
    daemon = lab.daemon(more=f"[daemon]\nstate = {lab.path('state')}\n[osc]\nsocket = {lab.path('osc.sock')}\ngroup =\n{more}")
    for name in guests:
        lab.guest("--tone", 440, "--channels", 2, "--buffer", 16384, name=name)
    ctl = Ctl(lab)
    until(lambda: sum(one["state"] == "running" for one in ctl.json("list")) == len(guests),
          "the guests' sound")
    return daemon, ctl


class Terminal:
    """Live meters on a pseudo-terminal."""

    def __init__(self, ctl, *args, size=(24, 100)):
        self.text, self.ended = b"", None
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.execve(ctl.program, [ctl.program, *args], dict(ctl.env, TERM="xterm"))
        self.resize(size)

    def resize(self, size):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))

    def read(self, seconds=0.0):
        while self.ended is None and select.select([self.fd], [], [], seconds)[0]:
            try:
                self.text += os.read(self.fd, 65536)
            except OSError:
                self.ended = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            seconds = 0.0
        return self.text.decode(errors="replace")

    def until(self, wanted, what):
        until(lambda: wanted in self.read(0.05), what)

    def end(self, number=None, key=None):
        """Ends the meters; their exit status. The terminal must be restored."""
        if number:
            os.kill(self.pid, number)
        else:
            os.write(self.fd, key)
        until(lambda: self.read(0.05) is not None and self.ended is not None, "the end of the meters")
        expect(self.text.count(b"\033[?1049h") == self.text.count(b"\033[?1049l") == 1 and
               self.text.rstrip().endswith(b"\033[?25h\033[?1049l"), f"the screen: {self.text[-80:]}")
        return self.ended


def screens(text):
    return [re.sub(r"\033\[[0-9;?]*[A-Za-z]", "", one) for one in text.split("\033[H")[1:]]
