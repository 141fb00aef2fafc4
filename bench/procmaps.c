// SPDX-License-Identifier: GPL-2.0-only
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
#include <unistd.h>

#include "bench.h"
#include "procmaps.h"
#include "selftests/lib/procmap.h"

static char text[(64 << 10) + 1];

void procmaps_open(struct procmaps *procmaps, pid_t pid)
{
	struct procmap_query query = {
		.size = sizeof(query),
		.query_flags = PROCMAP_QUERY_COVERING_OR_NEXT_VMA,
	};
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	procmaps->fd = must(open(path, O_RDONLY | O_CLOEXEC), path);
	procmaps->can_query = !ioctl(procmaps->fd, PROCMAP_QUERY, &query);
}

unsigned int procmaps_read(struct procmaps *procmaps)
{
	unsigned int lines = 0;
	ssize_t size;

	must(lseek(procmaps->fd, 0, SEEK_SET), "lseek");
	while ((size = must(read(procmaps->fd, text, sizeof(text) - 1),
			    "maps")) > 0)
		for (char *at = text; (at = memchr(at, '\n', text + size - at));
		     at++)
			lines++;
	return lines;
}

/* What comes in one read() is whole lines. */
static bool find(char *at, unsigned long addr)
{
	while (*at) {
		unsigned long start = strtoul(at, &at, 16);
		unsigned long end = strtoul(at + 1, &at, 16);

		if (addr >= start && addr < end)
			return true;
		at = strchr(at, '\n') + 1;
	}
	return false;
}

void procmaps_find(struct procmaps *procmaps, unsigned long addr)
{
	ssize_t size;

	must(lseek(procmaps->fd, 0, SEEK_SET), "lseek");
	do {
		size = must(read(procmaps->fd, text, sizeof(text) - 1), "maps");
		if (!size)
			errx(1, "/proc/PID/maps lacks %lx", addr);
		text[size] = '\0';
	} while (!find(text, addr));
}

unsigned int procmaps_walk(struct procmaps *procmaps, bool names)
{
	char name[PATH_MAX];
	struct procmap_query query = {
		.size = sizeof(query),
		.query_flags = PROCMAP_QUERY_COVERING_OR_NEXT_VMA,
	};
	unsigned int count = 0;

	do {
		query.vma_name_addr = names ? (uintptr_t)name : 0;
		query.vma_name_size = names ? sizeof(name) : 0;
		query.query_addr = query.vma_end;
		count++;
	} while (!ioctl(procmaps->fd, PROCMAP_QUERY, &query));
	return count - 1;
}

void procmaps_query(struct procmaps *procmaps, unsigned long addr)
{
	struct procmap_query query = {
		.size = sizeof(query),
		.query_addr = addr,
	};

	must(ioctl(procmaps->fd, PROCMAP_QUERY, &query), "PROCMAP_QUERY");
}
