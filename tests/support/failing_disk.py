"""A disk that shows a directory, and fails (EIO) to read files named bad* from an offset on."""

import errno
import os
import sys

from fusepy import FUSE, FuseOSError, Operations

NAMES = "atime ctime gid mode mtime nlink size uid ino".split()


class FailingDisk(Operations):
    def __init__(self, source, offset):
        self.source, self.offset = source, offset

    def getattr(self, path, fh=None):
        try:
            stat = os.lstat(self.source + path)
        except OSError as error:
            raise FuseOSError(error.errno)
        return {f"st_{name}": getattr(stat, f"st_{name}") for name in NAMES}

    def readdir(self, path, fh):
        return [".", "..", *os.listdir(self.source + path)]

    def open(self, path, flags):
        return os.open(self.source + path, os.O_RDONLY)

    def read(self, path, size, offset, fh):
        if path.startswith("/bad") and offset + size > self.offset:
            raise FuseOSError(errno.EIO)
        return os.pread(fh, size, offset)

    def release(self, path, fh):
        os.close(fh)


source, mount, offset = sys.argv[1:]
FUSE(FailingDisk(source, int(offset)), mount, foreground=True, ro=True)
