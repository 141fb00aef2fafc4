/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An mmap_lock that is held for long: a thread takes it over and over, for
 * writing, and a real-time process takes the thread's CPU away while it has it.
 */
#ifndef _SELFTESTS_HELD_H
#define _SELFTESTS_HELD_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * held_start() - have a thread hold the mmap_lock; a function for target_run()
 * @args: the CPU that it runs on
 *
 * It protects memory of its own, back and forth. Once per process.
 *
 * Return: 0, or -1 and errno.
 */
long held_start(const unsigned long *args);

/* Have the thread rest, with the lock free, and go on. For target_run(), too. */
long held_rest(const unsigned long *args);
long held_go_on(const unsigned long *args);

/* How long a hog spins at the most. The kernel throttles who takes more. */
#define HOG_MS	900

/**
 * struct hog - a process that takes a CPU from all that are not real-time
 * @pid: the process
 * @fd: where it is told to spin
 * @state: what both see
 */
struct hog {
	pid_t pid;
	int fd;
	struct hog_state *state;
};

/* 0, or -1 and errno: there is no such CPU, or it may not be taken. */
int hog_start(struct hog *hog, int cpu);
void hog_end(struct hog *hog);

/* Spin, from now on, for HOG_MS or until told to rest. */
void hog_spin(struct hog *hog);
void hog_rest(struct hog *hog);
bool hog_spins(const struct hog *hog);

#endif /* _SELFTESTS_HELD_H */
