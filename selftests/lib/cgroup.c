// SPDX-License-Identifier: GPL-2.0-only
/*
 * A memory cgroup.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "file.h"

#define CGROUPS	"/sys/fs/cgroup"

int cgroup_make(struct cgroup *cgroup, const char *name)
{
	snprintf(cgroup->path, sizeof(cgroup->path), CGROUPS "/%s", name);
	if (file_write(CGROUPS "/cgroup.subtree_control", "+memory"))
		return -1;
	return mkdir(cgroup->path, 0755) && errno != EEXIST ? -1 : 0;
}

int cgroup_write(const struct cgroup *cgroup, const char *file,
		 unsigned long value)
{
	char path[128], number[24];

	snprintf(path, sizeof(path), "%s/%s", cgroup->path, file);
	snprintf(number, sizeof(number), "%lu", value);
	return file_write(path, number);
}

static FILE *open_to_read(const struct cgroup *cgroup, const char *file)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", cgroup->path, file);
	return fopen(path, "re");
}

long cgroup_read(const struct cgroup *cgroup, const char *file)
{
	long value = -1;
	FILE *stream;

	stream = open_to_read(cgroup, file);
	if (!stream)
		return -1;
	if (fscanf(stream, "%ld", &value) != 1)
		value = -1;
	fclose(stream);
	return value;
}

long cgroup_read_key(const struct cgroup *cgroup, const char *file,
		     const char *key)
{
	long value = -1;
	char name[32];
	FILE *stream;

	stream = open_to_read(cgroup, file);
	if (!stream)
		return -1;
	while (fscanf(stream, "%31s %ld", name, &value) == 2) {
		if (!strcmp(name, key))
			break;
		value = -1;
	}
	fclose(stream);
	return value;
}

int cgroup_freeze(const struct cgroup *cgroup, bool freeze)
{
	return cgroup_write(cgroup, "cgroup.freeze", freeze);
}

bool cgroup_wait_frozen(const struct cgroup *cgroup, bool frozen,
			unsigned int ms)
{
	for (; cgroup_read_key(cgroup, "cgroup.events", "frozen") != frozen; ms--) {
		if (!ms)
			return false;
		usleep(1000);
	}
	return true;
}

int cgroup_remove(const struct cgroup *cgroup)
{
	/* Who has just died may still be on its way out. */
	for (int i = 0; i < 100 && rmdir(cgroup->path); i++) {
		if (errno != EBUSY)
			return -1;
		usleep(20 * 1000);
	}
	return access(cgroup->path, F_OK) ? 0 : -1;
}
