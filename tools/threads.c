// SPDX-License-Identifier: GPL-2.0-only
/*
 * The threads of a process, and the stacks that they are on.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "threads.h"

/* Makes room for @count threads, and for some that may come meanwhile. */
static int grow(struct threads *threads, uint32_t count)
{
	uint32_t room = count + count / 8 + 4;
	struct vproc_thread *array;

	array = reallocarray(threads->array, room, sizeof(*array));
	if (!array)
		return -1;
	threads->array = array;
	threads->room = room;
	return 0;
}

int threads_fetch(struct threads *threads, int fd)
{
	for (;;) {
		struct vproc_stacks arg = {
			.threads_addr = (uintptr_t)threads->array,
			.count = threads->room,
		};

		if (ioctl(fd, VPROC_STACKS, &arg))
			return -1;
		if (arg.total <= threads->room) {
			threads->count = arg.count;
			threads->seq = arg.seq;
			return 0;
		}
		if (grow(threads, arg.total))
			return -1;
	}
}

void threads_clear(struct threads *threads)
{
	free(threads->array);
	memset(threads, 0, sizeof(*threads));
}

const char *thread_name(char *name, pid_t pid, pid_t tid)
{
	ssize_t i, length = 0;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/comm", pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		length = read(fd, name, THREAD_NAME - 1);
		close(fd);
	}
	if (length > 0 && name[length - 1] == '\n')
		length--;
	for (i = 0; i < length; i++)
		if (name[i] < ' ' || name[i] > '~')
			name[i] = '?';
	name[length > 0 ? length : 0] = '\0';
	return name;
}
