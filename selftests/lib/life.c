// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that lives fast.
 *
 * Children of a process with threads, and those that share its memory, must not
 * use what may be locked: all that is done here is system calls, but for
 * pthread_create(), which glibc keeps in order over a fork.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "life.h"
#include "vproc.h"

#define PAGE		4096ul
#define ARENA_PAGES	64
/* Larger than what an arena may lack, so that none comes to lie in one. */
#define STACK_SIZE	(ARENA_PAGES * PAGE)

#define STEPS_OF_MAIN	400
#define STEPS_OF_OTHERS	30

#define RW		(PROT_READ | PROT_WRITE)
#define PRIVATE		(MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED		(MAP_SHARED | MAP_ANONYMOUS)

/* One thread of control. */
struct life {
	__u64 random;
	unsigned int depth;
	char *arena;
};

void life_complain(const char *format, ...)
{
	int saved = errno, len;
	char line[256];
	va_list args;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (len > (int)sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[len++] = '\n';
	/* Less than PIPE_BUF: it arrives in one piece. */
	if (write(LIFE_REPORT_FD, line, len) != len)
		abort();
	errno = saved;
}

/* splitmix64 */
unsigned int life_random(__u64 *random, unsigned int limit)
{
	__u64 z = *random += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	z ^= z >> 31;
	return (z >> 32) * limit >> 32;
}

static unsigned int any(struct life *life, unsigned int limit)
{
	return life_random(&life->random, limit);
}

static void live(struct life *life, unsigned int steps);

/* Eight pages in the arena, whose first and last page always stay. */
static char *any_pages(struct life *life)
{
	return life->arena + (1 + any(life, ARENA_PAGES - 9)) * PAGE;
}

/* Any one change in the arena; it may fail, that is all right. */
static void change(struct life *life)
{
	size_t size = (1 + any(life, 8)) * PAGE;
	char *addr = any_pages(life);
	char *other = any_pages(life);
	unsigned long brk;

	switch (any(life, 11)) {
	case 0:
	case 1:
		mmap(addr, size, RW, PRIVATE | MAP_FIXED, -1, 0);
		break;
	case 2:
		mmap(addr, size, PROT_READ, SHARED | MAP_FIXED, -1, 0);
		break;
	case 3:
		munmap(addr, size);
		break;
	case 4:
	case 5:
		mprotect(addr, size, any(life, 2) ? PROT_READ : RW);
		break;
	case 6:
		mremap(addr, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, other);
		break;
	case 7:
		madvise(addr, size, any(life, 2) ? MADV_DONTFORK : MADV_DOFORK);
		break;
	case 8:
		mlock2(addr, size, MLOCK_ONFAULT);
		break;
	case 9:
		munlock(addr, size);
		break;
	case 10:
		/* Only up: others may have something there. */
		brk = syscall(SYS_brk, 0);
		syscall(SYS_brk, brk + size);
		break;
	}
}

static char *make_arena(void)
{
	char *arena = mmap(NULL, ARENA_PAGES * PAGE, PROT_NONE, PRIVATE, -1, 0);

	if (arena == MAP_FAILED)
		_exit(3);
	return arena;
}

/* The arguments of a program that lives on. */
struct image {
	char seed[24];
	char depth[12];
	char *argv[5];
};

static void prepare_image(struct life *life, struct image *image)
{
	unsigned int depth = life->depth ? life->depth - 1 : 0;

	snprintf(image->seed, sizeof(image->seed), "%u",
		 any(life, 1u << 31));
	snprintf(image->depth, sizeof(image->depth), "%u", depth);
	image->argv[0] = "life";
	image->argv[1] = LIFE_OPTION;
	image->argv[2] = image->seed;
	image->argv[3] = image->depth;
	image->argv[4] = NULL;
}

static void run_image(const struct image *image)
{
	char * const nothing[] = { NULL };

	execve("/proc/self/exe", image->argv, nothing);
}

/* From any of its threads. Now and then there is no such program. */
static void run_new_image(struct life *life)
{
	char * const nothing[] = { NULL };
	struct image image;

	if (!life->depth)
		return;
	prepare_image(life, &image);
	if (any(life, 8))
		run_image(&image);
	else
		execve("/nonexistent", image.argv, nothing);
}

static void *run_thread(void *arg)
{
	struct life life = {
		.random = (uintptr_t)arg,
		/* It may exec, and that is all. */
		.depth = 1,
		.arena = make_arena(),
	};

	/* The arena is left there: a sharer may be at work in it. */
	live(&life, 1 + any(&life, STEPS_OF_OTHERS));
	return NULL;
}

static void make_thread(struct life *life)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_create(&thread, &attr, run_thread,
		       (void *)(uintptr_t)any(life, 1u << 31));
	pthread_attr_destroy(&attr);
}

static void make_child(struct life *life)
{
	struct life child = *life;

	if (!life->depth)
		return;
	child.random = any(life, 1u << 31);
	child.depth--;
	if (fork())
		return;
	live(&child, 1 + any(&child, STEPS_OF_OTHERS));
	_exit(0);
}

static void make_borrower(struct life *life)
{
	bool runs = any(life, 2);
	struct image image;

	if (!life->depth)
		return;
	prepare_image(life, &image);
	if (vfork())
		return;
	if (runs)
		run_image(&image);
	_exit(0);
}

struct sharer {
	__u64 random;
	char *arena;
	bool runs;
	struct image image;
};

/* It has its maker's errno and locks, so nothing but system calls. */
static int share(void *arg)
{
	struct sharer *sharer = arg;
	struct life life = {
		.random = sharer->random,
		.arena = sharer->arena,
	};

	for (unsigned int i = any(&life, 10); i; i--)
		change(&life);
	if (sharer->runs)
		run_image(&sharer->image);
	syscall(SYS_exit_group, 0);
	return 0;
}

/* A process with the same memory, at the same time. Its stack is left there. */
static void make_sharer(struct life *life)
{
	struct sharer *sharer;
	char *stack;

	if (!life->depth)
		return;
	stack = mmap(NULL, STACK_SIZE + PAGE, RW, PRIVATE, -1, 0);
	if (stack == MAP_FAILED)
		return;
	sharer = (void *)(stack + STACK_SIZE);
	sharer->random = any(life, 1u << 31);
	sharer->arena = life->arena;
	sharer->runs = any(life, 2);
	prepare_image(life, &sharer->image);
	clone(share, stack + STACK_SIZE, CLONE_VM | SIGCHLD, sharer);
}

/* A process that is its own tracker. The file is left open, or not. */
static void track_itself(struct life *life)
{
	static const __u32 flags = VPROC_ATTACH_EXEC | VPROC_ATTACH_FORK |
				   VPROC_ATTACH_CHECK_END;
	struct vproc_verify verify;
	int fd = vproc_open();

	if (fd < 0) {
		life_complain("a target: open: %s", strerror(errno));
		return;
	}
	if (vproc_attach(fd, 0, any(life, 16) & flags))
		life_complain("a target: attach to itself: errno %d", errno);
	else if (vproc_verify(fd, &verify))
		life_complain("a target: verify of itself: errno %d", errno);
	else if (verify.differences || verify.missed)
		life_complain("a target of itself: %llu differences, missed %llu",
			      (unsigned long long)verify.differences,
			      (unsigned long long)verify.missed);
	if (any(life, 2))
		close(fd);
}

static void step(struct life *life)
{
	switch (any(life, 160)) {
	case 0:
		run_new_image(life);
		break;
	case 1:
	case 2:
		make_thread(life);
		break;
	case 3:
	case 4:
		make_child(life);
		break;
	case 5:
		make_borrower(life);
		break;
	case 6:
		make_sharer(life);
		break;
	case 7:
		track_itself(life);
		break;
	case 8:
		if (any(life, 2))
			syscall(SYS_exit_group, 0);
		break;
	case 9:
		if (!any(life, 4))
			kill(getpid(), SIGKILL);
		break;
	case 10 ... 49:
		usleep(any(life, 2000));
		break;
	default:
		change(life);
	}
}

static void live(struct life *life, unsigned int steps)
{
	while (steps--)
		step(life);
}

noreturn void life_run(__u64 seed, unsigned int depth)
{
	struct life life = {
		.random = seed,
		.depth = depth,
	};

	/* Its children are not waited for. */
	signal(SIGCHLD, SIG_IGN);
	/* Two execs in a row, with nothing in between. */
	if (!any(&life, 4))
		run_new_image(&life);
	life.arena = make_arena();
	live(&life, 1 + any(&life, STEPS_OF_MAIN));
	_exit(0);
}

noreturn void life_resume(int argc, char **argv)
{
	if (argc != 4)
		_exit(2);
	life_run(strtoull(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
}
