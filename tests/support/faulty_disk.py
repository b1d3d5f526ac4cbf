"""A pass-through file system with one fault: python3 faulty_disk.py SOURCE MOUNTPOINT FAULT.

links    it has no hard links, as vfat, exFAT and some file systems of networks
write    beyond 1 MiB it cannot be written to (EIO)
quota    beyond 1 MiB the quota is used up (EDQUOT)
fsync    what was written cannot be flushed (EIO)
"""

import errno
import os
import sys

from fusepy import FUSE, FuseOSError, Operations

NAMES = "atime ctime gid mode mtime nlink size uid ino".split()
MOST = 1_048_576


class FaultyDisk(Operations):
    def __init__(self, source, fault):
        self.source, self.fault = source, fault

    def __call__(self, operation, path, *rest):
        try:
            return super().__call__(operation, self.source + path, *rest)
        except OSError as error:
            raise FuseOSError(error.errno)

    def fail(self, fault, number):
        if self.fault == fault:
            raise FuseOSError(number)

    def getattr(self, path, fh=None):
        stat = os.lstat(path)
        return {f"st_{name}": getattr(stat, f"st_{name}") for name in NAMES}

    def readdir(self, path, fh):
        return [".", "..", *os.listdir(path)]

    def create(self, path, mode, fi=None):
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)

    def open(self, path, flags):
        return os.open(path, flags)

    def read(self, path, size, offset, fh):
        return os.pread(fh, size, offset)

    def write(self, path, data, offset, fh):
        if offset + len(data) > MOST:
            self.fail("write", errno.EIO)
            self.fail("quota", errno.EDQUOT)
        return os.pwrite(fh, data, offset)

    def fsync(self, path, datasync, fh):
        self.fail("fsync", errno.EIO)
        os.fsync(fh)

    def release(self, path, fh):
        os.close(fh)

    def truncate(self, path, length, fh=None):
        os.truncate(path, length)

    def chmod(self, path, mode):
        os.chmod(path, mode)

    def unlink(self, path):
        os.unlink(path)

    def mkdir(self, path, mode):
        os.mkdir(path, mode)

    def rmdir(self, path):
        os.rmdir(path)

    def rename(self, old, new):
        os.rename(old, self.source + new)

    def link(self, target, source):
        # fusepy gives the new name first.
        self.fail("links", errno.EPERM)
        os.link(self.source + source, target)


source, mount, fault = sys.argv[1:]
FUSE(FaultyDisk(source, fault), mount, foreground=True)
