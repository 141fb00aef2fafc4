#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Share work among threads: blocks of all sizes, files mapped, memory moved."""

import concurrent.futures
import hashlib
import mmap
import threading

THREADS = 8
PAGE = mmap.PAGESIZE


def blocks(seed):
    """Keep the last of many blocks of very different sizes."""
    kept = []
    for i in range(300):
        kept.append(bytearray((seed * 7919 + i * 104729) % 700000 + 1))
        if len(kept) > 12:
            del kept[(seed + i) % 12]
    return sum(map(len, kept))


def anonymous(seed):
    """Resize an anonymous mapping, which is an mremap."""
    digest = hashlib.sha256()
    with mmap.mmap(-1, PAGE) as area:
        for i in range(1, 60):
            area.resize(((seed + i * 13) % 40 + 1) * PAGE)
            area[0:8] = (seed * i).to_bytes(8, "little")
            digest.update(area[0:PAGE])
    return digest.hexdigest()


def file(seed):
    """Change a file through one mapping and read it through another."""
    name = f"file{seed}"
    with open(name, "w+b") as stream:
        stream.truncate(64 * PAGE)
        with mmap.mmap(stream.fileno(), 0) as whole:
            for i in range(64):
                whole[i * PAGE] = (seed + i) % 256
            whole.flush()
            with mmap.mmap(stream.fileno(), 16 * PAGE, offset=32 * PAGE,
                           access=mmap.ACCESS_READ) as part:
                return sum(part[i * PAGE] for i in range(16))


def stacks(seed):
    """Start short-lived threads from a thread."""
    sums = []

    def recurse(depth):
        return depth + recurse(depth - 1) if depth else 0

    for i in range(6):
        thread = threading.Thread(target=lambda n: sums.append(recurse(n)),
                                  args=(100 + seed + i,))
        thread.start()
        thread.join()
    return sum(sums)


with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
    for work in (blocks, anonymous, file, stacks):
        for result in pool.map(work, range(2 * THREADS)):
            print(work.__name__, result)
