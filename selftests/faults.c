// SPDX-License-Identifier: GPL-2.0-only
/*
 * Failing allocations: each call is made with all allocations failing, and then
 * with the first, the second, ... of them, until it makes no more. It must fail
 * with ENOMEM and leave all as it was, or succeed as if nothing had failed; a
 * tracker that had no memory for a change must heal by itself, and miss nothing.
 *
 * What takes minutes is cut short unless FAULTS_WHOLE is set. The allocations
 * counted are those of the calling task, the kernel's own included.
 */
#define _GNU_SOURCE
#include <linux/userfaultfd.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "check.h"
#include "lib/calls.h"
#include "lib/faults.h"

#define RW		(PROT_READ | PROT_WRITE)
#define PRIVATE		(MAP_PRIVATE | MAP_ANONYMOUS)
#define FOLLOW		(VPROC_ATTACH_EXEC | VPROC_ATTACH_FORK | \
			 VPROC_ATTACH_CHECK_END)

/* More allocations than any one call makes: then it does not end. */
#define FAULTS_MOST	5000

/* An argument that makes of this program one that ends at once. */
#define BRIEF		"--brief"

#ifndef PR_SET_VMA
#define PR_SET_VMA	0x53564d41
#define PR_SET_VMA_ANON_NAME	0
#endif

/* Its status, if a fault that was asked for before the exec is still to come. */
#define NOT_MET		9

static void __attribute__((constructor)) be_brief(int argc, char **argv)
{
	if (argc != 2 || strcmp(argv[1], BRIEF))
		return;
	_exit(faults_init_thread() || faults_end() ? 0 : NOT_MET);
}

/* How far from one attempt to the next, where there are very many. */
static unsigned int stride(unsigned int otherwise)
{
	return getenv("FAULTS_WHOLE") ? 1 : otherwise;
}

static int ask_stats(int fd)
{
	struct vproc_stats stats;

	return vproc_stats(fd, &stats);
}

/*
 * Models
 */

/* All that can be asked of a model. */
struct state {
	struct vproc_regions head;
	struct vproc_region regions[CALLS_REGIONS];
	struct vproc_stats stats;
	struct vproc_heap heap;
	struct vproc_stacks stacks;
	struct vproc_thread threads[4];
	struct vproc_cow_info pages[2];
};

static struct state before, after, good;

/*
 * Inodes of shared memory and numbers of pages are of all models together, and
 * what has failed may have used up an id; what counts is whether there are any.
 */
static int read_state(int fd, struct state *state)
{
	memset(state, 0, sizeof(*state));
	state->head.regions_addr = (uintptr_t)state->regions;
	state->head.count = CALLS_REGIONS;
	state->stacks.threads_addr = (uintptr_t)state->threads;
	state->stacks.count = 4;
	state->pages[0].addr = CALLS_AT + PAGE;
	state->pages[1].addr = CALLS_AT + 5 * PAGE;
	if (ioctl(fd, VPROC_REGIONS, &state->head) ||
	    state->head.total > CALLS_REGIONS ||
	    ioctl(fd, VPROC_STATS, &state->stats) ||
	    ioctl(fd, VPROC_HEAP, &state->heap) ||
	    ioctl(fd, VPROC_STACKS, &state->stacks))
		return -1;
	for (unsigned int i = 0; i < 2; i++) {
		/* Not mapped any more: that shows, too. */
		if (ioctl(fd, VPROC_COW_INFO, &state->pages[i]) &&
		    errno != EFAULT)
			return -1;
		state->pages[i].page = !!state->pages[i].page;
	}
	for (unsigned int i = 0; i < state->head.count; i++) {
		state->regions[i].inode = !!state->regions[i].inode;
		state->regions[i].name = !!state->regions[i].name;
		state->regions[i].file = !!state->regions[i].file;
	}
	state->head.regions_addr = 0;
	state->stacks.threads_addr = 0;
	return 0;
}

/* Returns whether there may be one more allocation to fail. */
static bool try_model_call(struct __test_metadata *_metadata,
			   const struct call *call, unsigned int nth)
{
	bool happened;
	int copy, ret;
	int fd = calls_start_model(&copy);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, read_state(fd, &before));
	calls_since = before.head.seq;
	faults_begin(nth);
	ret = call->act(fd);
	happened = faults_end();
	if (ret)
		EXPECT_EQ(ENOMEM, errno);
	ASSERT_EQ(0, read_state(fd, &after));
	EXPECT_EQ(0, memcmp(ret ? &before : &good, &after, sizeof(after))) {
		TH_LOG("%s, fault %u: returned %d", call->name, nth, ret);
	}
	/* What has failed can be done again. */
	if (ret) {
		EXPECT_EQ(0, call->act(fd));
		ASSERT_EQ(0, read_state(fd, &after));
		EXPECT_EQ(0, memcmp(&good, &after, sizeof(after)));
	}
	close(copy);
	close(fd);
	return happened;
}

static void try_model_calls(struct __test_metadata *_metadata,
			    const struct call *call)
{
	unsigned int nth = FAULTS_ALL;
	int copy, fd;

	fd = calls_start_model(&copy);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, read_state(fd, &before));
	calls_since = before.head.seq;
	ASSERT_EQ(0, call->act(fd)) {
		TH_LOG("%s: errno %d", call->name, errno);
	}
	ASSERT_EQ(0, read_state(fd, &good));
	close(copy);
	close(fd);
	while (try_model_call(_metadata, call, nth))
		ASSERT_GT(FAULTS_MOST, ++nth);
	TH_LOG("%s: %u allocations failed", call->name, nth - 1);
}

FIXTURE(faults)
{
	int fd;
	struct target target;
	struct target other;
	int anchor;
};

/* The anchor keeps the hooks armed: arming them is a test of its own. */
FIXTURE_SETUP(faults)
{
	ASSERT_EQ(0, faults_init());
	calls_file = memfd_create("faults", MFD_CLOEXEC);
	ASSERT_LE(0, calls_file);
	ASSERT_EQ(0, ftruncate(calls_file, 64 * PAGE));
	ASSERT_EQ(0, target_start(&self->target));
	ASSERT_EQ(0, target_start(&self->other));
	self->anchor = vproc_open_attached(self->other.pid, 0);
	ASSERT_LE(0, self->anchor);
	self->fd = vproc_open();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(faults)
{
	close(self->fd);
	close(self->anchor);
	close(calls_file);
	target_stop(&self->target);
	target_stop(&self->other);
}

TEST_F(faults, models)
{
	for (const struct call *call = calls_of_models; call->name; call++)
		try_model_calls(_metadata, call);
}

/* On the same file: one that has failed has changed nothing. */
TEST_F(faults, creates)
{
	struct vproc_create create;
	bool happened = true;
	unsigned int nth;
	int ret;

	for (nth = FAULTS_ALL; happened; nth++) {
		memset(&create, 0, sizeof(create));
		faults_begin(nth);
		ret = ioctl(self->fd, VPROC_CREATE, &create);
		happened = faults_end();
		ASSERT_GT(FAULTS_MOST, nth);
		if (ret) {
			EXPECT_EQ(ENOMEM, errno);
			EXPECT_EQ(true, happened);
			EXPECT_ERRNO(ENOTCONN, ask_stats(self->fd));
			continue;
		}
		EXPECT_EQ(0, ask_stats(self->fd));
		close(self->fd);
		self->fd = vproc_open();
	}
}

TEST_F(faults, opens)
{
	bool happened = true;
	unsigned int nth;
	int fd;

	for (nth = FAULTS_ALL; happened; nth++) {
		faults_begin(nth);
		fd = vproc_open();
		happened = faults_end();
		ASSERT_GT(FAULTS_MOST, nth);
		if (fd < 0) {
			/* The path is looked up first: it may be short of both. */
			EXPECT_TRUE(errno == ENOMEM || errno == ENFILE);
			continue;
		}
		EXPECT_ERRNO(ENOTCONN, ask_stats(fd));
		close(fd);
	}
}

/*
 * Trackers
 */

/* On the same file, as far as it fails. */
static void try_attach(struct __test_metadata *_metadata, int *fd, pid_t pid,
		       __u32 flags)
{
	int ret, count = vproc_trackers(*fd);
	unsigned int nth, failed = 0;
	bool happened = true;

	for (nth = FAULTS_ALL; happened; nth++) {
		faults_begin(nth);
		ret = vproc_attach(*fd, pid, flags);
		happened = faults_end();
		ASSERT_GT(FAULTS_MOST, nth);
		if (ret) {
			EXPECT_EQ(ENOMEM, errno) {
				TH_LOG("fault %u", nth);
			}
			EXPECT_EQ(true, happened);
			EXPECT_ERRNO(ENOTCONN, ask_stats(*fd));
			EXPECT_EQ(count, vproc_trackers(*fd));
			failed++;
			continue;
		}
		EXPECT_EQ(count + 1, vproc_trackers(*fd));
		EXPECT_SAME(*fd, pid);
		close(*fd);
		EXPECT_EQ(count, vproc_trackers((*fd = vproc_open())));
	}
	TH_LOG("%u of %u faults made it fail", failed, nth - 1);
	EXPECT_LT(5, failed);
}

TEST_F(faults, attaches_to_another)
{
	try_attach(_metadata, &self->fd, self->target.pid, FOLLOW);
}

TEST_F(faults, attaches_to_itself)
{
	try_attach(_metadata, &self->fd, 0, FOLLOW);
}

/* Queries with something in the log that is to be applied first. */

static char *arena;
#define ARENA_PAGES	64

static void make_arena(void)
{
	arena = mmap(NULL, ARENA_PAGES * PAGE, PROT_NONE, PRIVATE, -1, 0);
}

/* Each time another map; of a file, and of none. */
static void change_arena(unsigned int nth)
{
	char *at = arena + nth % 8 * 4 * PAGE;

	if (nth % 16 < 8)
		mmap(at, 2 * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED,
		     calls_file, 0);
	else
		munmap(at, 4 * PAGE);
	mprotect(arena + 40 * PAGE, PAGE, nth % 2 ? RW : PROT_NONE);
	mmap(at + 2 * PAGE, PAGE, RW, PRIVATE | MAP_FIXED, -1, 0);
}

static void try_tracker_call(struct __test_metadata *_metadata,
			     const struct call *call, int fd)
{
	unsigned int nth = FAULTS_ALL, failed = 0;
	bool happened;
	int ret;

	do {
		ASSERT_EQ(0, read_state(fd, &before) && errno != EBUSY);
		calls_since = before.head.seq;
		change_arena(nth);
		faults_begin(nth);
		ret = call->act(fd);
		happened = faults_end();
		if (ret) {
			EXPECT_EQ(ENOMEM, errno);
			EXPECT_EQ(true, happened);
			failed++;
			EXPECT_EQ(0, call->act(fd)) {
				TH_LOG("%s again: errno %d", call->name, errno);
			}
		}
		EXPECT_SAME(fd, 0) {
			TH_LOG("%s, fault %u", call->name, nth);
		}
		ASSERT_GT(FAULTS_MOST, ++nth);
	} while (happened);
	TH_LOG("%s: failed for %u of %u faults", call->name, failed, nth - 1);
}

TEST_F(faults, queries)
{
	make_arena();
	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_NONBLOCK));
	ASSERT_EQ(0, vproc_attach(self->fd, 0, 0));
	for (const struct call *call = calls_of_trackers; call->name; call++)
		try_tracker_call(_metadata, call, self->fd);
}

/* The ring: a mapping that fails leaves none behind. */
TEST_F(faults, maps_ring)
{
	const size_t size = PAGE + 64 * sizeof(struct vproc_event);
	bool happened = true;
	unsigned int nth;
	void *ring;

	ASSERT_EQ(0, vproc_attach_ring(self->fd, self->target.pid, 0, 64));
	for (nth = FAULTS_ALL; happened; nth++) {
		faults_begin(nth);
		ring = mmap(NULL, size, PROT_READ, MAP_SHARED, self->fd, 0);
		happened = faults_end();
		ASSERT_GT(FAULTS_MOST, nth);
		if (ring == MAP_FAILED) {
			EXPECT_EQ(ENOMEM, errno);
			EXPECT_EQ(true, happened);
		} else {
			EXPECT_EQ(0, munmap(ring, size));
		}
		EXPECT_SAME(self->fd, self->target.pid);
	}
	/* Twice: once it is there nothing much is left to fail. */
	ring = mmap(NULL, size, PROT_READ, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, ring);
	EXPECT_EQ(VPROC_RING_VERSION, ((struct vproc_ring *)ring)->version);
	munmap(ring, size);
}

TEST_F(faults, opens_child)
{
	struct vproc_open_child open = { .flags = O_CLOEXEC };
	struct vproc_stats stats;
	bool happened = true;
	unsigned int nth;
	int ret = -1;

	ASSERT_EQ(0, vproc_attach(self->fd, self->target.pid, FOLLOW));
	/* Nothing comes from there: it ends at once. */
	ASSERT_LT(0, target_call(&self->target, target_fn_fork,
				 target_open_file(&self->target, "/dev/null",
						  O_RDONLY)));
	for (nth = 0, stats.children = 0; !stats.children && nth < 1000; nth++) {
		usleep(10 * 1000);
		ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	}
	for (nth = FAULTS_ALL; happened; nth++) {
		ASSERT_EQ(0, vproc_stats(self->fd, &stats));
		if (!stats.children)
			break;
		faults_begin(nth);
		ret = ioctl(self->fd, VPROC_OPEN_CHILD, &open);
		happened = faults_end();
		ASSERT_GT(FAULTS_MOST, nth);
		if (ret) {
			EXPECT_EQ(ENOMEM, errno == ENFILE ? ENOMEM : errno);
			EXPECT_EQ(true, happened);
			ASSERT_EQ(0, vproc_stats(self->fd, &stats));
			EXPECT_EQ(1, stats.children);
		}
	}
	EXPECT_EQ(0, ret);
	EXPECT_LT(1, nth);
	EXPECT_EQ(0, ask_stats(open.fd));
	close(open.fd);
}

/*
 * The tracked process itself is short of memory.
 */

static long change_mmap(void)
{
	return (long)mmap(arena + 2 * PAGE, 2 * PAGE, RW, PRIVATE | MAP_FIXED,
			  -1, 0);
}

static long change_mmap_file(void)
{
	return (long)mmap(arena + 2 * PAGE, 2 * PAGE, PROT_READ,
			  MAP_SHARED | MAP_FIXED, calls_file, 0);
}

static long change_munmap(void)
{
	return munmap(arena + 3 * PAGE, 3 * PAGE);
}

static long change_mprotect(void)
{
	return mprotect(arena + 3 * PAGE, 3 * PAGE, RW);
}

static long change_move(void)
{
	return (long)mremap(arena + 2 * PAGE, 4 * PAGE, 4 * PAGE,
			    MREMAP_MAYMOVE | MREMAP_FIXED, arena + 20 * PAGE);
}

static long change_grow(void)
{
	return (long)mremap(arena + 2 * PAGE, 2 * PAGE, 80 * PAGE,
			    MREMAP_MAYMOVE);
}

static long change_madvise(void)
{
	return madvise(arena + 3 * PAGE, 2 * PAGE, MADV_DONTFORK);
}

static long change_mlock(void)
{
	return mlock(arena + 3 * PAGE, 2 * PAGE);
}

static long change_name(void)
{
	return prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, arena + 3 * PAGE,
		     2 * PAGE, "faulty");
}

static long change_brk(void)
{
	unsigned long brk = syscall(SYS_brk, 0);

	return (unsigned long)syscall(SYS_brk, brk + 3 * PAGE) == brk ? -1 : 0;
}

struct change {
	const char *name;
	long (*act)(void);
};

static const struct change changes[] = {
	{ "mmap", change_mmap },
	{ "mmap of a file", change_mmap_file },
	{ "munmap", change_munmap },
	{ "mprotect", change_mprotect },
	{ "mremap, moved", change_move },
	{ "mremap, larger", change_grow },
	{ "madvise", change_madvise },
	{ "mlock", change_mlock },
	{ "prctl", change_name },
	{ "brk", change_brk },
};

/* As it was: one region that can be split, and nothing else of the arena. */
static void reset_arena(void)
{
	unsigned long brk = syscall(SYS_brk, 0);

	syscall(SYS_brk, (brk & ~(PAGE - 1)) - 3 * PAGE);
	mmap(arena, ARENA_PAGES * PAGE, PROT_NONE, PRIVATE | MAP_FIXED, -1, 0);
	mmap(arena + PAGE, 10 * PAGE, PROT_READ, PRIVATE | MAP_FIXED, -1, 0);
}

static void try_change(struct __test_metadata *_metadata,
		       const struct change *change, int fd)
{
	unsigned int nth = FAULTS_ALL, failed = 0;
	struct vproc_stats stats;
	bool happened;
	long ret;

	do {
		if (change->act == change_brk)
			syscall(SYS_brk, syscall(SYS_brk, 0) + 3 * PAGE);
		reset_arena();
		faults_begin(nth);
		ret = change->act();
		happened = faults_end();
		failed += ret == -1;
		/* Where mremap has put it. */
		if (change->act == change_grow && ret != -1)
			munmap((void *)ret, 80 * PAGE);
		EXPECT_SAME(fd, 0) {
			TH_LOG("%s, fault %u", change->name, nth);
		}
		ASSERT_GT(FAULTS_MOST, ++nth);
	} while (happened);
	ASSERT_EQ(0, vproc_stats(fd, &stats));
	EXPECT_EQ(0, stats.missed);
	TH_LOG("%s: failed for %u of %u faults, %llu resyncs", change->name,
	       failed, nth - 1, (unsigned long long)stats.resyncs);
}

TEST_F(faults, changes)
{
	make_arena();
	ASSERT_EQ(0, vproc_attach(self->fd, 0, 0));
	for (unsigned int i = 0; i < ARRAY_SIZE(changes); i++)
		try_change(_metadata, &changes[i], self->fd);
}

static long name_region(unsigned int nth)
{
	return prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, arena + PAGE, 10 * PAGE,
		     nth % 2 ? "odd" : "even");
}

/*
 * The same for who asks nothing and only reads: it must learn of it, too. Of
 * what names a whole region no hook but that of the system call tells.
 */
TEST_F(faults, tells_readers)
{
	struct replay *replay = malloc(sizeof(*replay));
	struct pollfd pollfd = { .fd = self->fd, .events = POLLIN };
	bool happened = true, told;
	struct vproc_event event;
	unsigned int nth;
	int got;
	long ret;

	ASSERT_NE(NULL, replay);
	make_arena();
	reset_arena();
	if (name_region(1))
		SKIP(return, "this kernel has no names");
	ASSERT_EQ(0, vproc_attach(self->fd, 0, 0));
	replay_init(replay);
	for (nth = FAULTS_ALL; happened; nth++) {
		ASSERT_EQ(0, replay_check(replay, self->fd));
		faults_begin(nth);
		ret = name_region(nth);
		happened = faults_end();
		ASSERT_GT(FAULTS_MOST, nth);
		told = ret;
		while (!told) {
			got = replay_next(replay, self->fd, &event, false);
			if (!got && poll(&pollfd, 1, 5000) <= 0)
				break;
			ASSERT_LE(0, got);
			told = got && event.op == VPROC_EV_SET &&
			       event.start == (uintptr_t)arena + PAGE;
		}
		EXPECT_TRUE(told) {
			TH_LOG("fault %u: not told", nth);
		}
		EXPECT_EQ(0, replay_check_all(replay, self->fd, 0)) {
			TH_LOG("fault %u", nth);
		}
		/* Else there would be no change the next time. */
		if (ret)
			name_region(nth);
	}
	free(replay);
}

/* Ends of trackers: the last state is right, or it says that it is not. */

static int start_changing(struct target *target, unsigned int nth)
{
	unsigned long at = target_syscall(target, SYS_mmap, 0, 64 * PAGE,
					  PROT_NONE, PRIVATE, -1, 0);

	if (at == -1ul)
		return -1;
	target_syscall(target, SYS_mprotect, at + PAGE, PAGE, PROT_READ);
	return target_syscall(target, SYS_mprotect, at + (3 + nth % 50) * PAGE,
			      PAGE, RW);
}

static char maps_text[VPROC_TEXT_SIZE];

TEST_F(faults, detaches)
{
	bool happened = true;
	unsigned int nth, failed = 0;
	int ret;

	for (nth = FAULTS_ALL; happened; nth++) {
		ASSERT_EQ(0, vproc_attach(self->fd, self->target.pid, FOLLOW));
		ASSERT_EQ(0, start_changing(&self->target, nth));
		ASSERT_LT(0, vproc_read_proc(self->target.pid, "maps", maps_text,
					     sizeof(maps_text)));
		faults_begin(nth);
		ret = ioctl(self->fd, VPROC_DETACH);
		happened = faults_end();
		ASSERT_GT(FAULTS_MOST, nth);
		if (ret) {
			failed++;
			EXPECT_EQ(ENOMEM, errno);
			/* Nothing has changed: it follows still. */
			EXPECT_SAME(self->fd, self->target.pid);
			EXPECT_EQ(0, ioctl(self->fd, VPROC_DETACH));
		}
		EXPECT_EQ(0, vproc_compare_text(self->fd, maps_text)) {
			TH_LOG("fault %u, DETACH returned %d", nth, ret);
		}
		close(self->fd);
		self->fd = vproc_open();
	}
	TH_LOG("failed for %u of %u faults", failed, nth - 1);
}

TEST_F(faults, closes)
{
	int count = vproc_trackers(self->fd);
	bool happened = true;
	unsigned int nth;

	for (nth = FAULTS_ALL; happened; nth++) {
		ASSERT_EQ(0, vproc_attach(self->fd, self->target.pid, FOLLOW));
		ASSERT_EQ(0, start_changing(&self->target, nth));
		faults_begin(nth);
		close(self->fd);
		happened = faults_end();
		ASSERT_GT(FAULTS_MOST, nth);
		self->fd = vproc_open();
		EXPECT_EQ(count, vproc_trackers(self->fd));
	}
}

/* What @pid's tracker says once it has ended. */
static void check_end(struct __test_metadata *_metadata, int fd,
		      unsigned int nth, struct vproc_stats *stats)
{
	static struct vproc_map map;
	struct pollfd pollfd = { .fd = fd, .events = 0 };

	ASSERT_EQ(1, poll(&pollfd, 1, 60000)) {
		TH_LOG("fault %u: no end", nth);
	}
	ASSERT_EQ(0, vproc_stats(fd, stats));
	EXPECT_EQ(0, stats->missed);
	EXPECT_EQ(0, stats->end_differences) {
		TH_LOG("fault %u: cause %u", nth, stats->end_cause);
	}
	EXPECT_TRUE(stats->end_cause == VPROC_CAUSE_EXIT ||
		    stats->end_cause == VPROC_CAUSE_NOMEM) {
		TH_LOG("fault %u: cause %u", nth, stats->end_cause);
	}
	EXPECT_EQ(0, vproc_read_map(fd, &map));
}

/* A child that waits for a byte. Returns its pid. */
static pid_t start_child(int gate[2], void (*run)(unsigned int nth),
			 unsigned int nth)
{
	char byte;
	pid_t pid;

	if (pipe2(gate, O_CLOEXEC))
		return -1;
	pid = fork();
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (faults_init_thread() || read(gate[0], &byte, 1) != 1)
		_exit(2);
	run(nth);
	_exit(1);
}

/* Track such a child from before its start to its end. Returns its status. */
static int try_child(struct __test_metadata *_metadata,
		     void (*run)(unsigned int nth), unsigned int nth,
		     struct vproc_stats *stats)
{
	int gate[2], fd = vproc_open(), status = -1;
	pid_t pid = start_child(gate, run, nth);

	ASSERT_LT(0, pid);
	ASSERT_EQ(0, vproc_attach(fd, pid, FOLLOW));
	ASSERT_EQ(1, write(gate[1], "", 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	check_end(_metadata, fd, nth, stats);
	close(gate[0]);
	close(gate[1]);
	close(fd);
	return status;
}

static void run_exit(unsigned int nth)
{
	make_arena();
	reset_arena();
	faults_begin(nth);
	syscall(SYS_exit_group, 0);
}

/* None of them makes nearly as many. */
TEST_F(faults, exits)
{
	struct vproc_stats stats;
	unsigned int nomem = 0;

	for (unsigned int nth = FAULTS_ALL; nth < 80; nth++) {
		try_child(_metadata, run_exit, nth, &stats);
		nomem += stats.end_cause == VPROC_CAUSE_NOMEM;
		if (nth != FAULTS_ALL)
			EXPECT_EQ(VPROC_CAUSE_EXIT, stats.end_cause);
	}
	TH_LOG("%u ended for want of memory", nomem);
}

/* What of its allocations is left is for the new image, and for its end. */
static void run_exec(unsigned int nth)
{
	char * const argv[] = { "faults", BRIEF, NULL };
	char * const nothing[] = { NULL };

	faults_begin(nth);
	execve("/proc/self/exe", argv, nothing);
	faults_end();
	syscall(SYS_exit_group, 3);
}

/* Until the new image comes to its end without having met its fault. */
TEST_F_TIMEOUT(faults, execs, 3600)
{
	unsigned int nth = 1, failed = 0, nomem = 0;
	struct vproc_stats stats;
	int status;

	for (;;) {
		status = try_child(_metadata, run_exec, nth, &stats);
		if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_MET)
			break;
		failed += stats.execs == 0;
		nomem += stats.end_cause == VPROC_CAUSE_NOMEM;
		nth += stride(11);
		ASSERT_GT(FAULTS_MOST, nth);
	}
	EXPECT_LT(0, failed);
	TH_LOG("up to %u: %u execs failed, %u were not followed", nth, failed,
	       nomem);
}

/* What mother and child both see. */
static volatile bool *child_ran;

#define TOO_LATE	4

/*
 * The child must not run before its fault is set: it has the same processor, and
 * must not take it from its mother.
 */
static void run_fork(unsigned int nth)
{
	const struct sched_param param = { .sched_priority = 1 };
	cpu_set_t one;
	pid_t pid;
	bool late;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	if (sched_setaffinity(0, sizeof(one), &one) ||
	    sched_setscheduler(0, SCHED_FIFO, &param))
		_exit(2);
	*child_ran = false;
	pid = fork();
	if (!pid) {
		*child_ran = true;
		syscall(SYS_exit_group, 0);
	}
	late = faults_begin_of(pid, nth) || *child_ran;
	if (waitpid(pid, NULL, 0) != pid)
		_exit(2);
	_exit(late ? TOO_LATE : 0);
}

/* Returns whether the child was not followed. */
static bool try_fork(struct __test_metadata *_metadata, unsigned int nth)
{
	struct vproc_open_child open = { .flags = O_CLOEXEC };
	int gate[2], fd = vproc_open(), status;
	pid_t pid = start_child(gate, run_fork, nth);
	struct vproc_stats stats, child;

	ASSERT_LT(0, pid);
	ASSERT_EQ(0, vproc_attach(fd, pid, FOLLOW));
	ASSERT_EQ(1, write(gate[1], "", 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status) {
		TH_LOG("fault %u: status %x", nth, status);
	}
	check_end(_metadata, fd, nth, &stats);
	EXPECT_EQ(1, stats.children + stats.children_lost);
	if (stats.children) {
		ASSERT_EQ(0, ioctl(fd, VPROC_OPEN_CHILD, &open));
		check_end(_metadata, open.fd, nth, &child);
		close(open.fd);
	}
	close(gate[0]);
	close(gate[1]);
	close(fd);
	return stats.children_lost;
}

TEST_F(faults, forks)
{
	unsigned int nth, lost = 0, last = 0;

	child_ran = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, child_ran);
	for (nth = 1; nth < last + 20; nth++) {
		if (try_fork(_metadata, nth)) {
			lost++;
			last = nth;
		}
		ASSERT_GT(FAULTS_MOST, nth);
	}
	EXPECT_LT(5, lost);
	TH_LOG("%u children were not followed, the last for fault %u", lost,
	       last);
}

/*
 * More operations in flight than a tracker has room for: the next one needs memory,
 * in a hook, where nobody can wait for it. Those in flight are of processes that
 * share the tracked mm and wait in mlock(), for a userfaultfd that nobody serves.
 */
#define CROWD		70
#define CROWD_STACK	(4 * PAGE)

static char crowd_stacks[CROWD][CROWD_STACK];
static char *crowd_pages;

static int wait_in_mlock(void *page)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	mlock(page, PAGE);
	syscall(SYS_exit, 0);
	return 0;
}

/* Ends with the caller, whose mm it is in. */
static void make_crowd(void)
{
	struct uffdio_register area = {
		.range.len = CROWD * PAGE,
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct uffdio_api api = { .api = UFFD_API };
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	struct uffd_msg msg;

	crowd_pages = mmap(NULL, CROWD * PAGE, RW, PRIVATE, -1, 0);
	area.range.start = (uintptr_t)crowd_pages;
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api) ||
	    ioctl(uffd, UFFDIO_REGISTER, &area))
		_exit(2);
	for (unsigned int i = 0; i < CROWD; i++) {
		if (clone(wait_in_mlock, crowd_stacks[i] + CROWD_STACK,
			  CLONE_VM | SIGCHLD, crowd_pages + i * PAGE) < 0 ||
		    read(uffd, &msg, sizeof(msg)) != sizeof(msg))
			_exit(2);
	}
}

static void run_crowded_change(unsigned int nth)
{
	make_arena();
	reset_arena();
	make_crowd();
	faults_begin(nth);
	change_madvise();
	faults_end();
	syscall(SYS_exit_group, 0);
}

static void run_crowded_fork(unsigned int nth)
{
	pid_t pid;

	make_crowd();
	faults_begin(nth);
	pid = syscall(SYS_fork);
	faults_end();
	if (!pid || waitpid(pid, NULL, 0) != pid)
		syscall(SYS_exit_group, pid ? 2 : 0);
	syscall(SYS_exit_group, 0);
}

static void run_crowded_exit(unsigned int nth)
{
	make_crowd();
	faults_begin(nth);
	syscall(SYS_exit_group, 0);
}

static void run_crowded_exec(unsigned int nth)
{
	char * const argv[] = { "true", NULL };

	make_crowd();
	faults_begin(nth);
	execve("/bin/true", argv, argv + 1);
	syscall(SYS_exit_group, 3);
}

/* Another process of this mm, whose child the new image would be. */
static void run_crowded_spawn(unsigned int nth)
{
	char * const argv[] = { "true", NULL };
	pid_t pid;

	make_crowd();
	pid = vfork();
	if (!pid) {
		if (faults_init_thread())
			_exit(2);
		faults_begin(nth);
		execve("/bin/true", argv, argv + 1);
		_exit(3);
	}
	if (waitpid(pid, NULL, 0) != pid)
		syscall(SYS_exit_group, 2);
	syscall(SYS_exit_group, 0);
}

TEST_F(faults, crowded)
{
	static const struct {
		const char *name;
		void (*run)(unsigned int nth);
		unsigned int end_cause;
		unsigned int children_lost;
	} cases[] = {
		{ "change", run_crowded_change, VPROC_CAUSE_EXIT, 0 },
		{ "fork", run_crowded_fork, VPROC_CAUSE_EXIT, 1 },
		{ "exec", run_crowded_exec, VPROC_CAUSE_NOMEM, 0 },
		{ "exec of a child", run_crowded_spawn, VPROC_CAUSE_EXIT, 1 },
		{ "exit", run_crowded_exit, VPROC_CAUSE_EXIT, 0 },
	};
	struct vproc_stats stats;

	ASSERT_EQ(0, faults_spare_sleepers(true));
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		EXPECT_EQ(0, try_child(_metadata, cases[i].run, FAULTS_ALL,
				       &stats)) {
			TH_LOG("%s", cases[i].name);
		}
		EXPECT_EQ(cases[i].end_cause, stats.end_cause) {
			TH_LOG("%s", cases[i].name);
		}
		EXPECT_EQ(cases[i].children_lost, stats.children_lost) {
			TH_LOG("%s", cases[i].name);
		}
	}
	EXPECT_EQ(0, faults_spare_sleepers(false));
}

static void disarm(struct __test_metadata *_metadata, int fd)
{
	struct vproc_info info = { .hooks = 1 };

	for (unsigned int i = 0; i < 600 && info.hooks; i++) {
		usleep(50 * 1000);
		ASSERT_EQ(0, ioctl(fd, VPROC_INFO, &info));
	}
	ASSERT_EQ(0, info.hooks);
}

/*
 * A failure that lasted would keep others from tracking as long as somebody
 * tries to. To see that it does not takes a second each time, until they are
 * disarmed again.
 */
TEST_F_TIMEOUT(faults, arms_hooks, 7200)
{
	unsigned int nth, failed = 0;
	bool happened = true;
	int ret;

	close(self->anchor);
	for (nth = 1; happened; nth += stride(13)) {
		disarm(_metadata, self->fd);
		faults_begin(nth);
		ret = vproc_attach(self->fd, self->target.pid, 0);
		happened = faults_end();
		ASSERT_GT(FAULTS_MOST, nth);
		if (ret) {
			EXPECT_EQ(ENOMEM, errno) {
				TH_LOG("fault %u", nth);
			}
			if (failed++ % 8)
				continue;
			EXPECT_EQ(0, vproc_attach(self->fd, self->target.pid, 0)) {
				TH_LOG("fault %u, after it: errno %d", nth,
				       errno);
			}
		}
		EXPECT_SAME(self->fd, self->target.pid);
		close(self->fd);
		self->fd = vproc_open();
	}
	TH_LOG("%u attaches failed, the last fault was %u", failed, nth - 1);
	self->anchor = vproc_open();
}

/*
 * Loading the module
 */

static int load(int fd)
{
	return syscall(SYS_finit_module, fd, "", 0);
}

/* Somebody's last operation may still be on its way out. */
static int unload(void)
{
	int ret = -1;

	for (int i = 0; ret && i < 1000; i++) {
		ret = syscall(SYS_delete_module, "vproc", O_NONBLOCK);
		if (ret)
			usleep(10 * 1000);
	}
	return ret;
}

static int open_module(void)
{
	char path[PATH_MAX] = "";
	struct utsname uts;
	char *end;

	if (readlink("/proc/self/exe", path, sizeof(path) - 100) < 0 ||
	    uname(&uts))
		return -1;
	end = strstr(path, "/selftests/");
	if (!end)
		return -1;
	sprintf(end, "/%s/vproc.ko", uts.release);
	return open(path, O_RDONLY | O_CLOEXEC);
}

FIXTURE(module)
{
	int fd;
};

FIXTURE_SETUP(module)
{
	ASSERT_EQ(0, faults_init());
	self->fd = open_module();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, unload());
}

FIXTURE_TEARDOWN(module)
{
	close(self->fd);
}

/* One that cannot be loaded leaves nothing behind; in the end it is loaded. */
TEST_F_TIMEOUT(module, loads, 7200)
{
	unsigned int nth, failed = 0;
	bool happened = true;
	int ret;

	/*
	 * sysfs_slab_add() of 6.1 leaks the name of a cache whose kobject it
	 * could not add. kmemleak says so, and would fail all tests.
	 */
	if (stride(0) != 1) {
		ASSERT_EQ(0, load(self->fd));
		SKIP(return, "the kernel's own leak, see make faults");
	}

	for (nth = 1; happened; nth++) {
		faults_begin(nth);
		ret = load(self->fd);
		happened = faults_end();
		if (ret) {
			failed++;
			EXPECT_EQ(ENOMEM, errno) {
				TH_LOG("fault %u", nth);
			}
			EXPECT_EQ(-1, access("/sys/module/vproc", F_OK));
			EXPECT_EQ(-1, access(VPROC_DEVICE, F_OK));
		} else if (happened) {
			EXPECT_EQ(0, access(VPROC_DEVICE, F_OK));
			ASSERT_EQ(0, unload());
		}
	}
	EXPECT_LT(0, failed);
	TH_LOG("%u loads failed, the last fault was %u", failed, nth - 1);
	ret = vproc_open();
	EXPECT_LE(0, ret);
	close(ret);
}

/* Before main(): a fixture that skips does not keep its tests from running. */
static void __attribute__((constructor)) skip_without_injection(void)
{
	if (!faults_init())
		return;
	puts("1..0 # SKIP this kernel has no fault injection");
	exit(0);
}

TEST_HARNESS_MAIN
