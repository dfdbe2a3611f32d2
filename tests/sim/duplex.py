# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest whose sound is compared bit for bit in both directions."""
import signal

import harness
import ramps
from harness import GUEST_FORMATS, expect, until

FRAMES = 12000


class Duplex:
    """A guest that plays the pattern, and records the pattern that jacktap plays to it."""

    def __init__(self, lab, name, sample_format, channels, shape, seed):
        self.lab, self.name, self.format, self.channels, self.seed = lab, name, sample_format, channels, seed
        ring, period = shape
        # The recording begins with this much silence, and ends with as much or more.
        margin = lab.rate
        self.title = f"{sample_format} x{channels}, ring {ring}, period {period}"
        common = ("-c", channels, "-f", sample_format, "-n", FRAMES)
        wav = lab.wav(f"{name}.wav", lab.pattern(sample_format, channels, FRAMES, seed), sample_format,
                      channels, silence=harness.SILENT_CYCLES * lab.period)
        self.recorded = lab.path(f"{name}-rec.wav")
        self.ear = lab.tap("check", *common, "-s", seed, "-i", lab.rate // 8, f"{name}:main_",
                           name=f"{name}-ear")
        self.mouth = lab.tap("play", "-g", *common, "-s", seed + 1, "-d", margin, f"{name}-in:in_",
                             name=f"{name}-mouth")
        # It starts after a whole number of periods, and then waits for JACK in poll, which is patient.
        self.guest = lab.guest("--play", wav, "--record", self.recorded, "--wait", "--frames",
                               3 * margin + FRAMES, "--format",
                               GUEST_FORMATS[sample_format], "--channels", channels, "--rate",
                               lab.rate, "--buffer", ring, "--period", period, "--start-threshold",
                               ring - ring % period, name=name)

    def sound(self, daemon):
        """Makes it play and record, and then has jacktap play to it."""
        self.lab.connected(self.ear)
        self.lab.connected(self.mouth)
        self.guest.signal(signal.SIGUSR1)
        until(lambda: f"{self.name}.in: open" in daemon.text(), f"{self.name}'s recording")
        self.mouth.signal(signal.SIGUSR1)

    def check(self):
        status = self.guest.wait()
        report = self.guest.json()
        heard = (self.ear.wait(), self.ear.json())[1]
        expect(self.mouth.wait() == 0, "jacktap did not play")
        taken = self.lab.is_pattern(ramps.read_wav(self.recorded), self.format, self.channels, FRAMES,
                                    self.seed + 1)
        xruns = [stream["xruns"] for stream in report["streams"]]
        print(f"  {self.title}: played {heard['frames']}, bad {heard['bad']}, recorded "
              f"{taken['frames']}, bad {taken['bad']}, guest's xruns {xruns}", flush=True)
        late = xruns != [0, 0]
        self.lab.expect_in_time(status == 0 and not late, f"{self.title}: the guest failed or was late",
                                late)
        expect(heard["ok"] and heard["frames"] == FRAMES, f"{self.title}: playback: {heard}")
        expect(taken["ok"] and taken["frames"] == FRAMES, f"{self.title}: capture: {taken}")
        for stream in report["streams"]:
            expect(stream["went_back"] == stream["events_lost"] == stream["events_beyond"] ==
                   stream["still_mapped"] == 0, f"{self.title}: {stream}")
