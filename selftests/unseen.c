// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes that no hook sees: VERIFY shows them, the next query mends them, counts
 * them and says so in the stream.
 *
 * There are none while the hooks work, so these switch off all kprobes of the
 * system, as its administrator can.
 */
#define _GNU_SOURCE
#include "check.h"

#define KPROBES		"/sys/kernel/debug/kprobes/enabled"
#define RW		(PROT_READ | PROT_WRITE)
#define PRIVATE		(MAP_PRIVATE | MAP_ANONYMOUS)

static struct replay replay;

static int switch_kprobes(const char *to)
{
	int fd = open(KPROBES, O_WRONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -1;
	ret = write(fd, to, 1) == 1 ? 0 : -1;
	close(fd);
	return ret;
}

FIXTURE(unseen)
{
	struct target target;
	int fd;
};

FIXTURE_SETUP(unseen)
{
	if (access(KPROBES, W_OK))
		SKIP(return, "no %s", KPROBES);
	ASSERT_EQ(0, target_start(&self->target));
	self->fd = vproc_open_attached(self->target.pid, 0);
	ASSERT_LE(0, self->fd);
	replay_init(&replay);
	EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);
}

FIXTURE_TEARDOWN(unseen)
{
	switch_kprobes("1");
	close(self->fd);
	EXPECT_EQ(0, target_stop(&self->target));
}

/* One change was missed; all is as it should be since somebody has asked. */
#define EXPECT_MENDED() do {						\
	struct vproc_verify _verify;					\
	struct vproc_stats _stats;					\
									\
	EXPECT_EQ(0, vproc_compare(self->fd, self->target.pid));	\
	ASSERT_EQ(0, vproc_verify(self->fd, &_verify));			\
	EXPECT_EQ(0, _verify.differences);				\
	EXPECT_EQ(0, _verify.first);					\
	EXPECT_EQ(1, _verify.missed);					\
	ASSERT_EQ(0, vproc_stats(self->fd, &_stats));			\
	EXPECT_EQ(1, _stats.missed);					\
	EXPECT_EQ(0, _stats.resyncs);					\
	EXPECT_EQ(0, replay_drain(&replay, self->fd));			\
	EXPECT_EQ(1, replay.ops[VPROC_EV_RESYNC]);			\
} while (0)

/* A region that is three, of which the model knows one. */
TEST_F(unseen, split)
{
	struct target *target = &self->target;
	struct vproc_verify verify;
	unsigned long map;

	map = target_syscall(target, SYS_mmap, 0, 3 * PAGE, RW, PRIVATE, -1, 0);
	ASSERT_NE(-1, (long)map);
	EXPECT_SAME_REPLAYED(self->fd, target->pid, &replay);

	ASSERT_EQ(0, switch_kprobes("0"));
	ASSERT_EQ(0, target_syscall(target, SYS_madvise, map + PAGE, PAGE,
				    MADV_DONTFORK));
	ASSERT_EQ(0, switch_kprobes("1"));

	ASSERT_EQ(0, vproc_verify(self->fd, &verify));
	EXPECT_EQ(3, verify.differences);
	EXPECT_EQ(0, verify.missed);
	EXPECT_EQ(VPROC_DIFF_BOUNDS, verify.first);
	EXPECT_EQ(map, verify.kernel.start);
	EXPECT_EQ(map + PAGE, verify.kernel.end);
	EXPECT_EQ(map, verify.model.start);
	EXPECT_EQ(map + 3 * PAGE, verify.model.end);
	EXPECT_MENDED();

	/* The hooks are back. */
	ASSERT_EQ(0, target_syscall(target, SYS_madvise, map + PAGE, PAGE,
				    MADV_DOFORK));
	EXPECT_MENDED();
}

/* A region that the model lacks where it went; that it left was seen. */
TEST_F(unseen, moved)
{
	struct target *target = &self->target;
	unsigned long from, to;
	struct vproc_verify verify;
	int file;

	file = target_syscall(target, SYS_memfd_create,
			      target_string(target, "unseen"), 0);
	ASSERT_LE(0, file);
	ASSERT_EQ(0, target_syscall(target, SYS_ftruncate, file, 3 * PAGE));
	from = target_syscall(target, SYS_mmap, 0, 2 * PAGE, RW | PROT_EXEC,
			      MAP_SHARED, file, PAGE);
	ASSERT_NE(-1, (long)from);
	to = target_syscall(target, SYS_mmap, 0, 4 * PAGE, PROT_NONE, PRIVATE,
			    -1, 0);
	ASSERT_NE(-1, (long)to);
	EXPECT_SAME_REPLAYED(self->fd, target->pid, &replay);

	ASSERT_EQ(0, switch_kprobes("0"));
	ASSERT_EQ(to + PAGE, target_syscall(target, SYS_mremap, from, 2 * PAGE,
					    2 * PAGE,
					    MREMAP_MAYMOVE | MREMAP_FIXED,
					    to + PAGE));
	ASSERT_EQ(0, switch_kprobes("1"));

	ASSERT_EQ(0, vproc_verify(self->fd, &verify));
	EXPECT_EQ(1, verify.differences);
	EXPECT_EQ(VPROC_DIFF_MISSING, verify.first);
	EXPECT_EQ(to + PAGE, verify.kernel.start);
	EXPECT_EQ(to + 3 * PAGE, verify.kernel.end);
	EXPECT_EQ(VPROC_PERM_READ | VPROC_PERM_WRITE | VPROC_PERM_EXEC |
		  VPROC_PERM_SHARED, verify.kernel.perm);
	EXPECT_EQ(PAGE, verify.kernel.offset);
	EXPECT_NE(0, verify.kernel.inode);
	EXPECT_EQ(0, verify.model.end);
	EXPECT_MENDED();
}

TEST_HARNESS_MAIN
