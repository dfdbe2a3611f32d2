# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of the whole daemon share: `xenjackd --sim`, a private JACK server on the dummy driver,
simulated guests, and ears: listeners (jacktap) that share no code with the daemon.

A test file ends with main(test_a, test_b, ...); each test is a function that takes a Lab and raises
Failure. `NAME BUILD_DIR [--long] [test ...]` runs them all, or those named; programs are taken from
BUILD_DIR and BUILD_DIR/tests. Whatever a test starts in its Lab is stopped when the test ends.
"""
import contextlib
import ctypes
import functools
import glob
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))

FORMATS = ("s16", "s24", "s32", "float")
GUEST_FORMATS = {"s16": "s16_le", "s24": "s24_le", "s32": "s32_le", "float": "float_le"}

# A wait this long means failure, however slow the machine is.
PATIENCE_S = 60

# A connection takes effect in the next cycle: guests with an ear play this many silent cycles first.
SILENT_CYCLES = 16

TRIES = 3


class Failure(Exception):
    """Something that must hold does not."""


class Late(Failure):
    """Sound was lost while the machine was late: the machine may be to blame, or xenjack."""


def expect(truth, text):
    if not truth:
        raise Failure(text)


def may_retry():
    """Whether tests/retried.txt names this test."""
    name = "sim/" + os.path.basename(sys.argv[0]).removeprefix("test_")
    with open(os.path.join(HERE, "..", "retried.txt"), encoding="utf-8") as f:
        return any(line.split(maxsplit=1)[:1] == [name] for line in f)


def patiently(what, scenario, *args):
    """Runs a scenario, and again if it was Late: a machine that stalled proves nothing, but if every run
    fails, the machine is not to blame. `check` lists what was run again."""
    tries = TRIES if may_retry() else 1
    for left in reversed(range(tries)):
        try:
            return scenario(*args)
        except Late as late:
            print(f"  {late}", flush=True)
            if not left:
                raise Failure(f"{what}: the machine was late, {tries} times of {tries}") from late
            print(f"  RUN AGAIN: {what}: {late}", flush=True)
    return None


def until(condition, what, timeout=PATIENCE_S):
    """Waits until a function returns a true value, and returns it."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        expect(time.monotonic() < end, f"{what}: timed out after {timeout} s")
        time.sleep(0.02)


LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


# Real-time priorities: the clock before what it drives, and both before programs that only flood, which
# take a processor whole, and shells, whose children start and end all the time. libjack gives its own
# threads, in all clients, JACK_PRIORITY less 5; without that they would have none at all.
PRIORITIES = {"jackd": 3, "xenjackd": 2, "hostile": 0, "sh": 0}
JACK_PRIORITY = 10


def die_with_parent():
    """In a child."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def prefer(name):
    """In a child: dies with the test, and takes its real-time priority, if permitted."""
    die_with_parent()
    priority = PRIORITIES.get(name, 1)
    try:
        if priority:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(priority))
    except OSError:
        pass


@functools.lru_cache(maxsize=1)
def realtime():
    """The options with which jackd is as real-time as this user may be."""
    may = subprocess.run(["chrt", "-f", str(JACK_PRIORITY), "true"], check=False,
                         stderr=subprocess.DEVNULL).returncode == 0
    return ["-R", "-P", JACK_PRIORITY, "-m"] if may else ["-r"]


class Process:
    """A running program, with its output in files."""

    def __init__(self, lab, name, argv, env):
        self.name = name
        self.paths = [os.path.join(lab.folder, f"{len(lab.processes)}-{name}.{end}")
                      for end in ("out", "err")]
        with open(self.paths[0], "wb") as out, open(self.paths[1], "wb") as err:
            self.popen = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=out,
                                          stderr=err, preexec_fn=lambda: prefer(name))
        self.pid = self.popen.pid

    def text(self, which=1):
        with open(self.paths[which], encoding="utf-8", errors="replace") as f:
            return f.read()

    def json(self):
        try:
            return json.loads(self.text(0))
        except ValueError:
            # libjack 1.9.21 crashes when one of its own threads takes a second to start.
            kind = Late if "cannot start thread" in self.text() else Failure
            raise kind(f"{self.name}: printed no JSON: {self.text(0)[-300:]} {self.text()[-300:]}") from None

    def running(self):
        return self.popen.poll() is None

    def wait(self, timeout=2 * PATIENCE_S):
        """Its exit status."""
        try:
            return self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name}: still running after {timeout} s") from None

    def signal(self, number):
        if self.running():
            self.popen.send_signal(number)

    def end(self, timeout=PATIENCE_S):
        """SIGTERM, and its exit status."""
        self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.popen.wait()

    def stop(self):
        """Ends it, with SIGKILL if need be."""
        try:
            self.end(5)
        except Failure:
            print(f"  {self.name} does not end:\n{self.threads()}", flush=True)
            self.kill()

    def threads(self):
        """What each of its threads waits for: its name, the function in the kernel, the system call."""
        lines = []
        for task in sorted(glob.glob(f"/proc/{self.pid}/task/*")):
            words = []
            for name in ("comm", "wchan", "syscall"):
                try:
                    with open(os.path.join(task, name), encoding="ascii", errors="replace") as f:
                        words.append(f.read().strip())
                except OSError as error:
                    words.append(error.strerror)
            lines.append("    " + ", ".join(words))
        return "\n".join(lines)


class Store:
    """Reads the simulated xenstore, as a guest that does nothing else."""

    READ, HELLO, HEADER = 4, 1, struct.Struct("<IiII")

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(path)
        self.call(self.HELLO, b"onlooker\0", value=1)

    def call(self, op, data, value=0):
        self.socket.send(self.HEADER.pack(op, 0, value, len(data)) + data)
        answer, fds, _, _ = socket.recv_fds(self.socket, 8192, 2)
        for fd in fds:
            os.close(fd)
        return self.HEADER.unpack_from(answer)[1], answer[self.HEADER.size:]

    def number(self, path):
        status, text = self.call(self.READ, path.encode() + b"\0")
        expect(status == 0, f"{path}: {status}")
        return int(text)

    def close(self):
        self.socket.close()


class Lab:
    """One test's processes, files and names."""

    def __init__(self, build, name, long):
        self.build, self.name, self.long = build, name, long
        self.processes = []
        self.folder = tempfile.mkdtemp(prefix=f"xenjack-{name}-")
        self.socket = os.path.join(self.folder, "sim.sock")
        self.server = f"sim{os.getpid()}"
        self.rate = self.period = 0
        self.watch, self.servers = None, 0
        self.env = dict(os.environ, JACK_NO_AUDIO_RESERVATION="1", JACK_DEFAULT_SERVER=self.server,
                        JACK_NO_START_SERVER="1")

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        # Guests before the daemon, the daemon before its server.
        for process in reversed(self.processes):
            process.stop()
        if kind:
            for process in self.processes:
                text = process.text().strip()
                if text:
                    print(f"--- {process.name} ({process.popen.returncode}):")
                    print("\n".join(text.splitlines()[-12:]))
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- programs

    def path(self, name):
        return os.path.join(self.folder, name)

    def find(self, *names):
        for name in names:
            for folder in ("", "tests", "tests/tools", "tests/rt", "tests/sim"):
                path = os.path.join(self.build, folder, name)
                if os.path.isfile(path):
                    return path
        raise Failure(f"{names[0]} is not in {self.build}")

    @property
    def tool_env(self):
        """The environment of JACK's tools: see jack/notify_thread.h."""
        return dict(self.env, LD_PRELOAD=self.find("libpatient.so"))

    def start(self, program, *args, env=None):
        path = program if "/" in program else self.find(program)
        process = Process(self, os.path.basename(program), [path, *map(str, args)],
                          dict(self.env, **(env or {})))
        self.processes.append(process)
        return process

    def run(self, program, *args, status=0):
        """Runs to its end; its standard output, as bytes."""
        path = shutil.which(program) or self.find(program)
        env = self.tool_env if program.startswith("jack_") else self.env
        done = subprocess.run([path, *map(str, args)], env=env, timeout=2 * PATIENCE_S, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        expect(status is None or done.returncode == status,
               f"{program}: {done.returncode}: {done.stderr.decode(errors='replace')[-300:]}")
        return done.stdout

    # --- late machines

    def was_late(self):
        """Whether JACK's clock stalled, or a guest for so long that it missed positions."""
        return any("XRun" in text or "event page full" in text or "JACK hangs" in text
                   for text in (process.text() for process in self.processes))

    def expect_in_time(self, truth, text, late=False):
        """Expects what a late machine can spoil, too; `late` is other evidence of that, as a guest's xruns."""
        if not truth:
            raise (Late if late or self.was_late() else Failure)(text)

    # --- JACK

    @contextlib.contextmanager
    def excused(self, late):
        """Inside, sound is judged that a late machine can spoil; `late` is evidence that it was."""
        try:
            yield
        except Failure as failure:
            if late or self.was_late():
                raise Late(str(failure)) from failure
            raise

    def pass_frames(self, frames):
        """Waits until JACK's clock has advanced by this many frames, however long that takes."""
        tap = self.tap("rec", "-c", 1, "-n", frames, "-o", os.devnull, "system:capture_1",
                       name="clock-ear")
        expect(tap.wait() == 0, f"JACK's clock: {tap.text()}")

    def jack(self, rate=48000, period=256, sync=True, driver=(), ports=512):
        """Starts a server and waits until it is ready. A synchronous one waits for late clients, 5 s for dead."""
        self.rate, self.period = rate, period
        jackd = self.start(shutil.which("jackd"), "-n", self.server, *realtime(), *["-S"] * sync, "-p", ports,
                           "-d", "dummy", "-r", rate, "-p", period, *driver)
        self.watch = self.watch or self.start("portwatch")
        self.servers += 1
        until(lambda: self.servers_seen() == self.servers or not jackd.running(), "jackd")
        expect(jackd.running(), "jackd has ended")
        return jackd

    def servers_seen(self):
        """How many servers portwatch has seen up to the driver's last port."""
        lives = self.watch.text(0).split("lost\n")
        return len(lives) - ("+system:playback_2\n" not in lives[-1])

    def watched(self, add, remove):
        """What exists now according to portwatch, from its lines that begin with these characters."""
        there = set()
        for line in self.watch.text(0).split("lost\n")[-1].splitlines():
            if line[0] == add:
                there.add(line[1:])
            elif line[0] == remove:
                there.discard(line[1:])
        return there

    def ports(self):
        """The names of all ports but the driver's."""
        return {name for name in self.watched("+", "-") if not name.startswith("system:")}

    def connections(self):
        """The connections made since the server started, as (source, sink)."""
        return {tuple(pair.split("\t")) for pair in self.watched(">", "<")}

    def await_ports(self, *names):
        until(lambda: set(names) <= self.ports(), f"ports {' '.join(names)}")

    def await_no_ports(self, prefix):
        until(lambda: not any(name.startswith(prefix) for name in self.ports()),
              f"removal of {prefix}'s ports")

    def connect(self, source, sink):
        """Connects two ports, unless the daemon has done so already, from its connection memory."""
        until(lambda: subprocess.run(["jack_connect", source, sink], env=self.tool_env, check=False,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                                     ).returncode == 0 or
              f"{source}\n   {sink}\n" in self.run("jack_lsp", "-c", source, status=None).decode(),
              f"connecting {source} to {sink}")

    # --- the daemon

    def daemon(self, autoconnect=False, limits=None, env=None, jack=True, metadata="no", more=""):
        """Starts a daemon; returns when it is ready for guests and, with `jack`, has found the server.

        Metadata is off except where it is tested: on a busy machine, jackd 1.9.21 -S stalls when clients
        store some while many others come and go.
        """
        config = self.path("xenjack.conf")
        with open(config, "w", encoding="utf-8") as f:
            f.write(f"[jack]\nserver = {self.server}\n"
                    f"autoconnect = {'playback' if autoconnect else 'none'}\nmetadata = {metadata}\n"
                    f"rate = {self.rate or 48000}\nperiod = {self.period or 256}\n[limits]\n")
            for name, value in (limits or {}).items():
                f.write(f"{name} = {value}\n")
            f.write(more)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
            path = self.path("notify")
            if os.path.exists(path):
                os.unlink(path)
            ready.bind(path)
            ready.settimeout(PATIENCE_S)
            daemon = self.start("xenjackd", "-v", "-c", config, f"--sim={self.socket}",
                                env=dict(env or {}, NOTIFY_SOCKET=path))
            try:
                expect(ready.recv(100) == b"READY=1", "the daemon's readiness notice")
            except TimeoutError:
                raise Failure(f"the daemon is not ready: {daemon.text()}") from None
        if jack:
            until(lambda: "JACK runs at" in daemon.text(), "the daemon's connection to JACK")
        return daemon

    def store(self):
        return Store(self.socket)

    def footprint(self, daemon, store):
        """What the daemon holds of its guests' resources and of the kernel's."""
        with open(f"/proc/{daemon.pid}/status", encoding="ascii") as f:
            status = dict(line.split(":", 1) for line in f if ":" in line)
        with open(f"/proc/{daemon.pid}/maps", encoding="utf-8") as f:
            maps = sum("xenjack-guest" in line for line in f)
        return {"mappings": store.number("/sim/mappings"), "pages": store.number("/sim/pages"),
                "ports": store.number("/sim/ports"), "guest maps": maps,
                "descriptors": len(os.listdir(f"/proc/{daemon.pid}/fd")),
                "threads": int(status["Threads"]), "rss_kib": int(status["VmRSS"].split()[0])}

    def footprint_at_rest(self, daemon, store):
        """What the daemon holds once it no longer opens or closes anything."""
        seen = []

        def rests():
            now = self.footprint(daemon, store)
            seen.append({key: now[key] for key in now if key != "rss_kib"})
            return len(seen) > 10 and all(one == seen[-1] for one in seen[-10:]) and now
        return until(rests, "a daemon at rest")

    def await_footprint(self, daemon, store, before):
        """Waits until the daemon holds what it held before, except memory; returns what it holds now."""
        end = time.monotonic() + PATIENCE_S
        while True:
            now = self.footprint(daemon, store)
            if all(now[key] == before[key] for key in before if key != "rss_kib"):
                return now
            expect(time.monotonic() < end, f"the daemon held {before}, and now holds {now}")
            time.sleep(0.05)

    # --- guests and ears

    def guest(self, *args, name="guest"):
        return self.start("xenjack-guest", "--socket", self.socket, "--name", name, "--json", *args)

    def tap(self, mode, *args, name="tap"):
        # A new name each time: the daemon would reconnect a known one as it was connected before.
        return self.start("jacktap", mode, "-N", f"{len(self.processes)}-{name}", *args)

    def connected(self, tap):
        """Waits until a tap has its connections."""
        until(lambda: "connected" in tap.text() or not tap.running(), f"{tap.name}'s connections")

    def pattern(self, sample_format, channels, frames, seed=0):
        """Frames of the pattern as a guest's memory holds them."""
        return self.run("pattern", "gen", "-f", sample_format, "-c", channels, "-n", frames, "-s", seed)

    def is_pattern(self, raw, sample_format, channels, frames, seed=0):
        """Whether `raw` is silence, this many frames of the pattern, silence; the verdict has jacktap's form."""
        path = self.path("raw")
        with open(path, "wb") as f:
            f.write(raw)
        return json.loads(self.run("pattern", "check", "-f", sample_format, "-c", channels, "-n",
                                   frames, "-s", seed, path, status=None))

    def wav(self, name, raw, sample_format, channels, silence=0):
        """Writes guest memory to a sound file, after this many silent frames; its path."""
        width = {"s16": 2, "s24": 3, "s32": 4, "float": 4}[sample_format]
        if sample_format == "s24":
            packed = bytearray(len(raw) // 4 * 3)
            for i in range(3):
                packed[i::3] = raw[i::4]
            raw = bytes(packed)
        raw = bytes(silence * channels * width) + raw
        frame = channels * width
        head = struct.pack("<HHIIHH", 3 if sample_format == "float" else 1, channels, self.rate,
                           self.rate * frame, frame, 8 * width)
        path = self.path(name)
        with open(path, "wb") as f:
            f.write(b"RIFF" + struct.pack("<I", 28 + 8 + len(raw)) + b"WAVEfmt " +
                    struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", len(raw)) + raw)
        return path


class Neighbour:
    """An honest guest that plays the pattern throughout, and an ear that must hear every frame of it.

    Its ring lasts longer than a busy machine can hold up a process.
    """

    RING, PERIOD = 65536, 2048

    def __init__(self, lab, seconds=120, name="good"):
        self.lab, self.name = lab, name
        self.silence, self.frames = SILENT_CYCLES * lab.period, int(seconds * lab.rate)
        wav = lab.wav(f"{name}.wav", lab.pattern("s16", 2, self.frames), "s16", 2, self.silence)
        self.tap = lab.tap("check", "-c", 2, "-f", "s16", "-m", self.frames + lab.rate, f"{name}:main_",
                           name=f"{name}-ear")
        self.guest = lab.guest("--play", wav, "--wait", "--buffer", self.RING, "--period", self.PERIOD,
                               name=name)
        lab.connected(self.tap)
        self.guest.signal(signal.SIGUSR1)
        # From here on, there is sound that can be spoiled.
        until(lambda: "hears" in self.tap.text() or not self.guest.running(), f"{name}'s first sound")

    def check(self):
        """Ends the guest; all that it played must be the pattern from its first frame on."""
        expect(self.guest.running(), f"{self.name} has ended: {self.guest.text()}")
        self.guest.end()
        self.tap.end()
        self.judge(self.RING + self.PERIOD)

    def play_out(self):
        """Waits until the guest has played everything, which must be heard whole."""
        expect(self.guest.wait() == 0, f"{self.name}: {self.guest.text()}")
        self.tap.wait()
        self.judge(0)

    def judge(self, unplayed):
        heard, stream = self.tap.json(), self.guest.json()["streams"][0]
        played = min(stream["frames"], self.silence + self.frames) - self.silence
        late = stream["xruns"] > 0
        print(f"  {self.name}: played {played} frames, heard {heard['frames']}, bad {heard['bad']}, "
              f"xruns {stream['xruns']}", flush=True)
        self.lab.expect_in_time(not late, f"{self.name} was late or held up: {stream}", late)
        expect(heard["ok"], f"{self.name}: {heard}")
        expect(heard["frames"] >= max(played - unplayed, 1), f"{self.name}: heard too little")


# --- running tests

def enter_private_shm():
    """Gives JACK a private /dev/shm, if we may mount: disturbs nobody and leaves nothing behind."""
    if os.environ.get("XENJACK_SIM_SHM"):
        return
    os.environ["XENJACK_SIM_SHM"] = "1"
    inner = ["sh", "-c", 'mount -t tmpfs -o size=512m xenjack /dev/shm; exec "$@"', "sh",
             sys.executable, *sys.argv]
    for unshare in (["unshare", "-m"], ["unshare", "-Urm"]):
        if subprocess.run([*unshare, "mount", "-t", "tmpfs", "xenjack", "/dev/shm"], check=False,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
            os.execvp("unshare", [*unshare, *inner])


def in_lab(test, build, name, long):
    with Lab(build, name, long) as lab:
        try:
            test(lab)
        except Failure as failure:
            # What guests played meanwhile is rightly lost.
            if "JACK hangs" in "".join(process.text() for process in lab.processes):
                raise Late(str(failure)) from failure
            raise


def main(*tests):
    long = "--long" in sys.argv
    args = [a for a in sys.argv[1:] if a != "--long"]
    if not args:
        sys.exit(f"usage: {sys.argv[0]} BUILD_DIR [--long] [test ...]")
    unknown = set(args[1:]) - {test.__name__ for test in tests}
    if unknown:
        sys.exit(f"no such test: {' '.join(sorted(unknown))}")
    enter_private_shm()
    # Ended by a signal, or left alone by the program that ran it, the test still stops what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    failed = 0
    for test in tests:
        name = test.__name__
        if args[1:] and name not in args[1:]:
            continue
        begin = time.monotonic()
        verdict = "ok"
        try:
            patiently(name, in_lab, test, os.path.abspath(args[0]), name.removeprefix("test_"), long)
        except Failure as failure:
            print(f"  {failure}")
            verdict, failed = "FAILED", failed + 1
        except Exception:  # pylint: disable=broad-except
            traceback.print_exc(file=sys.stdout)
            verdict, failed = "FAILED", failed + 1
        print(f"{verdict:7} {name} ({time.monotonic() - begin:.1f} s)", flush=True)
    sys.exit(1 if failed else 0)
