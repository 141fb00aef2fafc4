// SPDX-License-Identifier: GPL-2.0-only
/*
 * A long time under load: very many processes, one with very many regions, one with
 * very many threads, and one that makes events as fast as they are read, all at
 * once. What vproc takes of memory and of time stays what it was, and all of it is
 * exact, while it goes on and at the end.
 *
 * The processes change all the time, and one by one make room for others. Compared
 * is with the kernel's VMAs, with /proc/PID/maps where who is tracked is stopped,
 * and at each end. The module is to be unloaded all along, which must be refused.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
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
#include <time.h>
#include <unistd.h>

#include "lib/busy.h"
#include "lib/cgroup.h"
#include "lib/life.h"
#include "lib/maps.h"
#include "lib/number.h"
#include "lib/replay.h"
#include "lib/target.h"
#include "lib/unload.h"

#define PAGE		4096ul
#define RW		(PROT_READ | PROT_WRITE)
#define PRIVATE		(MAP_PRIVATE | MAP_ANONYMOUS)
#define MIB		1048576.0

/* As many regions as Linux allows, and some more. */
#define REGIONS_MOST	66000
#define SECOND		1000000000ull

#define ARENA_PAGES	64

/* How long each rests between two changes, in us; of a thread, some changes. */
#define CROWD_REST	2000000
#define MOB_REST	1000000
#define GIANT_REST	2000
#define VERIFY_REST	500000

/* Events kept of one of the crowd, and how often all of them are read, in s. */
#define CROWD_RING	256
#define CROWD_ROUND	5

#define TICK		(SECOND / 10)
/* A state is kept this often, and compared with those long after it. */
#define STATES		60
/* Of the time, in which all that grows to its limits may grow. */
#define WARM_UP		8

/* What takes longer hangs. */
#define PATIENCE_MS	(120 * 1000)

/*
 * What is flat: the median of the last quarter of all states is not above that of
 * the first by more than this. Latency is that of a QUERY in terms of that of an
 * INFO, made at the same time, so that it is not that of the machine: the least of
 * each state, as who meets a holder of the lock that has been taken off its CPU waits
 * a thousand times as long, on PREEMPT_RT of a busy machine most of the time. What
 * has grown takes longer each time.
 */
#define MEMORY_RATIO	1.1
#define MEMORY_SLACK	(4 * MIB)
#define LATENCY_RATIO	1.25

static struct {
	unsigned long seconds;
	unsigned long seed;
	unsigned long processes;
	unsigned long regions;
	unsigned long threads;
	unsigned long events;
} options = {
	.seconds = 600,
	.seed = 1,
	.processes = 1000,
	.regions = 60000,
	.threads = 200,
	.events = 5000000,
};

/* What is tracked, and a tracker of it. */
struct watch {
	pid_t pid;
	int fd;
};

/* What is asked for its latency. */
enum load {
	LOAD_CROWD,
	LOAD_GIANT,
	LOAD_MOB,
	LOAD_STREAM,
	NR_LOADS,
	YARDSTICK = NR_LOADS,
	NR_TIMED
};

/* A state of all of it: as it is, and the least latency since the one before. */
struct state {
	double charged;
	double slab;
	double latency[NR_TIMED];
};

/* The least time since the last state, in ns; 0: none. */
static __u64 least[NR_TIMED];

/* One more, for what comes after the last. */
static struct state states[STATES + 1];
static unsigned int nr_states;

static struct watch *crowd;
static struct target nursery, giant, mob, stream;
static int giant_fd, mob_fd, stream_fd;
static struct unloader unloader;
static struct cgroup cgroup;
static struct replay replay;
static bool stream_is_done, stream_is_wrong;

/* Shared with those that are tracked. */
static int *stop;

static __u64 chance;
static unsigned long failures;
static unsigned long compared, verified, replaced;
static unsigned long differences, missed;
static __u64 events_of_the_dead;

static void complain(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static void complain(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	va_start(args, format);
	fputs("soak: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	__atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
}

/* What has been found, by whatever way it was looked for. */
static void found(unsigned long nr_differences, unsigned long nr_missed)
{
	__atomic_fetch_add(&differences, nr_differences, __ATOMIC_RELAXED);
	__atomic_fetch_add(&missed, nr_missed, __ATOMIC_RELAXED);
}

static noreturn void die(const char *what)
{
	fprintf(stderr, "soak: %s: %s\n", what, strerror(errno));
	exit(2);
}

static __u64 now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

static bool is_stopped(void)
{
	return __atomic_load_n(stop, __ATOMIC_RELAXED);
}

/*
 * Who is tracked
 */

/* Of files that come and go a tracker keeps the names: here there are none. */
static void change_a_little(char *arena, unsigned int *seed)
{
	char *at = arena + rand_r(seed) % (ARENA_PAGES - 8) * PAGE;
	size_t size = (1 + rand_r(seed) % 8) * PAGE;

	switch (rand_r(seed) % 3) {
	case 0:
		mmap(at, size, RW, PRIVATE | MAP_FIXED, -1, 0);
		break;
	case 1:
		mprotect(at, size, PROT_READ);
		break;
	case 2:
		munmap(at, size);
		break;
	}
}

/* It is born as it will be: with as many regions as in the long run. */
static noreturn void live_in_the_crowd(unsigned int seed)
{
	char *arena = mmap(NULL, ARENA_PAGES * PAGE, RW, PRIVATE, -1, 0);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned int i = 0; i < 2 * ARENA_PAGES; i++)
		change_a_little(arena, &seed);
	while (arena != MAP_FAILED) {
		change_a_little(arena, &seed);
		usleep(rand_r(&seed) % (2 * CROWD_REST));
	}
	_exit(1);
}

/* In the nursery, which nobody tracks, nor pays for. */
static long raise_one(const unsigned long *args)
{
	pid_t pid = fork();

	if (!pid)
		live_in_the_crowd(args[0]);
	return pid;
}

static long forget_children(const unsigned long *args)
{
	(void)args;
	return signal(SIGCHLD, SIG_IGN) == SIG_ERR ? -1 : 0;
}

static char *giants_pages;

/* Every other page is another region, from the first to the last asked for. */
static long grow_giant(const unsigned long *args)
{
	if (!giants_pages)
		giants_pages = mmap(NULL, options.regions * PAGE, RW,
				    PRIVATE | MAP_NORESERVE, -1, 0);
	for (unsigned long i = args[0]; i < args[1]; i += 2) {
		if (mprotect(giants_pages + i * PAGE, PAGE, PROT_READ))
			return -1;
	}
	return 0;
}

/* Two become one with what is around, and are two again. */
static long change_giant(const unsigned long *args)
{
	unsigned int seed = args[0];

	while (!is_stopped()) {
		char *at = giants_pages + rand_r(&seed) % options.regions /
			   2 * 2 * PAGE;

		if (mprotect(at, PAGE, RW) || mprotect(at, PAGE, PROT_READ))
			return -1;
		usleep(GIANT_REST);
	}
	return 0;
}

/* Each round is three events. */
static long make_events(const unsigned long *args)
{
	for (unsigned long i = 0; i < args[0] && !is_stopped(); i += 3) {
		char *at = mmap(NULL, 2 * PAGE, PROT_READ, PRIVATE, -1, 0);

		if (at == MAP_FAILED || mprotect(at, PAGE, PROT_NONE) ||
		    munmap(at, 2 * PAGE))
			return -1;
	}
	return 0;
}

/* Takes all events there are; who makes them waits for that. */
static void *read_stream(void *arg)
{
	(void)arg;
	while (!stream_is_wrong) {
		bool done = __atomic_load_n(&stream_is_done, __ATOMIC_ACQUIRE);
		struct pollfd pollfd = { .fd = stream_fd, .events = POLLIN };

		poll(&pollfd, 1, 100);
		stream_is_wrong = replay_drain(&replay, stream_fd);
		if (done)
			break;
	}
	return NULL;
}

/* From the beginning it has what it keeps for who asks for all regions. */
static void attach(struct watch *watch)
{
	static struct vproc_map map;

	watch->fd = vproc_open();
	if (watch->fd < 0 ||
	    vproc_attach_ring(watch->fd, watch->pid, VPROC_ATTACH_CHECK_END,
			      CROWD_RING) || vproc_read_map(watch->fd, &map))
		die("ATTACH");
}

static void add_to_crowd(struct watch *watch)
{
	watch->pid = target_call(&nursery, raise_one,
				 life_random(&chance, ~0u) | 1);
	if (watch->pid <= 0)
		die("fork");
	attach(watch);
}

/* They begin before this process pays for what it does, so they do not. */
static void start_targets(void)
{
	stop = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (stop == MAP_FAILED || busy_init() || unloader_start(&unloader) ||
	    target_start(&nursery) || target_start(&giant) ||
	    target_start(&mob) || target_start(&stream) ||
	    target_call(&nursery, forget_children))
		die("targets");
}

static void join_cgroup(void)
{
	if (cgroup_make(&cgroup, "vproc-soak") ||
	    cgroup_write(&cgroup, "cgroup.procs", getpid()))
		die("memory cgroup");
}

static void start_load(void)
{
	const unsigned long half = options.regions / 4 * 2;

	if (target_call(&giant, grow_giant, 0, half))
		die("mprotect");
	giant_fd = vproc_open_attached(giant.pid, VPROC_ATTACH_CHECK_END);
	mob_fd = vproc_open_attached(mob.pid, VPROC_ATTACH_CHECK_END);
	stream_fd = vproc_open_attached(stream.pid, VPROC_ATTACH_CHECK_END |
					VPROC_ATTACH_WAIT);
	if (giant_fd < 0 || mob_fd < 0 || stream_fd < 0)
		die("ATTACH");
	for (unsigned long i = 0; i < options.processes; i++)
		add_to_crowd(&crowd[i]);
	if (target_call(&giant, grow_giant, half, options.regions) ||
	    target_begin(&giant, change_giant,
			 (unsigned long [TARGET_ARGS]) { options.seed }) ||
	    target_call(&mob, busy_start, options.threads, MOB_REST) ||
	    target_begin(&stream, make_events,
			 (unsigned long [TARGET_ARGS]) { options.events }))
		die("load");
}

/*
 * What is checked
 */

static void verify(int fd, const char *what)
{
	struct vproc_verify result;

	if (vproc_verify(fd, &result)) {
		complain("VERIFY of %s: errno %d", what, errno);
	} else if (result.differences || result.missed) {
		found(result.differences, result.missed);
		vproc_show_verify(&result);
		complain("%s: %llu differences, missed %llu", what,
			 (unsigned long long)result.differences,
			 (unsigned long long)result.missed);
	}
	__atomic_fetch_add(&verified, 1, __ATOMIC_RELAXED);
}

/*
 * A moment at which none of very many threads is in a system call is long in
 * coming: it is not to be waited for with all the rest.
 */
static void *verify_the_large(void *arg)
{
	(void)arg;
	while (!is_stopped()) {
		verify(giant_fd, "the giant");
		verify(mob_fd, "the mob");
		usleep(VERIFY_REST);
	}
	return NULL;
}

static void start_threads(pthread_t *reader, pthread_t *verifier)
{
	replay_init(&replay);
	errno = pthread_create(reader, NULL, read_stream, NULL);
	if (!errno)
		errno = pthread_create(verifier, NULL, verify_the_large, NULL);
	if (errno)
		die("pthread_create");
}

static void compare(int fd, pid_t pid, const char *what)
{
	int different = vproc_check(fd, pid);

	if (different) {
		found(different > 0 ? different : 0, 0);
		complain("%s: %d differences, errno %d", what, different,
			 errno);
	}
	compared++;
}

/* One of the crowd, stopped for as long as it takes. */
static void compare_stopped(const struct watch *watch)
{
	unsigned int ms = 0;

	kill(watch->pid, SIGSTOP);
	while (target_state(watch->pid) != 'T' && ms++ < PATIENCE_MS)
		usleep(1000);
	compare(watch->fd, watch->pid, "one of the crowd");
	kill(watch->pid, SIGCONT);
}

/* More regions than compare() has room for. */
static void compare_giant(void)
{
	static struct vproc_region regions[REGIONS_MOST];
	struct vproc_regions head = {
		.regions_addr = (uintptr_t)regions,
		.count = REGIONS_MOST,
	};
	unsigned int count = 0, different = 0;
	char path[64], text[4096];
	struct maps_line line;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", giant.pid);
	maps = fopen(path, "re");
	if (!maps || ioctl(giant_fd, VPROC_REGIONS, &head) ||
	    head.total > REGIONS_MOST)
		die(path);
	while (fgets(text, sizeof(text), maps)) {
		if (maps_parse_line(text, &line) || count == head.count ||
		    !maps_line_equals(&line, &regions[count++]))
			different++;
	}
	fclose(maps);
	found(different, 0);
	if (different || count != head.count)
		complain("the giant: %u differences, %u of %u lines",
			 different, count, head.count);
	if (count < options.regions)
		complain("the giant has %u regions", count);
	compared++;
}

static void tally_end(int fd, const char *what)
{
	struct vproc_stats stats;

	if (vproc_stats(fd, &stats)) {
		complain("STATS of %s: errno %d", what, errno);
		return;
	}
	events_of_the_dead += stats.events;
	found(stats.end_differences, stats.missed);
	if (stats.state != VPROC_STATE_ENDED ||
	    stats.end_cause != VPROC_CAUSE_EXIT || stats.missed ||
	    stats.end_differences || stats.end_checked != stats.regions)
		complain("%s: state %u, cause %u, missed %llu, %llu of %llu regions compared at the end, %llu differences",
			 what, stats.state, stats.end_cause,
			 (unsigned long long)stats.missed,
			 (unsigned long long)stats.end_checked,
			 (unsigned long long)stats.regions,
			 (unsigned long long)stats.end_differences);
}

static void end_one(struct watch *watch)
{
	struct pollfd pollfd = { .fd = watch->fd };

	kill(watch->pid, SIGKILL);
	if (poll(&pollfd, 1, PATIENCE_MS) != 1)
		complain("no end of %d", watch->pid);
	tally_end(watch->fd, "one of the crowd");
	close(watch->fd);
}

static void read_events(const struct watch *watch)
{
	struct pollfd pollfd = { .fd = watch->fd, .events = POLLIN };
	struct vproc_event events[64];

	while (poll(&pollfd, 1, 0) == 1) {
		if (read(watch->fd, events, sizeof(events)) <= 0) {
			complain("read: errno %d", errno);
			break;
		}
	}
}

/*
 * What is measured
 */

static void took(unsigned int what, __u64 ns)
{
	if (!least[what] || ns < least[what])
		least[what] = ns;
}

static void time_queries(unsigned int what, int fd)
{
	struct vproc_region region;
	struct vproc_info info;
	__u64 begun;

	for (int i = 0; i < 10; i++) {
		__u64 addr = (__u64)life_random(&chance, 1u << 31) << 16;

		begun = now();
		if (vproc_query(fd, addr, VPROC_QUERY_NEXT, &region, NULL, 0) &&
		    errno != ENOENT)
			complain("QUERY: errno %d", errno);
		took(what, now() - begun);
		begun = now();
		ioctl(fd, VPROC_INFO, &info);
		took(YARDSTICK, now() - begun);
	}
}

static const struct watch *any_of_crowd(void)
{
	return &crowd[life_random(&chance, options.processes)];
}

static void time_all(void)
{
	time_queries(LOAD_CROWD, any_of_crowd()->fd);
	time_queries(LOAD_GIANT, giant_fd);
	time_queries(LOAD_MOB, mob_fd);
	time_queries(LOAD_STREAM, stream_fd);
}

/* Of the kernel, for what this process has asked for; and of all there is. */
static double charged(void)
{
	return cgroup_read_key(&cgroup, "memory.stat", "kernel");
}

static double slab(void)
{
	static char text[8192];
	const char *at = NULL;

	if (vproc_read_proc(0, "../meminfo", text, sizeof(text)) > 0)
		at = strstr(text, "SUnreclaim:");
	return at ? strtol(at + strlen("SUnreclaim:"), NULL, 10) * 1024.0 : -1;
}

static void keep_state(void)
{
	struct state *state = &states[nr_states];

	if (!least[YARDSTICK])
		return;
	if (nr_states < STATES)
		nr_states++;
	state->charged = charged();
	state->slab = slab();
	for (unsigned int i = 0; i < NR_TIMED; i++) {
		state->latency[i] = least[i];
		least[i] = 0;
	}
}

static int by_value(const void *a, const void *b)
{
	const double *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* Of one value of the states, in a quarter of the time. */
static double median_of_states(unsigned int quarter,
			       double (*value)(const struct state *state,
					       unsigned int what),
			       unsigned int what)
{
	unsigned int from = nr_states * quarter / 4;
	unsigned int count = nr_states * (quarter + 1) / 4 - from;
	double values[STATES];

	for (unsigned int i = 0; i < count; i++)
		values[i] = value(&states[from + i], what);
	qsort(values, count, sizeof(values[0]), by_value);
	return values[count / 2];
}

static double value_of_charged(const struct state *state, unsigned int what)
{
	(void)what;
	return state->charged;
}

static double value_of_slab(const struct state *state, unsigned int what)
{
	(void)what;
	return state->slab;
}

static double value_of_latency(const struct state *state, unsigned int what)
{
	return state->latency[what] / state->latency[YARDSTICK];
}

static void judge_memory(const char *what,
			 double (*value)(const struct state *state,
					 unsigned int what))
{
	double first = median_of_states(0, value, 0);
	double last = median_of_states(3, value, 0);

	printf("soak: %s: %.1f MiB at first, %.1f MiB at last\n", what,
	       first / MIB, last / MIB);
	if (first < 0 || last > first * MEMORY_RATIO + MEMORY_SLACK)
		complain("%s grows", what);
}

static void judge_latency(const char *what, unsigned int load)
{
	double first = median_of_states(0, value_of_latency, load);
	double last = median_of_states(3, value_of_latency, load);

	printf("soak: QUERY of %s takes as long as %.2f INFO at first, %.2f at last\n",
	       what, first, last);
	if (!(last <= first * LATENCY_RATIO))
		complain("QUERY of %s grows slow", what);
}

/* With too few states to compare, there are no quarters. */
static void judge(void)
{
	if (nr_states < 8) {
		complain("only %u states: nothing can be said of them",
			 nr_states);
		return;
	}
	judge_memory("memory charged to the reader", value_of_charged);
	judge_memory("memory in slabs of the whole system", value_of_slab);
	judge_latency("the crowd", LOAD_CROWD);
	judge_latency("the giant", LOAD_GIANT);
	judge_latency("the mob", LOAD_MOB);
	judge_latency("the stream", LOAD_STREAM);
}

static __u64 count_events(void)
{
	const int fds[] = { giant_fd, mob_fd, stream_fd };
	__u64 events = events_of_the_dead;
	struct vproc_stats stats;

	for (unsigned int i = 0; i < ARRAY_SIZE(fds); i++)
		events += vproc_stats(fds[i], &stats) ? 0 : stats.events;
	for (unsigned long i = 0; i < options.processes; i++)
		events += vproc_stats(crowd[i].fd, &stats) ? 0 : stats.events;
	return events;
}

static void print_line(unsigned int minute)
{
	const struct state *state = &states[nr_states ? nr_states - 1 : 0];

	printf("soak: minute %u: %d trackers, %llu events, %.1f MiB charged, %.1f MiB of slabs, QUERY %.1f %.1f %.1f %.1f us, %lu verified, %lu compared, %lu replaced, %lu differences, missed %lu\n",
	       minute, vproc_trackers(giant_fd),
	       (unsigned long long)count_events(), charged() / MIB,
	       slab() / MIB, state->latency[LOAD_CROWD] / 1000,
	       state->latency[LOAD_GIANT] / 1000,
	       state->latency[LOAD_MOB] / 1000,
	       state->latency[LOAD_STREAM] / 1000, verified, compared,
	       replaced, differences, missed);
}

/*
 * The time
 */

/* What is done ten times a second, and what is done in each of them. */
static void tick(unsigned long number)
{
	const unsigned long part = CROWD_ROUND * SECOND / TICK;
	struct watch *one;

	for (unsigned long i = number % part; i < options.processes; i += part)
		read_events(&crowd[i]);
	verify(any_of_crowd()->fd, "one of the crowd");
	time_all();
	switch (number % (SECOND / TICK)) {
	case 2:
		compare_stopped(any_of_crowd());
		break;
	case 7:
		one = &crowd[life_random(&chance, options.processes)];
		end_one(one);
		add_to_crowd(one);
		replaced++;
		break;
	}
}

static void soak(void)
{
	const __u64 whole = options.seconds * SECOND;
	const __u64 warm = whole / WARM_UP, step = (whole - warm) / STATES;
	__u64 begun = now(), next_state = warm;
	unsigned long ticks = 0;
	unsigned int minutes = 0;
	__u64 at;

	while ((at = now() - begun) < whole && !stream_is_wrong) {
		tick(ticks++);
		if (at >= next_state) {
			/* What the warm-up was like does not count. */
			if (next_state > warm)
				keep_state();
			next_state += step;
		}
		if (at / (60 * SECOND) > minutes)
			print_line(++minutes);
		at = now() - begun;
		if (at < ticks * TICK)
			usleep((ticks * TICK - at) / 1000);
	}
	keep_state();
	print_line(minutes + 1);
}

/* All stand still: compare whole, then see them end. */
static void end_load(pthread_t reader, pthread_t verifier)
{
	bool all;

	__atomic_store_n(stop, 1, __ATOMIC_RELAXED);
	busy_stop();
	if (target_finish(&stream) || target_finish(&giant) ||
	    target_call(&mob, busy_join))
		complain("a target has failed: errno %d", errno);
	__atomic_store_n(&stream_is_done, true, __ATOMIC_RELEASE);
	pthread_join(reader, NULL);
	pthread_join(verifier, NULL);
	if (stream_is_wrong || replay.lost ||
	    replay_check_all(&replay, stream_fd, stream.pid))
		complain("the stream is wrong, or has lost %llu",
			 (unsigned long long)replay.lost);
	all = replay.seq >= options.events;
	printf("soak: %llu events on one tracker, none lost%s\n",
	       (unsigned long long)replay.seq,
	       all ? "" : ": the time was up");
	compare(mob_fd, mob.pid, "the mob");
	verify(giant_fd, "the giant");
	compare_giant();
	for (unsigned long i = 0; i < options.processes; i++)
		compare_stopped(&crowd[i]);
}

static __u64 end_targets(void)
{
	struct target *targets[] = { &giant, &mob, &stream };
	const int fds[] = { giant_fd, mob_fd, stream_fd };

	for (unsigned long i = 0; i < options.processes; i++)
		end_one(&crowd[i]);
	for (unsigned int i = 0; i < ARRAY_SIZE(targets); i++) {
		target_stop(targets[i]);
		tally_end(fds[i], "a target");
		close(fds[i]);
	}
	target_stop(&nursery);
	return events_of_the_dead;
}

/* Nothing is left, once all that is done later has been done. */
static void check_given_back(double before)
{
	const double most = before + MEMORY_SLACK;
	unsigned int ms = 0;

	while ((vproc_trackers(unloader.anchor) || charged() > most) &&
	       ms++ < PATIENCE_MS)
		usleep(1000);
	printf("soak: %d trackers and %.1f MiB charged at the end, %.1f MiB before\n",
	       vproc_trackers(unloader.anchor), charged() / MIB, before / MIB);
	if (vproc_trackers(unloader.anchor) || charged() > most)
		complain("not all is given back");
	if (unloader_stop(&unloader) <= 0)
		complain("rmmod: errno %d", errno);
}

static void parse_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "seconds", required_argument, NULL, 't' },
		{ "seed", required_argument, NULL, 's' },
		{ "processes", required_argument, NULL, 'p' },
		{ "regions", required_argument, NULL, 'r' },
		{ "threads", required_argument, NULL, 'm' },
		{ "events", required_argument, NULL, 'e' },
		{ }
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 't':
			options.seconds = number_of_option("seconds", optarg, 1);
			break;
		case 's':
			options.seed = number_of_option("seed", optarg, 0);
			break;
		case 'p':
			options.processes = number_of_option("processes", optarg, 1);
			break;
		case 'r':
			options.regions = number_of_option("regions", optarg, 2);
			break;
		case 'm':
			options.threads = number_of_option("threads", optarg, 1);
			break;
		case 'e':
			options.events = number_of_option("events", optarg, 1);
			break;
		default:
			goto usage;
		}
	}
	if (optind == argc && options.regions < REGIONS_MOST &&
	    options.threads <= BUSY_THREADS_MAX)
		return;
usage:
	fputs("Usage: soak [--seconds N] [--seed S] [--processes P] [--regions R] [--threads T] [--events E]\n",
	      stderr);
	exit(2);
}

static void print_load(__u64 begun)
{
	printf("soak: %lu processes, one of %lu regions, one of %lu threads, one of %lu events, set up in %llu s\n",
	       options.processes, options.regions, options.threads,
	       options.events, (unsigned long long)((now() - begun) / SECOND));
}

int main(int argc, char **argv)
{
	struct rlimit files = { 1 << 16, 1 << 16 };
	__u64 begun = now(), events;
	pthread_t reader, verifier;
	double before;

	parse_options(argc, argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	chance = options.seed;
	crowd = calloc(options.processes, sizeof(*crowd));
	if (!crowd || setrlimit(RLIMIT_NOFILE, &files))
		die("set-up");
	start_targets();
	join_cgroup();
	/* There are more who want to run than CPUs. */
	setpriority(PRIO_PROCESS, 0, -10);
	before = charged();
	start_load();
	start_threads(&reader, &verifier);
	print_load(begun);

	soak();
	end_load(reader, verifier);
	judge();
	events = end_targets();
	check_given_back(before);
	if (options.seconds % 60)
		printf("soak: %lu seconds, %llu events, %lu failures\n",
		       options.seconds, (unsigned long long)events, failures);
	else
		printf("soak: %lu minutes, %llu events, %lu failures\n",
		       options.seconds / 60, (unsigned long long)events,
		       failures);
	return failures != 0;
}
