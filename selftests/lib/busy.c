// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that does not stand still.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "busy.h"

#define PAGE		4096ul
#define RW		(PROT_READ | PROT_WRITE)
#define PRIVATE		(MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED		(MAP_SHARED | MAP_ANONYMOUS)

#define ARENA_PAGES	64
/* Changes between two rests. */
#define BURST		16

/* Shared with the process: its threads run until this is set. */
static int *stop;

/* Of the process itself. */
static pthread_t threads[BUSY_THREADS_MAX];
static unsigned long nr_threads;
static unsigned long rest;

/*
 * Where one unmaps, no other's stack or arena may come to lie: all have theirs
 * before any begins.
 */
static pthread_barrier_t all_mapped;

int busy_init(void)
{
	stop = mmap(NULL, PAGE, RW, SHARED, -1, 0);
	return stop == MAP_FAILED ? -1 : 0;
}

static char *make_arena(void)
{
	char *arena = mmap(NULL, ARENA_PAGES * PAGE, PROT_NONE, PRIVATE, -1, 0);

	return arena == MAP_FAILED ? NULL : arena;
}

static unsigned int next_random(unsigned int *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void change_something(char *arena, unsigned int *seed)
{
	unsigned int random = next_random(seed);
	char *addr = arena + random % (ARENA_PAGES - 8) * PAGE;
	size_t size = (1 + (random >> 8) % 8) * PAGE;
	char *other = arena + (random >> 12) % (ARENA_PAGES - 8) * PAGE;
	unsigned long brk;

	switch ((random >> 24) % 8) {
	case 0:
		mmap(addr, size, RW, PRIVATE | MAP_FIXED, -1, 0);
		break;
	case 1:
		mmap(addr, size, PROT_READ, SHARED | MAP_FIXED, -1, 0);
		break;
	case 2:
		munmap(addr, size);
		break;
	case 3:
		mprotect(addr, size, random & 0x100000 ? PROT_READ : RW);
		break;
	case 4:
		mremap(addr, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, other);
		break;
	case 5:
		madvise(addr, size, random & 0x100000 ? MADV_DONTFORK :
							MADV_DOFORK);
		break;
	case 6:
		mlock2(addr, size, MLOCK_ONFAULT);
		break;
	case 7:
		brk = syscall(SYS_brk, 0);
		syscall(SYS_brk, random & 0x100000 ? brk + size : brk - size);
		break;
	}
}

static void *change_until_stopped(void *arg)
{
	unsigned int seed = (unsigned long)arg * 2654435761u + 1;
	char *arena = make_arena();

	pthread_barrier_wait(&all_mapped);
	while (arena && !__atomic_load_n(stop, __ATOMIC_RELAXED)) {
		for (unsigned int i = 0; i < BURST; i++)
			change_something(arena, &seed);
		if (rest)
			usleep(rest / 2 + next_random(&seed) % rest);
	}
	return NULL;
}

/* Their stacks are not large, and they use little of them. */
static int start_all(void)
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	pthread_barrier_init(&all_mapped, NULL, nr_threads);
	for (unsigned long i = 0; i < nr_threads; i++) {
		errno = pthread_create(&threads[i], &attr, change_until_stopped,
				       (void *)i);
		if (errno)
			return -1;
	}
	pthread_attr_destroy(&attr);
	return 0;
}

long busy_start(const unsigned long *args)
{
	nr_threads = args[0];
	rest = args[1];
	if (!nr_threads || nr_threads > BUSY_THREADS_MAX) {
		errno = EINVAL;
		return -1;
	}
	/* Break is moved up and down: well above what malloc has. */
	syscall(SYS_brk, syscall(SYS_brk, 0) + (64 << 20));
	return start_all();
}

void busy_stop(void)
{
	__atomic_store_n(stop, 1, __ATOMIC_RELAXED);
}

long busy_join(const unsigned long *args)
{
	(void)args;
	for (unsigned long i = 0; i < nr_threads; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
