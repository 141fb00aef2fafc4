// SPDX-License-Identifier: GPL-2.0-only
/*
 * Usage: cost MODULE
 *
 * What a process pays, for one op each: MODULE not loaded; loaded, with nothing
 * tracked; with another process tracked; and tracked itself, over forks and
 * execs. The module must not be loaded, and is not in the end.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"
#include "ops.h"

enum state {
	STATE_UNLOADED,
	STATE_IDLE,
	STATE_OTHER,
	STATE_SELF,
	NR_STATES,
};

static const char *const state_names[] = {
	[STATE_UNLOADED] = "unloaded",
	[STATE_IDLE] = "idle",
	[STATE_OTHER] = "other",
	[STATE_SELF] = "self",
};

struct bench {
	const char *module;
	struct target worker;
	struct target other;
	int tracker;
};

static void load(const char *path)
{
	int fd = must(open(path, O_RDONLY | O_CLOEXEC), path);

	if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
		err(1, "%s", path);
	close(fd);
}

static void unload(void)
{
	if (syscall(SYS_delete_module, "vproc", 0) && errno != ENOENT)
		err(1, "delete_module");
	usleep(300000);
}

static void leave(struct bench *bench)
{
	if (bench->tracker >= 0)
		close(bench->tracker);
	bench->tracker = -1;
}

static void enter(struct bench *bench, enum state state)
{
	leave(bench);
	if (state == STATE_UNLOADED) {
		unload();
		return;
	}
	load(bench->module);
	if (state == STATE_OTHER)
		bench->tracker = device_attach(bench->other.pid, 0, 0);
	if (state == STATE_SELF)
		bench->tracker = device_attach(bench->worker.pid,
					       VPROC_ATTACH_EXEC |
					       VPROC_ATTACH_FORK, 0);
	device_settle(bench->tracker >= 0);
}

int main(int argc, char **argv)
{
	struct bench bench = { .tracker = -1 };

	if (argc != 2)
		errx(2, "usage: cost MODULE");
	bench.module = argv[1];
	target_start(&bench.worker);
	target_start(&bench.other);

	for_each_round(round) {
		for (int i = 0; i < NR_STATES; i++) {
			/* There and back, so that what drifts cancels out. */
			enum state state = round % 2 ? i : NR_STATES - 1 - i;

			enter(&bench, state);
			for (unsigned int op = 0; op < nr_ops; op++)
				put_sample(round,
					   target_call(&bench.worker,
						       ops[op].run,
						       ops[op].count),
					   "cost.%s.%s", ops[op].name,
					   state_names[state]);
		}
	}
	leave(&bench);
	target_stop(&bench.worker);
	target_stop(&bench.other);
	unload();
	return 0;
}
