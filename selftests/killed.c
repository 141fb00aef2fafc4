// SPDX-License-Identifier: GPL-2.0-only
/*
 * SIGKILL at any instant: of who uses the device, amid each of its calls, and of
 * who is tracked, amid each kind of change. Nothing is left of the former; of the
 * latter there is a last state, and it is right.
 *
 * A victim does one thing over and over, until it is killed after a random while.
 * All along the module is to be unloaded, which must be refused.
 */
#define _GNU_SOURCE
#include <pthread.h>

#include "check.h"
#include "lib/ask.h"
#include "lib/busy.h"
#include "lib/calls.h"
#include "lib/life.h"
#include "lib/ops.h"
#include "lib/unload.h"

#define FOLLOW	(VPROC_ATTACH_EXEC | VPROC_ATTACH_FORK | VPROC_ATTACH_CHECK_END)
#define SLOTS	64

/* How often one thing is cut short, and how long at most it is let alone. */
#define KILLS	2
#define MOST_US	4000

/* What takes longer hangs. */
#define PATIENCE_MS	(120 * 1000)

/* Arguments that make of this program one that ends, or that runs itself. */
#define BRIEF	"--brief"
#define AGAIN	"--again"

static void __attribute__((constructor)) be_another(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], BRIEF))
		_exit(0);
	if (argc == 2 && !strcmp(argv[1], AGAIN))
		execv("/proc/self/exe", argv);
}

static struct replay replay;
static __u64 chance = 1;

/* Shared with the victims: the one that runs has begun. */
static int *begun;

static void begin(void)
{
	__atomic_store_n(begun, 1, __ATOMIC_RELEASE);
}

/* Something to be killed at, in a new process, of its own group. */
struct deed {
	const char *name;
	void (*commit)(const struct deed *deed, int arg);
	const struct call *call;
	unsigned int kind;
};

static pid_t start_victim(const struct deed *deed, int arg)
{
	pid_t pid;

	*begun = 0;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpgid(0, 0);
		deed->commit(deed, arg);
		_exit(1);
	}
	if (pid > 0)
		setpgid(pid, pid);
	while (pid > 0 && !__atomic_load_n(begun, __ATOMIC_ACQUIRE)) {
		if (waitpid(pid, NULL, WNOHANG))
			return -1;
		usleep(100);
	}
	return pid;
}

/* Those of a child that was on its way to be followed go a moment later. */
static bool come_to_be(int fd, int trackers)
{
	for (unsigned int ms = 0; vproc_trackers(fd) != trackers; ms++) {
		if (ms > PATIENCE_MS)
			return false;
		usleep(1000);
	}
	return true;
}

/* And all that it has started. Returns its wait status. */
static int kill_victim(pid_t pid)
{
	int status = -1;

	kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
	return status;
}

static void rest(void)
{
	usleep(life_random(&chance, MOST_US));
}

static void set_up(struct __test_metadata *_metadata, struct unloader *unloader)
{
	ASSERT_EQ(0, unloader_start(unloader));
	begun = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)begun);
	calls_file = memfd_create("killed", MFD_CLOEXEC);
	ASSERT_LE(0, calls_file);
	ASSERT_EQ(0, ftruncate(calls_file, 64 * PAGE));
}

static void tear_down(struct __test_metadata *_metadata,
		      struct unloader *unloader)
{
	EXPECT_EQ(0, vproc_trackers(unloader->anchor));
	EXPECT_LT(0, unloader_stop(unloader)) {
		TH_LOG("rmmod: errno %d", errno);
	}
}

/*
 * Who uses the device
 */

/* Of a process that is busy, and tracked by the test as well. */
FIXTURE(user)
{
	struct unloader unloader;
	struct target target;
	int fd;
};

FIXTURE_SETUP(user)
{
	set_up(_metadata, &self->unloader);
	ASSERT_EQ(0, busy_init());
	ASSERT_EQ(0, target_start(&self->target));
	self->fd = vproc_open_attached(self->target.pid, VPROC_ATTACH_CHECK_END);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, target_call(&self->target, busy_start, 2, 1000));
}

FIXTURE_TEARDOWN(user)
{
	busy_stop();
	EXPECT_EQ(0, target_call(&self->target, busy_join));
	EXPECT_SAME(self->fd, self->target.pid);
	EXPECT_NOTHING_MISSED(self->fd);
	EXPECT_EQ(0, target_stop(&self->target));
	close(self->fd);
	tear_down(_metadata, &self->unloader);
}

/* Each time on a copy, so that there is something to change. */
static void call_on_model(const struct deed *deed, int pid)
{
	int copy, fd = calls_start_model(&copy);
	struct vproc_fork fork;

	(void)pid;
	for (begin(); fd >= 0; close(fork.fd)) {
		fork = (struct vproc_fork) { .flags = O_CLOEXEC };
		if (ioctl(fd, VPROC_FORK, &fork))
			break;
		deed->call->act(fork.fd);
	}
}

static void call_on_tracker(const struct deed *deed, int pid)
{
	int fd = vproc_open_attached(pid, FOLLOW);
	struct vproc_stats stats;

	if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) || vproc_stats(fd, &stats))
		return;
	calls_since = stats.seq;
	begin();
	while (!deed->call->act(fd))
		;
}

static void create(const struct deed *deed, int pid)
{
	struct vproc_create create = { 0 };

	(void)deed;
	(void)pid;
	for (begin();;) {
		int fd = vproc_open();

		if (ioctl(fd, VPROC_CREATE, &create))
			break;
		memset(&create, 0, sizeof(create));
		close(fd);
	}
}

static void attach(const struct deed *deed, int pid)
{
	int fd;

	(void)deed;
	for (begin(); (fd = vproc_open_attached(pid, FOLLOW)) >= 0; close(fd))
		;
}

static void attach_to_itself(const struct deed *deed, int pid)
{
	(void)pid;
	attach(deed, 0);
}

static void detach(const struct deed *deed, int pid)
{
	int fd;

	(void)deed;
	begin();
	while ((fd = vproc_open_attached(pid, FOLLOW)) >= 0 &&
	       !ioctl(fd, VPROC_DETACH))
		close(fd);
}

static int attach_small(int pid, __u32 flags)
{
	int fd = vproc_open();

	return fd < 0 || vproc_attach_ring(fd, pid, flags, SLOTS) ? -1 : fd;
}

static void map_ring(const struct deed *deed, int pid)
{
	const size_t size = PAGE + SLOTS * sizeof(struct vproc_event);

	(void)deed;
	for (begin();;) {
		int fd = attach_small(pid, 0);
		struct vproc_ring *ring;

		ring = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
		if (ring == MAP_FAILED || ring->version != VPROC_RING_VERSION)
			break;
		close(fd);
		munmap(ring, size);
	}
}

/* Its own, that come and go. */
static void open_children(const struct deed *deed, int pid)
{
	int fd = vproc_open_attached(0, FOLLOW);

	(void)deed;
	for (begin();;) {
		struct vproc_open_child child = { .flags = O_CLOEXEC };

		pid = fork();
		if (!pid)
			_exit(0);
		if (waitpid(pid, NULL, 0) != pid ||
		    ioctl(fd, VPROC_OPEN_CHILD, &child))
			break;
		close(child.fd);
	}
}

/* Whether anything comes or not: it waits for it. */
static void read_waiting(const struct deed *deed, int pid)
{
	int fd = attach_small(pid, 0);
	struct vproc_event events[32];

	(void)deed;
	begin();
	while (read(fd, events, sizeof(events)) > 0)
		;
}

static void poll_waiting(const struct deed *deed, int pid)
{
	struct pollfd pollfd = { attach_small(pid, 0), POLLIN, 0 };
	struct vproc_event events[256];

	(void)deed;
	begin();
	while (poll(&pollfd, 1, -1) == 1 &&
	       read(pollfd.fd, events, sizeof(events)) > 0)
		;
}

/* That its target waits for it ends with it. */
static void keep_waiting(const struct deed *deed, int pid)
{
	int fd = attach_small(pid, VPROC_ATTACH_WAIT);
	struct vproc_event event;

	(void)deed;
	begin();
	while (read(fd, &event, sizeof(event)) > 0)
		;
}

static const struct deed others[] = {
	{ .name = "CREATE", create },
	{ .name = "ATTACH", attach },
	{ .name = "ATTACH to itself", attach_to_itself },
	{ .name = "DETACH", detach },
	{ .name = "mmap of a ring", map_ring },
	{ .name = "OPEN_CHILD", open_children },
	{ .name = "read that waits", read_waiting },
	{ .name = "poll that waits", poll_waiting },
	{ .name = "read that is waited for", keep_waiting },
};

static void kill_user(struct __test_metadata *_metadata,
		      const struct deed *deed, pid_t target, int fd)
{
	for (unsigned int i = 0; i < KILLS; i++) {
		pid_t pid = start_victim(deed, target);

		ASSERT_LT(0, pid) {
			TH_LOG("%s", deed->name);
		}
		rest();
		ASSERT_EQ(SIGKILL, kill_victim(pid)) {
			TH_LOG("%s", deed->name);
		}
	}
	/* Nothing is left of them, and who is tracked has not noticed. */
	EXPECT_TRUE(come_to_be(fd, 1)) {
		TH_LOG("%s", deed->name);
	}
	EXPECT_EQ(0, vproc_differences(fd)) {
		TH_LOG("%s", deed->name);
	}
}

static void kill_callers(struct __test_metadata *_metadata,
			 const struct call *call,
			 void (*commit)(const struct deed *deed, int arg),
			 pid_t target, int fd)
{
	for (; call->name; call++) {
		const struct deed deed = {
			.name = call->name, .commit = commit, .call = call,
		};

		kill_user(_metadata, &deed, target, fd);
	}
}

TEST_F(user, of_models)
{
	kill_callers(_metadata, calls_of_models, call_on_model,
		     self->target.pid, self->fd);
}

TEST_F(user, of_trackers)
{
	kill_callers(_metadata, calls_of_trackers, call_on_tracker,
		     self->target.pid, self->fd);
}

TEST_F(user, of_files)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(others); i++)
		kill_user(_metadata, &others[i], self->target.pid, self->fd);
}

/*
 * Who is tracked
 */

FIXTURE(tracked)
{
	struct unloader unloader;
	int complaints;
};

FIXTURE_SETUP(tracked)
{
	int ends[2];

	set_up(_metadata, &self->unloader);
	ASSERT_EQ(0, pipe2(ends, O_CLOEXEC | O_NONBLOCK));
	ASSERT_LE(0, dup2(ends[1], LIFE_REPORT_FD));
	close(ends[1]);
	self->complaints = ends[0];
}

FIXTURE_TEARDOWN(tracked)
{
	char text[4096];
	ssize_t size = read(self->complaints, text, sizeof(text) - 1);

	EXPECT_EQ(-1, size) {
		text[size < 0 ? 0 : size] = 0;
		TH_LOG("%s", text);
	}
	tear_down(_metadata, &self->unloader);
}

/* The last state is that of the kernel, and of the stream. */
static void check_remains(struct __test_metadata *_metadata, int fd,
			  const char *name)
{
	struct pollfd pollfd = { .fd = fd };
	struct vproc_stats stats;

	ASSERT_EQ(1, poll(&pollfd, 1, PATIENCE_MS)) {
		TH_LOG("%s: no end", name);
	}
	replay_init(&replay);
	EXPECT_EQ(0, replay_drain(&replay, fd));
	EXPECT_EQ(VPROC_EV_END, replay.end.op);
	EXPECT_EQ(VPROC_CAUSE_EXIT, replay.end.cause) {
		TH_LOG("%s", name);
	}
	ASSERT_EQ(0, vproc_stats(fd, &stats));
	EXPECT_EQ(VPROC_STATE_ENDED, stats.state);
	EXPECT_EQ(stats.lost, replay.lost);
	EXPECT_EQ(0, stats.missed);
	EXPECT_EQ(0, stats.end_differences) {
		TH_LOG("%s: %llu differences at the end", name,
		       (unsigned long long)stats.end_differences);
	}
	EXPECT_LE(stats.regions, stats.end_checked);
	/* With an event lost the stream is not complete any more. */
	if (replay.lost)
		return;
	EXPECT_EQ(0, replay_check(&replay, fd)) {
		TH_LOG("%s: the stream gives another map", name);
	}
}

static unsigned int check_children(struct __test_metadata *_metadata, int fd,
				   const char *name)
{
	struct vproc_open_child child;
	unsigned int count = 0;

	for (;;) {
		child = (struct vproc_open_child) { .flags = O_CLOEXEC };
		if (ioctl(fd, VPROC_OPEN_CHILD, &child))
			break;
		check_remains(_metadata, child.fd, name);
		count += 1 + check_children(_metadata, child.fd, name);
		close(child.fd);
	}
	EXPECT_EQ(ENOENT, errno);
	return count;
}

/* Left alone, asked all the time, or with somebody to wait for. */
static unsigned int kill_tracked(struct __test_metadata *_metadata, int anchor,
				 const struct deed *deed, unsigned int round)
{
	unsigned int count;
	int fd = vproc_open();
	pid_t pid;

	ASSERT_LE(0, fd);
	pid = start_victim(deed, round);
	ASSERT_LT(0, pid) {
		TH_LOG("%s", deed->name);
	}
	EXPECT_EQ(0, vproc_attach_ring(fd, pid,
				       round % 3 == 2 ? FOLLOW | VPROC_ATTACH_WAIT : FOLLOW,
				       round % 3 == 2 ? SLOTS : 0));
	for (unsigned int i = life_random(&chance, 8); round % 3 == 1 && i; i--)
		ask(fd, &chance, false);
	rest();
	EXPECT_EQ(SIGKILL, kill_victim(pid)) {
		TH_LOG("%s", deed->name);
	}
	check_remains(_metadata, fd, deed->name);
	count = check_children(_metadata, fd, deed->name);
	close(fd);
	EXPECT_TRUE(come_to_be(anchor, 0)) {
		TH_LOG("%s", deed->name);
	}
	return count;
}

static void change_map(const struct deed *deed, int round)
{
	struct ops ops;

	if (ops_init_process() || ops_init(&ops, round, 0))
		return;
	for (begin();;) {
		ops_make(&ops, deed->kind);
		/* So that there is something to do it with. */
		ops_step(&ops);
	}
}

static void fork_often(const struct deed *deed, int round)
{
	pid_t pid;

	(void)deed;
	(void)round;
	for (begin(); (pid = fork()) >= 0; waitpid(pid, NULL, 0)) {
		if (!pid)
			_exit(0);
	}
}

static void run_brief(void)
{
	execl("/proc/self/exe", "killed", BRIEF, NULL);
	_exit(2);
}

static void fork_and_exec(const struct deed *deed, int round)
{
	pid_t pid;

	(void)deed;
	(void)round;
	for (begin(); (pid = fork()) >= 0; waitpid(pid, NULL, 0)) {
		if (!pid)
			run_brief();
	}
}

static void vfork_and_exec(const struct deed *deed, int round)
{
	pid_t pid;

	(void)deed;
	(void)round;
	for (begin(); (pid = vfork()) >= 0; waitpid(pid, NULL, 0)) {
		if (!pid)
			run_brief();
	}
}

/* From the first image on nothing is left of this one but that it runs itself. */
static void exec_often(const struct deed *deed, int round)
{
	(void)deed;
	(void)round;
	begin();
	execl("/proc/self/exe", "killed", AGAIN, NULL);
}

static void *do_nothing(void *arg)
{
	return arg;
}

static void make_threads(const struct deed *deed, int round)
{
	pthread_t thread;

	(void)deed;
	(void)round;
	for (begin(); !pthread_create(&thread, NULL, do_nothing, NULL);)
		pthread_join(thread, NULL);
}

static void change_in_threads(const struct deed *deed, int round)
{
	(void)deed;
	(void)round;
	if (busy_init() ||
	    busy_start((unsigned long [TARGET_ARGS]) { 4, 0 }))
		return;
	begin();
	busy_join(NULL);
}

static void track_itself(const struct deed *deed, int round)
{
	int fd;

	(void)deed;
	(void)round;
	for (begin(); (fd = vproc_open_attached(0, 0)) >= 0; close(fd)) {
		if (vproc_differences(fd))
			break;
	}
}

static const struct deed lives[] = {
	{ .name = "fork", fork_often },
	{ .name = "fork and exec", fork_and_exec },
	{ .name = "vfork and exec", vfork_and_exec },
	{ .name = "exec", exec_often },
	{ .name = "threads", make_threads },
	{ .name = "threads that change the map", change_in_threads },
	{ .name = "tracking itself", track_itself },
};

TEST_F(tracked, amid_changes)
{
	for (unsigned int kind = 0; ops_kind(kind); kind++) {
		const struct deed deed = {
			.name = ops_kind(kind), .commit = change_map,
			.kind = kind,
		};

		for (unsigned int i = 0; i < KILLS; i++)
			kill_tracked(_metadata, self->unloader.anchor, &deed,
				     kind * KILLS + i);
	}
}

TEST_F(tracked, amid_life)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(lives); i++) {
		unsigned int children = 0;

		for (unsigned int j = 0; j < 3 * KILLS; j++)
			children += kill_tracked(_metadata,
						 self->unloader.anchor,
						 &lives[i], j);
		TH_LOG("%s: %u children", lives[i].name, children);
	}
}

TEST_HARNESS_MAIN
