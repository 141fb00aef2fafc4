// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc maps: the regions of a process, as /proc/PID/maps prints them.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "args.h"
#include "device.h"
#include "regions.h"
#include "verbs.h"

static const char doc[] =
	"Print the regions of process PID, byte for byte as /proc/PID/maps does, in one coherent state and without its mmap_lock.\n"
	"\vExample:\n"
	"  vproc maps $$ | grep stack";

int maps_main(int argc, char **argv)
{
	pid_t pid = args_pid(argc, argv, doc);
	struct regions_text text = {};
	int status = STATUS_OK;
	int fd;

	fd = device_open_attached(0, pid, 0);
	if (fd < 0)
		return STATUS_ERROR;
	if (regions_read_text(&text, fd)) {
		warn("cannot read the regions of process %d", pid);
		status = STATUS_ERROR;
	} else {
		fwrite(text.text, 1, text.size, stdout);
	}
	free(text.text);
	close(fd);
	return status;
}
