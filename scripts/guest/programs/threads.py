# SPDX-License-Identifier: GPL-2.0-only
"""Allocate and free blocks of all sizes in four threads."""

import threading


def work():
    for size in range(1, 200):
        block = bytearray(size * 8192)
        del block


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
