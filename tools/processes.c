// SPDX-License-Identifier: GPL-2.0-only
/*
 * The processes of the system, by size.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "processes.h"

struct process {
	pid_t pid;
	unsigned long pages;
};

/* Pages that a process has mapped; 0 if it has gone. */
static unsigned long read_pages(pid_t pid)
{
	char path[64], text[64];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (got <= 0)
		return 0;
	text[got] = '\0';
	return strtoul(text, NULL, 10);
}

/* Puts one in its place among the @count largest; returns the new count. */
static size_t insert(struct process *largest, size_t count, size_t room,
		     const struct process *process)
{
	size_t at = count;

	while (at && largest[at - 1].pages < process->pages)
		at--;
	if (at == room)
		return count;
	if (count < room)
		count++;
	memmove(&largest[at + 1], &largest[at],
		(count - at - 1) * sizeof(*largest));
	largest[at] = *process;
	return count;
}

static size_t find_largest(DIR *proc, struct process *largest, size_t room)
{
	struct process process;
	struct dirent *entry;
	size_t count = 0;

	while ((entry = readdir(proc))) {
		if (!isdigit(entry->d_name[0]))
			continue;
		process.pid = atoi(entry->d_name);
		if (process.pid == getpid())
			continue;
		process.pages = read_pages(process.pid);
		if (process.pages)
			count = insert(largest, count, room, &process);
	}
	return count;
}

ssize_t processes_largest(pid_t *pids, size_t room)
{
	struct process largest[room];
	size_t i, count;
	DIR *proc;

	proc = opendir("/proc");
	if (!proc)
		return -1;
	count = find_largest(proc, largest, room);
	closedir(proc);
	for (i = 0; i < count; i++)
		pids[i] = largest[i].pid;
	return count;
}
