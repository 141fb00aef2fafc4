/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Questions to a tracker of which nothing is known but that it is one. Every
 * answer must make sense, whatever its target is doing; what does not is
 * complained of (life.h).
 *
 * All of this may run in several threads and processes at once.
 */
#ifndef _SELFTESTS_ASK_H
#define _SELFTESTS_ASK_H

#include <stdbool.h>
#include <linux/types.h>

/* How often VPROC_VERIFY has found that all is right, in this process. */
extern unsigned long ask_verified;

/* Has a call failed? Complains unless errno is one of the two that may be. */
bool ask_failed(const char *what, long ret, int may, int may_too);

/* Any one question. Reading takes events from other readers. */
void ask(int fd, __u64 *random, bool may_read);

void ask_stats(int fd);

/* All regions, in order, and the name of one. */
void ask_regions(int fd, __u64 *random);

#endif /* _SELFTESTS_ASK_H */
