# SPDX-License-Identifier: GPL-2.0-or-later
"""OSC for tests: packets and transports, written without the daemon's code or a library's.

A message is (address, types, values). A Way carries packets to the daemon and back: `send`, and
`receive`, which returns None when nothing has arrived within a time. There are Ways for UDP, TCP with either
framing, and the Unix socket.
"""
import socket
import struct
import time

import harness

FORMS = {"i": ">i", "f": ">f", "h": ">q", "d": ">d", "t": ">Q", "c": ">I", "r": ">I", "m": ">I"}
END, ESC, ESC_END, ESC_ESC = 0xC0, 0xDB, 0xDC, 0xDD


# --- packets

def text(value):
    raw = value.encode() + b"\0"
    return raw + bytes(-len(raw) % 4)


def encode(address, types="", *values):
    packet, rest = text(address) + text("," + types), iter(values)
    for kind in types:
        if kind in "sS":
            packet += text(next(rest))
        elif kind not in "TFNI":
            packet += struct.pack(FORMS[kind], next(rest))
    return packet


def bundle(*packets):
    return b"#bundle\0" + struct.pack(">Q", 1) + b"".join(struct.pack(">I", len(p)) + p for p in packets)


def take_text(packet, place):
    end = packet.index(0, place)
    return packet[place:end].decode(), end + 4 - end % 4


def decode(packet):
    """All messages of a packet."""
    if packet.startswith(b"#bundle\0"):
        messages, place = [], 16
        while place < len(packet):
            size, = struct.unpack_from(">I", packet, place)
            messages += decode(packet[place + 4:place + 4 + size])
            place += 4 + size
        return messages
    address, place = take_text(packet, 0)
    types, place = take_text(packet, place)
    values = []
    for kind in types[1:]:
        if kind in "sS":
            value, place = take_text(packet, place)
        elif kind == "b":
            size, = struct.unpack_from(">I", packet, place)
            value = packet[place + 4:place + 4 + size]
            place += 4 + size + -size % 4
        elif kind in "TFNI":
            value = {"T": True, "F": False}.get(kind)
        else:
            form = FORMS[kind]
            value, = struct.unpack_from(form, packet, place)
            place += struct.calcsize(form)
        values.append(value)
    harness.expect(place == len(packet), f"a packet with trailing bytes: {packet}")
    return [(address, types[1:], values)]


# --- transports

class Udp:
    def __init__(self, port, host="127.0.0.1", source=None):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind((source or host, 0))
        self.socket.connect((host, port))

    def send(self, packet):
        self.socket.send(packet)

    def receive(self, timeout):
        self.socket.settimeout(timeout)
        try:
            return self.socket.recv(65536)
        except (TimeoutError, BlockingIOError):
            return None

    def close(self):
        self.socket.close()


class Unix(Udp):
    def __init__(self, path):  # pylint: disable=super-init-not-called
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(path)


def slip(packet):
    escaped = bytearray([END])
    for byte in packet:
        escaped += {END: bytes([ESC, ESC_END]), ESC: bytes([ESC, ESC_ESC])}.get(byte, bytes([byte]))
    return bytes(escaped) + bytes([END])


def unslip(raw):
    return raw.replace(bytes([ESC, ESC_END]), bytes([END])).replace(bytes([ESC, ESC_ESC]), bytes([ESC]))


class Tcp:
    def __init__(self, port, framing, host="127.0.0.1"):
        self.framing, self.data = framing, b""
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, packet):
        self.socket.sendall(slip(packet) if self.framing == "slip" else
                            struct.pack(">I", len(packet)) + packet)

    def take(self):
        """The next complete packet that has arrived, or None."""
        if self.framing == "slip":
            while bytes([END]) in self.data:
                raw, self.data = self.data.split(bytes([END]), 1)
                if raw:
                    return unslip(raw)
        elif len(self.data) >= 4:
            size, = struct.unpack_from(">I", self.data)
            if len(self.data) >= 4 + size:
                packet, self.data = self.data[4:4 + size], self.data[4 + size:]
                return packet
        return None

    def receive(self, timeout):
        end = time.monotonic() + timeout
        while (packet := self.take()) is None:
            self.socket.settimeout(max(end - time.monotonic(), 0.001))
            try:
                more = self.socket.recv(65536)
            except TimeoutError:
                return None
            if not more:
                raise ConnectionError("the daemon closed the connection")
            self.data += more
        return packet

    def close(self):
        self.socket.close()


def ways(port, path):
    """A constructor for each Way."""
    return {"udp4": lambda: Udp(port), "udp6": lambda: Udp(port, "::1"),
            "tcp": lambda: Tcp(port, "length"), "slip": lambda: Tcp(port, "slip"),
            "unix": lambda: Unix(path)}


# --- clients

class Client:
    """Sends messages and waits for answers; a third-party client overrides put, get and close."""

    def __init__(self, way):
        self.way, self.came, self.number = way, [], 0

    def put(self, address, types="", *values):
        self.way.send(encode(address, types, *values))

    def get(self, timeout):
        """The next message, or None."""
        if not self.came:
            packet = self.way.receive(timeout)
            self.came = decode(packet) if packet else []
        return self.came.pop(0) if self.came else None

    def close(self):
        self.way.close()

    def until(self, wanted, what, timeout=harness.PATIENCE_S):
        """All messages up to and including the wanted one."""
        end, seen = time.monotonic() + timeout, []
        while not seen or not wanted(seen[-1]):
            left = end - time.monotonic()
            message = self.get(max(left, 0.001))
            harness.expect(message or left > 0, f"{what}: timed out after {timeout} s, last {seen[-3:]}")
            seen += [message] if message else []
        return seen

    def settle(self):
        """Waits until the daemon has handled all that was sent; the messages received meanwhile."""
        self.number += 1
        self.put("/sync", "i", self.number)
        return self.until(lambda m: m[0] == "/synced" and m[2] == [self.number], "/synced")[:-1]

    def answer(self, address, types="", *values, of=None):
        """Sends a message; its answers, up to a list's end. `of` is their address, if it is another."""
        of = of or address
        self.put(address, types, *values)

        def last(message):
            path, _, what = message
            return path == of or path in ("/reply", "/error") and what[0] == address \
                and what[1:2] != ["item"]
        return [m for m in self.until(last, f"the answer to {address}") if m[0] == of or
                m[0] in ("/reply", "/error") and m[2][0] == address]
