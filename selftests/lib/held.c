// SPDX-License-Identifier: GPL-2.0-only
/*
 * An mmap_lock that is held for long.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "held.h"

/* So many pages that it takes a while, and so few that they are cheap to make. */
#define HELD_SIZE	(32ul << 20)
#define HELD_PAGE	4096ul

/**
 * struct hog_state - what a hog and who has started it both see
 * @turns: how often it has begun to spin
 * @spins: it does
 * @rests: it is not to
 * @ready: it has its CPU
 */
struct hog_state {
	unsigned int turns;
	bool spins;
	bool rests;
	bool ready;
};

static char *held_area;
static bool held_rests, held_resting;

static int run_on(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	return sched_setaffinity(0, sizeof(cpus), &cpus);
}

static void *hold(void *unused)
{
	int prot = PROT_READ;

	(void)unused;
	for (;;) {
		if (__atomic_load_n(&held_rests, __ATOMIC_SEQ_CST)) {
			__atomic_store_n(&held_resting, true, __ATOMIC_SEQ_CST);
			usleep(1000);
			continue;
		}
		__atomic_store_n(&held_resting, false, __ATOMIC_SEQ_CST);
		mprotect(held_area, HELD_SIZE, prot);
		prot ^= PROT_WRITE;
	}
	return NULL;
}

static void *hold_on_cpu(void *cpu)
{
	return run_on((long)cpu) ? NULL : hold(NULL);
}

long held_start(const unsigned long *args)
{
	pthread_t thread;
	char *area;

	/* With a gap on both sides, so that it is merged with nothing. */
	area = mmap(NULL, HELD_SIZE + 2 * HELD_PAGE, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		return -1;
	held_area = area + HELD_PAGE;
	/* Huge pages would be too few; a kernel without them refuses this. */
	madvise(held_area, HELD_SIZE, MADV_NOHUGEPAGE);
	if (mprotect(held_area, HELD_SIZE, PROT_READ | PROT_WRITE))
		return -1;
	for (size_t at = 0; at < HELD_SIZE; at += HELD_PAGE)
		held_area[at] = 1;
	errno = pthread_create(&thread, NULL, hold_on_cpu, (void *)args[0]);
	return errno ? -1 : pthread_detach(thread);
}

long held_rest(const unsigned long *args)
{
	(void)args;
	__atomic_store_n(&held_rests, true, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&held_resting, __ATOMIC_SEQ_CST))
		usleep(1000);
	return 0;
}

long held_go_on(const unsigned long *args)
{
	(void)args;
	__atomic_store_n(&held_rests, false, __ATOMIC_SEQ_CST);
	return 0;
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void hog_serve(struct hog_state *state, int fd)
{
	char byte;

	while (read(fd, &byte, 1) == 1) {
		long end = now_ms() + HOG_MS;

		__atomic_store_n(&state->spins, true, __ATOMIC_SEQ_CST);
		__atomic_add_fetch(&state->turns, 1, __ATOMIC_SEQ_CST);
		while (!__atomic_load_n(&state->rests, __ATOMIC_SEQ_CST) &&
		       now_ms() < end)
			;
		__atomic_store_n(&state->spins, false, __ATOMIC_SEQ_CST);
	}
	_exit(0);
}

int hog_start(struct hog *hog, int cpu)
{
	struct sched_param param = { .sched_priority = 1 };
	int ends[2];

	hog->state = mmap(NULL, HELD_PAGE, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (hog->state == MAP_FAILED)
		return -1;
	if (pipe2(ends, O_CLOEXEC))
		goto unmap;
	hog->pid = fork();
	if (!hog->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[1]);
		if (run_on(cpu) || sched_setscheduler(0, SCHED_FIFO, &param))
			_exit(1);
		__atomic_store_n(&hog->state->ready, true, __ATOMIC_SEQ_CST);
		hog_serve(hog->state, ends[0]);
	}
	close(ends[0]);
	hog->fd = ends[1];
	while (hog->pid > 0 && !waitpid(hog->pid, NULL, WNOHANG)) {
		if (__atomic_load_n(&hog->state->ready, __ATOMIC_SEQ_CST))
			return 0;
		usleep(1000);
	}
	close(hog->fd);
unmap:
	munmap(hog->state, HELD_PAGE);
	return -1;
}

void hog_end(struct hog *hog)
{
	kill(hog->pid, SIGKILL);
	waitpid(hog->pid, NULL, 0);
	close(hog->fd);
	munmap(hog->state, HELD_PAGE);
}

void hog_spin(struct hog *hog)
{
	unsigned int turns = __atomic_load_n(&hog->state->turns, __ATOMIC_SEQ_CST);

	__atomic_store_n(&hog->state->rests, false, __ATOMIC_SEQ_CST);
	if (write(hog->fd, "", 1) != 1)
		return;
	while (__atomic_load_n(&hog->state->turns, __ATOMIC_SEQ_CST) == turns)
		usleep(1000);
}

void hog_rest(struct hog *hog)
{
	__atomic_store_n(&hog->state->rests, true, __ATOMIC_SEQ_CST);
	while (hog_spins(hog))
		usleep(1000);
}

bool hog_spins(const struct hog *hog)
{
	return __atomic_load_n(&hog->state->spins, __ATOMIC_SEQ_CST);
}
