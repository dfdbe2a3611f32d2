# SPDX-License-Identifier: GPL-2.0-or-later
"""What test_osc sends to each address, and what must come back. A case is (kind, address, types, values,
what). get, call: `what` tests the answer's values, or a list's rows; set: it tests what the address answers
afterwards, or is None; bad: it is the error number."""
import json

EPERM, ENOENT, E2BIG, EEXIST, EINVAL, ERANGE = 1, 2, 7, 17, 22, 34
STREAMS = ["daw.in", "daw.main", "idle.in", "idle.main", "synth.main"]     # idle's are not open


def get(address, good):
    return "get", address, "", (), good


def put(address, types, value, good=None):
    return "set", address, types, (value,), good


def call(address, types, *values, good):
    return "call", address, types, values, good


def bad(address, types="", *values, code):
    return "bad", address, types, values, code


def near(*wanted):
    return lambda values: len(values) == len(wanted) and all(
        abs(a - b) < 1e-3 if isinstance(b, float) else a == b for a, b in zip(values, wanted))


def rows(wanted):
    return lambda found: [row[0] for row in found] == wanted


def has(*wanted):
    return lambda found: list(wanted) in found


def describes(found):
    node = json.loads("".join(row[1] for row in found))
    return node["FULL_PATH"] == "/stream/daw.main/gain" and node["RANGE"] == [{"MIN": -193.0, "MAX": 10.0}]


def levels(values):
    return len(values) == 2 and all(-193 <= x <= 0.1 for x in values)


MAIN = "/stream/daw.main"
CASES = {
    "/ping": [bad("/ping[", code=EINVAL)],
    "/version": [call("/version", "", good=lambda v: v[0] == "xenjackd" and v[3] == 1),
                 bad("/version", "s", "x", code=EINVAL), bad("/version", "i", -2, code=EINVAL)],
    "/info": [get("/info", lambda v: v[0] == "1" and v[2] == "xenjackd"), bad("/info", "i", 1, code=EPERM)],
    "/status": [get("/status", lambda v: v[6] == 3 and v[8] >= 0), bad("/status", "i", 1, code=EPERM)],
    "/sync": [bad("/sync", code=EINVAL), bad("/sync", "s", "x", code=EINVAL), bad("/sync", "f", 1.5, code=EINVAL)],
    "/describe": [call("/describe", "s", MAIN + "/gain", good=describes), bad("/describe", "s", "/nowhere", code=ENOENT)],
    "/stream/list": [call("/stream/list", "", good=rows(STREAMS)), bad("/stream/list", "s", "x", code=EINVAL)],
    "/stream/<id>/info": [
        get(MAIN + "/info", lambda v: v[0] == "daw" and v[2:6] == ["main", "p", 2, 48000] and v[6:8] == ["s16_le", "daw"]),
        get("/stream/daw.in/info", lambda v: v[2:5] == ["in", "c", 2]),
        bad(MAIN + "/info", "i", 1, code=EPERM), bad("/stream/nobody.main/info", code=ENOENT)],
    "/stream/<id>/gain": [
        put(MAIN + "/gain", "f", -6.0, near(-6.0)), put(MAIN + "/gain", "i", 3, near(3.0)),
        put("/stream/daw.{main,in}/gain", "d", 1.0), get(MAIN + "/gain", near(1.0)),
        put("/stream/[!s]*/gain", "h", 0), get(MAIN + "/gain", near(0.0)), get("/stream/daw.in/gain", near(0.0)),
        bad(MAIN + "/gain", "f", 10.5, code=ERANGE), bad(MAIN + "/gain", "s", "loud", code=EINVAL),
        bad("/stream/a*b*c*d*e*f*g*h*i*/gain", "f", 0.0, code=E2BIG)],
    "/stream/<id>/fader": [
        put(MAIN + "/fader", "f", 0.5, near(0.5)), get(MAIN + "/gain", near(-10.0)),
        put(MAIN + "/fader", "f", 0.75, near(0.75)), bad(MAIN + "/fader", "f", 1.01, code=ERANGE)],
    "/stream/<id>/gain/<channel>": [
        put(MAIN + "/gain/2", "f", -3.0, near(-3.0)), get(MAIN + "/gain/1", near(0.0)),
        put(MAIN + "/gain/?", "f", 0.0), get(MAIN + "/gain/2", near(0.0)),
        bad(MAIN + "/gain/3", "f", 0.0, code=ENOENT), bad(MAIN + "/gain/1", "f", -194.0, code=ERANGE)],
    "/stream/<id>/db_delta": [
        put(MAIN + "/db_delta", "f", -2.5), get(MAIN + "/gain", near(-2.5)),
        put(MAIN + "/db_delta", "f", 2.5), get(MAIN + "/gain", near(0.0)),
        bad(MAIN + "/db_delta", "f", 204.0, code=ERANGE), bad(MAIN + "/db_delta", code=EINVAL)],
    "/stream/<id>/mute": [
        put(MAIN + "/mute", "i", 1, near(1)), put(MAIN + "/mute", "F", False, near(0)),
        put(MAIN + "/mute", "T", True, near(1)), put(MAIN + "/mute", "f", 0.0, near(0)),
        bad(MAIN + "/mute", "i", 2, code=ERANGE)],
    "/stream/<id>/solo": [put(MAIN + "/solo", "i", 1, near(1)), bad(MAIN + "/solo", "s", "x", code=EINVAL)],
    "/solo/clear": [call("/solo/clear", "i", 0, good=near(0)), get(MAIN + "/solo", near(1)),
                    call("/solo/clear", "i", 1, good=near(1)), get(MAIN + "/solo", near(0)),
                    bad("/solo/clear", "i", 2, code=ERANGE)],
    "/stream/<id>/guest_volume": [get(MAIN + "/guest_volume", near(0.0, 0.0)),
                                  bad(MAIN + "/guest_volume", "f", 0.0, code=EPERM)],
    "/stream/<id>/guest_mute": [get(MAIN + "/guest_mute", near(0, 0)), bad(MAIN + "/guest_mute", "i", 0, code=EPERM)],
    "/stream/<id>/meter": [get(MAIN + "/meter", levels), bad(MAIN + "/meter", "f", 0.0, code=EPERM)],
    "/stream/<id>/rms": [get(MAIN + "/rms", levels), bad(MAIN + "/rms", "f", 0.0, code=EPERM)],
    "/stream/<id>/fill": [get(MAIN + "/fill", lambda v: 0 <= v[0] <= v[1] == 65536), bad(MAIN + "/fill", "i", 0, code=EPERM)],
    "/stream/<id>/latency": [get(MAIN + "/latency", lambda v: v[0] == 65536 and 0 <= v[2] <= v[3] and v[4] > 0),
                             bad(MAIN + "/latency", "i", 0, code=EPERM)],
    "/stream/<id>/stats": [get(MAIN + "/stats", lambda v: v[0] > 0), bad(MAIN + "/stats", "i", 0, code=EPERM)],
    "/stats/reset": [call("/stats/reset", "s", "synth.main", good=near(1)), call("/stats/reset", "", good=near(len(STREAMS))),
                     bad("/stats/reset", "s", "nobody.main", code=ENOENT), bad("/stats/reset", "i", -1, code=EINVAL),
                     bad("/stats/reset", "f", 1.0, code=EINVAL)],
    "/subscribe": [call("/subscribe", "siii", "params,echo", 5, 0, 0, good=lambda v: v[0] == "params,echo" and v[2] == ""),
                   bad("/subscribe", "siii", "params", 5, 0, 65536, code=ERANGE), bad("/subscribe", "s", "weather", code=EINVAL), bad("/subscribe", code=EINVAL),
                   bad("/subscribe", "si", "params", 1, code=ERANGE)],
    "/clients": [call("/clients", "", good=lambda r: any("params" in row[2] for row in r)), bad("/clients", "s", "x", code=EINVAL)],
    "/refresh": [call("/refresh", "", good=lambda v: v[0] == 6 * len(STREAMS) + 3 * 3), bad("/refresh", "s", "x", code=EINVAL)],
    "/stream/<id>/kick": [call("/stream/idle.main/kick", "i", 1, good=near(0)),
                          call(MAIN + "/kick", "i", 0, good=near(0)), bad("/stream/*/kick", code=ENOENT),
                          bad("/stream/nobody.main/kick", code=ENOENT), bad(MAIN + "/kick", "s", "x", code=EINVAL)],
    "/subscribe/meters": [call("/subscribe/meters", "siiii", "nobody", 1000, 5, 0, 0, good=lambda v: v[:2] == ["nobody", 1000]),
                          bad("/subscribe/meters", "si", "*", 19, code=ERANGE), bad("/subscribe/meters", "s", "[", code=EINVAL)],
    "/unsubscribe": [call("/unsubscribe", "s", "params,meters,echo", good=near("params,meters,echo")),
                     bad("/unsubscribe", "s", "weather", code=EINVAL)],
    "/xremote": [bad("/xremote", "s", "x", code=EINVAL)],
}

CASES.update({
    "/guest/list": [call("/guest/list", "", good=lambda r: r == [["daw", 2, 0, 0], ["idle", 2, 0, 0], ["synth", 1, 0, 0]]),
                    bad("/guest/list", "s", "x", code=EINVAL)],
    "/guest/<name>/gain": [
        put("/guest/daw/gain", "f", -40.0, near(-40.0)), get(MAIN + "/gain", near(0.0)),
        put("/guest/{daw,idle}/gain", "i", 0), get("/guest/daw/gain", near(0.0)),
        bad("/guest/daw/gain", "f", 10.5, code=ERANGE), bad("/guest/nobody/gain", "f", 0.0, code=ENOENT)],
    "/guest/<name>/fader": [
        put("/guest/daw/fader", "f", 0.5, near(0.5)), get("/guest/daw/gain", near(-10.0)),
        put("/guest/daw/fader", "f", 0.75, near(0.75)), bad("/guest/daw/fader", "f", 1.01, code=ERANGE)],
    "/guest/<name>/db_delta": [
        put("/guest/daw/db_delta", "f", -2.5), get("/guest/daw/gain", near(-2.5)),
        put("/guest/daw/db_delta", "f", 2.5), get("/guest/daw/gain", near(0.0)),
        bad("/guest/daw/db_delta", code=EINVAL)],
    "/guest/<name>/mute": [
        put("/guest/daw/mute", "i", 1, near(1)), get(MAIN + "/mute", near(0)), bad("/guest/d%61w/mute", "i", 0, code=ENOENT),
        get("/guest/daw/mute", near(1)), put("/guest/*/mute", "i", 0), get("/guest/daw/mute", near(0)),
        bad("/guest/daw/mute", "i", 2, code=ERANGE)],
})

# What JACK carries out, and what is stored.
CASES.update({
    "/stream/<id>/ports": [call(MAIN + "/ports", "", good=rows(["daw:main_1", "daw:main_2"])),
                           bad("/stream/x.main/ports", code=ENOENT), bad(MAIN + "/ports", "s", "x", code=EINVAL)],
    "/port/list": [call("/port/list", "ss", "daw*", "in", good=rows(["daw-in:in_1", "daw-in:in_2"])),
                   call("/port/list", "ss", "system:capture_*", "out", good=lambda r: len(r) == 2 and r[0][3] == 1),
                   bad("/port/list", "sss", "*", "in", "x", code=EINVAL)],
    "/connect": [call("/connect", "ss", "synth.main_1", "daw.in_2", good=near("synth.main_1", "daw.in_2")),
                 bad("/connect", "ss", "synth.main_1", "daw.in_2", code=EEXIST),
                 call("/connect", "ss", "system:capture_1", "daw-in:in_1", good=near("system:capture_1", "daw-in:in_1")),
                 bad("/connect", "ss", "nobody.main_1", "daw.in_2", code=ENOENT), bad("/connect", "s", "x", code=EINVAL)],
    "/port/connections": [call("/port/connections", "s", "synth:main_1", good=has("synth:main_1", "daw-in:in_2")),
                          bad("/port/connections", "s", "nobody:x", code=ENOENT)],
    "/disconnect": [call("/disconnect", "ss", "synth.main_1", "daw.in_2", good=near("synth.main_1", "daw.in_2")),
                    bad("/disconnect", "ss", "synth.main_1", "daw.in_2", code=ENOENT),
                    bad("/disconnect", "ss", "daw.main_1", "nobody:x", code=ENOENT)],
    "/patch/store": [call("/patch/store", "s", "evening", good=near("evening", 1)),
                     bad("/patch/store", "s", "a/b", code=EINVAL)],
    "/disconnect/all": [call("/disconnect/all", "s", "daw.in", good=near("daw.in", 1)),
                        bad("/disconnect/all", "s", "nobody:x", code=ENOENT)],
    "/patch/list": [call("/patch/list", "", good=has("evening", 1)), bad("/patch/list", "s", "x", code=EINVAL)],
    "/patch/recall": [call("/patch/recall", "s", "evening", good=near("evening", 1)),
                      call("/port/connections", "s", "daw-in:in_1", good=has("system:capture_1", "daw-in:in_1")),
                      call("/disconnect/all", "s", "daw-in:in_1", good=near("daw-in:in_1", 1)),
                      bad("/patch/recall", "s", "morning", code=ENOENT)],
    "/patch/delete": [call("/patch/delete", "s", "evening", good=near("evening")),
                      bad("/patch/delete", "s", "evening", code=ENOENT)],
    "/patch/auto": [put("/patch/auto", "i", 0, near(0)), put("/patch/auto", "i", 1, near(1)),
                    bad("/patch/auto", "i", 2, code=ERANGE)],
    "/state/save": [call("/state/save", "", good=near(1)), call("/state/save", "s", "show", good=near(1)),
                    bad("/state/save", "s", "a/b", code=EINVAL)],
    "/state/load": [call("/state/load", "", good=near(1)), put(MAIN + "/gain", "f", -9.0),
                    call("/connect", "ss", "synth.main_1", "daw.in_2", good=near("synth.main_1", "daw.in_2")),
                    call("/state/load", "s", "show", good=near(1)), get(MAIN + "/gain", near(0.0)),
                    bad("/disconnect", "ss", "synth.main_1", "daw.in_2", code=ENOENT),
                    bad("/state/load", "s", "nothing", code=ENOENT)],
    "/jack/xruns": [get("/jack/xruns", lambda v: v[0] >= 0), bad("/jack/xruns", "i", 0, code=EPERM)],
    "/jack/latency": [call("/jack/latency", "s", "system:playback_1", good=lambda v: v[0] == "system:playback_1"),
                      bad("/jack/latency", "s", "nobody:x", code=ENOENT)],
})
