/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_COMPARE_H
#define _TOOLS_COMPARE_H

#include <linux/types.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum compare_result {
	COMPARE_EQUAL,
	COMPARE_DIFFERENT,
	COMPARE_BUSY,		/* it never held still for long enough */
	COMPARE_GONE,		/* there is no address space (any more) */
	COMPARE_ERROR,		/* errno says which */
};

/* Both sides of a comparison, as text. All zero is a valid start. */
struct comparison {
	pid_t pid;
	__u64 seq;
	uint32_t regions;
	char *model;
	size_t model_size;
	char *kernel;
	size_t kernel_size;
};

/*
 * Compares the text of the tracker @fd with /proc/PID/maps, looking again for
 * as long as the address space changes meanwhile, @tries times at most.
 */
enum compare_result compare_with_kernel(struct comparison *comparison, int fd,
					unsigned int tries);

/* Prints what differs; returns the number of lines that only one side has. */
unsigned int comparison_print(FILE *out, const struct comparison *comparison);

void comparison_clear(struct comparison *comparison);

#endif /* _TOOLS_COMPARE_H */
