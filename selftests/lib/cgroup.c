// SPDX-License-Identifier: GPL-2.0-only
/*
 * A memory cgroup.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"

#define CGROUPS	"/sys/fs/cgroup"

static int write_text(const char *path, const char *string)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t size;

	if (fd < 0)
		return -1;
	size = write(fd, string, strlen(string));
	close(fd);
	return size == (ssize_t)strlen(string) ? 0 : -1;
}

int cgroup_make(struct cgroup *cgroup, const char *name)
{
	snprintf(cgroup->path, sizeof(cgroup->path), CGROUPS "/%s", name);
	if (write_text(CGROUPS "/cgroup.subtree_control", "+memory"))
		return -1;
	return mkdir(cgroup->path, 0755) && errno != EEXIST ? -1 : 0;
}

int cgroup_write(const struct cgroup *cgroup, const char *file,
		 unsigned long value)
{
	char path[128], number[24];

	snprintf(path, sizeof(path), "%s/%s", cgroup->path, file);
	snprintf(number, sizeof(number), "%lu", value);
	return write_text(path, number);
}

long cgroup_read(const struct cgroup *cgroup, const char *file)
{
	char path[128];
	long value = -1;
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s", cgroup->path, file);
	stream = fopen(path, "re");
	if (!stream)
		return -1;
	if (fscanf(stream, "%ld", &value) != 1)
		value = -1;
	fclose(stream);
	return value;
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
