/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each call of the device, as an example: of every ioctl, read and poll at least
 * one that succeeds, for tests that have something happen to all of them.
 */
#ifndef _SELFTESTS_CALLS_H
#define _SELFTESTS_CALLS_H

#include <linux/types.h>

/* Where the model of calls_start_model() has its regions. */
#define CALLS_AT	0x20000000ul

/* More regions than such a model has, or most processes. */
#define CALLS_REGIONS	128

/**
 * struct call - a call
 * @name: its name
 * @act: makes it, on a file that is a model or a tracker; 0, or -1 and errno
 */
struct call {
	const char *name;
	int (*act)(int fd);
};

/* Both end with one that has no name. */
extern const struct call calls_of_models[];
extern const struct call calls_of_trackers[];

/* A file of 64 pages that is mapped; and what "REGIONS since" has seen already. */
extern int calls_file;
extern __u64 calls_since;

/**
 * calls_start_model() - a model with something of everything
 * @copy: out: a copy of it, which shares its pages
 *
 * Return: its file, or -1 and errno.
 */
int calls_start_model(int *copy);

#endif /* _SELFTESTS_CALLS_H */
