// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trackers and their targets, from beginning to end, all at the same time.
 *
 * A round is the life of a target (lib/life.c) and of the trackers that some
 * thread has of it. Several threads make rounds at once: they attach, ask,
 * verify, read, detach and close at random, use each other's descriptors, hand
 * them to another process, leave them to children, and kill the target amid
 * anything. All along it is tried to unload the module, which must be refused;
 * now and then nobody uses it, and it must go and come back.
 *
 * At the end of a round every tracker must end, and what it has recorded must
 * give the map that it shows.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/ask.h"
#include "lib/life.h"
#include "lib/number.h"
#include "lib/replay.h"
#include "lib/unload.h"
#include "lib/vproc.h"

#define THREADS_MAX	16
#define WATCHES		4
#define SHARED_SLOTS	4
#define OTHERS_SLOTS	8

/* What takes longer hangs: under emulation and KASAN a second is nothing. */
#define PATIENCE	120

#define ATTACH_FLAGS	(VPROC_ATTACH_EXEC | VPROC_ATTACH_FORK | \
			 VPROC_ATTACH_CHECK_END | VPROC_ATTACH_WAIT)

/* A descriptor of a tracker that a thread has. */
struct watch {
	int fd;
	/* Nobody else has read from it: the stream is here, whole. */
	bool whole;
	/* Of a process that does not end with the round. */
	bool foreign;
	/* Its target waits for the reader. */
	bool waited_for;
	struct replay *replay;
};

struct actor {
	pthread_t id;
	unsigned int number;
	__u64 random;
	pid_t target;
	int pidfd;
	struct watch watches[WATCHES];
	unsigned int nr_watches;
	struct replay replays[WATCHES];
	struct vproc_map map;
};

static struct {
	unsigned long rounds;
	unsigned long seed;
	unsigned long threads;
	unsigned long phase;
	const char *module;
} options = {
	.rounds = 1000,
	.seed = 1,
	.threads = 4,
	.phase = 500,
};

static struct actor actors[THREADS_MAX];
static unsigned long rounds_begun, rounds_done, rounds_limit;
static unsigned long failures;
static unsigned long counts[16];

/* What any thread may take a duplicate of. */
static pthread_mutex_t shared_mutex = PTHREAD_MUTEX_INITIALIZER;
static int shared_fds[SHARED_SLOTS];

/* To the process that gets descriptors by mail. */
static int others_socket = -1;

static int report_pipe = -1;
static int anchor = -1;
static bool unloading;

enum count {
	COUNT_ATTACHES,
	COUNT_GONE,
	COUNT_CHILDREN,
	COUNT_DETACHES,
	COUNT_SENT,
	COUNT_INHERITED,
	COUNT_KILLED,
	COUNT_ENDS,
	COUNT_REPLAYED,
	COUNT_RESYNCS,
	COUNT_REFUSED,
	COUNT_RELOADS,
	NR_COUNTS
};

static const char * const count_names[] = {
	[COUNT_ATTACHES] = "attached",
	[COUNT_GONE] = "too late to attach",
	[COUNT_CHILDREN] = "children opened",
	[COUNT_DETACHES] = "detached",
	[COUNT_SENT] = "sent to another process",
	[COUNT_INHERITED] = "left to a child",
	[COUNT_KILLED] = "killed amid a round",
	[COUNT_ENDS] = "ended and checked",
	[COUNT_REPLAYED] = "replayed whole",
	[COUNT_RESYNCS] = "rebuilt",
	[COUNT_REFUSED] = "rmmod refused",
	[COUNT_RELOADS] = "module reloaded",
};

static void count(enum count what, unsigned long by)
{
	__atomic_fetch_add(&counts[what], by, __ATOMIC_RELAXED);
}

static noreturn void die(const char *what)
{
	fprintf(stderr, "races: %s: %s\n", what, strerror(errno));
	_exit(2);
}

/* Show what has been complained of since the last time. */
static void collect_complaints(void)
{
	char text[4096];
	ssize_t len;

	while ((len = read(report_pipe, text, sizeof(text))) > 0) {
		for (ssize_t i = 0; i < len; i++)
			failures += text[i] == '\n';
		if (write(STDERR_FILENO, text, len) != len)
			_exit(2);
	}
}

static void detach(int fd)
{
	if (!ask_failed("DETACH", ioctl(fd, VPROC_DETACH), ESRCH, 0))
		count(COUNT_DETACHES, 1);
}

static void add_watch(struct actor *actor, int fd, bool foreign, bool waited_for)
{
	struct watch *watch = &actor->watches[actor->nr_watches];

	watch->fd = fd;
	watch->whole = true;
	watch->foreign = foreign;
	watch->waited_for = waited_for;
	replay_init(watch->replay);
	actor->nr_watches++;
}

static bool has_room(const struct actor *actor)
{
	return actor->nr_watches < WATCHES;
}

static void start_target(struct actor *actor)
{
	unsigned int depth = life_random(&actor->random, 3);
	__u64 seed = life_random(&actor->random, 1u << 31);
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpgid(0, 0);
		life_run(seed, depth);
	}
	/* Both do it, so that it is done for either. */
	setpgid(pid, pid);
	actor->pidfd = syscall(SYS_pidfd_open, pid, 0);
	if (actor->pidfd < 0)
		die("pidfd_open");
	__atomic_store_n(&actor->target, pid, __ATOMIC_RELAXED);
}

/* And all that it has started. */
static void kill_target(struct actor *actor)
{
	pid_t pid = actor->target;

	kill(-pid, SIGKILL);
	if (waitpid(pid, NULL, 0) != pid)
		life_complain("waitpid: errno %d", errno);
	__atomic_store_n(&actor->target, 0, __ATOMIC_RELAXED);
	close(actor->pidfd);
}

static void replace_target(struct actor *actor)
{
	kill_target(actor);
	start_target(actor);
}

/* Somebody's target, or one's own, by one of the ways to name it. */
static void attach(struct actor *actor)
{
	struct vproc_attach attach = {
		.flags = life_random(&actor->random, 32) & ATTACH_FLAGS,
		.ring = 64u << life_random(&actor->random, 9),
		.pid = actor->target,
	};
	struct actor *other = actor;
	bool foreign;
	int fd;

	if (!has_room(actor))
		return;
	if (!life_random(&actor->random, 4))
		other = &actors[life_random(&actor->random, options.threads)];
	foreign = other != actor;
	if (foreign) {
		attach.pid = __atomic_load_n(&other->target, __ATOMIC_RELAXED);
	} else if (!life_random(&actor->random, 3)) {
		attach.flags |= VPROC_ATTACH_PIDFD;
		attach.pid = actor->pidfd;
	}
	/* A target that is not there yet would be this process itself. */
	if (attach.pid <= 0)
		return;
	fd = vproc_open();
	if (fd < 0) {
		life_complain("open: errno %d", errno);
		return;
	}
	if (ask_failed("ATTACH", ioctl(fd, VPROC_ATTACH, &attach), ESRCH, 0)) {
		count(COUNT_GONE, 1);
		close(fd);
		if (!foreign)
			replace_target(actor);
		return;
	}
	count(COUNT_ATTACHES, 1);
	add_watch(actor, fd, foreign, attach.flags & VPROC_ATTACH_WAIT);
}

static void open_child(struct actor *actor, struct watch *watch)
{
	struct vproc_open_child child = {
		.flags = O_CLOEXEC,
	};

	if (!has_room(actor))
		return;
	if (ask_failed("OPEN_CHILD",
		       ioctl(watch->fd, VPROC_OPEN_CHILD, &child), ENOENT, 0))
		return;
	count(COUNT_CHILDREN, 1);
	add_watch(actor, child.fd, watch->foreign, watch->waited_for);
}

/* Put a duplicate where all can take one, in place of what was there. */
static void share(struct actor *actor, struct watch *watch)
{
	unsigned int slot = life_random(&actor->random, SHARED_SLOTS);
	int fd = fcntl(watch->fd, F_DUPFD_CLOEXEC, 0), old;

	watch->whole = false;
	pthread_mutex_lock(&shared_mutex);
	old = shared_fds[slot];
	shared_fds[slot] = fd;
	pthread_mutex_unlock(&shared_mutex);
	if (old >= 0)
		close(old);
}

static void use_shared(struct actor *actor)
{
	unsigned int slot = life_random(&actor->random, SHARED_SLOTS);
	int fd = -1;

	pthread_mutex_lock(&shared_mutex);
	if (shared_fds[slot] >= 0)
		fd = fcntl(shared_fds[slot], F_DUPFD_CLOEXEC, 0);
	pthread_mutex_unlock(&shared_mutex);
	if (fd < 0)
		return;
	for (unsigned int i = 1 + life_random(&actor->random, 4); i; i--)
		ask(fd, &actor->random, true);
	if (!life_random(&actor->random, 8))
		detach(fd);
	close(fd);
}

/* A message that carries one descriptor, and one byte, as it must have one. */
struct letter {
	char byte;
	struct iovec iov;
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr msg;
};

static void init_letter(struct letter *letter)
{
	memset(letter, 0, sizeof(*letter));
	letter->iov.iov_base = &letter->byte;
	letter->iov.iov_len = 1;
	letter->msg.msg_iov = &letter->iov;
	letter->msg.msg_iovlen = 1;
	letter->msg.msg_control = letter->control.space;
	letter->msg.msg_controllen = sizeof(letter->control.space);
}

static int send_fd(int socket, int fd)
{
	struct letter letter;
	struct cmsghdr *cmsg;

	init_letter(&letter);
	cmsg = CMSG_FIRSTHDR(&letter.msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(socket, &letter.msg, 0) == 1 ? 0 : -1;
}

/* Returns -1 if none will come any more. */
static int receive_fd(int socket, int *fd)
{
	struct letter letter;

	init_letter(&letter);
	if (recvmsg(socket, &letter.msg, MSG_CMSG_CLOEXEC) != 1 ||
	    !CMSG_FIRSTHDR(&letter.msg))
		return -1;
	memcpy(fd, CMSG_DATA(CMSG_FIRSTHDR(&letter.msg)), sizeof(*fd));
	return 0;
}

static void use_received(int fd, __u64 *random)
{
	for (unsigned int i = life_random(random, 4); i; i--)
		ask(fd, random, true);
	if (!life_random(random, 4))
		detach(fd);
}

/* The other process: uses what it gets, and keeps it for a while. */
static noreturn void serve_others(int socket)
{
	__u64 random = options.seed;
	int fds[OTHERS_SLOTS], fd;
	unsigned int at = 0;

	memset(fds, -1, sizeof(fds));
	while (receive_fd(socket, &fd) == 0) {
		use_received(fd, &random);
		close(fds[at]);
		fds[at] = fd;
		at = (at + 1) % OTHERS_SLOTS;
	}
	_exit(0);
}

static void start_others(void)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		die("socketpair");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		serve_others(ends[1]);
	}
	close(ends[1]);
	others_socket = ends[0];
}

/* It ends when there is nobody left to write to it. */
static void stop_others(void)
{
	close(others_socket);
}

static void close_shared(void)
{
	for (unsigned int i = 0; i < SHARED_SLOTS; i++) {
		if (shared_fds[i] >= 0)
			close(shared_fds[i]);
		shared_fds[i] = -1;
	}
}

static void pass_on(struct watch *watch)
{
	watch->whole = false;
	if (send_fd(others_socket, watch->fd))
		life_complain("sendmsg: errno %d", errno);
	else
		count(COUNT_SENT, 1);
}

/* A child has all that this process has, and closes it when it ends. */
static void leave_to_child(struct actor *actor, struct watch *watch)
{
	__u64 random = life_random(&actor->random, 1u << 31);
	pid_t pid;

	watch->whole = false;
	pid = fork();
	if (pid < 0) {
		life_complain("fork: errno %d", errno);
		return;
	}
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		use_received(watch->fd, &random);
		_exit(0);
	}
	count(COUNT_INHERITED, 1);
	if (life_random(&actor->random, 4))
		waitpid(pid, NULL, 0);
	/* Else it is reaped at the end of the phase. */
}

static void drain(struct watch *watch)
{
	if (watch->whole && replay_drain(watch->replay, watch->fd)) {
		life_complain("the stream is wrong");
		watch->whole = false;
	}
}

static void forget_watch(struct actor *actor, struct watch *watch)
{
	struct watch *last = &actor->watches[--actor->nr_watches];
	struct replay *replay = watch->replay;

	close(watch->fd);
	*watch = *last;
	last->replay = replay;
}

static void act_on_watch(struct actor *actor, struct watch *watch)
{
	switch (life_random(&actor->random, 24)) {
	case 0:
		share(actor, watch);
		break;
	case 1:
		pass_on(watch);
		break;
	case 2:
		leave_to_child(actor, watch);
		break;
	case 3:
		detach(watch->fd);
		break;
	case 4:
		forget_watch(actor, watch);
		break;
	case 5:
	case 6:
	case 7:
		open_child(actor, watch);
		break;
	case 8:
	case 9:
	case 10:
		drain(watch);
		break;
	default:
		ask(watch->fd, &actor->random, !watch->whole);
		break;
	}
}

static void act(struct actor *actor)
{
	unsigned int what = life_random(&actor->random, 32);

	if (what < 6 || !actor->nr_watches) {
		attach(actor);
	} else if (what < 9) {
		use_shared(actor);
	} else if (what < 10) {
		count(COUNT_KILLED, 1);
		replace_target(actor);
	} else if (what < 12) {
		usleep(life_random(&actor->random, 3000));
	} else {
		act_on_watch(actor, &actor->watches[life_random(&actor->random,
								actor->nr_watches)]);
	}
}

/* All processes are dead or about to be, so each tracker ends. */
static bool wait_for_end(const struct watch *watch)
{
	struct vproc_stats stats = { };
	time_t end = time(NULL) + PATIENCE;

	while (time(NULL) < end) {
		struct pollfd pollfd = { .fd = watch->fd };

		if (poll(&pollfd, 1, 100) > 0 && pollfd.revents & POLLHUP)
			return true;
	}
	vproc_stats(watch->fd, &stats);
	life_complain("no end of the tracker of %d within %d s: state %u",
		      stats.pid, PATIENCE, stats.state);
	return false;
}

/* The stream as it was read, and the map that is left. */
static void check_replay(struct actor *actor, const struct watch *watch)
{
	if (watch->replay->lost)
		return;
	if (vproc_read_map(watch->fd, &actor->map))
		life_complain("REGIONS at the end: errno %d", errno);
	else if (replay_compare(watch->replay, &actor->map))
		life_complain("the stream gives another map than REGIONS");
	else if (!watch->replay->end.op)
		life_complain("the stream does not end with END");
	else
		count(COUNT_REPLAYED, 1);
}

static void check_end(struct actor *actor, struct watch *watch)
{
	struct vproc_stats stats;

	if (watch->foreign)
		detach(watch->fd);
	if (!wait_for_end(watch))
		return;
	ask_stats(watch->fd);
	if (ask_failed("STATS", vproc_stats(watch->fd, &stats), 0, 0))
		return;
	count(COUNT_RESYNCS, stats.resyncs);
	if (watch->waited_for && stats.lost)
		life_complain("lost %llu events of %d, which waits",
			      (unsigned long long)stats.lost, stats.pid);
	switch (stats.end_cause) {
	case VPROC_CAUSE_EXIT:
	case VPROC_CAUSE_EXEC:
	case VPROC_CAUSE_DETACH:
		break;
	default:
		life_complain("the tracker of %d ended with cause %u", stats.pid,
			      stats.end_cause);
	}
	ask_regions(watch->fd, &actor->random);
	drain(watch);
	if (watch->whole)
		check_replay(actor, watch);
	count(COUNT_ENDS, 1);
	/* It may be opened yet, and is checked in its turn. */
	open_child(actor, watch);
}

static void run_round(struct actor *actor)
{
	unsigned int steps = 4 + life_random(&actor->random, 12);

	start_target(actor);
	while (steps--)
		act(actor);
	kill_target(actor);
	while (actor->nr_watches) {
		check_end(actor, &actor->watches[0]);
		forget_watch(actor, &actor->watches[0]);
	}
}

static void *run_actor(void *arg)
{
	struct actor *actor = arg;

	while (__atomic_fetch_add(&rounds_begun, 1, __ATOMIC_RELAXED) <
	       rounds_limit) {
		run_round(actor);
		__atomic_fetch_add(&rounds_done, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* While anything is open the module must stay. */
static void *try_to_unload(void *arg)
{
	(void)arg;
	while (__atomic_load_n(&unloading, __ATOMIC_RELAXED)) {
		if (!unload_refused())
			count(COUNT_REFUSED, 1);
		else if (errno)
			life_complain("rmmod: errno %d", errno);
		else
			life_complain("rmmod succeeded while the device was open");
		usleep(20 * 1000);
	}
	return NULL;
}

/* All children are dead, or about to be. */
static void reap_all(void)
{
	time_t end = time(NULL) + PATIENCE;
	pid_t pid;

	do {
		pid = waitpid(-1, NULL, WNOHANG | __WALL);
		if (!pid)
			usleep(1000);
	} while (pid >= 0 && time(NULL) < end);
	if (pid >= 0)
		life_complain("children that do not end");
}

static void wait_for_no_trackers(void)
{
	time_t end = time(NULL) + PATIENCE;
	struct vproc_info info;

	do {
		if (ioctl(anchor, VPROC_INFO, &info))
			die("VPROC_INFO");
		if (!info.trackers)
			return;
		usleep(1000);
	} while (time(NULL) < end);
	life_complain("%u trackers of files that are closed", info.trackers);
}

/* Nobody uses it: it must go, and come again. */
static void reload_module(void)
{
	int fd = open(options.module, O_RDONLY | O_CLOEXEC);
	time_t end = time(NULL) + PATIENCE;
	long ret;

	if (fd < 0)
		die(options.module);
	/* The last operations may still be on their way out. */
	while ((ret = syscall(SYS_delete_module, "vproc", O_NONBLOCK)) &&
	       errno == EWOULDBLOCK && time(NULL) < end)
		usleep(1000);
	if (ret)
		life_complain("rmmod of what nobody uses: errno %d", errno);
	else if (syscall(SYS_finit_module, fd, "", 0))
		life_complain("insmod: errno %d", errno);
	else
		count(COUNT_RELOADS, 1);
	close(fd);
}

static void parse_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "rounds", required_argument, NULL, 'r' },
		{ "seed", required_argument, NULL, 's' },
		{ "threads", required_argument, NULL, 't' },
		{ "phase", required_argument, NULL, 'p' },
		{ "module", required_argument, NULL, 'm' },
		{ }
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'r':
			options.rounds = number_of_option("rounds", optarg, 1);
			break;
		case 's':
			options.seed = number_of_option("seed", optarg, 1);
			break;
		case 't':
			options.threads = number_of_option("threads", optarg, 1);
			break;
		case 'p':
			options.phase = number_of_option("phase", optarg, 1);
			break;
		case 'm':
			options.module = optarg;
			break;
		default:
			goto usage;
		}
	}
	if (optind == argc && options.module && options.threads <= THREADS_MAX)
		return;
usage:
	fputs("Usage: races --module FILE [--rounds N] [--seed S] [--threads T] [--phase K]\n",
	      stderr);
	exit(2);
}

/* The pipe for complaints has its place in all processes, and no other one. */
static void set_up(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) ||
	    dup2(ends[1], LIFE_REPORT_FD) < 0)
		die("pipe");
	close(ends[1]);
	report_pipe = ends[0];
	/* Orphans come here to be reaped. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		die("PR_SET_CHILD_SUBREAPER");
	memset(shared_fds, -1, sizeof(shared_fds));
	for (unsigned int i = 0; i < options.threads; i++) {
		actors[i].number = i;
		actors[i].random = options.seed * 0x9e3779b9 + i;
		for (unsigned int j = 0; j < WATCHES; j++)
			actors[i].watches[j].replay = &actors[i].replays[j];
	}
}

/* Show where in the kernel all processes are. */
static void show_stacks(void)
{
	int status = system("cd /proc/ && grep -s ^ [0-9]*/task/*/comm [0-9]*/task/*/syscall [0-9]*/task/*/stack >&2");

	if (status)
		fprintf(stderr, "races: no stacks: status %d\n", status);
}

static void watch_progress(unsigned long until)
{
	time_t last = time(NULL);
	unsigned long seen = 0;

	for (;;) {
		unsigned long done = __atomic_load_n(&rounds_done,
						     __ATOMIC_RELAXED);

		collect_complaints();
		if (done == until)
			return;
		if (done != seen) {
			seen = done;
			last = time(NULL);
		}
		if (time(NULL) - last > 2 * PATIENCE) {
			show_stacks();
			fprintf(stderr, "races: no round ends any more\n");
			failures++;
			return;
		}
		usleep(100 * 1000);
	}
}

static bool run_phase(unsigned long rounds)
{
	unsigned long until = rounds_done + rounds;
	pthread_t unloader;
	bool stuck;

	anchor = vproc_open();
	if (anchor < 0)
		die(VPROC_DEVICE);
	start_others();
	unloading = true;
	rounds_begun = 0;
	rounds_limit = rounds;
	errno = pthread_create(&unloader, NULL, try_to_unload, NULL);
	for (unsigned int i = 0; !errno && i < options.threads; i++)
		errno = pthread_create(&actors[i].id, NULL, run_actor,
				       &actors[i]);
	if (errno)
		die("pthread_create");
	watch_progress(until);
	stuck = rounds_done != until;
	if (stuck)
		return false;
	for (unsigned int i = 0; i < options.threads; i++)
		pthread_join(actors[i].id, NULL);
	__atomic_store_n(&unloading, false, __ATOMIC_RELAXED);
	pthread_join(unloader, NULL);

	close_shared();
	stop_others();
	reap_all();
	wait_for_no_trackers();
	close(anchor);
	reload_module();
	collect_complaints();
	return true;
}

int main(int argc, char **argv)
{
	unsigned long left;

	if (argc > 1 && !strcmp(argv[1], LIFE_OPTION))
		life_resume(argc, argv);
	parse_options(argc, argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	set_up();
	for (left = options.rounds; left && !failures;) {
		unsigned long rounds = left < options.phase ? left :
							      options.phase;

		if (!run_phase(rounds))
			break;
		left -= rounds;
		printf("races: %lu rounds done\n", rounds_done);
	}
	for (unsigned int i = 0; i < NR_COUNTS; i++)
		printf("races: %8lu %s\n", counts[i], count_names[i]);
	printf("races: %8lu verified\n", ask_verified);
	printf("races: %lu rounds, %lu failures\n", rounds_done, failures);
	/* Threads that hang must not keep it from ending. */
	fflush(stdout);
	_exit(failures != 0);
}
