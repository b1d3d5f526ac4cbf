"""Stands in for the notify socket of systemd (sd_notify(3)): notify_socket.py PATH|@NAME

Prints each message as a line of JSON, with the time of the monotonic clock in microseconds. It closes
the descriptors that come along, as systemd does: `systemd-notify` waits for that.
"""

import array
import json
import os
import socket
import sys
import time

name = sys.argv[1]
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind("\0" + name[1:] if name.startswith("@") else name)
print(json.dumps({"lines": [], "time": 0}), flush=True)
while True:
    data, ancillary, _, _ = receiver.recvmsg(65536, 256)
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            for descriptor in array.array("i", content[: len(content) // 4 * 4]):
                os.close(descriptor)
    lines = data.decode().split("\n")
    if lines != ["BARRIER=1"]:
        message = {"lines": lines, "time": time.monotonic_ns() // 1000}
        print(json.dumps(message), flush=True)
