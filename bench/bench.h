/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every program of the measure needs: the time, a line per sample, the
 * device, and a process to be watched.
 *
 * All that fails ends the program: there is nothing to measure then.
 */
#ifndef _BENCH_H
#define _BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "vproc_mem.h"

#define PAGE		4096ul
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Rounds that count. One more, the first, is thrown away: it warms up. */
#define ROUNDS		5

/* After so many us vproc has applied what was logged: its worker takes half of it. */
#define APPLIED_US	20000

#define for_each_round(round)	for (int round = -1; round < ROUNDS; round++)

/* ns of CLOCK_MONOTONIC, which are instructions where the VM counts them. */
double now(void);

/* One line, for the table: a name, as printf() makes it, and a figure. */
__attribute__((format(printf, 3, 4)))
void put_sample(int round, double value, const char *name, ...);

/* The value of a system call, or the end. */
long must(long value, const char *what);

/* A number that is as good as random and the same each time, below @limit. */
unsigned long pick(unsigned long limit);

/* The device: a new file; one that is attached; and how to ask. */
int device_open(void);
int device_attach(pid_t pid, __u32 flags, __u32 ring);
void device_ask(int fd, unsigned long command, void *arg);

/* Wait until the hooks are as they will be: armed, or not if @armed is false. */
void device_settle(bool armed);

/*
 * A forked child that does what it is told, one function at a time, and sleeps
 * in between. Functions and static data are where they are in the caller.
 */
struct target {
	pid_t pid;
	int fd;
};

typedef double (*target_fn)(unsigned long arg);

void target_start(struct target *target);
double target_call(struct target *target, target_fn fn, unsigned long arg);
/* The same, but does not wait for the end. */
void target_tell(struct target *target, target_fn fn, unsigned long arg);
void target_stop(struct target *target);

/*
 * For target_call(): have so many regions more, a page each, a quarter of them of
 * files. In the child regions_at is where they are, and regions_base() tells.
 */
extern unsigned long regions_at;
double regions_make(unsigned long count);
unsigned long regions_base(struct target *target);

#endif /* _BENCH_H */
