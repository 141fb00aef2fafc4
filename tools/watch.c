// SPDX-License-Identifier: GPL-2.0-only
/*
 * The processes that are looked at again and again.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "processes.h"
#include "trackers.h"
#include "watch.h"

static struct watched *find(const struct watch *watch, pid_t pid)
{
	size_t i;

	for (i = 0; i < watch->count; i++)
		if (watch->list[i]->pid == pid)
			return watch->list[i];
	return NULL;
}

/* Takes over @fd, be it only to close it. */
static int add(struct watch *watch, pid_t pid, int fd)
{
	struct watched **list;
	struct watched *watched;

	list = reallocarray(watch->list, watch->count + 1, sizeof(*list));
	if (!list)
		goto close;
	watch->list = list;
	watched = watched_new(pid, fd);
	if (!watched)
		goto close;
	list[watch->count++] = watched;
	return 0;
close:
	close(fd);
	return -1;
}

static int add_given(struct watch *watch, const pid_t *pids, size_t count)
{
	size_t i;
	int fd;

	for (i = 0; i < count; i++) {
		if (find(watch, pids[i]))
			continue;
		fd = device_open_attached(O_NONBLOCK, pids[i],
					  VPROC_ATTACH_EXEC);
		if (fd < 0)
			return -1;
		if (add(watch, pids[i], fd)) {
			warn("cannot watch process %d", pids[i]);
			return -1;
		}
	}
	return 0;
}

/* Lets go of those that have ended, or are not among @pids. */
static void drop(struct watch *watch, const pid_t *pids, size_t count)
{
	size_t i, j, kept = 0;

	for (i = 0; i < watch->count; i++) {
		struct watched *watched = watch->list[i];

		for (j = 0; j < count && pids[j] != watched->pid; j++)
			;
		if (watched->ended || j == count)
			watched_free(watched);
		else
			watch->list[kept++] = watched;
	}
	watch->count = kept;
}

static int follow_largest(struct watch *watch)
{
	pid_t pids[WATCH_LARGEST];
	ssize_t i, count = processes_largest(pids, WATCH_LARGEST);
	int fd;

	if (count < 0)
		return -1;
	drop(watch, pids, count);
	for (i = 0; i < count; i++) {
		if (find(watch, pids[i]))
			continue;
		fd = device_try_attached(O_NONBLOCK, pids[i],
					 VPROC_ATTACH_EXEC);
		if (fd >= 0 && add(watch, pids[i], fd))
			return -1;
		/* It may have gone meanwhile, or be somebody else's. */
		if (fd < 0)
			watch->denied |= errno == EPERM || errno == EACCES;
	}
	return 0;
}

static int begin_largest(struct watch *watch)
{
	int fd = device_open(0);

	if (fd < 0)
		return -1;
	close(fd);
	if (follow_largest(watch)) {
		warn("cannot watch processes");
		return -1;
	}
	if (!watch->count && watch->denied) {
		warnx("no permission to look at any other process: run this as root");
		return -1;
	}
	return 0;
}

int watch_begin(struct watch *watch, const pid_t *pids, size_t count)
{
	watch->start = watched_now();
	watch->largest = !count;
	watch->session = vproc_session_new(NULL);
	if (!watch->session) {
		warn("cannot watch processes");
		return -1;
	}
	trackers_raise_limit();
	return count ? add_given(watch, pids, count) : begin_largest(watch);
}

void watch_end(struct watch *watch)
{
	drop(watch, NULL, 0);
	free(watch->list);
	vproc_session_free(watch->session);
	memset(watch, 0, sizeof(*watch));
}

int watch_read(struct watch *watch)
{
	size_t i;

	for (i = 0; i < watch->count; i++)
		if (watched_read(watch->list[i]))
			return -1;
	return 0;
}

int watch_tick(struct watch *watch)
{
	size_t i;

	for (i = 0; i < watch->count; i++)
		if (watched_tick(watch->list[i]))
			return -1;
	return watch->largest ? follow_largest(watch) : 0;
}

struct json_object *watch_look(const struct watch *watch)
{
	struct json_object *object = output_object(), *processes;
	size_t i;

	output_float(object, "time", watched_now() - watch->start);
	processes = output_array(object, "processes");
	for (i = 0; i < watch->count; i++) {
		if (watched_to_object(output_element(processes),
				      watch->list[i], watch->session,
				      watch->start)) {
			json_object_put(object);
			return NULL;
		}
	}
	return object;
}

bool watch_is_over(const struct watch *watch)
{
	size_t i;

	for (i = 0; i < watch->count; i++)
		if (!watch->list[i]->ended)
			return false;
	return !watch->largest;
}
