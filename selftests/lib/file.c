// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files that are a knob, and files that are handed on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
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

int huge_pages_reserve(int nr)
{
	const char *path = "/proc/sys/vm/nr_hugepages";
	char text[16];
	FILE *knob;

	snprintf(text, sizeof(text), "%d", nr);
	if (file_write(path, text))
		return 0;
	knob = fopen(path, "re");
	if (!knob || fscanf(knob, "%d", &nr) != 1)
		nr = 0;
	if (knob)
		fclose(knob);
	return nr;
}

int file_send(int channel, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return sendmsg(channel, &message, 0) == 1 ? 0 : -1;
}
