// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes its map from functions whose names and lines are known: the system
 * calls are in the functions themselves, and not in the C library. With the
 * argument "unlink" it deletes its own file first. To be built with -fno-inline.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KIB	1024
#define PROT_RW	(PROT_READ | PROT_WRITE)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)

/* All on the line that it is used on. */
#define CALL(result, number, a, b, c, d)				\
	do {								\
		register long r10 asm("r10") = (d);			\
		register long r8 asm("r8") = -1;			\
		register long r9 asm("r9") = 0;				\
									\
		asm volatile("syscall" : "=a" (result)			\
			     : "a" (number), "D" (a), "S" (b), "d" (c),	\
			       "r" (r10), "r" (r8), "r" (r9)		\
			     : "rcx", "r11", "memory");			\
	} while (0)

static char *map_table(void)
{
	char *map;

	CALL(map, SYS_mmap, NULL, 64 * KIB, PROT_RW, ANON); /* map_table */
	return map;
}

static long unmap_table(char *map)
{
	long ret;

	CALL(ret, SYS_munmap, map, 64 * KIB, 0, 0); /* unmap_table */
	return ret;
}

static char *keep_buffer(void)
{
	char *map;

	CALL(map, SYS_mmap, NULL, 1024 * KIB, PROT_RW, ANON); /* keep_buffer */
	return map;
}

static long make_code(char *map)
{
	long ret;

	memset(map, 0xc3, 4 * KIB);
	CALL(ret, SYS_mprotect, map, 16 * KIB, PROT_EXEC, 0); /* make_code */
	return ret;
}

static char *valid(char *map)
{
	if ((unsigned long)map > -4096ul)
		errx(EXIT_FAILURE, "mmap");
	return map;
}

int main(int argc, char **argv)
{
	int i;

	if (argc > 1 && !strcmp(argv[1], "unlink") && unlink(argv[0]))
		err(EXIT_FAILURE, "%s", argv[0]);
	for (i = 0; i < 20; i++) {
		if (unmap_table(valid(map_table())))
			errx(EXIT_FAILURE, "munmap");
	}
	for (i = 0; i < 3; i++)
		valid(keep_buffer())[0] = 1;
	if (make_code(valid(map_table())))
		errx(EXIT_FAILURE, "mprotect");
	return 0;
}
