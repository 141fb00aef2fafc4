// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trackers over the life of a process: exec, fork, exit, and what is left of
 * it afterwards.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/personality.h>

#include "check.h"
#include "lib/cgroup.h"
#include "lib/program.h"

#define RW	(PROT_READ | PROT_WRITE)
#define PRIVATE	(MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED	(MAP_SHARED | MAP_ANONYMOUS)

static struct replay replay;
static struct vproc_map map;
static char text[VPROC_TEXT_SIZE];

static bool is_mapped(int fd, const char *path)
{
	return vproc_read_map(fd, &map) == 0 &&
	       vproc_render_map(fd, &map, text, sizeof(text)) > 0 &&
	       strstr(text, path);
}

FIXTURE(exec)
{
	int fd;
	char cat[PATH_MAX];
	struct program program;
};

FIXTURE_SETUP(exec)
{
	ASSERT_NE(NULL, realpath("/bin/cat", self->cat));
	self->fd = vproc_open();
	ASSERT_LE(0, self->fd);
	replay_init(&replay);
}

FIXTURE_TEARDOWN(exec)
{
	close(self->fd);
}

TEST_F(exec, followed)
{
	const struct preparation preparation = {
		.fd = self->fd,
		.flags = VPROC_ATTACH_EXEC | VPROC_ATTACH_CHECK_END,
	};
	char * const argv[] = { self->cat, NULL };
	struct vproc_stats stats;
	struct vproc_event event;

	ASSERT_EQ(0, program_start(&self->program, &preparation, argv));
	ASSERT_EQ(0, program_set_up(&self->program));
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(VPROC_STATE_LIVE, stats.state);
	EXPECT_EQ(self->program.pid, stats.pid);
	EXPECT_EQ(1, stats.execs);
	EXPECT_SAME_REPLAYED(self->fd, self->program.pid, &replay);
	EXPECT_EQ(1, replay.ops[VPROC_EV_ATTACH]);
	EXPECT_EQ(1, replay.ops[VPROC_EV_EXEC]);

	EXPECT_EQ(0, program_end(&self->program));
	ASSERT_EQ(1, replay_await(&replay, self->fd, VPROC_EV_END, &event));
	EXPECT_EQ(VPROC_CAUSE_EXIT, event.cause);
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(VPROC_STATE_ENDED, stats.state);
	EXPECT_EQ(VPROC_CAUSE_EXIT, stats.end_cause);
	EXPECT_LT(0, stats.end_checked);
	EXPECT_EQ(0, stats.end_differences);
	EXPECT_EQ(0, stats.missed);
	EXPECT_EQ(0, stats.resyncs);
	EXPECT_EQ(0, replay_check(&replay, self->fd));
	EXPECT_TRUE(is_mapped(self->fd, self->cat));
}

TEST_F(exec, followed_several_times)
{
	const struct preparation preparation = {
		.fd = self->fd,
		.flags = VPROC_ATTACH_EXEC,
	};
	char * const argv[] = {
		"/bin/sh", "-c", "exec /bin/sh -c 'exec /bin/cat'", NULL
	};
	struct vproc_stats stats;

	ASSERT_EQ(0, program_start(&self->program, &preparation, argv));
	ASSERT_EQ(0, program_set_up(&self->program));
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(3, stats.execs);
	EXPECT_SAME_REPLAYED(self->fd, self->program.pid, &replay);
	EXPECT_EQ(3, replay.ops[VPROC_EV_EXEC]);
	EXPECT_EQ(0, program_end(&self->program));
}

/* Nothing is between the program, the heap and the stack but a page. */
TEST_F(exec, without_randomization)
{
	const struct preparation preparation = {
		.fd = self->fd,
		.flags = VPROC_ATTACH_EXEC,
		.personality = ADDR_NO_RANDOMIZE,
	};
	char * const argv[] = { self->cat, NULL };

	ASSERT_EQ(0, program_start(&self->program, &preparation, argv));
	ASSERT_EQ(0, program_set_up(&self->program));
	EXPECT_SAME_REPLAYED(self->fd, self->program.pid, &replay);
	EXPECT_EQ(0, program_end(&self->program));
}

/* Pages at address 0, and every readable mapping executable. */
TEST_F(exec, with_an_old_personality)
{
	const struct preparation preparation = {
		.fd = self->fd,
		.flags = VPROC_ATTACH_EXEC,
		.personality = MMAP_PAGE_ZERO | READ_IMPLIES_EXEC |
			       ADDR_COMPAT_LAYOUT,
	};
	char * const argv[] = { self->cat, NULL };

	ASSERT_EQ(0, program_start(&self->program, &preparation, argv));
	ASSERT_EQ(0, program_set_up(&self->program));
	EXPECT_SAME_REPLAYED(self->fd, self->program.pid, &replay);
	EXPECT_EQ(0, program_end(&self->program));
}

static void ignore_signal(int signal)
{
	(void)signal;
}

/* Make a process that sends SIGURG to a process group until it is killed. */
static pid_t start_signalling(pid_t group)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		kill(-group, SIGURG);
}

static void end_signalling(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* In the target: a group of its own, in which SIGURG interrupts. */
static long expect_signals(const unsigned long *args)
{
	struct sigaction action = { .sa_handler = ignore_signal };

	(void)args;
	action.sa_flags = SA_RESTART;
	return setpgid(0, 0) || sigaction(SIGURG, &action, NULL) ? -1 : 0;
}

static const char signalled_script[] =
	"trap : URG; [ $1 = 0 ] && exec /bin/cat; exec /bin/sh \"$0\" $(($1 - 1))";

/* A signal that is pending is no reason to lose the process. */
TEST_F(exec, amid_signals)
{
	const struct preparation preparation = {
		.fd = self->fd,
		.flags = VPROC_ATTACH_EXEC,
		.group = true,
	};
	char path[] = "/tmp/vproc.XXXXXX";
	char * const argv[] = { "/bin/sh", path, "20", NULL };
	int script = mkstemp(path);
	struct vproc_stats stats;
	pid_t signaller;

	ASSERT_LE(0, script);
	ASSERT_LT(0, write(script, signalled_script, strlen(signalled_script)));
	close(script);
	ASSERT_EQ(0, program_start(&self->program, &preparation, argv));
	signaller = start_signalling(self->program.pid);
	ASSERT_LT(0, signaller);
	EXPECT_EQ(0, program_set_up(&self->program));
	end_signalling(signaller);
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(VPROC_STATE_LIVE, stats.state);
	EXPECT_EQ(22, stats.execs);
	EXPECT_EQ(0, stats.missed);
	EXPECT_SAME_REPLAYED(self->fd, self->program.pid, &replay);
	EXPECT_EQ(0, program_end(&self->program));
	unlink(path);
}

/*
 * Whether an attach comes before or after an exec, its stream is that of an
 * attach. That they meet takes an attach that is put aside in the middle.
 */
TEST_F(exec, met_by_an_attach)
{
	const struct preparation preparation = { .fd = -1 };
	char *again = "exec sh -c \"$0\" \"$0\"";
	char * const argv[] = { "/bin/sh", "-c", again, again, NULL };
	struct vproc_event event;
	cpu_set_t cpus;
	int fd, i;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(cpus), &cpus));
	ASSERT_EQ(0, program_start(&self->program, &preparation, argv));
	ASSERT_EQ(19, nice(19));
	for (i = 0; i < 300; i++) {
		fd = vproc_open();
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, vproc_attach(fd, self->program.pid,
					  VPROC_ATTACH_EXEC));
		ASSERT_EQ(sizeof(event), read(fd, &event, sizeof(event)));
		EXPECT_EQ(VPROC_EV_ATTACH, event.op)
			TH_LOG("attach %d", i);
		close(fd);
	}
	EXPECT_EQ(0, kill(self->program.pid, SIGKILL));
	program_end(&self->program);
}

/*
 * The new mm is there before it is decided what belongs to it; meanwhile the old
 * one goes, which takes the longer the more it has mapped.
 */
TEST_F(exec, met_by_an_attach_half_way)
{
	const size_t size = 64 << 20;
	const struct preparation preparation = { .fd = -1 };
	char * const argv[] = { self->cat, NULL };
	struct vproc_region region;
	char *large = mmap(NULL, size, RW, PRIVATE | MAP_POPULATE, -1, 0);
	int fd;

	ASSERT_NE(MAP_FAILED, large);
	for (int i = 0; i < 10; i++) {
		ASSERT_EQ(0, program_start(&self->program, &preparation, argv));
		for (;;) {
			fd = vproc_open_attached(self->program.pid, 0);
			ASSERT_LE(0, fd);
			if (vproc_query(fd, (unsigned long)large, 0, &region,
					NULL, 0))
				break;
			close(fd);
		}
		ASSERT_EQ(0, program_set_up(&self->program));
		EXPECT_SAME(fd, self->program.pid);
		close(fd);
		EXPECT_EQ(0, program_end(&self->program));
	}
	munmap(large, size);
}

TEST_F(exec, not_followed)
{
	struct vproc_stats stats;
	struct vproc_event event;
	struct target target;
	char * const argv[] = { "/bin/true", NULL };

	ASSERT_EQ(0, target_start(&target));
	ASSERT_EQ(0, vproc_attach(self->fd, target.pid, 0));
	ASSERT_LT(0, vproc_read_proc(target.pid, "maps", text, sizeof(text)));
	/* No answer comes back. */
	EXPECT_EQ(-1, target_syscall(&target, SYS_execve,
				     (unsigned long)argv[0],
				     (unsigned long)argv, 0));
	ASSERT_EQ(1, replay_await(&replay, self->fd, VPROC_EV_END, &event));
	EXPECT_TRUE(event.cause == VPROC_CAUSE_EXEC ||
		    event.cause == VPROC_CAUSE_EXIT);
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(VPROC_STATE_ENDED, stats.state);
	EXPECT_EQ(0, stats.execs);
	EXPECT_EQ(0, vproc_compare_text(self->fd, text));
	EXPECT_EQ(0, target_kill(&target, 0));
}

TEST_F(exec, that_fails)
{
	char * const no_program[] = { "/etc/passwd", NULL };
	char * const nothing[] = { "/nonexistent", NULL };
	struct vproc_stats stats;
	struct target target;

	ASSERT_EQ(0, target_start(&target));
	ASSERT_EQ(0, vproc_attach(self->fd, target.pid, VPROC_ATTACH_EXEC));
	EXPECT_ERRNO(ENOENT, target_syscall(&target, SYS_execve,
					    (unsigned long)nothing[0],
					    (unsigned long)nothing, 0));
	EXPECT_ERRNO(EACCES, target_syscall(&target, SYS_execve,
					    (unsigned long)no_program[0],
					    (unsigned long)no_program, 0));
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(VPROC_STATE_LIVE, stats.state);
	EXPECT_EQ(0, stats.execs);
	EXPECT_SAME_REPLAYED(self->fd, target.pid, &replay);
	EXPECT_EQ(0, replay.ops[VPROC_EV_EXEC]);
	EXPECT_EQ(0, target_stop(&target));
}

static void *exec_in_thread(void *argv)
{
	execv(((char **)argv)[0], argv);
	return NULL;
}

/* The thread that calls exec takes over the process's id. */
TEST_F(exec, by_another_thread)
{
	char * const argv[] = { self->cat, NULL };
	int in[2], out[2];
	struct vproc_stats stats;
	pthread_t thread;

	ASSERT_EQ(0, pipe2(in, O_CLOEXEC));
	ASSERT_EQ(0, pipe2(out, O_CLOEXEC));
	self->program.pid = fork();
	if (!self->program.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		if (vproc_attach(self->fd, 0, VPROC_ATTACH_EXEC) ||
		    pthread_create(&thread, NULL, exec_in_thread,
				   (void *)argv))
			_exit(126);
		pthread_join(thread, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	self->program.in = in[1];
	self->program.out = out[0];
	ASSERT_EQ(0, program_set_up(&self->program));
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(VPROC_STATE_LIVE, stats.state);
	EXPECT_EQ(self->program.pid, stats.pid);
	EXPECT_EQ(1, stats.execs);
	EXPECT_SAME_REPLAYED(self->fd, self->program.pid, &replay);
	EXPECT_EQ(0, program_end(&self->program));
}

/* Open the device as somebody without privileges. */
static int open_as_nobody(void)
{
	struct stat stat_buf;
	int fd;

	if (stat(VPROC_DEVICE, &stat_buf) || chmod(VPROC_DEVICE, 0666))
		return -1;
	if (seteuid(NOBODY))
		return -1;
	fd = vproc_open();
	if (seteuid(0) || chmod(VPROC_DEVICE, stat_buf.st_mode & 07777))
		return -1;
	return fd;
}

TEST_F(exec, of_what_may_be_read)
{
	struct preparation preparation = {
		.fd = open_as_nobody(),
		.flags = VPROC_ATTACH_EXEC,
		.uid = NOBODY,
	};
	char * const argv[] = { self->cat, NULL };

	if (geteuid())
		SKIP(return, "needs root");
	ASSERT_LE(0, preparation.fd);
	ASSERT_EQ(0, program_start(&self->program, &preparation, argv));
	ASSERT_EQ(0, program_set_up(&self->program));
	EXPECT_SAME_REPLAYED(preparation.fd, self->program.pid, &replay);
	EXPECT_EQ(0, program_end(&self->program));
	close(preparation.fd);
}

TEST_F(exec, of_what_may_not_be_read)
{
	struct preparation preparation = {
		.fd = open_as_nobody(),
		.flags = VPROC_ATTACH_EXEC,
		.uid = NOBODY,
	};
	char path[64];
	char * const argv[] = { path, NULL };
	struct vproc_event event;
	struct vproc_stats stats;

	if (geteuid())
		SKIP(return, "needs root");
	ASSERT_LE(0, preparation.fd);
	ASSERT_EQ(0, program_copy(path, sizeof(path), 0111));

	ASSERT_EQ(0, program_start(&self->program, &preparation, argv));
	ASSERT_EQ(0, program_set_up(&self->program));
	ASSERT_EQ(1, replay_await(&replay, preparation.fd, VPROC_EV_END,
				  &event));
	EXPECT_EQ(VPROC_CAUSE_DENIED, event.cause);
	/* Not even where it begins. */
	EXPECT_EQ(0, event.ip);
	ASSERT_EQ(0, vproc_stats(preparation.fd, &stats));
	EXPECT_EQ(VPROC_STATE_ENDED, stats.state);
	EXPECT_EQ(VPROC_CAUSE_DENIED, stats.end_cause);
	EXPECT_FALSE(is_mapped(preparation.fd, path));
	EXPECT_EQ(0, program_end(&self->program));

	close(preparation.fd);
	program_remove(path);
}

/* Who had privileges when attaching may look all the same. */
TEST_F(exec, of_what_others_may_not_read)
{
	const struct preparation preparation = {
		.fd = self->fd,
		.flags = VPROC_ATTACH_EXEC,
		.uid = NOBODY,
		.attach_first = true,
	};
	char path[64];
	char * const argv[] = { path, NULL };

	if (geteuid())
		SKIP(return, "needs root");
	ASSERT_EQ(0, program_copy(path, sizeof(path), 0111));
	ASSERT_EQ(0, program_start(&self->program, &preparation, argv));
	ASSERT_EQ(0, program_set_up(&self->program));
	EXPECT_SAME_REPLAYED(self->fd, self->program.pid, &replay);
	EXPECT_EQ(0, program_end(&self->program));
	program_remove(path);
}

/* A target, tracked with its children, and two channels for those. */
FIXTURE(fork)
{
	struct target target;
	struct target children[2];
	int fd;
};

FIXTURE_SETUP(fork)
{
	ASSERT_EQ(0, target_open(&self->children[0]));
	ASSERT_EQ(0, target_open(&self->children[1]));
	ASSERT_EQ(0, target_start(&self->target));
	self->fd = vproc_open_attached(self->target.pid,
				       VPROC_ATTACH_FORK | VPROC_ATTACH_EXEC);
	ASSERT_LE(0, self->fd);
	replay_init(&replay);
}

FIXTURE_TEARDOWN(fork)
{
	close(self->fd);
	target_stop(&self->target);
}

static int open_child(int fd, __u64 id)
{
	struct vproc_open_child child = { .id = id, .flags = O_CLOEXEC };

	return ioctl(fd, VPROC_OPEN_CHILD, &child) ? -1 : child.fd;
}

/* Have @parent fork; the new process answers on the channel of @child. */
static pid_t fork_target(struct target *parent, struct target *child)
{
	pid_t pid = target_call(parent, target_fn_fork, child->remote);

	/* Once it answers it has run user code. */
	if (pid < 0 || target_syscall(child, SYS_getpid) != pid)
		return -1;
	return pid;
}

TEST_F(fork, followed)
{
	static struct replay child_replay;
	struct target *child = &self->children[0];
	struct vproc_event event;
	struct vproc_stats stats;
	pid_t pid = fork_target(&self->target, child);
	int fd;

	ASSERT_LT(0, pid);
	ASSERT_EQ(1, replay_await(&replay, self->fd, VPROC_EV_FORK, &event));
	EXPECT_EQ(pid, event.end);
	EXPECT_EQ(VPROC_CAUSE_FORK, event.cause);
	EXPECT_EQ(self->target.pid, event.tid);
	ASSERT_NE(0, event.start);
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(1, stats.children);

	fd = open_child(self->fd, event.start);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(0, stats.children);
	EXPECT_ERRNO(ENOENT, open_child(self->fd, event.start));
	ASSERT_EQ(0, vproc_stats(fd, &stats));
	EXPECT_EQ(event.start, stats.id);
	EXPECT_EQ(pid, stats.pid);

	replay_init(&child_replay);
	EXPECT_SAME_REPLAYED(fd, pid, &child_replay);
	/* Each goes its own way now. */
	ASSERT_LT(0, target_syscall(child, SYS_mmap, 0, 3 * PAGE, RW, SHARED,
				    -1, 0));
	EXPECT_SAME_REPLAYED(fd, pid, &child_replay);
	EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);
	ASSERT_LT(0, target_syscall(&self->target, SYS_mmap, 0, PAGE, RW,
				    SHARED, -1, 0));
	EXPECT_SAME_REPLAYED(fd, pid, &child_replay);
	EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);

	EXPECT_EQ(0, target_stop(child));
	while (!child_replay.end.op)
		ASSERT_EQ(1, replay_next(&child_replay, fd, &event, true));
	EXPECT_EQ(VPROC_CAUSE_EXIT, event.cause);
	EXPECT_EQ(0, replay_check(&child_replay, fd));
	close(fd);
}

/* The regions that are said to share pages, of those that could. */
static void count_shared(const struct vproc_map *map, unsigned int *shared,
			 unsigned int *could)
{
	*shared = 0;
	*could = 0;
	for (unsigned int i = 0; i < map->head.count; i++) {
		const struct vproc_region *region = &map->regions[i];

		*shared += region->flags == VPROC_REGION_COW;
		*could += (region->perm & (VPROC_PERM_WRITE |
					   VPROC_PERM_SHARED)) ==
			  VPROC_PERM_WRITE;
	}
}

static bool is_shared(int fd, __u64 addr)
{
	struct vproc_region region;

	return !vproc_query(fd, addr, 0, &region, NULL, 0) &&
	       region.flags == VPROC_REGION_COW;
}

#define EXPECT_SHARED(expected, fd) do {				\
	unsigned int shared, could;					\
									\
	ASSERT_EQ(0, vproc_read_map(fd, &map));				\
	count_shared(&map, &shared, &could);				\
	EXPECT_LT(0, could);						\
	EXPECT_EQ((expected) ? could : 0, shared);			\
} while (0)

/* What is private and writable at a fork is shared after it, on both sides. */
TEST_F(fork, shares_pages)
{
	struct target *child = &self->children[0];
	unsigned long old, new, gap;
	int fd;

	old = target_syscall(&self->target, SYS_mmap, 0, 3 * PAGE, PROT_READ,
			     PRIVATE, -1, 0);
	EXPECT_SHARED(false, self->fd);
	ASSERT_LT(0, fork_target(&self->target, child));
	fd = open_child(self->fd, 0);
	ASSERT_LE(0, fd);
	EXPECT_SHARED(true, self->fd);
	EXPECT_SHARED(true, fd);

	/* Read-only, it is not copied on write; writable again, it is. */
	EXPECT_FALSE(is_shared(fd, old));
	ASSERT_EQ(0, target_syscall(child, SYS_mprotect, old + PAGE, PAGE, RW));
	EXPECT_TRUE(is_shared(fd, old + PAGE));
	EXPECT_FALSE(is_shared(fd, old));
	EXPECT_FALSE(is_shared(self->fd, old + PAGE));

	/* New memory is nobody else's. It shall not touch what is there. */
	gap = target_syscall(child, SYS_mmap, 0, 3 * PAGE, PROT_NONE, SHARED, -1,
			     0);
	ASSERT_LT(0, gap);
	new = target_syscall(child, SYS_mmap, gap + PAGE, PAGE, RW,
			     PRIVATE | MAP_FIXED, -1, 0);
	ASSERT_EQ(gap + PAGE, new);
	EXPECT_FALSE(is_shared(fd, new));
	ASSERT_LT(0, fork_target(child, &self->children[1]));
	EXPECT_TRUE(is_shared(fd, new));
	EXPECT_EQ(0, target_stop(child));
	close(fd);
}

TEST_F(fork, grandchild_followed)
{
	struct target *child = &self->children[0];
	struct target *grandchild = &self->children[1];
	int fd, grandchild_fd;
	pid_t pid;

	ASSERT_LT(0, fork_target(&self->target, child));
	fd = open_child(self->fd, 0);
	ASSERT_LE(0, fd);
	pid = fork_target(child, grandchild);
	ASSERT_LT(0, pid);
	EXPECT_ERRNO(ENOENT, open_child(self->fd, 0));
	grandchild_fd = open_child(fd, 0);
	ASSERT_LE(0, grandchild_fd);
	EXPECT_SAME(grandchild_fd, pid);
	/* Nobody needs the trackers above it. */
	close(fd);
	close(self->fd);
	ASSERT_LT(0, target_syscall(grandchild, SYS_mmap, 0, PAGE, RW, SHARED,
				    -1, 0));
	EXPECT_SAME(grandchild_fd, pid);
	close(grandchild_fd);
	self->fd = -1;
	EXPECT_EQ(0, target_stop(grandchild));
	EXPECT_EQ(0, target_stop(child));
}

TEST_F(fork, oldest_child_first)
{
	pid_t pids[2];

	for (unsigned int i = 0; i < 2; i++) {
		pids[i] = fork_target(&self->target, &self->children[i]);
		ASSERT_LT(0, pids[i]);
	}
	for (unsigned int i = 0; i < 2; i++) {
		struct vproc_stats stats;
		int fd = open_child(self->fd, 0);

		ASSERT_LE(0, fd);
		ASSERT_EQ(0, vproc_stats(fd, &stats));
		EXPECT_EQ(pids[i], stats.pid);
		EXPECT_SAME(fd, pids[i]);
		close(fd);
	}
	EXPECT_ERRNO(ENOENT, open_child(self->fd, 0));
}

/* Children that wait to be opened go with their parent's tracker. */
TEST_F(fork, close_with_children_waiting)
{
	struct vproc_info before, after;

	ASSERT_LT(0, fork_target(&self->target, &self->children[0]));
	ASSERT_EQ(0, ioctl(self->fd, VPROC_INFO, &before));
	EXPECT_LE(2, before.trackers);
	close(self->fd);
	self->fd = vproc_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ioctl(self->fd, VPROC_INFO, &after));
	EXPECT_EQ(before.trackers - 2, after.trackers);
	/* The child may be attached to again, and lives on. */
	ASSERT_LT(0, target_syscall(&self->children[0], SYS_mmap, 0, PAGE, RW,
				    SHARED, -1, 0));
}

TEST_F(fork, not_followed)
{
	int fd = vproc_open_attached(self->target.pid, 0);
	struct vproc_stats stats;
	int child;

	ASSERT_LE(0, fd);
	ASSERT_LT(0, fork_target(&self->target, &self->children[0]));
	EXPECT_ERRNO(ENOENT, open_child(fd, 0));
	ASSERT_EQ(0, vproc_stats(fd, &stats));
	EXPECT_EQ(0, stats.children);
	EXPECT_EQ(0, stats.children_lost);
	EXPECT_SAME_REPLAYED(fd, self->target.pid, &replay);
	/* The other tracker follows it nevertheless. */
	child = open_child(self->fd, 0);
	EXPECT_LE(0, child);
	close(child);
	close(fd);
}

static long fork_and_exit(const unsigned long *args)
{
	for (unsigned long i = 0; i < args[0]; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			return -1;
	}
	return 0;
}

/* There is room for so many; the others are counted, and have no tracker. */
TEST_F(fork, more_children_than_there_is_room_for)
{
	struct vproc_event event;
	struct vproc_stats stats;
	struct vproc_info info;
	unsigned int followed = 0;
	const unsigned int more = 3;

	ASSERT_EQ(0, ioctl(self->fd, VPROC_INFO, &info));
	if (info.max_children > 1024)
		SKIP(return, "room for %u", info.max_children);
	ASSERT_EQ(0, target_call(&self->target, fork_and_exit,
				 info.max_children + more));
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(info.max_children, stats.children);
	EXPECT_EQ(more, stats.children_lost);
	while (replay_next(&replay, self->fd, &event, false) > 0)
		followed += event.op == VPROC_EV_FORK && event.start;
	EXPECT_EQ(info.max_children + more, replay.ops[VPROC_EV_FORK]);
	EXPECT_EQ(info.max_children, followed);
	EXPECT_SAME(self->fd, self->target.pid);
}

/* A child may have a signal to handle before it has run at all. */
TEST_F(fork, amid_signals)
{
	struct vproc_stats stats;
	pid_t signaller;

	ASSERT_EQ(0, target_call(&self->target, expect_signals));
	signaller = start_signalling(self->target.pid);
	ASSERT_LT(0, signaller);
	EXPECT_EQ(0, target_call(&self->target, fork_and_exit, 50));
	end_signalling(signaller);
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(50, stats.children);
	EXPECT_EQ(0, stats.children_lost);
	EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);
}

static void *wait_for_ever(void *arg)
{
	__atomic_store_n((pid_t *)arg, syscall(SYS_gettid), __ATOMIC_RELEASE);
	for (;;)
		pause();
	return NULL;
}

static pid_t thread_tid;

static long start_thread(const unsigned long *args)
{
	pthread_t thread;

	(void)args;
	if (pthread_create(&thread, NULL, wait_for_ever, &thread_tid))
		return -1;
	while (!__atomic_load_n(&thread_tid, __ATOMIC_ACQUIRE))
		sched_yield();
	return thread_tid;
}

TEST_F(fork, thread_is_no_child)
{
	struct vproc_stats stats;
	pid_t tid = target_call(&self->target, start_thread);
	int fd;

	ASSERT_LT(0, tid);
	EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);
	EXPECT_EQ(0, replay.ops[VPROC_EV_FORK]);
	EXPECT_ERRNO(ENOENT, open_child(self->fd, 0));

	/* To attach to a thread is to attach to its process. */
	fd = vproc_open_attached(tid, 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vproc_stats(fd, &stats));
	EXPECT_EQ(self->target.pid, stats.pid);
	EXPECT_SAME(fd, self->target.pid);
	close(fd);
}

/* A userfaultfd changes the map that it was opened for, whoever uses it. */
TEST_F(fork, userfaultfd_used_by_the_child)
{
	struct target *child = &self->children[0];
	int uffd = target_call(&self->target, target_fn_userfaultfd);
	struct vproc_stats stats;
	long base;

	if (uffd < 0)
		SKIP(return, "userfaultfd: errno %d", errno);
	base = target_syscall(&self->target, SYS_mmap, 0, 16 * PAGE, RW,
			      PRIVATE, -1, 0);
	ASSERT_LT(0, base);
	ASSERT_EQ(0, target_call(&self->target, target_fn_register, uffd,
				 base + 2 * PAGE, PAGE));
	EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);
	ASSERT_LT(0, fork_target(&self->target, child));

	/* Only a boundary moves: there are as many regions as before. */
	ASSERT_EQ(0, target_call(child, target_fn_register, uffd, base + 3 * PAGE,
				 PAGE));
	EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);
	ASSERT_EQ(0, target_call(child, target_fn_register, uffd, base + 5 * PAGE,
				 2 * PAGE));
	EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);
	/* The child has the last reference, and lets it go. */
	ASSERT_EQ(0, target_syscall(&self->target, SYS_close, uffd));
	EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);
	ASSERT_EQ(0, target_syscall(child, SYS_close, uffd));
	EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(0, stats.missed);
}

static long run_fork_exec(const unsigned long *args)
{
	pid_t pid = fork();

	if (!pid) {
		execl((char *)args[0], (char *)args[0], NULL);
		_exit(127);
	}
	return waitpid(pid, NULL, 0);
}

static long run_vfork_exec(const unsigned long *args)
{
	const char *path = (char *)args[0];
	pid_t pid = vfork();

	if (!pid) {
		execl(path, path, NULL);
		_exit(127);
	}
	return waitpid(pid, NULL, 0);
}

static long run_spawn(const unsigned long *args)
{
	char * const argv[] = { (char *)args[0], NULL };
	pid_t pid;

	if (posix_spawn(&pid, argv[0], NULL, NULL, argv, NULL))
		return -1;
	return waitpid(pid, NULL, 0);
}

TEST_F(fork, and_exec)
{
	/* One that shares its parent's map is tracked from its exec on. */
	static const struct {
		target_fn run;
		unsigned int execs;
	} ways[] = {
		{ run_fork_exec, 1 },
		{ run_vfork_exec, 0 },
		{ run_spawn, 0 },
	};
	char path[PATH_MAX];

	ASSERT_NE(NULL, realpath("/bin/true", path));
	for (unsigned int i = 0; i < ARRAY_SIZE(ways); i++) {
		struct vproc_stats stats;
		struct vproc_event event;
		pid_t pid = target_call(&self->target, ways[i].run,
					target_string(&self->target, path));
		int fd = open_child(self->fd, 0);

		ASSERT_LT(0, pid);
		ASSERT_LE(0, fd);
		replay_init(&replay);
		ASSERT_EQ(1, replay_await(&replay, fd, VPROC_EV_END, &event));
		EXPECT_EQ(VPROC_CAUSE_EXIT, event.cause);
		ASSERT_EQ(0, vproc_stats(fd, &stats));
		EXPECT_EQ(VPROC_STATE_ENDED, stats.state);
		EXPECT_EQ(ways[i].execs, stats.execs);
		EXPECT_EQ(ways[i].execs, replay.ops[VPROC_EV_EXEC]);
		EXPECT_EQ(0, stats.missed);
		EXPECT_EQ(0, replay_check(&replay, fd));
		EXPECT_TRUE(is_mapped(fd, path));
		close(fd);
		EXPECT_SAME(self->fd, self->target.pid);
	}
}

/*
 * Its parent's stream tells where a child was made. Of one that has a program of
 * its own by then, and may be one that others may not look at, it tells nothing.
 */
TEST_F(fork, and_exec_tell_no_address_of_the_child)
{
	const unsigned long path = target_string(&self->target, "/bin/true");
	struct vproc_event event;

	ASSERT_LT(0, target_call(&self->target, run_fork_exec, path));
	ASSERT_EQ(1, replay_await(&replay, self->fd, VPROC_EV_FORK, &event));
	ASSERT_EQ(0, vproc_read_map(self->fd, &map));
	EXPECT_NE(NULL, vproc_find(&map, event.ip));
	ASSERT_LT(0, target_call(&self->target, run_spawn, path));
	ASSERT_EQ(1, replay_await(&replay, self->fd, VPROC_EV_FORK, &event));
	EXPECT_EQ(0, event.ip);
}

/* A process whose end is near. */
FIXTURE(end)
{
	struct target target;
	struct target other;
	int fd;
	char dir[64];
};

FIXTURE_SETUP(end)
{
	strcpy(self->dir, "/tmp/vproc.XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_EQ(0, target_open(&self->other));
	ASSERT_EQ(0, target_start(&self->target));
	self->fd = vproc_open_attached(self->target.pid,
				       VPROC_ATTACH_CHECK_END);
	ASSERT_LE(0, self->fd);
	replay_init(&replay);
}

FIXTURE_TEARDOWN(end)
{
	close(self->fd);
	if (self->target.pid)
		target_stop(&self->target);
	umount2(self->dir, MNT_DETACH);
	rmdir(self->dir);
}

/* Everything about a process that is no more, against what it was. */
static void check_remains(struct __test_metadata *_metadata, int fd,
			  const char *before)
{
	struct vproc_verify verify;
	struct vproc_region region;
	struct vproc_event event;
	struct vproc_stats stats;
	struct vproc_heap heap;
	char name[PATH_MAX];

	ASSERT_EQ(1, replay_await(&replay, fd, VPROC_EV_END, &event));
	EXPECT_EQ(VPROC_CAUSE_EXIT, event.cause);
	EXPECT_EQ(0, vproc_compare_text(fd, before));
	EXPECT_EQ(0, replay_check(&replay, fd));
	ASSERT_EQ(0, vproc_stats(fd, &stats));
	EXPECT_EQ(VPROC_STATE_ENDED, stats.state);
	EXPECT_EQ(VPROC_CAUSE_EXIT, stats.end_cause);
	EXPECT_EQ(stats.regions, stats.end_checked);
	EXPECT_EQ(0, stats.end_differences);
	EXPECT_EQ(0, stats.missed);
	EXPECT_EQ(0, vproc_heap(fd, &heap));
	EXPECT_EQ(0, vproc_query(fd, (uintptr_t)&vproc_open, 0, &region, name,
				 sizeof(name)));
	EXPECT_EQ('/', name[0]);
	EXPECT_ERRNO(ESRCH, vproc_verify(fd, &verify));
	EXPECT_ERRNO(ESRCH, ioctl(fd, VPROC_DETACH));
}

TEST_F(end, exit)
{
	ASSERT_LT(0, vproc_read_proc(self->target.pid, "maps", text,
				     sizeof(text)));
	ASSERT_EQ(0, target_stop(&self->target));
	check_remains(_metadata, self->fd, text);
}

TEST_F(end, killed)
{
	ASSERT_LT(0, vproc_read_proc(self->target.pid, "maps", text,
				     sizeof(text)));
	ASSERT_EQ(SIGKILL, target_kill(&self->target, SIGKILL));
	check_remains(_metadata, self->fd, text);
}

TEST_F(end, killed_for_want_of_memory)
{
	struct vproc_stats stats;
	struct vproc_event event;
	struct cgroup cgroup;

	if (cgroup_make(&cgroup, "vproc-test"))
		SKIP(return, "no memory cgroups: errno %d", errno);
	ASSERT_EQ(0, cgroup_write(&cgroup, "memory.max", 16 << 20));
	ASSERT_EQ(0, cgroup_write(&cgroup, "cgroup.procs", self->target.pid));

	/* The channel breaks with the process. */
	EXPECT_EQ(-1, target_call(&self->target, target_fn_exhaust_memory));
	ASSERT_EQ(1, replay_await(&replay, self->fd, VPROC_EV_END, &event));
	EXPECT_EQ(VPROC_CAUSE_EXIT, event.cause);
	EXPECT_EQ(0, replay_check(&replay, self->fd));
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_LT(20, stats.events);
	EXPECT_EQ(stats.regions, stats.end_checked);
	EXPECT_EQ(0, stats.end_differences);
	EXPECT_EQ(0, stats.missed);
	EXPECT_EQ(SIGKILL, target_kill(&self->target, SIGKILL));
	EXPECT_EQ(0, cgroup_remove(&cgroup));
}

#define AREAS		64
#define AREA_PAGES	4

/* Splits and merges that no hook tells of, each far from the one before. */
static void *lock_and_unlock(void *areas)
{
	for (unsigned int i = 0; ; i++) {
		void *area = areas + i % AREAS * AREA_PAGES * PAGE;

		if (i / AREAS % 2)
			munlock(area, 3 * PAGE);
		else
			mlock2(area + PAGE, PAGE, MLOCK_ONFAULT);
	}
	return NULL;
}

static void *map_areas(void)
{
	char *areas = mmap(NULL, AREAS * AREA_PAGES * PAGE, RW, PRIVATE, -1, 0);

	for (unsigned int i = 0; i < AREAS; i++)
		mprotect(areas + (i * AREA_PAGES + 3) * PAGE, PAGE, PROT_NONE);
	return areas;
}

enum { STARTS, READY, GO };

static void wait_until(const int *stage, int wanted)
{
	while (__atomic_load_n(stage, __ATOMIC_ACQUIRE) != wanted)
		sched_yield();
}

/* A process that ends so long after it is told to. */
static pid_t fork_to_end(int *stage, unsigned int threads, long nsec)
{
	const struct timespec time = { .tv_nsec = nsec };
	pthread_t thread;
	pid_t pid = fork();

	if (pid)
		return pid;
	for (unsigned int i = 0; i < threads; i++)
		pthread_create(&thread, NULL, lock_and_unlock, map_areas());
	if (threads)
		usleep(20 * 1000);
	__atomic_store_n(stage, READY, __ATOMIC_RELEASE);
	wait_until(stage, GO);
	if (nsec)
		nanosleep(&time, NULL);
	_exit(0);
}

/* Attach to it just then. If that is in time it must be seen to its end. */
static bool attach_to_end(struct __test_metadata *_metadata,
			  unsigned int threads, unsigned int turns, long nsec)
{
	const __u32 flags = VPROC_ATTACH_EXEC | VPROC_ATTACH_CHECK_END;
	struct pollfd pollfd = { .fd = vproc_open() };
	struct vproc_stats stats;
	bool attached;
	int *stage;
	pid_t pid;

	ASSERT_LE(0, pollfd.fd);
	stage = mmap(NULL, PAGE, RW, SHARED, -1, 0);
	ASSERT_NE(MAP_FAILED, stage);
	pid = fork_to_end(stage, threads, nsec);
	ASSERT_LT(0, pid);
	wait_until(stage, READY);
	__atomic_store_n(stage, GO, __ATOMIC_RELEASE);
	while (turns--)
		asm volatile("pause");
	attached = !vproc_attach(pollfd.fd, pid, flags);
	if (attached) {
		ASSERT_EQ(1, poll(&pollfd, 1, 60 * 1000));
		EXPECT_EQ(POLLHUP, pollfd.revents);
		ASSERT_EQ(0, vproc_stats(pollfd.fd, &stats));
		EXPECT_EQ(VPROC_CAUSE_EXIT, stats.end_cause);
		EXPECT_LT(0, stats.end_checked);
		EXPECT_EQ(0, stats.end_differences);
		EXPECT_EQ(0, stats.missed);
	} else {
		EXPECT_EQ(ESRCH, errno);
	}
	EXPECT_EQ(pid, waitpid(pid, NULL, 0));
	munmap(stage, PAGE);
	close(pollfd.fd);
	return attached;
}

/* Where all is many times slower fewer will do. */
#define MEETING_SECONDS	20

TEST(attach_meets_an_exit)
{
	time_t end = time(NULL) + MEETING_SECONDS;
	unsigned int i, attached = 0;

	for (i = 0; i < 500 && time(NULL) < end; i++)
		attached += attach_to_end(_metadata, 0, i % 250 * 40, 0);
	TH_LOG("%u in time, %u too late", attached, i - attached);
}

TEST(attach_meets_an_exit_amid_operations)
{
	time_t end = time(NULL) + MEETING_SECONDS;
	unsigned int i, attached = 0;

	for (i = 0; i < 150 && time(NULL) < end; i++)
		attached += attach_to_end(_metadata, 3, 0, i % 50 * 600000);
	TH_LOG("%u in time, %u too late", attached, i - attached);
}

static void *serve_in_thread(void *channel)
{
	target_serve((long)channel);
	return NULL;
}

/* The first thread goes; the process is still there. */
static long leave_to_another_thread(const unsigned long *args)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, serve_in_thread, (void *)args[0]))
		return -1;
	return syscall(SYS_exit, 0);
}

TEST_F(end, of_the_first_thread_only)
{
	struct target *other = &self->other;
	struct vproc_stats stats;
	pid_t tid;

	/* There is no answer from the thread that leaves. */
	ASSERT_EQ(0, target_begin(&self->target, leave_to_another_thread,
				  (unsigned long [TARGET_ARGS]) { other->remote }));
	tid = target_syscall(other, SYS_gettid);
	ASSERT_LT(0, tid);
	ASSERT_LT(0, target_syscall(other, SYS_mmap, 0, 5 * PAGE, RW, SHARED,
				    -1, 0));
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(VPROC_STATE_LIVE, stats.state);
	EXPECT_SAME_REPLAYED(self->fd, tid, &replay);

	ASSERT_LT(0, vproc_read_proc(tid, "maps", text, sizeof(text)));
	ASSERT_EQ(SIGKILL, target_kill(&self->target, SIGKILL));
	check_remains(_metadata, self->fd, text);
}

static long map_file_in(struct target *target, const char *dir)
{
	char path[PATH_MAX];
	long addr;
	int fd;

	snprintf(path, sizeof(path), "%.60s/file", dir);
	fd = target_open_file(target, path, O_RDWR | O_CREAT);
	if (fd < 0 || target_syscall(target, SYS_ftruncate, fd, 4 * PAGE))
		return -1;
	addr = target_syscall(target, SYS_mmap, 0, 4 * PAGE, RW, MAP_SHARED,
			      fd, 0);
	target_syscall(target, SYS_close, fd);
	return addr;
}

/* A tracker does not keep a file system busy, and keeps the file's name. */
TEST_F(end, file_system_can_be_unmounted)
{
	char path[PATH_MAX];
	long addr;

	ASSERT_EQ(0, mount("vproc", self->dir, "tmpfs", 0, ""));
	addr = map_file_in(&self->target, self->dir);
	ASSERT_LT(0, addr);
	EXPECT_SAME(self->fd, self->target.pid);
	EXPECT_ERRNO(EBUSY, umount(self->dir));
	ASSERT_LT(0, vproc_read_proc(self->target.pid, "maps", text,
				     sizeof(text)));
	ASSERT_EQ(0, target_stop(&self->target));
	check_remains(_metadata, self->fd, text);
	EXPECT_EQ(0, umount(self->dir));

	snprintf(path, sizeof(path), "%.60s/file", self->dir);
	EXPECT_NE(NULL, strstr(text, path));
	EXPECT_EQ(0, vproc_compare_text(self->fd, text));
}

TEST_F(end, of_a_mapping_lets_its_file_go)
{
	long addr;

	ASSERT_EQ(0, mount("vproc", self->dir, "tmpfs", 0, ""));
	addr = map_file_in(&self->target, self->dir);
	ASSERT_LT(0, addr);
	EXPECT_SAME(self->fd, self->target.pid);
	ASSERT_EQ(0, target_syscall(&self->target, SYS_munmap, addr, 4 * PAGE));
	EXPECT_SAME(self->fd, self->target.pid);
	EXPECT_EQ(0, umount(self->dir));
}

static long attach_to(const unsigned long *args)
{
	return vproc_open_attached(args[0], 0);
}

/* A reader that does not close its file, and one that cannot. */
TEST_F(end, of_the_reader)
{
	struct target readers[2];

	for (unsigned int i = 0; i < ARRAY_SIZE(readers); i++) {
		ASSERT_EQ(0, target_start(&readers[i]));
		ASSERT_LE(0, target_call(&readers[i], attach_to,
					 self->target.pid));
	}
	EXPECT_EQ(0, target_stop(&readers[0]));
	EXPECT_EQ(SIGKILL, target_kill(&readers[1], SIGKILL));
	ASSERT_LT(0, target_syscall(&self->target, SYS_mmap, 0, PAGE, RW,
				    SHARED, -1, 0));
	EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);
}

TEST_F(end, of_the_tracker)
{
	int fd = vproc_open_attached(self->target.pid, 0);

	ASSERT_LE(0, fd);
	EXPECT_SAME(fd, self->target.pid);
	ASSERT_EQ(0, close(fd));
	ASSERT_LT(0, target_syscall(&self->target, SYS_mmap, 0, PAGE, RW,
				    SHARED, -1, 0));
	EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);
}

TEST_HARNESS_MAIN
