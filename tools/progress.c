// SPDX-License-Identifier: GPL-2.0-only
/*
 * The line that tells how far a recording is.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"

static void put(const char *text)
{
	struct pollfd pollfd = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (isatty(STDERR_FILENO) && poll(&pollfd, 1, 0) == 1 &&
	    write(STDERR_FILENO, text, strlen(text)) < 0)
		return;
}

void progress_show(const struct recorder *recorder,
		   const struct trackers *trackers, double seconds)
{
	__u64 regions = 0;
	char text[160];
	size_t i;

	if (!isatty(STDERR_FILENO))
		return;
	for (i = 0; i < trackers->count; i++)
		regions += recorder_regions(trackers->list[i]);
	snprintf(text, sizeof(text),
		 "\r\033[K%.1f s: %llu processes, %llu events, %llu regions, %llu lost, %.1f MB",
		 seconds, recorder->processes, recorder->events, regions,
		 recorder->lost, vproc_writer_bytes(recorder->writer) / 1e6);
	put(text);
}

void progress_clear(void)
{
	put("\r\033[K");
}
