// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read /proc/PID/maps.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "procmaps.h"

#define CHUNK	65536

static int read_all(int fd, char **text, size_t *size)
{
	size_t room = 0;
	ssize_t got;
	char *more;

	*text = NULL;
	*size = 0;
	do {
		if (room - *size < CHUNK) {
			room = 2 * room + CHUNK;
			more = realloc(*text, room);
			if (!more)
				return -1;
			*text = more;
		}
		got = read(fd, *text + *size, room - *size);
		if (got > 0)
			*size += got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	return got;
}

int procmaps_read(pid_t pid, char **text, size_t *size)
{
	char path[32];
	int fd, ret, error;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		if (errno == ENOENT)
			errno = ESRCH;
		return -1;
	}
	ret = read_all(fd, text, size);
	error = errno;
	close(fd);
	if (ret) {
		free(*text);
		*text = NULL;
		errno = error;
	}
	return ret;
}
