"""Holds a pseudo-terminal for an emulated display and is driven over stdio, one JSON object a line. Standard library only.

Commands on stdin:  {"do": "plug", "link": PATH or null}   open a pty; answers {"event": "plugged", "path": ..., "link": ...}
                    {"do": "unplug", "abrupt": BOOL}        take it away and remove the link; answers {"event": "unplugged"}
                    {"do": "unplugAfter", "bytes": N, "abrupt": BOOL}  the same by itself once exactly N more bytes came from the
                                                            host, none of the rest; then says {"event": "cut"}; answers {"event": "armed"}
                    {"do": "write", "hex": "..."}           bytes from the device to the host
                    {"do": "baud"}                          answers {"event": "baud", "baud": N}
Events on stdout:   {"event": "data", "hex": "...", "baud": N}, {"event": "error", "why": "..."}
Ends when stdin ends, so that it never outlives whoever started it.
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import tty

BAUD = {getattr(termios, name): int(name[1:]) for name in dir(termios) if name[:1] == "B" and name[1:].isdigit()}

TIOCVHANGUP = 0x5437
# Linux tells speeds beyond the list above (250000, 256000) here only: struct termios2, its two last words are the speeds.
TCGETS2 = 0x802C542A
TERMIOS2_BYTES = 44


def say(**event):
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


class Line:
    """One plugged pty: the master is the device, the slave is what the host opens."""

    def __init__(self, link):
        # Only a link to a pseudo-terminal may be replaced: one that another run left behind. Anything else is somebody's own.
        if link and os.path.lexists(link) and not (os.path.islink(link) and os.readlink(link).startswith(("/dev/pts/", "/dev/ttys"))):
            raise OSError(link + " is there already and is no link to a pseudo-terminal")
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        os.set_blocking(self.master, False)
        self.path = os.ttyname(self.slave)
        self.link = link
        self.waiting = b""
        # How many more bytes of the host come through, and how the line ends then.
        self.left = None
        self.abrupt = False
        if link:
            # In one step: what was left behind would name a foreign terminal meanwhile.
            beside = link + ".new"
            if os.path.lexists(beside):
                os.unlink(beside)
            os.symlink(self.path, beside)
            os.replace(beside, link)

    def baud(self):
        try:
            state = bytearray(TERMIOS2_BYTES)
            fcntl.ioctl(self.master, TCGETS2, state)
            return struct.unpack("=II", state[-8:])[1]
        except OSError:
            code = termios.tcgetattr(self.master)[5]
            return BAUD.get(code, code)

    def push(self):
        """Writes what the kernel takes; the rest waits for the next round, as on a line nobody reads."""
        while self.waiting:
            try:
                done = os.write(self.master, self.waiting[:4096])
            except BlockingIOError:
                return
            self.waiting = self.waiting[done:]

    def take(self):
        """Reads what the host wrote, no more than is still let through; says whether the line is to end now."""
        most = 65536 if self.left is None else min(self.left, 65536)
        try:
            data = os.read(self.master, most)
        except OSError:
            data = b""
        if data:
            say(event="data", hex=data.hex(), baud=self.baud())
        if self.left is not None:
            self.left -= len(data)
        return self.left == 0

    def close(self, abrupt):
        if self.link and os.path.islink(self.link) and os.readlink(self.link) == self.path:
            os.unlink(self.link)
        try:
            # What the kernel does for a pulled USB adapter. Merely closing the master wakes the host a moment before the
            # hang-up is complete, and serialport's reader can then miss it (it reads 0 bytes for ever). Needs root.
            if not abrupt:
                fcntl.ioctl(self.slave, TIOCVHANGUP)
        except OSError:
            pass
        os.close(self.slave)
        os.close(self.master)


def obey(command, line):
    """Carries out one command; returns the line as it is afterwards."""
    do = command.get("do")
    if do == "plug":
        if line:
            line.close(False)
        line = None
        try:
            line = Line(command.get("link"))
            say(event="plugged", path=line.path, link=line.link)
        except OSError as error:
            say(event="error", why=str(error))
    elif do == "unplug":
        if line:
            line.close(command.get("abrupt", False))
        line = None
        say(event="unplugged")
    elif do == "unplugAfter":
        if line:
            line.left, line.abrupt = command["bytes"], command.get("abrupt", False)
        say(event="armed")
    elif do == "write":
        if line:
            line.waiting += bytes.fromhex(command["hex"])
            line.push()
    elif do == "baud":
        say(event="baud", baud=line.baud() if line else 0)
    else:
        say(event="error", why="unknown command " + repr(do))
    return line


def main():
    line = None
    half = b""
    os.set_blocking(0, False)
    while True:
        reading = [0] + ([line.master] if line else [])
        writing = [line.master] if line and line.waiting else []
        ready, room, _ = select.select(reading, writing, [])
        if line and line.master in room:
            line.push()
        if line and line.master in ready and line.take():
            line.close(line.abrupt)
            line = None
            say(event="cut")
        if 0 in ready:
            chunk = os.read(0, 65536)
            if not chunk:
                break
            *whole, half = (half + chunk).split(b"\n")
            for text in whole:
                if text.strip():
                    line = obey(json.loads(text), line)
    if line:
        line.close(False)


main()
