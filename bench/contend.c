// SPDX-License-Identifier: GPL-2.0-only
/*
 * Usage: contend
 *
 * How long an mmap and an munmap take while two readers look at the process as
 * often as they can: one CPU for the process, the other for the readers, so that
 * what is measured is waiting for each other and not for a CPU. Without readers,
 * two that only compute take their place. The process computes, too, between its
 * calls: one that calls all the time has the lock to itself, as readers are slow to
 * wake up.
 */
#define _GNU_SOURCE
#include <err.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "procmaps.h"

#define REGIONS		10000ul
#define ROOM		(REGIONS + 1000)
#define READERS		2
#define CALLS		3000ul
#define SIZE		(64ul << 10)

struct bench {
	struct target target;
	struct procmaps procmaps;
	unsigned long base;
	int fd;
};

static struct vproc_region regions[ROOM];

static void compute(struct bench *bench)
{
	(void)bench;
	for (int i = 0; i < 20000; i++)
		__asm__ volatile("" : : : "memory");
}

static void read_regions(struct bench *bench)
{
	struct vproc_regions ask = {
		.regions_addr = (uintptr_t)regions,
		.count = ROOM,
	};

	device_ask(bench->fd, VPROC_REGIONS, &ask);
}

static void read_query(struct bench *bench)
{
	struct vproc_query query = {
		.addr = bench->base + pick(REGIONS * PAGE),
	};

	device_ask(bench->fd, VPROC_QUERY, &query);
}

static void read_since(struct bench *bench)
{
	static __u64 seq;
	struct vproc_regions ask = {
		.flags = VPROC_REGIONS_SINCE,
		.regions_addr = (uintptr_t)regions,
		.count = ROOM,
		.seq = seq,
	};

	device_ask(bench->fd, VPROC_REGIONS, &ask);
	seq = ask.seq;
}

static void read_maps(struct bench *bench)
{
	procmaps_read(&bench->procmaps);
}

static void read_procmap(struct bench *bench)
{
	procmaps_query(&bench->procmaps, bench->base + pick(REGIONS * PAGE));
}

struct reader {
	const char *name;
	void (*read)(struct bench *bench);
	bool vproc;
	bool procmap;
};

static const struct reader readers[] = {
	{ "untracked",	compute,	false,	false },
	{ "none",	compute,	true,	false },
	{ "query",	read_query,	true,	false },
	{ "since",	read_since,	true,	false },
	{ "regions",	read_regions,	true,	false },
	{ "maps",	read_maps,	false,	false },
	{ "procmap",	read_procmap,	false,	true },
};

static void use_cpu(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	must(sched_setaffinity(0, sizeof(cpus), &cpus), "a second CPU");
}

/* In the target; shared, for the figures. */
static double *times[2];

static int by_size(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static double work(unsigned long count)
{
	use_cpu(0);
	for (unsigned long i = 0; i < count; i++) {
		double start;
		void *at;

		compute(NULL);
		start = now();
		at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		times[0][i] = now() - start;
		compute(NULL);
		start = now();
		munmap(at, SIZE);
		times[1][i] = now() - start;
	}
	return 0;
}

static void report(int round, const char *reader)
{
	static const char *const calls[] = { "mmap", "munmap" };

	for (int i = 0; i < 2; i++) {
		double sum = 0;

		for (unsigned long call = 0; call < CALLS; call++)
			sum += times[i][call];
		put_sample(round, sum / CALLS, "contend.%s.%s.mean", calls[i],
			   reader);
		qsort(times[i], CALLS, sizeof(double), by_size);
		put_sample(round, times[i][CALLS / 2], "contend.%s.%s.median",
			   calls[i], reader);
		put_sample(round, times[i][CALLS * 99 / 100],
			   "contend.%s.%s.99th", calls[i], reader);
		put_sample(round, times[i][CALLS - 1], "contend.%s.%s.worst",
			   calls[i], reader);
	}
}

static pid_t start_reader(struct bench *bench, const struct reader *reader)
{
	pid_t pid = must(fork(), "fork");

	if (pid)
		return pid;
	use_cpu(1);
	while (getppid() != 1)
		reader->read(bench);
	_exit(1);
}

static void measure(struct bench *bench, const struct reader *reader, int round)
{
	pid_t pids[READERS];

	if (reader->vproc)
		bench->fd = device_attach(bench->target.pid, 0, 0);
	device_settle(reader->vproc);
	for (int i = 0; i < READERS; i++)
		pids[i] = start_reader(bench, reader);
	usleep(100000);
	target_call(&bench->target, work, CALLS);
	for (int i = 0; i < READERS; i++) {
		/* One that has ended would not have read all along. */
		if (waitpid(pids[i], NULL, WNOHANG))
			errx(1, "a reader has died");
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	if (reader->vproc)
		close(bench->fd);
	report(round, reader->name);
}

int main(void)
{
	static struct bench bench;

	for (int i = 0; i < 2; i++) {
		times[i] = mmap(NULL, CALLS * sizeof(double),
				PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (times[i] == MAP_FAILED)
			err(1, "mmap");
	}
	target_start(&bench.target);
	target_call(&bench.target, regions_make, REGIONS);
	bench.base = regions_base(&bench.target);
	procmaps_open(&bench.procmaps, bench.target.pid);
	for_each_round(round)
		for (unsigned int i = 0; i < ARRAY_SIZE(readers); i++)
			if (!readers[i].procmap || bench.procmaps.can_query)
				measure(&bench, &readers[i], round);
	target_stop(&bench.target);
	return 0;
}
