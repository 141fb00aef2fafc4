// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps and unmaps. Usage: churn COUNT [FILE]: so many times, or for ever if it is
 * -1; then the file is made
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

int main(int argc, char **argv)
{
	long i, count = atol(argv[1]);

	for (i = 0; i != count; i++) {
		char *at = mmap(NULL, (1 + i % 16) << 12, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		mprotect(at, 4096, PROT_READ);
		munmap(at, (1 + i % 16) << 12);
	}
	return argc > 2 && creat(argv[2], 0644) < 0;
}
