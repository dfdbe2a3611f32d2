# SPDX-License-Identifier: GPL-2.0-or-later
"""Steady levels in a recording, and the ramps between them: a click would be too large a step."""
from harness import expect

RAMP = 768       # frames, docs/requests.md
STEADY = 2000    # frames that count as a level


def amplitude(db):
    return 10 ** (db / 20)


def levels(samples):
    """The steady levels in order, and the number of frames between each two of them."""
    found, gaps, end, place = [], [], 0, 0
    while place < len(samples):
        last = place
        while last + 1 < len(samples) and samples[last + 1] == samples[place]:
            last += 1
        if last - place >= STEADY:
            if found:
                gaps.append(place - end - 1)
            found.append(samples[place])
            end = last
        place = last + 1
    return found, gaps


def sounding(frames):
    """Places of the first and the last frame that are not silent."""
    places = [i for i, frame in enumerate(frames) if any(frame)]
    expect(places, "nothing was heard")
    return places[0], places[-1]


def judge(name, frames, wanted, resolution):
    """Judges two channels, from the first to the last frame that is not silent."""
    first, last = sounding(frames)
    judge_all(name, frames[first:last + 1], wanted, resolution)


def judge_all(name, frames, wanted, resolution):
    """Judges all frames, including silence at either end."""
    for channel, expected in enumerate(wanted):
        samples = [frame[channel] for frame in frames]
        found, gaps = levels(samples)
        step = max(abs(b - a) for a, b in zip(samples, samples[1:]))
        widest = max(abs(b - a) for a, b in zip(expected, expected[1:]))
        print(f"  {name} {channel + 1}: levels {[round(x, 4) for x in found]}, frames between {gaps}, "
              f"largest step {step:.6f}, a ramp's {widest / RAMP:.6f}", flush=True)
        expect(len(found) == len(expected) and
               all(abs(a - b) <= resolution for a, b in zip(found, expected)),
               f"{name} {channel + 1}: the levels are not {expected}")
        expect(gaps == [RAMP - 1] * (len(expected) - 1), f"{name} {channel + 1}: wrong lengths of ramps")
        expect(step <= widest / RAMP * 1.01 + 2 * resolution, f"{name} {channel + 1}: a click")
