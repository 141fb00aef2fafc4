/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls of /dev/vproc_mem made from bytes: any bytes are a sequence of calls.
 *
 * Each byte chooses something: the call, the file, a field's value out of those
 * that are likely to matter, where the argument lies. So a small change of the
 * bytes is a small change of the calls, and what led somewhere can be kept,
 * changed and made again.
 */
#ifndef _SELFTESTS_FUZZCALL_H
#define _SELFTESTS_FUZZCALL_H

#include <stdbool.h>
#include <sys/types.h>
#include <linux/types.h>

#define FUZZ_INPUT_MAX	1024
#define FUZZ_TARGETS	4
#define FUZZ_SLOTS	12

struct fuzz_input {
	unsigned int len;
	__u8 data[FUZZ_INPUT_MAX];
};

/**
 * struct fuzz_target - a process that the calls may attach to
 * @pid: the process, which may have ended
 * @pidfd: the same as a descriptor
 */
struct fuzz_target {
	pid_t pid;
	int pidfd;
};

struct fuzz_thread;

/* Changed by who starts and reaps them, at any time. */
extern struct fuzz_target fuzz_targets[FUZZ_TARGETS];

/* Files that all threads use; -1: none. */
extern int fuzz_shared[FUZZ_SLOTS];

/*
 * For the process: memory that is bad in several ways, some of it now and then,
 * and files of other kinds. 0, or -1 and errno.
 */
int fuzz_init(void);

/* Have the memory that is bad stay as it is, or change again. */
void fuzz_pause(bool pause);

/* For a thread; NULL and errno. */
struct fuzz_thread *fuzz_thread_new(void);

/*
 * Make the calls. The thread's own files are closed in the end, so nothing but
 * what is in fuzz_shared has an effect on the next input. An errno that the
 * call's description does not have is complained of (life.h).
 */
void fuzz_run(struct fuzz_thread *thread, const struct fuzz_input *input);

/* Calls that a thread has made. It may be asked by another. */
unsigned long fuzz_calls(const struct fuzz_thread *thread);

/* How often each ioctl was made, and had success, by all threads. */
void fuzz_show_counts(void);

#endif /* _SELFTESTS_FUZZCALL_H */
