// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a process does to its memory, as is measured.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "ops.h"

#define RW		(PROT_READ | PROT_WRITE)
#define SIZE		(64ul << 10)
#define FAULTS		512ul	/* pages at a time */

static char *map(unsigned long size, int prot)
{
	char *at = mmap(NULL, size, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		err(1, "mmap");
	return at;
}

static void touch(char *at, unsigned long size)
{
	for (unsigned long i = 0; i < size; i += PAGE)
		*(volatile char *)(at + i) = 1;
}

/* mmap, touch, munmap. */
double op_map(unsigned long count)
{
	double start = now();

	for (unsigned long i = 0; i < count; i++) {
		char *at = map(SIZE, RW);

		touch(at, SIZE);
		munmap(at, SIZE);
	}
	return (now() - start) / count;
}

/* mprotect there and back, of a region that stays whole and has no like. */
double op_protect(unsigned long count)
{
	char *all = map(SIZE + 2 * PAGE, PROT_NONE), *at = all + PAGE;
	double time;

	must(mprotect(at, SIZE, RW), "mprotect");
	touch(at, SIZE);
	time = now();
	for (unsigned long i = 0; i < count; i++) {
		mprotect(at, SIZE, PROT_READ);
		mprotect(at, SIZE, RW);
	}
	time = now() - time;
	munmap(all, SIZE + 2 * PAGE);
	return time / count;
}

/* The break, up and down. */
static double op_brk(unsigned long count)
{
	unsigned long brk = syscall(SYS_brk, 0);
	double start = now();

	for (unsigned long i = 0; i < count; i++) {
		syscall(SYS_brk, brk + SIZE);
		syscall(SYS_brk, brk);
	}
	return (now() - start) / count;
}

/* The first touch of a page. */
static double op_touch(unsigned long count)
{
	double time = 0;

	for (unsigned long done = 0; done < count; done += FAULTS) {
		char *at = map(FAULTS * PAGE, RW);
		double start;

		/* To apply what mmap() has logged is not the touch's. */
		usleep(APPLIED_US);
		start = now();
		touch(at, FAULTS * PAGE);
		time += now() - start;
		munmap(at, FAULTS * PAGE);
	}
	return time / count;
}

/* The first write to a page that a child shares. */
static double op_cow(unsigned long count)
{
	char *at = map(FAULTS * PAGE, RW);
	double time = 0;

	touch(at, FAULTS * PAGE);
	for (unsigned long done = 0; done < count; done += FAULTS) {
		int fds[2];
		double start;
		pid_t pid;

		must(pipe(fds), "pipe");
		pid = must(fork(), "fork");
		if (!pid) {
			char end;

			close(fds[1]);
			_exit(read(fds[0], &end, 1));
		}
		close(fds[0]);
		/* Let it get to where it sleeps. */
		usleep(20000);
		start = now();
		touch(at, FAULTS * PAGE);
		time += now() - start;
		close(fds[1]);
		waitpid(pid, NULL, 0);
	}
	munmap(at, FAULTS * PAGE);
	return time / count;
}

static double spawn(unsigned long count, const char *const argv[])
{
	double start = now();

	for (unsigned long i = 0; i < count; i++) {
		pid_t pid = must(fork(), "fork");
		int status;

		if (!pid) {
			if (argv)
				execv(argv[0], (char *const *)argv);
			_exit(!!argv);
		}
		waitpid(pid, &status, 0);
		if (status)
			errx(1, "%s: status %d", argv ? argv[0] : "fork", status);
	}
	return (now() - start) / count;
}

static double op_fork(unsigned long count)
{
	return spawn(count, NULL);
}

static double op_exec(unsigned long count)
{
	return spawn(count, (const char *[]) { "/bin/true", NULL });
}

static double op_gcc(unsigned long count)
{
	return spawn(count, (const char *[]) {
		"/usr/bin/gcc", "-O2", "-I.", "-c", "-o", "/dev/null",
		"bench/work.c", NULL });
}

static double op_python(unsigned long count)
{
	return spawn(count, (const char *[]) {
		"/usr/bin/python3", "-I", "-c", "pass", NULL });
}

const struct op ops[] = {
	{ "map",	400,	op_map },
	{ "protect",	2000,	op_protect },
	{ "brk",	2000,	op_brk },
	{ "touch",	4096,	op_touch },
	{ "cow",	2048,	op_cow },
	{ "fork",	50,	op_fork },
	{ "exec",	20,	op_exec },
	{ "gcc",	1,	op_gcc },
	{ "python",	1,	op_python },
};

const unsigned int nr_ops = ARRAY_SIZE(ops);

const struct op *op_find(const char *name)
{
	for (unsigned int i = 0; i < nr_ops; i++)
		if (!strcmp(ops[i].name, name))
			return &ops[i];
	return NULL;
}
