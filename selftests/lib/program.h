/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program to be watched: one that copies its standard input to its standard
 * output, as cat does.
 */
#ifndef _SELFTESTS_PROGRAM_H
#define _SELFTESTS_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

struct program {
	pid_t pid;
	int in;
	int out;
};

/* What the new process does before it becomes the program. */
struct preparation {
	/* A file of the device, to attach to itself with; -1: none */
	int fd;
	unsigned int flags;
	unsigned long personality;
	uid_t uid;
	/* Have a process group of its own */
	bool group;
};

/* Start the program that @argv names. -1 and errno on error. */
int program_start(struct program *program,
		  const struct preparation *preparation, char * const *argv);

/*
 * Once a byte has come back, the program has set itself up and its map is at
 * rest until the next byte. -1 if none comes.
 */
int program_wait(struct program *program);

/* Have it end. Returns its wait status, or -1. */
int program_end(struct program *program);

#endif /* _SELFTESTS_PROGRAM_H */
