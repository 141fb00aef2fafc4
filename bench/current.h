/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A map that is known to be current without a system call: the ring of events
 * that user space maps says whether anything has happened since.
 */
#ifndef _BENCH_CURRENT_H
#define _BENCH_CURRENT_H

#include "tools/lib/vproc.h"

/**
 * struct current - what is known of a process, in two forms
 * @fd: a tracker
 * @ring: the head of its ring
 * @seq: what the two are of
 * @regions: all regions, in order
 * @history: what libvproc keeps
 */
struct current {
	int fd;
	const struct vproc_ring *ring;
	__u64 seq;
	struct vproc_regions head;
	struct vproc_region *regions;
	struct vproc_session *session;
	struct vproc_history *history;
};

void current_open(struct current *current, pid_t pid);

/* Take up what has happened. */
void current_update(struct current *current);

/* The region of an address, or NULL: a search in the array. */
const struct vproc_region *current_find(struct current *current, __u64 addr);

/* The same, by vproc_history_region(). */
int current_history(struct current *current, __u64 addr,
		    struct vproc_region *region);

#endif /* _BENCH_CURRENT_H */
