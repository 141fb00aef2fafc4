/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process to be watched: a forked child that does what it is told, one
 * function at a time, and sleeps in read(2) in between, so that its map is at
 * rest whenever the test looks.
 */
#ifndef _SELFTESTS_TARGET_H
#define _SELFTESTS_TARGET_H

#include <sys/types.h>

#define TARGET_ARGS	7

/**
 * struct target - a child and the way to talk to it
 * @pid: the child; 0 before target_start()
 * @fd: this side's end of the channel
 * @remote: the child's end; -1 after target_start()
 * @mail: memory that both share, for what target_string() hands over
 */
struct target {
	pid_t pid;
	int fd;
	int remote;
	char *mail;
};

typedef long (*target_fn)(const unsigned long *args);

/* The channel alone, for a child that target_start() does not make. */
int target_open(struct target *target);

/* Serve the channel whose child's end is @remote. Ends the process. */
void target_serve(int remote);

/* Open the channel and fork. -1 and errno on error. */
int target_start(struct target *target);

/**
 * target_run() - run a function in the child
 * @args: TARGET_ARGS arguments for it
 *
 * The child is forked, not executed, so functions and static data are where
 * they are in the caller; what the caller wrote after the fork is not there.
 *
 * Return: what @fn returned, and its errno.
 */
long target_run(struct target *target, target_fn fn, const unsigned long *args);

/*
 * The two halves of it, for what takes a while: 0, or -1 and errno; and what
 * target_run() returns. EPIPE: the child is dead.
 */
int target_begin(struct target *target, target_fn fn, const unsigned long *args);
long target_finish(struct target *target);

#define target_call(target, fn, ...)					\
	target_run(target, fn, (unsigned long [TARGET_ARGS]) { __VA_ARGS__ })

/* A system call in the child: its number and arguments. */
long target_fn_syscall(const unsigned long *args);

#define target_syscall(target, ...)					\
	target_call(target, target_fn_syscall, __VA_ARGS__)

/*
 * Make a string of less than PATH_MAX bytes known to the child. Returns its
 * address there, which is good until the next one.
 */
unsigned long target_string(struct target *target, const char *string);

/* open(2) in the child. */
int target_open_file(struct target *target, const char *path, int flags);

/* Fork in the child; the new process serves the channel end given. */
long target_fn_fork(const unsigned long *args);

/* Open a userfaultfd in the child. */
long target_fn_userfaultfd(const unsigned long *args);

/* Register a range with it: the descriptor, the address and the size. */
long target_fn_register(const unsigned long *args);

/* Map and fill memory in the child until there is no more, or it is killed. */
long target_fn_exhaust_memory(const unsigned long *args);

/* The state letter of a process, as /proc/PID/stat has it; 0 if there is none. */
char target_state(pid_t pid);

/*
 * Have the child leave with exit status 0, and reap it if it is the caller's.
 * Returns its wait status, 0 for somebody else's.
 */
int target_stop(struct target *target);

/* As target_stop(), with a signal. */
int target_kill(struct target *target, int signal);

#endif /* _SELFTESTS_TARGET_H */
