# SPDX-License-Identifier: GPL-2.0-or-later
"""Third-party clients of the daemon: liblo's oscsend and oscdump, and the npm library osc."""
import fcntl
import itertools
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import threading
import time

import harness
import osc

SIOCGIFADDR = 0x8915
FOREIGN = os.path.join(harness.HERE, "..", "foreign")


def is_free(port):
    """Whether neither UDP nor TCP uses it, at either loopback address."""
    try:
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                with socket.socket(family, kind) as candidate:
                    candidate.bind((host, port))
        return True
    except OSError:
        return False


# Tests run side by side: each has its own range of ports, below the kernel's ephemeral ones.
PORTS_BASE, PORTS_EACH = 10000, 50
PORTS = itertools.cycle(range(PORTS_EACH))


def free_port():
    """A port that is free for UDP and TCP at both loopback addresses."""
    first = PORTS_BASE + os.getpid() % 400 * PORTS_EACH
    return next(port for port in (first + n for n in PORTS) if is_free(port))


def own_address():
    """An IPv4 address of this machine other than loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        for _, name in socket.if_nameindex():
            try:
                found = fcntl.ioctl(asker, SIOCGIFADDR, struct.pack("256s", name.encode()))
            except OSError:
                continue
            address = socket.inet_ntoa(found[20:24])
            if not address.startswith("127."):
                return address
    raise harness.Failure("no network: this machine has only loopback addresses")


def start(lab, port, more="", **jack):
    """A JACK server and a daemon with remote control on this port, and on osc.sock in the lab's folder."""
    server = lab.jack(**jack)
    return server, lab.daemon(more=f"[daemon]\nstate = {lab.path('state')}\n[osc]\nport = {port}\nlocal = all\nrate = 2000\n{more}")


class Liblo(osc.Client):
    """oscsend and oscdump. What oscsend sends is forwarded over a Way to the daemon, and the answers to
    oscdump: oscsend sends each message from a new port, and does not listen."""

    def __init__(self, lab, way):
        super().__init__(way)
        self.lab, self.place, self.ended = lab, 0, False
        self.inlet = osc.Udp(1, "127.0.0.1")
        self.inlet.socket.close()
        self.inlet.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.inlet.socket.bind(("127.0.0.1", 0))
        self.port = str(self.inlet.socket.getsockname()[1])
        outlet = free_port()
        self.dump = lab.start(shutil.which("oscdump"), "-L", outlet)
        self.outlet = ("127.0.0.1", outlet)
        harness.until(self.hears, "oscdump")
        self.threads = [threading.Thread(target=one, daemon=True) for one in (self.go, self.come)]
        for thread in self.threads:
            thread.start()

    def hears(self):
        self.inlet.socket.sendto(osc.encode("/hears"), self.outlet)
        time.sleep(0.02)
        return "/hears" in self.dump.text(0)

    def go(self):
        while not self.ended:
            packet = self.inlet.receive(0.2)
            if packet:
                self.way.send(packet)

    def come(self):
        while not self.ended:
            packet = self.way.receive(0.2)
            if packet:
                self.inlet.socket.sendto(packet, self.outlet)

    def put(self, address, types="", *values):
        values = [v for v, kind in zip(values, types) if kind not in "TF"]
        subprocess.run(["oscsend", "127.0.0.1", self.port, address, *([types] if types else []),
                        *map(str, values)], check=True)

    def get(self, timeout):
        end = time.monotonic() + timeout
        while not self.came:
            lines = self.dump.text(0)[self.place:]
            whole = lines[:lines.rfind("\n") + 1]
            self.place += len(whole)
            self.came = [m for m in map(read_line, whole.splitlines()) if m[0] != "/hears"]
            if not self.came:
                if time.monotonic() > end:
                    return None
                time.sleep(0.005)
        return self.came.pop(0)

    def close(self):
        self.ended = True
        for thread in self.threads:
            thread.join()
        self.dump.end()
        self.inlet.close()
        self.way.close()


def read_line(line):
    """A message as oscdump prints it: time, address, types, values."""
    _, address, *rest = line.split(" ", 3)
    types, shown = (rest + ["", ""])[:2]
    pattern = " ".join('"(.*)"' if kind == "s" else "([^ ]*)" for kind in types)
    found = re.fullmatch(pattern, shown.rstrip(" ") if "s" not in types else shown)
    harness.expect(found or not types, f"cannot parse oscdump's line: {line}")
    read = {"s": str, "i": int, "f": float}
    return address, types, [read[kind](value) for kind, value in zip(types, found.groups() if types else [])]


def install(lab):
    """The folder with the npm library, installed if needed, in the version of tests/foreign/package-lock.json."""
    there = os.path.join(lab.build, "tests", "foreign")
    os.makedirs(there, exist_ok=True)
    with open(os.path.join(there, "lock"), "w", encoding="utf-8") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        install_in(there)
    return there


def install_in(there):
    lock = os.path.join(there, "package-lock.json")
    with open(os.path.join(FOREIGN, "package-lock.json"), "rb") as f:
        wanted = f.read()
    have = b""
    if os.path.exists(lock) and os.path.isdir(os.path.join(there, "node_modules", "osc")):
        with open(lock, "rb") as f:
            have = f.read()
    if have != wanted:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(os.path.join(FOREIGN, name), there)
        done = subprocess.run(["npm", "ci", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund"],
                              cwd=there, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=300)
        harness.expect(done.returncode == 0, f"npm: {done.stdout.decode()[-500:]}")


class Npm(osc.Client):
    """The npm library osc, driven through tests/foreign/client.js."""

    def __init__(self, lab, kind, port):
        super().__init__(None)
        self.process = subprocess.Popen(["node", os.path.join(FOREIGN, "client.js"), kind,
                                         str(port)], cwd=install(lab), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1,
                                        preexec_fn=harness.die_with_parent)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        for line in self.process.stdout:
            message = json.loads(line)
            self.came.append((message["address"], message["types"], message["values"]))

    def put(self, address, types="", *values):
        message = {"address": address, "types": types, "values": values}
        self.process.stdin.write(json.dumps(message) + "\n")

    def get(self, timeout):
        end = time.monotonic() + timeout
        while not self.came:
            harness.expect(self.process.poll() is None, "client.js has ended")
            if time.monotonic() > end:
                return None
            time.sleep(0.002)
        return self.came.pop(0)

    def close(self):
        self.process.stdin.close()
        self.process.wait(harness.PATIENCE_S)
        self.thread.join()
