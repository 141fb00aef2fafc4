// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files that are a knob.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t size = strlen(text), done;
	int err;

	if (fd < 0)
		return -1;
	done = write(fd, text, size);
	err = errno;
	close(fd);
	errno = err;
	return done == size ? 0 : -1;
}
