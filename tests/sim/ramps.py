# SPDX-License-Identifier: GPL-2.0-or-later
"""Recordings, and ramps in them: every frame carries its number, so that a lost, repeated or altered one
is found."""
import struct


def read_wav(path):
    """A sound file's samples as a guest's memory holds them."""
    with open(path, "rb") as f:
        data = f.read()
    place, width = 12, 0
    while place + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, place)
        if kind == b"fmt ":
            width = struct.unpack_from("<H", data, place + 22)[0] // 8
        elif kind == b"data":
            break
        place += 8 + size + size % 2
    raw = data[place + 8:place + 8 + size]
    if width != 3:
        return raw
    wide = bytearray(len(raw) // 3 * 4)
    for i in range(3):
        wide[i::4] = raw[i::3]
    return bytes(wide)


class Heard:
    """What was heard of a ramp: runs of consecutive frames.

    Built from a list of the frames' numbers: 0 is silence, the ramp counts from 1.
    """

    def __init__(self, counters):
        self.runs = []     # (place, first number, frames)
        self.jumps = 0     # runs that follow another without silence between them
        place = 0
        while place < len(counters):
            if counters[place] == 0:
                place += 1
                continue
            first, start = counters[place], place
            while place < len(counters) and counters[place] == first + place - start:
                place += 1
            if self.runs and self.runs[-1][0] + self.runs[-1][2] == start:
                self.jumps += 1
            self.runs.append((start, first, place - start))

    def lost(self):
        """Frames between runs that were never heard."""
        return sum(max(0, b[1] - a[1] - a[2]) for a, b in zip(self.runs, self.runs[1:]))

    def again(self):
        """Runs that do not begin after the end of the one before: stale frames, or altered ones."""
        return sum(b[1] < a[1] + a[2] for a, b in zip(self.runs, self.runs[1:]))

    def silences(self):
        return [b[0] - a[0] - a[2] for a, b in zip(self.runs, self.runs[1:])]

    def __str__(self):
        return " ".join(f"{first}+{count}@{place}" for place, first, count in self.runs[:40])


def ramp_of_floats(path, channels, scale=8388608, step=4099):
    """The frame numbers of a ramp in a recording of ports; 0 is silence, negative is no frame of a ramp."""
    with open(path, "rb") as f:
        data = memoryview(f.read()).cast("f")
    return ramp_numbers([int(x) if (x := v * scale) == int(x) else -1 << 30 for v in data], channels,
                        step)


def ramp_of_words(raw, channels):
    """The frame numbers of a ramp in a guest's s32_le memory."""
    return ramp_numbers([v >> 8 for v in memoryview(raw).cast("i")], channels, 4099)


def ramp_numbers(samples, channels, step):
    numbers = samples[::channels]
    for c in range(1, channels):
        for i, value in enumerate(samples[c::channels]):
            if value != numbers[i] + step * c and (value or numbers[i]):
                numbers[i] = -1 - i
    return numbers
