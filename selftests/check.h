/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's test harness, and the checks that many tests make.
 */
#ifndef _SELFTESTS_CHECK_H
#define _SELFTESTS_CHECK_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "lib/replay.h"
#include "lib/target.h"
#include "lib/vproc.h"

/* Under KASAN and emulation all is many times slower. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	300

#define PAGE	4096ul

/* @call fails with @error. */
#define EXPECT_ERRNO(error, call) do {					\
	errno = 0;							\
	EXPECT_EQ(-1, (long)(call));					\
	EXPECT_EQ(error, errno);					\
} while (0)

/* vproc, /proc/PID/maps and the kernel's own VMAs agree on process @pid. */
#define EXPECT_SAME(fd, pid) \
	EXPECT_EQ(0, vproc_check(fd, pid))

/* The same, and the stream that @replay reads gives this map as well. */
#define EXPECT_SAME_REPLAYED(fd, pid, replay) \
	EXPECT_EQ(0, replay_check_all(replay, fd, pid))

/* No change has passed the hooks, and at the end all was right. */
#define EXPECT_NOTHING_MISSED(fd) do {					\
	struct vproc_stats _stats;					\
									\
	ASSERT_EQ(0, vproc_stats(fd, &_stats));				\
	EXPECT_EQ(0, _stats.missed);					\
	EXPECT_EQ(0, _stats.end_differences);				\
} while (0)

#endif /* _SELFTESTS_CHECK_H */
