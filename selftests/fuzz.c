// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random calls of the device, valid and hostile, from several threads at once,
 * on files of their own and on those of others (lib/fuzzcall.c), while processes
 * that may be tracked change their maps, fork, exec and die (lib/life.c).
 *
 * Where the kernel can tell what of the module has been run (KCOV), inputs that
 * lead to something new are kept, changed and tried again. After each phase all
 * that is still attached must agree with /proc/PID/maps and the kernel's VMAs,
 * and then all trackers must go.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/fuzzcall.h"
#include "lib/fuzzcorpus.h"
#include "lib/life.h"
#include "lib/number.h"
#include "lib/vproc.h"

#define THREADS_MAX	16

/* Calls between two looks at whether all is right. */
#define PHASE		50000ul

/* What takes longer hangs, or is not at rest. */
#define PATIENCE	120

/* One that has not ended a call for so long is sent a signal. */
#define TICK_USEC	(20 * 1000)

struct worker {
	pthread_t id;
	__u64 random;
	struct fuzz_thread *thread;
	unsigned long seen;
	bool done;
};

static struct {
	unsigned long calls;
	unsigned long seconds;
	unsigned long seed;
	unsigned long threads;
	const char *corpus;
	const char *replay;
} options = {
	.calls = ULONG_MAX,
	.seconds = LONG_MAX,
	.seed = 1,
	.threads = 4,
};

static struct worker workers[THREADS_MAX];
static time_t started;
static unsigned long calls_limit;
static unsigned int replayed;
static unsigned long failures, compared, verified;
static __u64 life_seed;
static int report_pipe = -1;
static int anchor = -1;

static noreturn void die(const char *what)
{
	fprintf(stderr, "fuzz: %s: %s\n", what, strerror(errno));
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

static unsigned long calls_made(void)
{
	unsigned long sum = 0;

	for (unsigned int i = 0; i < options.threads; i++)
		sum += fuzz_calls(workers[i].thread);
	return sum;
}

static bool time_is_up(void)
{
	return (unsigned long)(time(NULL) - started) >= options.seconds;
}

/* With --replay each input comes once. */
static bool next_input(struct worker *worker, struct fuzz_input *input)
{
	if (options.replay)
		return corpus_get(__atomic_fetch_add(&replayed, 1,
						     __ATOMIC_RELAXED), input);
	corpus_make(input, &worker->random);
	return calls_made() < calls_limit && !time_is_up();
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct corpus_cover cover;
	struct fuzz_input input;

	corpus_cover_open(&cover);
	while (next_input(worker, &input)) {
		corpus_cover_begin(&cover);
		fuzz_run(worker->thread, &input);
		if (corpus_cover_end(&cover) && !options.replay)
			corpus_add(&input);
	}
	corpus_cover_close(&cover);
	__atomic_store_n(&worker->done, true, __ATOMIC_RELEASE);
	return NULL;
}

/*
 * Targets
 */

static void start_target(struct fuzz_target *target)
{
	__u64 seed = ++life_seed;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpgid(0, 0);
		/* A few of them would have the processors for themselves. */
		setpriority(PRIO_PROCESS, 0, 15);
		life_run(seed, 2);
	}
	setpgid(pid, pid);
	target->pidfd = syscall(SYS_pidfd_open, pid, 0);
	__atomic_store_n(&target->pid, pid, __ATOMIC_RELAXED);
}

static void kill_target(struct fuzz_target *target)
{
	kill(-target->pid, SIGKILL);
	waitpid(target->pid, NULL, 0);
	close(target->pidfd);
}

static struct fuzz_target *find_target(pid_t pid)
{
	for (unsigned int i = 0; i < FUZZ_TARGETS; i++) {
		if (fuzz_targets[i].pid == pid)
			return &fuzz_targets[i];
	}
	return NULL;
}

/* Targets that have ended of themselves make room; orphans of theirs just go. */
static void reap(void)
{
	siginfo_t info = { .si_pid = 0 };
	struct fuzz_target *target;

	while (!waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) &&
	       info.si_pid) {
		target = find_target(info.si_pid);
		if (target) {
			kill_target(target);
			start_target(target);
		} else {
			waitpid(info.si_pid, NULL, __WALL);
		}
		info.si_pid = 0;
	}
}

/*
 * The end of a phase
 */

static struct vproc_map map, again;
static char model_text[VPROC_TEXT_SIZE], kernel_text[VPROC_TEXT_SIZE];

/*
 * Does the text of /proc/PID/maps, read between two looks at the same state,
 * show that state? -1: it is not at rest, or has ended.
 */
static int compare(int fd, pid_t pid)
{
	struct vproc_stats stats;

	if (vproc_read_map(fd, &map) ||
	    vproc_read_proc(pid, "maps", kernel_text, sizeof(kernel_text)) < 0 ||
	    vproc_render_map(fd, &map, model_text, sizeof(model_text)) < 0 ||
	    vproc_stats(fd, &stats) || stats.state != VPROC_STATE_LIVE ||
	    vproc_read_map(fd, &again) || map.head.seq != again.head.seq)
		return -1;
	return !strcmp(kernel_text, model_text);
}

/* A process that it waits for goes on when there is room for its events. */
static void drain(int fd)
{
	static struct vproc_event events[256];

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (read(fd, events, sizeof(events)) > 0)
		;
}

/* What is in flight may show on one side first, but not for long. */
static void check_map(int fd, pid_t pid)
{
	unsigned int differs = 0;
	int same = -1;

	for (unsigned int i = 0; same != 1 && differs < 20 && i < 100; i++) {
		drain(fd);
		if (i)
			usleep(10 * 1000);
		same = compare(fd, pid);
		differs = same ? 0 : differs + 1;
	}
	if (differs == 20)
		life_complain("the map of %d is not as /proc/%d/maps has it",
			      pid, pid);
	compared += same == 1;
}

/* A file that has been left: a tracker, a model, or nothing yet. */
static void check_file(int fd)
{
	struct vproc_verify verify;
	struct vproc_stats stats;

	if (vproc_stats(fd, &stats)) {
		if (errno != ENOTCONN)
			life_complain("STATS: errno %d", errno);
		return;
	}
	if (stats.state == VPROC_STATE_MODEL)
		return;
	if (stats.missed || stats.end_differences)
		life_complain("STATS of %d: missed %llu, %llu differences at the end",
			      stats.pid, (unsigned long long)stats.missed,
			      (unsigned long long)stats.end_differences);
	drain(fd);
	if (vproc_verify(fd, &verify)) {
		if (errno != ESRCH)
			life_complain("VERIFY: errno %d", errno);
		return;
	}
	verified++;
	if (verify.differences || verify.missed) {
		vproc_show_verify(&verify);
		life_complain("VERIFY of %d: %llu differences, missed %llu",
			      stats.pid,
			      (unsigned long long)verify.differences,
			      (unsigned long long)verify.missed);
	}
	check_map(fd, stats.pid);
}

static void check_files(void)
{
	for (unsigned int i = 0; i < FUZZ_TARGETS; i++)
		kill(fuzz_targets[i].pid, SIGSTOP);
	fuzz_pause(true);
	for (unsigned int i = 0; i < FUZZ_SLOTS; i++) {
		if (fuzz_shared[i] < 0)
			continue;
		check_file(fuzz_shared[i]);
		close(fuzz_shared[i]);
		fuzz_shared[i] = -1;
	}
	fuzz_pause(false);
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

/* Wake those that wait, keep the targets going. False: nothing moves any more. */
static bool watch_workers(void)
{
	time_t last = time(NULL);
	unsigned long seen = 0;
	bool done = false;

	while (!done) {
		unsigned long now = calls_made();

		usleep(TICK_USEC);
		collect_complaints();
		reap();
		done = true;
		for (unsigned int i = 0; i < options.threads; i++) {
			struct worker *worker = &workers[i];
			unsigned long calls = fuzz_calls(worker->thread);

			if (__atomic_load_n(&worker->done, __ATOMIC_ACQUIRE))
				continue;
			done = false;
			if (calls == worker->seen)
				pthread_kill(worker->id, SIGUSR1);
			worker->seen = calls;
		}
		if (now != seen)
			last = time(NULL);
		seen = now;
		if (!done && time(NULL) - last > PATIENCE) {
			fprintf(stderr, "fuzz: no call ends any more\n");
			failures++;
			return false;
		}
	}
	return true;
}

static bool run_phase(unsigned long calls)
{
	calls_limit = calls;
	for (unsigned int i = 0; i < FUZZ_TARGETS; i++)
		start_target(&fuzz_targets[i]);
	for (unsigned int i = 0; i < options.threads; i++) {
		workers[i].done = false;
		errno = pthread_create(&workers[i].id, NULL, work, &workers[i]);
		if (errno)
			die("pthread_create");
	}
	if (!watch_workers())
		return false;
	for (unsigned int i = 0; i < options.threads; i++)
		pthread_join(workers[i].id, NULL);
	check_files();
	for (unsigned int i = 0; i < FUZZ_TARGETS; i++)
		kill_target(&fuzz_targets[i]);
	while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
		;
	wait_for_no_trackers();
	collect_complaints();
	return true;
}

/*
 * Set-up
 */

static void parse_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "calls", required_argument, NULL, 'n' },
		{ "seconds", required_argument, NULL, 'l' },
		{ "seed", required_argument, NULL, 's' },
		{ "threads", required_argument, NULL, 't' },
		{ "corpus", required_argument, NULL, 'c' },
		{ "replay", required_argument, NULL, 'r' },
		{ }
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'n':
			options.calls = number_of_option("calls", optarg, 1);
			break;
		case 'l':
			options.seconds = number_of_option("seconds", optarg, 1);
			break;
		case 's':
			options.seed = number_of_option("seed", optarg, 1);
			break;
		case 't':
			options.threads = number_of_option("threads", optarg, 1);
			break;
		case 'c':
			options.corpus = optarg;
			break;
		case 'r':
			options.replay = optarg;
			break;
		default:
			goto usage;
		}
	}
	if (optind == argc && options.threads <= THREADS_MAX)
		return;
usage:
	fputs("Usage: fuzz [--calls N] [--seconds L] [--seed S] [--threads T] [--corpus DIR]\n"
	      "       fuzz --replay DIR [--threads T]\n", stderr);
	exit(2);
}

static void wake(int signal)
{
	(void)signal;
}

static void set_up(void)
{
	/* No SA_RESTART: who waits is to come back. */
	const struct sigaction action = { .sa_handler = wake };
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) ||
	    dup2(ends[1], LIFE_REPORT_FD) < 0)
		die("pipe");
	close(ends[1]);
	report_pipe = ends[0];
	/* Orphans come here to be reaped. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) ||
	    sigaction(SIGUSR1, &action, NULL))
		die("prctl, sigaction");
	if (corpus_open(options.replay ? options.replay : options.corpus))
		die(options.corpus);
	if (fuzz_init())
		die("fuzz_init");
	for (unsigned int i = 0; i < options.threads; i++) {
		workers[i].random = options.seed * 0x9e3779b9 + i;
		workers[i].thread = fuzz_thread_new();
		if (!workers[i].thread)
			die("fuzz_thread_new");
	}
	life_seed = options.seed << 20;
	anchor = vproc_open();
	if (anchor < 0)
		die(VPROC_DEVICE);
	printf("fuzz: %u inputs to begin with, %s\n", corpus_inputs(),
	       corpus_covers() ? "led by coverage" : "blind");
}

int main(int argc, char **argv)
{
	unsigned long until = 0;

	if (argc > 1 && !strcmp(argv[1], LIFE_OPTION))
		life_resume(argc, argv);
	parse_options(argc, argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	set_up();
	started = time(NULL);
	do {
		until += PHASE;
		if (until > options.calls)
			until = options.calls;
		if (!run_phase(until))
			break;
		printf("fuzz: %lu calls, %u inputs, %u branches, %ld s\n",
		       calls_made(), corpus_inputs(), corpus_edges(),
		       (long)(time(NULL) - started));
	} while (!failures && !options.replay && until < options.calls &&
		 !time_is_up());
	printf("fuzz:       made  succeeded\n");
	fuzz_show_counts();
	printf("fuzz: %lu trackers verified, %lu compared with /proc/PID/maps\n",
	       verified, compared);
	printf("fuzz: %lu calls, %lu failures\n", calls_made(), failures);
	/* Threads that hang must not keep it from ending. */
	fflush(stdout);
	_exit(failures != 0);
}
