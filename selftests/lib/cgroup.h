/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A memory cgroup, to see what is charged to whom, and what happens at its limit;
 * or when all in it are frozen.
 */
#ifndef _SELFTESTS_CGROUP_H
#define _SELFTESTS_CGROUP_H

#include <stdbool.h>
#include <sys/types.h>

struct cgroup {
	char path[64];
};

/* Make one without a limit. 0, or -1 and errno: there are no memory cgroups. */
int cgroup_make(struct cgroup *cgroup, const char *name);

int cgroup_write(const struct cgroup *cgroup, const char *file,
		 unsigned long value);

/* A file with one number in it; -1 and errno on error. */
long cgroup_read(const struct cgroup *cgroup, const char *file);

/* One of the numbers of a file that has several, each after its name. */
long cgroup_read_key(const struct cgroup *cgroup, const char *file,
		     const char *key);

/* Freeze all in it, or let them go on. Does not wait until that is so. */
int cgroup_freeze(const struct cgroup *cgroup, bool freeze);

/* Wait up to @ms until they all are frozen, or none is. False: they are not. */
bool cgroup_wait_frozen(const struct cgroup *cgroup, bool frozen,
			unsigned int ms);

/* Remove it, once nobody is in it any more. 0, or -1 and errno. */
int cgroup_remove(const struct cgroup *cgroup);

#endif /* _SELFTESTS_CGROUP_H */
