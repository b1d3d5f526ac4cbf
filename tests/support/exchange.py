"""Exchanges two names, again and again: python3 exchange.py NAME OTHER SECONDS.

In the end NAME is what it was. Prints how often it was exchanged.
"""

import ctypes
import os
import random
import sys
import time

AT_FDCWD = -100
RENAME_EXCHANGE = 2

name, other, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
library = ctypes.CDLL(None, use_errno=True)
paths = (name.encode(), other.encode())


def exchange():
    if library.renameat2(AT_FDCWD, paths[0], AT_FDCWD, paths[1], RENAME_EXCHANGE) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def pause():
    """As fast as can be, for some microseconds, or long enough to be found there."""
    until = time.perf_counter() + random.choice((0, 0, 2e-5, 1e-4, 1e-3)) * random.random()
    while time.perf_counter() < until:
        pass


end = time.monotonic() + seconds
count = 0
while time.monotonic() < end:
    exchange()
    pause()
    exchange()
    pause()
    count += 2
print(count)
