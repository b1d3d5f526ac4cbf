"""Runs a program under the SystemCallFilter= of a unit, as systemd would: system_call_filter.py UNIT PROGRAM …

Needs python3-seccomp, and systemd-analyze for what the names of the sets mean.
"""

import ctypes
import errno
import os
import subprocess
import sys

import seccomp

PR_SET_NO_NEW_PRIVS = 38


def read_sets():
    """The sets of system calls by name."""
    command = ["systemd-analyze", "syscall-filter", "--no-pager"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    sets, current = {}, None
    for line in text.splitlines():
        word = line.strip()
        if line.startswith("@"):
            current = sets[word] = []
        elif line.startswith("#"):
            current = None
        elif current is not None and word and not word.startswith("#"):
            current.append(word)
    return sets


def expand(word, sets):
    if not word.startswith("@"):
        return {word}
    return set().union(*(expand(each, sets) for each in sets[word]))


def read_allowed(unit):
    """The first line is a list of what is allowed, to which systemd adds @default."""
    sets = read_sets()
    allowed = expand("@default", sets)
    for line in open(unit, encoding="utf-8"):
        name, _, value = line.strip().partition("=")
        if name != "SystemCallFilter":
            continue
        words = value.lstrip("~").split()
        named = set().union(*(expand(word, sets) for word in words))
        allowed = allowed - named if value.startswith("~") else allowed | named
    return allowed


def main(unit, *words):
    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    for name in read_allowed(unit):
        try:
            rules.add_rule(seccomp.ALLOW, name)
        except (RuntimeError, ValueError):
            pass  # the call of another architecture
    ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    rules.load()
    os.execvp(words[0], words)


main(*sys.argv[1:])
