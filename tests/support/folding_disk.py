"""A pass-through file system that reads names as vfat, NTFS, CIFS and ext4 with casefold do.

It ignores case, code points that are not seen, and dots and spaces at the end of a name, and it
knows a short name (8.3) for every name that is none. Listings show names as they are stored.

    python3 folding_disk.py SOURCE MOUNTPOINT [stable]

With `stable` every spelling of a name has the inode of its object, as on a disk; without, each has
its own, as on many file systems of FUSE.
"""

import os
import re
import subprocess
import sys
import threading
import time
import unicodedata

from fusepy import FUSE, FuseOSError, Operations

IGNORABLE = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
SHORT = re.compile(r"[A-Z0-9_-]{1,8}(\.[A-Z0-9_-]{1,3})?")
STAT = "st_mode st_nlink st_size st_uid st_gid st_atime st_mtime st_ctime st_ino".split()


def fold(name):
    """Two names with the same result are one name."""
    seen = IGNORABLE.sub("", unicodedata.normalize("NFC", name)).rstrip(". ")
    return unicodedata.normalize("NFC", seen.casefold())


def short_names(names):
    """The short name of each name that is longer than 8.3, or has signs that no short name has."""
    taken = {}
    for name in sorted(names):
        if SHORT.fullmatch(name.upper()):
            continue
        stem, dot, extension = name.lstrip(".").rpartition(".")
        if not dot:
            stem, extension = extension, ""
        base = re.sub(r"[^A-Z0-9_-]", "", stem.upper())[:6]
        end = re.sub(r"[^A-Z0-9_-]", "", extension.upper())[:3]
        number = 1
        short = f"{base}~{number}" + (f".{end}" if end else "")
        while fold(short) in taken:
            number += 1
            short = f"{base}~{number}" + (f".{end}" if end else "")
        taken[fold(short)] = name
    return taken


class Folding(Operations):
    def __init__(self, source):
        self.source = source

    def real(self, path):
        """Where an object is stored, by whatever spelling."""
        at = self.source
        for name in path.split("/"):
            if name == "":
                continue
            try:
                names = os.listdir(at)
            except OSError as error:
                raise FuseOSError(error.errno)
            by_fold = {**short_names(names), **{fold(one): one for one in names}}
            at = os.path.join(at, name if name in names else by_fold.get(fold(name), name))
        return at

    def getattr(self, path, fh=None):
        try:
            found = os.lstat(self.real(path))
        except OSError as error:
            raise FuseOSError(error.errno)
        return {key: getattr(found, key) for key in STAT}

    def readdir(self, path, fh):
        return [".", "..", *os.listdir(self.real(path))]

    def readlink(self, path):
        return os.readlink(self.real(path))

    def open(self, path, flags):
        return os.open(self.real(path), flags)

    def read(self, path, size, offset, fh):
        return os.pread(fh, size, offset)

    def release(self, path, fh):
        os.close(fh)

    def statfs(self, path):
        found = os.statvfs(self.source)
        return {key: getattr(found, key) for key in ("f_bsize", "f_blocks", "f_bavail", "f_namemax")}


def unmount_after(parent, mountpoint):
    """A test that is killed unmounts nothing."""
    while os.getppid() == parent:
        time.sleep(0.5)
    subprocess.run(["fusermount3", "-u", "-z", mountpoint], check=False)


if __name__ == "__main__":
    source, mountpoint, *words = sys.argv[1:]
    watch = (os.getppid(), mountpoint)
    threading.Thread(target=unmount_after, args=watch, daemon=True).start()
    # Scripts run as nobody.
    FUSE(
        Folding(source),
        mountpoint,
        foreground=True,
        nothreads=True,
        ro=True,
        allow_other=os.geteuid() == 0,
        use_ino="stable" in words,
    )
