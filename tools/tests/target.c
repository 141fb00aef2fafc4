// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process to be looked at, that does what it is told and nothing else.
 *
 * Usage: target; one command a line on standard input, and "done" on standard
 * output when it is done:
 *
 *	heap BYTES	moves the break, down if that is negative
 *	map BYTES	maps memory, which never is one region with its neighbours
 *	unmap		unmaps it again
 *	churn COUNT	maps and unmaps a page so many times
 *	thread BYTES	starts a thread called "worker", with a stack of 256 KiB
 *			of which it uses so many
 *	fork		forks a child that maps and unmaps a page and exits
 *	file PATH	maps the first page of a file
 *	name NAME	takes this name
 *	exit
 */
#define _GNU_SOURCE
#include <alloca.h>
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_SIZE	(256 * 1024)
#define PAGE		4096

static void *mapped;
static size_t mapped_size;
static int ready[2];

static void *map(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		err(2, "mmap");
	return memory;
}

static void churn(size_t count)
{
	while (count--)
		munmap(map(PAGE), PAGE);
}

/* Waits on a stack that is used this far, and allocates nothing. */
static void *work(void *argument)
{
	size_t size = (size_t)argument;
	char *used = alloca(size);

	memset(used, 1, size);
	prctl(PR_SET_NAME, "worker");
	if (write(ready[1], used, 1) != 1)
		err(2, "write");
	for (;;)
		pause();
	return used;
}

static void start_thread(size_t size)
{
	pthread_attr_t attributes;
	pthread_t thread;
	char byte;

	if (pipe(ready) || pthread_attr_init(&attributes) ||
	    pthread_attr_setstacksize(&attributes, STACK_SIZE) ||
	    pthread_create(&thread, &attributes, work, (void *)size))
		errx(2, "cannot start a thread");
	if (read(ready[0], &byte, 1) != 1)
		err(2, "read");
}

static void fork_child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		err(2, "fork");
	if (!pid) {
		churn(1);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void map_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 ||
	    mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		err(2, "%s", path);
	close(fd);
}

static void obey(const char *word, const char *argument)
{
	const size_t number = strtol(argument, NULL, 10);

	if (!strcmp(word, "heap")) {
		if (sbrk(number) == (void *)-1)
			err(2, "sbrk");
	} else if (!strcmp(word, "map")) {
		mapped_size = number;
		mapped = map(number);
	} else if (!strcmp(word, "unmap")) {
		munmap(mapped, mapped_size);
	} else if (!strcmp(word, "churn")) {
		churn(number);
	} else if (!strcmp(word, "thread")) {
		start_thread(number);
	} else if (!strcmp(word, "fork")) {
		fork_child();
	} else if (!strcmp(word, "file")) {
		map_file(argument);
	} else if (!strcmp(word, "name")) {
		prctl(PR_SET_NAME, argument);
	} else if (!strcmp(word, "exit")) {
		exit(0);
	} else {
		errx(2, "%s?", word);
	}
}

int main(void)
{
	static char line[4096], out[4096], in[4096];

	/* So that nothing is allocated later. */
	setvbuf(stdout, out, _IOLBF, sizeof(out));
	setvbuf(stdin, in, _IOFBF, sizeof(in));
	free(malloc(1));
	puts("ready");
	while (fgets(line, sizeof(line), stdin)) {
		char *rest = line;
		const char *word;

		line[strcspn(line, "\n")] = '\0';
		word = strsep(&rest, " ");
		obey(word, rest ? rest : "");
		puts("done");
	}
	return 0;
}
