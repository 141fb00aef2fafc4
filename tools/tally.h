/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_TALLY_H
#define _TOOLS_TALLY_H

#include <stdint.h>

#include "vproc_mem.h"

/* How many events there were. All zero is a valid start. */
struct tally {
	uint64_t events;
	uint64_t lost;
	uint64_t causes[VPROC_NR_CAUSES];
};

/*
 * Reads the events that wait at @fd, which is O_NONBLOCK, and counts them; so
 * no event is lost, unless there are more than the ring holds between two
 * calls. Each of them is shown to @each, unless that is NULL. Returns 0, or -1
 * with errno set.
 */
int tally_read(struct tally *tally, int fd,
	       void (*each)(const struct vproc_event *event, void *context),
	       void *context);

#endif /* _TOOLS_TALLY_H */
