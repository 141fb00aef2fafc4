// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc diff: compare the model of a process with /proc/PID/maps.
 */
#include <err.h>
#include <stdio.h>
#include <unistd.h>

#include "args.h"
#include "compare.h"
#include "device.h"
#include "textdiff.h"
#include "verbs.h"

#define TRIES	200

static const char doc[] =
	"Compare the regions of process PID with /proc/PID/maps. While the process changes its memory map between the two looks, look again.\n"
	"\vThe exit status is 0 if there is no difference, 1 if there is one, 2 if they could not be compared.\n"
	"\n"
	"Example:\n"
	"  vproc diff $$";

static int report(const struct comparison *comparison, pid_t pid,
		  enum compare_result result)
{
	unsigned int lines;

	switch (result) {
	case COMPARE_EQUAL:
		printf("compared %u regions: no difference\n",
		       comparison->regions);
		return STATUS_OK;
	case COMPARE_DIFFERENT:
		lines = textdiff_print(stdout, comparison);
		printf("compared %u regions: %u lines differ\n",
		       comparison->regions, lines);
		return STATUS_DIFFERENT;
	case COMPARE_BUSY:
		warnx("process %d changed its map each of %d times: try again, or stop it",
		      pid, TRIES);
		return STATUS_ERROR;
	case COMPARE_GONE:
		warnx("process %d has no address space any more", pid);
		return STATUS_ERROR;
	default:
		warn("cannot compare process %d", pid);
		return STATUS_ERROR;
	}
}

int diff_main(int argc, char **argv)
{
	pid_t pid = args_pid(argc, argv, doc);
	struct comparison comparison = {};
	enum compare_result result;
	int fd, status;

	fd = device_open_attached(0, pid, 0);
	if (fd < 0)
		return STATUS_ERROR;
	result = compare_with_kernel(&comparison, fd, TRIES);
	status = report(&comparison, pid, result);
	comparison_clear(&comparison);
	close(fd);
	return status;
}
