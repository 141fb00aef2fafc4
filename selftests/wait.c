// SPDX-License-Identifier: GPL-2.0-only
/*
 * VPROC_ATTACH_WAIT: a tracked process waits for its reader, and for nothing
 * else.
 */
#define _GNU_SOURCE
#include <linux/elf.h>
#include <linux/userfaultfd.h>
#include <time.h>

#include "check.h"

#define RW		(PROT_READ | PROT_WRITE)
#define PRIVATE		(MAP_PRIVATE | MAP_ANONYMOUS)
#define RING		64
#define ROUNDS		500

static struct replay replay;

static void map_and_unmap(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		char *map = mmap(NULL, 3 * PAGE, RW, PRIVATE, -1, 0);

		if (map == MAP_FAILED ||
		    mprotect(map + PAGE, PAGE, PROT_READ) ||
		    munmap(map, 3 * PAGE))
			_exit(2);
	}
}

/* A child that does its work when it is told to, by a byte to @go. */
static pid_t start_worker(int *go, void (*work)(void))
{
	int pipes[2];
	pid_t pid;
	char byte;

	if (pipe(pipes))
		return -1;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pipes[1]);
		if (read(pipes[0], &byte, 1) != 1)
			_exit(1);
		work();
		_exit(0);
	}
	close(pipes[0]);
	*go = pipes[1];
	return pid;
}

static void pause_ms(long ms)
{
	struct timespec time = { .tv_nsec = ms * 1000000 };

	nanosleep(&time, NULL);
}

FIXTURE(wait)
{
	int fd;
	pid_t pid;
};

FIXTURE_SETUP(wait)
{
	int go;

	self->pid = start_worker(&go, map_and_unmap);
	ASSERT_LT(0, self->pid);
	self->fd = vproc_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, vproc_attach_ring(self->fd, self->pid, VPROC_ATTACH_WAIT |
				       VPROC_ATTACH_CHECK_END, RING));
	replay_init(&replay);
	ASSERT_EQ(0, replay_drain(&replay, self->fd));
	ASSERT_EQ(1, write(go, "", 1));
	close(go);
}

FIXTURE_TEARDOWN(wait)
{
	if (self->fd >= 0)
		close(self->fd);
	if (self->pid)
		kill(self->pid, SIGKILL);
}

/* The process is asleep, with the ring half full and not much more. */
static void expect_waiting(struct __test_metadata *_metadata, int fd, pid_t pid)
{
	struct vproc_stats stats;
	__u64 seq = 0;
	int same = 0;

	while (same < 5) {
		ASSERT_EQ(0, vproc_stats(fd, &stats));
		same = stats.seq == seq && stats.unread >= RING / 2 ?
		       same + 1 : 0;
		seq = stats.seq;
		pause_ms(20);
	}
	EXPECT_GE(RING / 2 + 8, stats.unread);
	EXPECT_EQ(0, waitpid(pid, NULL, WNOHANG));
	EXPECT_EQ(0, vproc_differences(fd));
}

TEST_F(wait, loses_nothing)
{
	struct vproc_event event;
	struct vproc_stats stats;
	int status;

	expect_waiting(_metadata, self->fd, self->pid);
	for (int i = 0; i < RING / 4; i++)
		ASSERT_EQ(1, replay_next(&replay, self->fd, &event, true));
	expect_waiting(_metadata, self->fd, self->pid);

	do {
		ASSERT_EQ(1, replay_next(&replay, self->fd, &event, true));
	} while (event.op != VPROC_EV_END);
	ASSERT_EQ(self->pid, waitpid(self->pid, &status, 0));
	self->pid = 0;
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(0, stats.lost);
	EXPECT_EQ(0, stats.missed);
	EXPECT_EQ(0, stats.resyncs);
	EXPECT_EQ(0, stats.end_differences);
	EXPECT_EQ(0, replay.lost);
	/* mmap, what mprotect makes of it, munmap, each round. */
	EXPECT_LE(3 * ROUNDS, replay.ops[VPROC_EV_SET] +
		  replay.ops[VPROC_EV_CLEAR]);
	EXPECT_EQ(0, replay_check(&replay, self->fd));
}

TEST_F(wait, is_killed)
{
	int status;

	expect_waiting(_metadata, self->fd, self->pid);
	ASSERT_EQ(0, kill(self->pid, SIGKILL));
	ASSERT_EQ(self->pid, waitpid(self->pid, &status, 0));
	self->pid = 0;
	EXPECT_EQ(SIGKILL, WTERMSIG(status));
}

static void expect_finished(struct __test_metadata *_metadata, pid_t *pid)
{
	int status;

	ASSERT_EQ(*pid, waitpid(*pid, &status, 0));
	*pid = 0;
	EXPECT_EQ(0, status);
}

TEST_F(wait, not_for_a_closed_file)
{
	expect_waiting(_metadata, self->fd, self->pid);
	close(self->fd);
	self->fd = -1;
	expect_finished(_metadata, &self->pid);
}

TEST_F(wait, not_after_a_detach)
{
	expect_waiting(_metadata, self->fd, self->pid);
	ASSERT_EQ(0, ioctl(self->fd, VPROC_DETACH));
	expect_finished(_metadata, &self->pid);
}

static bool has_exited(pid_t pid)
{
	for (int i = 0; i < 100; i++) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return true;
		pause_ms(50);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return false;
}

/* Write below the stack of a process, which grows by that. */
static void write_below_stack(int fd, pid_t pid)
{
	static struct vproc_map map;
	char path[64];
	int mem;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	mem = open(path, O_RDWR);
	if (mem < 0 || vproc_read_map(fd, &map))
		_exit(1);
	for (unsigned int i = 0; i < map.head.count; i++)
		if (map.regions[i].name == VPROC_NAME_STACK &&
		    pwrite(mem, "", 1, map.regions[i].start - PAGE) == 1)
			_exit(0);
	_exit(2);
}

/* Whoever changes the map from outside, as a reader might, is none of it. */
TEST_F(wait, not_for_others)
{
	struct vproc_stats before, after;
	pid_t other;

	expect_waiting(_metadata, self->fd, self->pid);
	ASSERT_EQ(0, vproc_stats(self->fd, &before));
	other = fork();
	ASSERT_LE(0, other);
	if (!other)
		write_below_stack(self->fd, self->pid);
	EXPECT_TRUE(has_exited(other));
	ASSERT_EQ(0, vproc_stats(self->fd, &after));
	EXPECT_EQ(before.seq + 1, after.seq);
	EXPECT_EQ(0, vproc_differences(self->fd));
}

/* A program of five instructions: it runs itself again, and changes no map. */
struct runs_itself {
	struct elf64_hdr header;
	struct elf64_phdr segment;
	unsigned char code[24];
	char path[16];
};

static const struct runs_itself runs_itself = {
	.header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			     ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_entry = 0x400000 + offsetof(struct runs_itself, code),
		.e_phoff = offsetof(struct runs_itself, segment),
		.e_ehsize = sizeof(struct elf64_hdr),
		.e_phentsize = sizeof(struct elf64_phdr),
		.e_phnum = 1,
	},
	.segment = {
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_X,
		.p_vaddr = 0x400000,
		.p_filesz = sizeof(struct runs_itself),
		.p_memsz = sizeof(struct runs_itself),
		.p_align = PAGE,
	},
	.code = {
		0x48, 0x8d, 0x3d, 0x11, 0x00, 0x00, 0x00, /* lea path, %rdi */
		0x48, 0x8d, 0x74, 0x24, 0x08,		  /* lea 8(%rsp), %rsi */
		0x31, 0xd2,				  /* xor %edx, %edx */
		0xb8, 0x3b, 0x00, 0x00, 0x00,		  /* mov $59, %eax */
		0x0f, 0x05,				  /* syscall */
		0x0f, 0x0b,				  /* ud2 */
	},
	.path = "/proc/self/exe",
};

static void run_itself(void)
{
	static char * const argv[] = { "runs_itself", NULL };
	int fd = memfd_create("runs_itself", MFD_CLOEXEC);

	if (write(fd, &runs_itself, sizeof(runs_itself)) == sizeof(runs_itself))
		fexecve(fd, argv, argv + 1);
	_exit(3);
}

TEST(execs_wait)
{
	struct vproc_stats stats, later;
	int fd, go;
	pid_t pid;

	pid = start_worker(&go, run_itself);
	ASSERT_LT(0, pid);
	fd = vproc_open();
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vproc_attach_ring(fd, pid, VPROC_ATTACH_WAIT |
				       VPROC_ATTACH_EXEC, RING));
	replay_init(&replay);
	ASSERT_EQ(0, replay_drain(&replay, fd));
	ASSERT_EQ(1, write(go, "", 1));
	for (int i = 0; i < 3; i++) {
		do {
			pause_ms(20);
			ASSERT_EQ(0, vproc_stats(fd, &stats));
		} while (stats.unread < RING / 2);
		pause_ms(200);
		ASSERT_EQ(0, vproc_stats(fd, &later));
		EXPECT_EQ(stats.seq, later.seq);
		EXPECT_GT(RING, later.unread);
		ASSERT_EQ(0, replay_drain(&replay, fd));
	}
	EXPECT_EQ(0, waitpid(pid, NULL, WNOHANG));
	EXPECT_LT(3, replay.ops[VPROC_EV_EXEC]);
	EXPECT_EQ(0, replay.lost);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fd);
	close(go);
}

static unsigned int max_children;

static void fork_more_than_fit(void)
{
	for (unsigned int i = 0; i < max_children + 3; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			_exit(2);
	}
}

/* As many children as may wait to be opened, and one that waits for room. */
FIXTURE(children)
{
	int fd;
	int go;
	pid_t pid;
};

FIXTURE_SETUP(children)
{
	struct vproc_stats stats;
	struct vproc_info info;

	self->fd = vproc_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ioctl(self->fd, VPROC_INFO, &info));
	close(self->fd);
	max_children = info.max_children;
	self->pid = start_worker(&self->go, fork_more_than_fit);
	ASSERT_LT(0, self->pid);
	/* Not before: who waits for the reader must not have its file. */
	self->fd = vproc_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, vproc_attach(self->fd, self->pid,
				  VPROC_ATTACH_FORK | VPROC_ATTACH_WAIT));
	ASSERT_EQ(1, write(self->go, "", 1));
	do {
		pause_ms(20);
		ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	} while (stats.children < max_children);
	pause_ms(200);
	ASSERT_EQ(0, waitpid(self->pid, NULL, WNOHANG));
}

FIXTURE_TEARDOWN(children)
{
	close(self->fd);
	close(self->go);
	if (self->pid)
		kill(self->pid, SIGKILL);
}

/* One that could not be opened goes back, and nobody has taken its place. */
static void expect_kept(struct __test_metadata *_metadata, int fd, pid_t pid)
{
	struct vproc_open_child *child;
	struct vproc_stats stats;

	child = mmap(NULL, PAGE, PROT_READ, PRIVATE, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)child);
	EXPECT_ERRNO(EFAULT, ioctl(fd, VPROC_OPEN_CHILD, child));
	pause_ms(500);
	EXPECT_EQ(0, waitpid(pid, NULL, WNOHANG));
	ASSERT_EQ(0, vproc_stats(fd, &stats));
	EXPECT_EQ(max_children, stats.children);
	munmap(child, PAGE);
}

TEST_F(children, wait_for_room)
{
	struct vproc_open_child child;
	unsigned int opened = 0;
	struct vproc_stats stats;

	expect_kept(_metadata, self->fd, self->pid);
	while (opened < max_children + 3) {
		child = (struct vproc_open_child) { .flags = O_CLOEXEC };
		if (ioctl(self->fd, VPROC_OPEN_CHILD, &child)) {
			ASSERT_EQ(ENOENT, errno);
			pause_ms(1);
			continue;
		}
		opened++;
		close(child.fd);
	}
	expect_finished(_metadata, &self->pid);
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(0, stats.children_lost);
	EXPECT_EQ(0, stats.children);
	EXPECT_EQ(0, stats.lost);
}

TEST_F(children, wait_no_more_after_a_detach)
{
	struct vproc_stats stats;

	ASSERT_EQ(0, ioctl(self->fd, VPROC_DETACH));
	EXPECT_TRUE(has_exited(self->pid));
	self->pid = 0;
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(max_children, stats.children);
	EXPECT_EQ(1, stats.children_lost);
}

/* More children than may wait to be opened, all of them at once. */
#define BOMB	64

static void fork_all_at_once(void)
{
	signal(SIGCHLD, SIG_IGN);
	for (unsigned int i = 0; i < max_children + BOMB; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		if (pid < 0)
			_exit(2);
	}
	/* Until all are gone. */
	wait(NULL);
}

/* Those that wait for room have nothing yet that would take memory. */
TEST(children_without_room_have_no_tracker)
{
	struct vproc_open_child child;
	struct vproc_stats stats;
	unsigned int opened = 0;
	struct vproc_info info;
	int fd, go, status;
	pid_t pid;

	fd = vproc_open();
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ioctl(fd, VPROC_INFO, &info));
	close(fd);
	max_children = info.max_children;
	pid = start_worker(&go, fork_all_at_once);
	ASSERT_LT(0, pid);
	fd = vproc_open();
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vproc_attach(fd, pid, VPROC_ATTACH_FORK |
				  VPROC_ATTACH_WAIT));
	ASSERT_EQ(1, write(go, "", 1));
	do {
		pause_ms(20);
		ASSERT_EQ(0, vproc_stats(fd, &stats));
	} while (stats.children < max_children);
	/* Those that are kept have ended. */
	pause_ms(500);
	EXPECT_EQ(1, vproc_trackers(fd));

	while (opened < max_children + BOMB) {
		child = (struct vproc_open_child) { .flags = O_CLOEXEC };
		if (ioctl(fd, VPROC_OPEN_CHILD, &child)) {
			ASSERT_EQ(ENOENT, errno);
			pause_ms(1);
			continue;
		}
		opened++;
		close(child.fd);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, vproc_stats(fd, &stats));
	EXPECT_EQ(0, stats.children_lost);
	EXPECT_EQ(0, stats.children);
	EXPECT_EQ(0, stats.lost);
	close(fd);
	close(go);
}

/* Register and unregister a page with a userfaultfd, often. */
static long register_often(const unsigned long *args)
{
	struct uffdio_range range = { args[1], PAGE };

	for (unsigned long i = 0; i < args[2]; i++) {
		if (target_fn_register((unsigned long [TARGET_ARGS]) {
				       args[0], args[1], PAGE }) ||
		    ioctl(args[0], UFFDIO_UNREGISTER, &range))
			return -errno;
	}
	return 0;
}

/* Others who change its map do not wait: what they make has an end. */
TEST(events_of_others_have_a_limit)
{
	struct target target, other;
	struct vproc_event event;
	struct vproc_stats stats;
	struct vproc_info info;
	unsigned long most;
	int fd, uffd;
	long base;

	/* Before the fork, which hands it down. */
	ASSERT_EQ(0, target_open(&other));
	ASSERT_EQ(0, target_start(&target));
	uffd = target_call(&target, target_fn_userfaultfd);
	if (uffd < 0)
		SKIP(return, "userfaultfd: errno %d", errno);
	base = target_syscall(&target, SYS_mmap, 0, 16 * PAGE, RW, PRIVATE, -1,
			      0);
	ASSERT_LT(0, base);
	/* Not the test's own child, and so without a pid here. */
	ASSERT_LT(0, target_call(&target, target_fn_fork, other.remote));
	fd = vproc_open();
	ASSERT_EQ(0, vproc_attach_ring(fd, target.pid, VPROC_ATTACH_WAIT |
				       VPROC_ATTACH_CHECK_END, RING));
	replay_init(&replay);
	ASSERT_EQ(0, replay_drain(&replay, fd));

	ASSERT_EQ(0, vproc_stats(fd, &stats));
	ASSERT_EQ(0, ioctl(fd, VPROC_INFO, &info));
	/* Who looks at a process counts as a thread for a moment. */
	most = 4 * RING + info.max_children + 4 * 4 * stats.regions;
	ASSERT_EQ(0, target_call(&other, register_often, uffd,
				 base + 2 * PAGE, most));
	EXPECT_EQ(0, vproc_differences(fd));
	ASSERT_EQ(0, vproc_stats(fd, &stats));
	EXPECT_LE(2 * most, stats.events);
	EXPECT_LT(4 * RING + info.max_children, stats.unread);
	EXPECT_GE(most, stats.unread);
	EXPECT_LT(0, stats.lost);

	/* It is said, and all the rest is there. */
	ASSERT_EQ(1, replay_next(&replay, fd, &event, false));
	EXPECT_EQ(VPROC_EV_LOST, event.op);
	EXPECT_EQ(stats.lost, event.start);
	EXPECT_EQ(0, replay_drain(&replay, fd));
	EXPECT_EQ(stats.seq, replay.seq);
	EXPECT_EQ(1, replay.ops[VPROC_EV_LOST]);
	EXPECT_EQ(0, target_stop(&other));
	EXPECT_EQ(0, target_stop(&target));
	EXPECT_NOTHING_MISSED(fd);
	close(fd);
}

TEST_HARNESS_MAIN
