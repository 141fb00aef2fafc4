// SPDX-License-Identifier: GPL-2.0-only
/*
 * The address spaces of a session, by name.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../device.h"
#include "memory.h"
#include "spaces.h"

struct space *spaces_current(const struct spaces *spaces)
{
	return &spaces->array[spaces->current];
}

struct space *spaces_find(const struct spaces *spaces, const char *name)
{
	size_t i;

	for (i = 0; i < spaces->count; i++) {
		if (!strcmp(spaces->array[i].name, name))
			return &spaces->array[i];
	}
	return NULL;
}

int space_create(struct vproc_create *create)
{
	int fd = device_open(0);
	int error;

	if (fd < 0) {
		errno = 0;
		return -1;
	}
	if (!ioctl(fd, VPROC_CREATE, create))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

void spaces_add(struct spaces *spaces, const char *name, int fd,
		struct vproc_create layout)
{
	spaces->array = need_memory(reallocarray(spaces->array,
						 spaces->count + 1,
						 sizeof(*spaces->array)));
	spaces->array[spaces->count++] = (struct space){
		.name = need_memory(strdup(name)),
		.fd = fd,
		.layout = layout,
	};
}

void spaces_remove(struct spaces *spaces, struct space *space)
{
	const size_t i = space - spaces->array;

	close(space->fd);
	free(space->name);
	spaces->count--;
	memmove(space, space + 1, (spaces->count - i) * sizeof(*space));
	if (spaces->current > i)
		spaces->current--;
}

void spaces_clear(struct spaces *spaces)
{
	while (spaces->count)
		spaces_remove(spaces, &spaces->array[spaces->count - 1]);
	free(spaces->array);
	*spaces = (struct spaces){};
}
