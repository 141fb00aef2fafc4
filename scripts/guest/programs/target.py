# SPDX-License-Identifier: GPL-2.0-only
"""Say so when ready, wait for a line, then map, unmap and start a thread."""

import mmap
import sys
import threading

print("ready", flush=True)
sys.stdin.readline()
with mmap.mmap(-1, 8 << 20) as memory:
    memory.write(b"x" * 4096)
thread = threading.Thread(target=bytearray, args=(1 << 20,))
thread.start()
thread.join()
