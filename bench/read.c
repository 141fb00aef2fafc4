// SPDX-License-Identifier: GPL-2.0-only
/*
 * Usage: read
 *
 * What a reader pays: for all of 10,000 regions, for what has changed, and for
 * the region of one address, each in all the ways that there are.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"
#include "procmaps.h"
#include "tools/lib/vproc.h"

#define REGIONS		10000ul
#define ROOM		(REGIONS + 1000)
#define ADDRS		1024ul
#define BATCH		64ul	/* addresses in one VPROC_LOOKUP */
#define BEHIND		1000ul	/* changes that are not worth taking up for ADDRS */
#define NAMES		65536u	/* ids are small */

struct bench {
	struct target target;
	int fd;
	struct procmaps procmaps;
	struct vproc_mirror *mirror;
	__u64 seq;
	__u64 addrs[ADDRS];
};

static struct vproc_region regions[ROOM];

/* Have so many regions be others: each of its own, none next to another. */
static double change(unsigned long count)
{
	static unsigned char exec[REGIONS / 4];
	unsigned long at = regions_at + 2 * PAGE;

	for (unsigned long i = 0; i < count; i++, at += 4 * PAGE) {
		exec[i] ^= PROT_EXEC;
		must(mprotect((void *)at, PAGE,
			      PROT_READ | PROT_WRITE | exec[i]), "mprotect");
	}
	return 0;
}

static unsigned int ask_regions(struct bench *bench, __u64 flags)
{
	struct vproc_regions ask = {
		.flags = flags,
		.regions_addr = (uintptr_t)regions,
		.count = ROOM,
		.seq = bench->seq,
	};

	device_ask(bench->fd, VPROC_REGIONS, &ask);
	if (ask.total > ROOM)
		errx(1, "%u regions", ask.total);
	bench->seq = ask.seq;
	return ask.count;
}

static unsigned int all(struct bench *bench)
{
	return ask_regions(bench, 0);
}

static unsigned int since(struct bench *bench)
{
	return ask_regions(bench, VPROC_REGIONS_SINCE);
}

/* A reader that has never asked before knows no name. */
static unsigned int all_named(struct bench *bench)
{
	static char names[256][PATH_MAX];
	static unsigned char known[NAMES];
	unsigned int count = all(bench), nr = 0;

	memset(known, 0, sizeof(known));
	for (unsigned int i = 0; i < count; i++) {
		struct vproc_file file = {
			.id = regions[i].name,
			.name_addr = (uintptr_t)names[nr % ARRAY_SIZE(names)],
			.name_size = PATH_MAX,
		};

		if (!file.id || file.id >= NAMES || known[file.id])
			continue;
		device_ask(bench->fd, VPROC_FILE, &file);
		known[file.id] = 1;
		nr++;
	}
	return count;
}

static unsigned int maps_text(struct bench *bench)
{
	return procmaps_read(&bench->procmaps);
}

static unsigned int procmap_walk(struct bench *bench)
{
	return procmaps_walk(&bench->procmaps, false);
}

static unsigned int procmap_walk_named(struct bench *bench)
{
	return procmaps_walk(&bench->procmaps, true);
}

/* One of the ways to read all of it. */
struct way {
	const char *name;
	unsigned int (*read)(struct bench *bench);
	unsigned long changes;		/* before each read */
	unsigned long count;
	bool procmap;
};

static const struct way ways[] = {
	{ "maps",		maps_text,	1,	3,	false },
	{ "procmap",		procmap_walk,	1,	2,	true },
	{ "procmap-named",	procmap_walk_named, 1,	2,	true },
	{ "changed",		all,		1,	10,	false },
	{ "unchanged",		all,		0,	10,	false },
	{ "named",		all_named,	1,	10,	false },
	{ "since-0",		since,		0,	1000,	false },
	{ "since-1",		since,		1,	100,	false },
	{ "since-10",		since,		10,	30,	false },
	{ "since-100",		since,		100,	10,	false },
	{ "since-1000",		since,		1000,	3,	false },
};

static double read_all(struct bench *bench, const struct way *way)
{
	double time = 0;

	all(bench);
	for (unsigned long i = 0; i < way->count; i++) {
		unsigned int count, least = REGIONS;
		double start;

		if (way->changes) {
			target_call(&bench->target, change, way->changes);
			/* To take up what has changed is not the reader's. */
			usleep(APPLIED_US);
		}
		if (way->read == since)
			least = way->changes;
		start = now();
		count = way->read(bench);
		time += now() - start;
		if (count < least)
			errx(1, "%s: %u regions", way->name, count);
	}
	return time / way->count;
}

static void measure_all(struct bench *bench, int round)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(ways); i++)
		if (!ways[i].procmap || bench->procmaps.can_query)
			put_sample(round, read_all(bench, &ways[i]), "read.%s",
				   ways[i].name);
}

static double query(struct bench *bench)
{
	double start = now();

	for (unsigned long i = 0; i < ADDRS; i++) {
		struct vproc_query query = { .addr = bench->addrs[i] };

		device_ask(bench->fd, VPROC_QUERY, &query);
	}
	return (now() - start) / ADDRS;
}

static double lookup(struct bench *bench)
{
	double start = now();

	for (unsigned long i = 0; i < ADDRS; i += BATCH) {
		struct vproc_lookup lookup = {
			.addrs_addr = (uintptr_t)&bench->addrs[i],
			.regions_addr = (uintptr_t)regions,
			.count = BATCH,
		};

		device_ask(bench->fd, VPROC_LOOKUP, &lookup);
		if (lookup.count != BATCH)
			errx(1, "VPROC_LOOKUP: %u regions", lookup.count);
	}
	return (now() - start) / ADDRS;
}

static double procmap_query(struct bench *bench)
{
	double start = now();

	for (unsigned long i = 0; i < ADDRS; i++)
		procmaps_query(&bench->procmaps, bench->addrs[i]);
	return (now() - start) / ADDRS;
}

static double maps_find(struct bench *bench)
{
	unsigned long count = 4;
	double start = now();

	for (unsigned long i = 0; i < count; i++)
		procmaps_find(&bench->procmaps, bench->addrs[i]);
	return (now() - start) / count;
}

static void find(struct bench *bench, __u64 addr)
{
	if (!vproc_mirror_find(bench->mirror, addr))
		err(1, "vproc_mirror_find");
}

/* With no system call, and nothing has happened since the last time. */
static double mirror(struct bench *bench)
{
	double start;

	must(vproc_mirror_update(bench->mirror), "vproc_mirror_update");
	start = now();
	for (unsigned long i = 0; i < ADDRS; i++)
		find(bench, bench->addrs[i]);
	return (now() - start) / ADDRS;
}

/* There is one event to be taken up, each time. */
static double mirror_changed(struct bench *bench)
{
	unsigned long count = ADDRS / 16;
	double time = 0;

	must(vproc_mirror_update(bench->mirror), "vproc_mirror_update");
	for (unsigned long i = 0; i < count; i++) {
		double start;

		target_call(&bench->target, change, 1);
		start = now();
		find(bench, bench->addrs[i]);
		time += now() - start;
	}
	return time / count;
}

/*
 * Somebody has read all regions, so that there is an array of them; and then so much
 * has changed that look-ups do without it.
 */
static void measure_one(struct bench *bench, int round)
{
	all(bench);
	target_call(&bench->target, change, BEHIND);
	put_sample(round, query(bench), "one.query-behind");
	put_sample(round, lookup(bench), "one.lookup-behind");
	all(bench);
	put_sample(round, query(bench), "one.query");
	put_sample(round, lookup(bench), "one.lookup");
	if (bench->procmaps.can_query)
		put_sample(round, procmap_query(bench), "one.procmap");
	put_sample(round, maps_find(bench), "one.maps");
	put_sample(round, mirror(bench), "one.mirror");
	put_sample(round, mirror_changed(bench), "one.mirror-changed");
}

int main(void)
{
	static struct bench bench;
	unsigned long base;

	target_start(&bench.target);
	target_call(&bench.target, regions_make, REGIONS);
	base = regions_base(&bench.target);
	for (unsigned long i = 0; i < ADDRS; i++)
		bench.addrs[i] = base + pick(REGIONS * PAGE);
	bench.fd = device_attach(bench.target.pid, 0, 0);
	device_settle(true);
	procmaps_open(&bench.procmaps, bench.target.pid);
	for_each_round(round)
		measure_all(&bench, round);

	bench.mirror = vproc_mirror_attach(bench.target.pid, 0);
	if (!bench.mirror)
		err(1, "vproc_mirror_attach");
	for_each_round(round)
		measure_one(&bench, round);
	vproc_mirror_close(bench.mirror);
	target_stop(&bench.target);
	return 0;
}
