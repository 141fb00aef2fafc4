// SPDX-License-Identifier: GPL-2.0-only
/*
 * Four threads that change the memory map without a pause.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define THREADS	4
#define ROUNDS	400
#define PAGE	4096
#define PAGES	16

/* Leaves a hole and a seam, so that regions split, merge and move. */
static int change(char *map)
{
	char *moved;

	memset(map, 1, PAGES * PAGE);
	if (mprotect(map + 2 * PAGE, 3 * PAGE, PROT_READ) ||
	    munmap(map + 8 * PAGE, 2 * PAGE) ||
	    madvise(map + 11 * PAGE, PAGE, MADV_DONTFORK) ||
	    mprotect(map + 2 * PAGE, 3 * PAGE, PROT_READ | PROT_WRITE))
		return -1;
	moved = mremap(map, 2 * PAGE, 40 * PAGE, MREMAP_MAYMOVE);
	if (moved == MAP_FAILED)
		return -1;
	return munmap(moved, 40 * PAGE) ||
	       munmap(map + 2 * PAGE, 6 * PAGE) ||
	       munmap(map + 10 * PAGE, 6 * PAGE);
}

static void *churn(void *unused)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		char *block = malloc((i % 50 + 1) * 10000);
		char *map = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (!block || map == MAP_FAILED || change(map))
			abort();
		free(block);
	}
	return unused;
}

int main(void)
{
	pthread_t threads[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		if (pthread_create(&threads[i], NULL, churn, NULL))
			return 1;
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
