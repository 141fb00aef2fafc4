/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process that lives fast: it changes its map, makes threads and processes,
 * runs new images and dies, at random, until it is killed or has had enough.
 *
 * Whatever it starts stays in its process group.
 */
#ifndef _SELFTESTS_LIFE_H
#define _SELFTESTS_LIFE_H

#include <stdnoreturn.h>
#include <linux/types.h>

/* Where complaints go: a pipe, the same in all processes, over exec too. */
#define LIFE_REPORT_FD		100

/* The first argument of a program that is to call life_resume(). */
#define LIFE_OPTION		"--life"

/* Say in one line what is wrong, in any process and thread. */
void life_complain(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* A random number below @limit. */
unsigned int life_random(__u64 *random, unsigned int limit);

/**
 * life_run() - live, and end the process
 * @seed: what it does depends on it, and on chance
 * @depth: how many generations may follow, by fork or by exec
 */
noreturn void life_run(__u64 seed, unsigned int depth);

/* The same after an exec: main() hands over its arguments. */
noreturn void life_resume(int argc, char **argv);

#endif /* _SELFTESTS_LIFE_H */
