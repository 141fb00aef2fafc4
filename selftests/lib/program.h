/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program to be watched from its exec on: a cat, which the test sees set up by
 * what comes back through it, and whose file may be one that others may not read.
 */
#ifndef _SELFTESTS_PROGRAM_H
#define _SELFTESTS_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

/* A user id without privileges. */
#define NOBODY	65534

/**
 * struct program - a program that copies its standard input to its output
 * @pid: the process
 * @in: where to write
 * @out: what comes back
 */
struct program {
	pid_t pid;
	int in;
	int out;
};

/**
 * struct preparation - what the new process does before it becomes the program
 * @fd: a file of the device, to attach to itself with; -1: none
 * @flags: VPROC_ATTACH_*
 * @personality: for personality(2); 0: as it is
 * @uid: user and group to become; 0: as it is
 * @attach_first: attach before it becomes that user
 * @namespace: then have a user namespace of its own
 * @group: have a process group of its own
 */
struct preparation {
	int fd;
	unsigned int flags;
	unsigned long personality;
	uid_t uid;
	bool attach_first;
	bool namespace;
	bool group;
};

/* Become another user and group. 0, or -1 and errno. */
int program_become_user(uid_t uid);

int program_start(struct program *program,
		  const struct preparation *preparation, char * const *argv);

/*
 * Once this has returned 0, the program has set itself up and its map is at rest
 * until it is called again.
 */
int program_set_up(struct program *program);

/* Have it come to its end, and reap it. Returns its wait status. */
int program_end(struct program *program);

/**
 * program_copy() - a cat of one's own
 * @path: out: its path, in a new directory that everybody may search
 * @size: bytes at @path
 * @mode: of the file, which is the caller's
 *
 * Return: 0, or -1 and errno.
 */
int program_copy(char *path, size_t size, mode_t mode);

/* Remove it, and its directory. */
void program_remove(const char *path);

#endif /* _SELFTESTS_PROGRAM_H */
