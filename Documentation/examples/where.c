// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is mapped at an address of a running process, asked again and again.
 *
 *	cc where.c -lvproc -o where
 *	./where PID <addresses
 *
 * Each line of the input is an address, and each of the output the region that
 * covers it then, as /proc/PID/maps shows it. However many there are, no system
 * call is made for them while the map stays as it is, but for the name of what
 * has not been named before.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vproc.h>

/* Ids are small, and never used twice. */
#define NAMES	4096

static const char *name_of(struct vproc_mirror *mirror, __u32 id)
{
	static char *names[NAMES];
	const struct vproc_name *name;

	if (id == VPROC_NAME_NONE)
		return "";
	if (id < NAMES && names[id])
		return names[id];
	name = vproc_mirror_name(mirror, id);
	if (!name)
		return "?";
	if (id >= NAMES)
		return name->text;
	names[id] = strdup(name->text);
	return names[id] ? names[id] : "?";
}

static void print(struct vproc_mirror *mirror, unsigned long long addr)
{
	const struct vproc_region *found = vproc_mirror_find(mirror, addr);
	struct vproc_region region;

	if (!found) {
		printf("%llx: %s\n", addr, strerror(errno));
		return;
	}
	/* It stays only until the next call. */
	region = *found;
	printf("%08llx-%08llx %c%c%c%c %08llx %s\n",
	       (unsigned long long)region.start, (unsigned long long)region.end,
	       region.perm & VPROC_PERM_READ ? 'r' : '-',
	       region.perm & VPROC_PERM_WRITE ? 'w' : '-',
	       region.perm & VPROC_PERM_EXEC ? 'x' : '-',
	       region.perm & VPROC_PERM_SHARED ? 's' : 'p',
	       (unsigned long long)region.offset,
	       name_of(mirror, region.name));
}

int main(int argc, char **argv)
{
	struct vproc_mirror *mirror;
	char line[64];

	if (argc != 2)
		errx(2, "usage: where PID <addresses");
	mirror = vproc_mirror_attach(atoi(argv[1]), VPROC_ATTACH_EXEC);
	if (!mirror)
		err(1, "cannot follow process %s", argv[1]);
	while (fgets(line, sizeof(line), stdin)) {
		print(mirror, strtoull(line, NULL, 16));
		fflush(stdout);
	}
	vproc_mirror_close(mirror);
	return 0;
}
