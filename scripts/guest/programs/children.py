# SPDX-License-Identifier: GPL-2.0-only
"""Work in a pool of forked processes, then run other programs."""

import multiprocessing
import subprocess


def work(count):
    return sum(len(bytearray(i * 4096)) for i in range(count))


multiprocessing.set_start_method("fork")
with multiprocessing.Pool(3) as pool:
    pool.map(work, range(60))
    pool.close()
    pool.join()
for _ in range(8):
    subprocess.run(["true"], check=True)
