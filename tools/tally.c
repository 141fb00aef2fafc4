// SPDX-License-Identifier: GPL-2.0-only
/*
 * Count events by what brought them about.
 */
#include <errno.h>
#include <unistd.h>

#include "tally.h"

#define BATCH		256

static void count(struct tally *tally, const struct vproc_event *event)
{
	if (event->op == VPROC_EV_LOST) {
		tally->lost += event->start;
		return;
	}
	tally->events++;
	if (event->cause < VPROC_NR_CAUSES)
		tally->causes[event->cause]++;
}

int tally_read(struct tally *tally, int fd,
	       void (*each)(const struct vproc_event *event, void *context),
	       void *context)
{
	struct vproc_event events[BATCH];
	ssize_t i, got;

	do {
		got = read(fd, events, sizeof(events));
		if (got < 0)
			return errno == EAGAIN ? 0 : -1;
		got /= sizeof(events[0]);
		for (i = 0; i < got; i++) {
			count(tally, &events[i]);
			if (each)
				each(&events[i], context);
		}
	} while (got == BATCH);
	return 0;
}
