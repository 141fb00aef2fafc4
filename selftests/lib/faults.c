// SPDX-License-Identifier: GPL-2.0-only
/*
 * Failing allocations.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faults.h"
#include "file.h"
#include "vproc.h"

#define DEBUGFS	"/sys/kernel/debug/"

static int fd_nth = -1, fd_all = -1;
static bool all_fail;

/*
 * What fails is not a defect and is not reported as one. Allocations of a task
 * that has asked for all to fail come under the rates; of others none do.
 */
int faults_init(void)
{
	static const char * const settings[][2] = {
		{ DEBUGFS "failslab/ignore-gfp-wait", "N" },
		{ DEBUGFS "failslab/task-filter", "Y" },
		{ DEBUGFS "failslab/verbose", "0" },
		{ DEBUGFS "failslab/times", "-1" },
		{ DEBUGFS "failslab/probability", "100" },
		{ DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N" },
		{ DEBUGFS "fail_page_alloc/ignore-gfp-highmem", "N" },
		{ DEBUGFS "fail_page_alloc/task-filter", "Y" },
		{ DEBUGFS "fail_page_alloc/min-order", "0" },
		{ DEBUGFS "fail_page_alloc/verbose", "0" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(settings); i++) {
		if (file_write(settings[i][0], settings[i][1]))
			return -1;
	}
	return faults_init_thread();
}

int faults_spare_sleepers(bool spare)
{
	return file_write(DEBUGFS "failslab/ignore-gfp-wait", spare ? "Y" : "N");
}

int faults_init_thread(void)
{
	fd_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	fd_all = open("/proc/thread-self/make-it-fail", O_RDWR | O_CLOEXEC);
	return fd_nth < 0 || fd_all < 0 ? -1 : 0;
}

/* A test that does not do what it says must not go on. */
static void put_number(int fd, unsigned int number)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", number);

	if (pwrite(fd, text, len, 0) != len)
		abort();
}

void faults_begin(unsigned int nth)
{
	all_fail = nth == FAULTS_ALL;
	if (all_fail)
		put_number(fd_all, 1);
	else
		put_number(fd_nth, nth);
}

bool faults_end(void)
{
	int saved = errno;
	char text[16] = "";

	if (all_fail) {
		put_number(fd_all, 0);
		errno = saved;
		return true;
	}
	if (pread(fd_nth, text, sizeof(text) - 1, 0) <= 0)
		abort();
	put_number(fd_nth, 0);
	errno = saved;
	return !atoi(text);
}

int faults_begin_of(pid_t pid, unsigned int nth)
{
	char path[48], text[16];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/fail-nth", pid, pid);
	snprintf(text, sizeof(text), "%u", nth);
	return file_write(path, text);
}
