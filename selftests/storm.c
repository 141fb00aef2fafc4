// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random operations on a live process, each followed by a comparison.
 *
 * The process attaches to itself. After every operation VPROC_VERIFY compares
 * vproc's regions with the kernel's; every so often all threads pause, and the
 * text of /proc/self/maps and a replay of the event stream are compared too.
 * The first difference ends it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/ops.h"
#include "lib/number.h"
#include "lib/replay.h"
#include "lib/vproc.h"

#define THREADS_MAX	64

struct thread {
	struct ops ops;
	pthread_t id;
	unsigned int number;
	unsigned long steps;
	unsigned long made;
	unsigned long comparisons;
	unsigned long settled;
};

static struct {
	unsigned long ops;
	unsigned long seed;
	unsigned long threads;
	unsigned long every;
	int fork;
} options = {
	.ops = 2000,
	.seed = 1,
	.threads = 1,
	.every = 100,
};

static int device = -1;
static struct thread threads[THREADS_MAX];
static pthread_barrier_t barrier;
static pthread_mutex_t fork_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct replay replay;
static struct replay child_replay;

static noreturn void die(const char *what)
{
	fprintf(stderr, "storm: %s: %s\n", what, strerror(errno));
	_exit(2);
}

/*
 * Say what there is to know, and end. The threads that come second wait: the
 * process is about to go, and the first difference is the one that counts.
 */
static noreturn void report(const struct thread *thread, int fd, pid_t pid,
			    const char *what,
			    const struct vproc_verify *verify)
{
	static int reported;
	char operation[256];

	while (__atomic_exchange_n(&reported, 1, __ATOMIC_RELAXED))
		pause();
	fflush(stdout);
	ops_describe(&thread->ops, operation, sizeof(operation));
	fprintf(stderr, "storm: seed %lu, thread %u, operation %lu: %s\n",
		options.seed, thread->number, thread->made, operation);
	fprintf(stderr, "storm: %s\n", what);
	if (verify)
		vproc_show_verify(verify);
	if (fd == device) {
		replay_drain(&replay, fd);
		replay_show_last(&replay);
	}
	vproc_compare(fd, pid);
	_exit(1);
}

static void verify(struct thread *thread, int fd, pid_t pid)
{
	struct vproc_verify result;

	if (vproc_verify(fd, &result))
		report(thread, fd, pid, strerror(errno), NULL);
	if (result.differences)
		report(thread, fd, pid, "VPROC_VERIFY found a difference",
		       &result);
	if (result.missed)
		report(thread, fd, pid, "a change passed no hook", &result);
	thread->settled += result.settled;
	thread->comparisons++;
}

/* Only while the process that @fd tracks is at rest. */
static void compare_text(struct thread *thread, int fd, pid_t pid)
{
	int differences = vproc_compare(fd, pid);

	if (differences < 0)
		report(thread, fd, pid, strerror(errno), NULL);
	if (differences)
		report(thread, fd, pid, "the texts differ", NULL);
	thread->comparisons++;
}

static void compare_replay(struct thread *thread, int fd,
			   struct replay *stream)
{
	if (replay_drain(stream, fd))
		report(thread, fd, 0, "the event stream is wrong", NULL);
	/* Where the reader could not keep up there is nothing to compare. */
	if (stream->lost)
		return;
	if (replay_check(stream, fd))
		report(thread, fd, 0, "the event stream gives another map",
		       NULL);
}

/* All threads come here; one compares while none of them changes anything. */
static void pause_and_compare(struct thread *thread)
{
	int ret = pthread_barrier_wait(&barrier);

	if (ret == PTHREAD_BARRIER_SERIAL_THREAD) {
		compare_text(thread, device, 0);
		compare_replay(thread, device, &replay);
	}
	pthread_barrier_wait(&barrier);
}

/* Change a map of its own, wait until that has been compared, and end. */
static noreturn void run_child(struct thread *thread, __u64 seed, int channel)
{
	char * const argv[] = { "/bin/true", NULL };
	char byte = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	ops_init_child(&thread->ops, seed);
	for (unsigned int i = 1 + ops_random(&thread->ops, 8); i; i--)
		ops_step(&thread->ops);
	if (write(channel, &byte, 1) != 1 || read(channel, &byte, 1) != 1)
		_exit(1);
	if (ops_random(&thread->ops, 2))
		execv(argv[0], argv);
	_exit(0);
}

/* The child is at rest now. Returns its tracker. */
static int open_and_compare_child(struct thread *thread, pid_t pid)
{
	struct vproc_open_child child = { .flags = O_CLOEXEC };
	struct vproc_stats stats;

	if (ioctl(device, VPROC_OPEN_CHILD, &child))
		report(thread, device, 0, "no tracker of the child", NULL);
	if (vproc_stats(child.fd, &stats) || stats.pid != pid)
		report(thread, child.fd, pid, "another child's tracker", NULL);
	verify(thread, child.fd, pid);
	compare_text(thread, child.fd, pid);
	compare_replay(thread, child.fd, &child_replay);
	return child.fd;
}

/* The child has ended, and its tracker keeps what it was. */
static void compare_remains(struct thread *thread, int fd, pid_t pid)
{
	struct vproc_event event;
	struct vproc_stats stats;

	while (!child_replay.end.op) {
		if (replay_next(&child_replay, fd, &event, true) <= 0)
			report(thread, fd, pid, "the child's stream breaks off",
			       NULL);
	}
	compare_replay(thread, fd, &child_replay);
	if (vproc_stats(fd, &stats) || stats.state != VPROC_STATE_ENDED ||
	    stats.missed || stats.end_differences)
		report(thread, fd, pid, "the child's end is wrong", NULL);
}

/* One at a time, so that the oldest child that waits is the one meant. */
static void fork_and_compare(struct thread *thread)
{
	__u64 seed = ops_random(&thread->ops, 1u << 31);
	int channel[2], status, fd;
	char byte = 0;
	pid_t pid;

	pthread_mutex_lock(&fork_mutex);
	thread->ops.last = (struct ops_record){ .name = "fork" };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel))
		die("socketpair");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		run_child(thread, seed, channel[1]);
	close(channel[1]);

	replay_init(&child_replay);
	if (read(channel[0], &byte, 1) != 1)
		report(thread, device, 0, "the child did not come up", NULL);
	fd = open_and_compare_child(thread, pid);
	if (write(channel[0], &byte, 1) != 1 ||
	    waitpid(pid, &status, 0) != pid || status)
		report(thread, fd, pid, "the child did not end well", NULL);
	compare_remains(thread, fd, pid);
	close(fd);
	close(channel[0]);
	pthread_mutex_unlock(&fork_mutex);
}

static void step(struct thread *thread)
{
	if (options.fork && !ops_random(&thread->ops, 32))
		fork_and_compare(thread);
	else
		ops_step(&thread->ops);
	thread->made++;
	verify(thread, device, 0);
}

/* The threads meet as often as the one with the fewest steps can. */
static void *run(void *arg)
{
	const unsigned long common = options.ops / options.threads;
	struct thread *thread = arg;

	pthread_barrier_wait(&barrier);
	while (thread->made < thread->steps) {
		step(thread);
		if (thread->made % options.every == 0 && thread->made <= common)
			pause_and_compare(thread);
	}
	return NULL;
}

static void parse_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "ops", required_argument, NULL, 'o' },
		{ "seed", required_argument, NULL, 's' },
		{ "threads", required_argument, NULL, 't' },
		{ "every", required_argument, NULL, 'e' },
		{ "fork", no_argument, &options.fork, 1 },
		{ }
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 0:
			break;
		case 'o':
			options.ops = number_of_option("ops", optarg, 0);
			break;
		case 's':
			options.seed = number_of_option("seed", optarg, 0);
			break;
		case 't':
			options.threads = number_of_option("threads", optarg, 0);
			break;
		case 'e':
			options.every = number_of_option("every", optarg, 0);
			break;
		default:
			goto usage;
		}
	}
	if (optind == argc && options.every && options.threads &&
	    options.threads <= THREADS_MAX && options.ops >= options.threads)
		return;
usage:
	fputs("Usage: storm [--ops N] [--seed S] [--threads T] [--every K] [--fork]\n",
	      stderr);
	exit(2);
}

/* The stream is read only now and then, so let much wait. */
static void attach(void)
{
	__u32 flags = VPROC_ATTACH_CHECK_END;
	struct vproc_info info;

	if (options.fork)
		flags |= VPROC_ATTACH_FORK | VPROC_ATTACH_EXEC;
	device = vproc_open();
	if (device < 0)
		die(VPROC_DEVICE);
	if (ioctl(device, VPROC_INFO, &info))
		die("VPROC_INFO");
	if (vproc_attach_ring(device, 0, flags, info.max_ring))
		die("VPROC_ATTACH");
	replay_init(&replay);
}

static void start(void)
{
	if (ops_init_process())
		die("set-up");
	if (pthread_barrier_init(&barrier, NULL, options.threads))
		die("pthread_barrier_init");
	for (unsigned int i = 0; i < options.threads; i++) {
		struct thread *thread = &threads[i];

		thread->number = i;
		thread->steps = options.ops / options.threads +
				(i < options.ops % options.threads);
		if (ops_init(&thread->ops, options.seed, i))
			die("set-up of a thread");
	}
	/* Once one of them runs, no thread may be made: see ops.h. */
	for (unsigned int i = 1; i < options.threads; i++) {
		errno = pthread_create(&threads[i].id, NULL, run, &threads[i]);
		if (errno)
			die("pthread_create");
	}
}

/* What was done, so that a storm that does nothing does not go unnoticed. */
static void print_kinds(void)
{
	for (unsigned int kind = 0; ops_kind(kind); kind++) {
		unsigned long done = 0, failed = 0;

		if (ops_kind_lacks(kind)) {
			printf("storm: %-16s not in this kernel\n",
			       ops_kind(kind));
			continue;
		}
		for (unsigned int i = 0; i < options.threads; i++) {
			done += threads[i].ops.done[kind];
			failed += threads[i].ops.failed[kind];
		}
		printf("storm: %-16s %6lu, of which %lu failed\n",
		       ops_kind(kind), done, failed);
	}
}

static int print_result(void)
{
	unsigned long made = 0, comparisons = 0, settled = 0;
	struct vproc_stats stats;

	if (vproc_stats(device, &stats))
		die("VPROC_STATS");
	for (unsigned int i = 0; i < options.threads; i++) {
		made += threads[i].made;
		comparisons += threads[i].comparisons;
		settled += threads[i].settled;
	}
	print_kinds();
	printf("storm: %llu events, %llu lost\n",
	       (unsigned long long)stats.events,
	       (unsigned long long)stats.lost);
	printf("storm: missed %llu, resyncs %llu, settled %lu\n",
	       (unsigned long long)stats.missed,
	       (unsigned long long)stats.resyncs, settled);
	if (stats.missed || stats.children_lost)
		return 1;
	printf("storm: %lu operations, %lu comparisons, 0 differences\n", made,
	       comparisons);
	return 0;
}

int main(int argc, char **argv)
{
	static char buffer[BUFSIZ];

	parse_options(argc, argv);
	/* No buffer is to be allocated in the middle of a comparison. */
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	attach();
	start();
	run(&threads[0]);
	for (unsigned int i = 1; i < options.threads; i++)
		pthread_join(threads[i].id, NULL);
	compare_text(&threads[0], device, 0);
	compare_replay(&threads[0], device, &replay);
	return print_result();
}
