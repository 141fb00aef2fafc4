/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Failing allocations, by the kernel's fault injection: of slabs and of pages,
 * one by one, and only those of the task that asks for it.
 *
 * See Documentation/fault-injection/ in the kernel's sources. Needs root, and a
 * kernel with FAILSLAB, FAIL_PAGE_ALLOC and FAULT_INJECTION_DEBUG_FS.
 */
#ifndef _SELFTESTS_FAULTS_H
#define _SELFTESTS_FAULTS_H

#include <stdbool.h>
#include <sys/types.h>

/* Have all allocations from slabs fail, not just one. */
#define FAULTS_ALL	0u

/**
 * faults_init() - set the kernel up for it
 *
 * Return: 0, or -1 and errno: this kernel cannot do it.
 */
int faults_init(void);

/* Of FAULTS_ALL only those that may not sleep, or all again. 0, or -1 and errno. */
int faults_spare_sleepers(bool spare);

/* For the calling thread, once; before faults_begin() and after a fork. */
int faults_init_thread(void);

/*
 * Have the @nth allocation of the calling thread from now on fail, or
 * FAULTS_ALL. Nothing is allocated between this and what follows it.
 */
void faults_begin(unsigned int nth);

/* The end of it. Returns whether the fault has come to pass. */
bool faults_end(void);

/* faults_begin() for the main thread of another process. 0, or -1 and errno. */
int faults_begin_of(pid_t pid, unsigned int nth);

#endif /* _SELFTESTS_FAULTS_H */
