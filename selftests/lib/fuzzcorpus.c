// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inputs of the fuzzer that are worth keeping.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzzcorpus.h"
#include "life.h"

/* See Documentation/dev-tools/kcov.rst in the kernel's sources. */
#define KCOV			"/sys/kernel/debug/kcov"
#define KCOV_INIT_TRACE		_IOR('c', 1, unsigned long)
#define KCOV_ENABLE		_IO('c', 100)
#define KCOV_DISABLE		_IO('c', 101)
#define KCOV_TRACE_PC		0
#define KCOV_WORDS		(256ul << 10)
#define KCOV_SIZE		(KCOV_WORDS * sizeof(unsigned long))

#define INPUTS_MAX		16384
#define EDGES			262144u

static struct {
	pthread_mutex_t mutex;
	const char *dir;
	struct fuzz_input *inputs[INPUTS_MAX];
	unsigned int nr;
	unsigned int nr_edges;
	__u8 edges[EDGES];
} corpus = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static __u64 hash_of(const struct fuzz_input *input)
{
	__u64 hash = 0xcbf29ce484222325;

	for (unsigned int i = 0; i < input->len; i++)
		hash = (hash ^ input->data[i]) * 0x100000001b3;
	return hash;
}

static void keep(const struct fuzz_input *input)
{
	struct fuzz_input *copy;

	if (corpus.nr == INPUTS_MAX)
		return;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return;
	*copy = *input;
	corpus.inputs[corpus.nr] = copy;
	__atomic_store_n(&corpus.nr, corpus.nr + 1, __ATOMIC_RELEASE);
}

static int read_input(const char *path, struct fuzz_input *input)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -1;
	len = read(fd, input->data, sizeof(input->data));
	close(fd);
	input->len = len > 0 ? len : 0;
	return len < 0 ? -1 : 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int corpus_open(const char *dir)
{
	struct dirent **entries;
	struct fuzz_input input;
	char path[4096];
	int nr, failed = 0;

	corpus.dir = dir;
	if (!dir)
		return 0;
	nr = scandir(dir, &entries, is_input, by_name);
	if (nr < 0)
		return -1;
	for (int i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		if (read_input(path, &input))
			failed = -1;
		else
			keep(&input);
		free(entries[i]);
	}
	free(entries);
	return failed;
}

bool corpus_covers(void)
{
	return !access(KCOV, R_OK | W_OK);
}

void corpus_cover_open(struct corpus_cover *cover)
{
	cover->fd = open(KCOV, O_RDWR | O_CLOEXEC);
	if (cover->fd < 0)
		return;
	if (ioctl(cover->fd, KCOV_INIT_TRACE, KCOV_WORDS))
		goto close;
	cover->area = mmap(NULL, KCOV_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			   cover->fd, 0);
	if (cover->area == MAP_FAILED)
		goto close;
	if (!ioctl(cover->fd, KCOV_ENABLE, KCOV_TRACE_PC))
		return;
	munmap(cover->area, KCOV_SIZE);
close:
	close(cover->fd);
	cover->fd = -1;
}

void corpus_cover_close(struct corpus_cover *cover)
{
	if (cover->fd < 0)
		return;
	ioctl(cover->fd, KCOV_DISABLE, 0);
	munmap(cover->area, KCOV_SIZE);
	close(cover->fd);
}

void corpus_cover_begin(struct corpus_cover *cover)
{
	if (cover->fd >= 0)
		__atomic_store_n(&cover->area[0], 0, __ATOMIC_RELAXED);
}

/* A branch is known by where it leads from and to. */
unsigned int corpus_cover_end(struct corpus_cover *cover)
{
	unsigned long count, last = 0;
	unsigned int fresh = 0;

	if (cover->fd < 0)
		return 0;
	count = __atomic_load_n(&cover->area[0], __ATOMIC_RELAXED);
	for (unsigned long i = 1; i <= count; i++) {
		__u64 at = cover->area[i];
		unsigned int edge = (at ^ last << 1) * 0x9e3779b97f4a7c15 >> 46;

		last = at;
		if (!__atomic_exchange_n(&corpus.edges[edge], 1,
					 __ATOMIC_RELAXED))
			fresh++;
	}
	__atomic_fetch_add(&corpus.nr_edges, fresh, __ATOMIC_RELAXED);
	return fresh;
}

static void write_input(const struct fuzz_input *input)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%016llx", corpus.dir,
		 (unsigned long long)hash_of(input));
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, input->data, input->len) != input->len)
		life_complain("%s: %s", path, strerror(errno));
	close(fd);
}

void corpus_add(const struct fuzz_input *input)
{
	pthread_mutex_lock(&corpus.mutex);
	keep(input);
	pthread_mutex_unlock(&corpus.mutex);
	if (corpus.dir)
		write_input(input);
}

unsigned int corpus_inputs(void)
{
	return __atomic_load_n(&corpus.nr, __ATOMIC_ACQUIRE);
}

unsigned int corpus_edges(void)
{
	return __atomic_load_n(&corpus.nr_edges, __ATOMIC_RELAXED);
}

bool corpus_get(unsigned int index, struct fuzz_input *input)
{
	if (index >= corpus_inputs())
		return false;
	*input = *corpus.inputs[index];
	return true;
}

static void make_new(struct fuzz_input *input, __u64 *random)
{
	input->len = 16 + life_random(random, FUZZ_INPUT_MAX - 15);
	for (unsigned int i = 0; i < input->len; i++)
		input->data[i] = life_random(random, 256);
}

/* Take a part out. */
static void cut(struct fuzz_input *input, __u64 *random)
{
	unsigned int at = life_random(random, input->len);
	unsigned int len = life_random(random, input->len - at);

	if (len == input->len)
		return;
	memmove(input->data + at, input->data + at + len,
		input->len - at - len);
	input->len -= len;
}

/* Put a part of another, or of itself, in. */
static void insert_part(struct fuzz_input *input,
			const struct fuzz_input *other, __u64 *random)
{
	unsigned int from = life_random(random, other->len);
	unsigned int len = 1 + life_random(random, other->len - from);
	unsigned int at = life_random(random, input->len);
	unsigned int rest = input->len - at;
	__u8 part[FUZZ_INPUT_MAX];

	memcpy(part, other->data + from, len);
	if (len > FUZZ_INPUT_MAX - at)
		len = FUZZ_INPUT_MAX - at;
	if (rest > FUZZ_INPUT_MAX - at - len)
		rest = FUZZ_INPUT_MAX - at - len;
	memmove(input->data + at + len, input->data + at, rest);
	memcpy(input->data + at, part, len);
	input->len = at + len + rest;
}

static void change(struct fuzz_input *input, __u64 *random)
{
	unsigned int at = life_random(random, input->len);
	unsigned int which = life_random(random, corpus_inputs());

	switch (life_random(random, 6)) {
	case 0:
	case 1:
		input->data[at] = life_random(random, 256);
		break;
	case 2:
		input->data[at] ^= 1 << life_random(random, 8);
		break;
	case 3:
		cut(input, random);
		break;
	case 4:
		insert_part(input, input, random);
		break;
	case 5:
		insert_part(input, corpus.inputs[which], random);
		break;
	}
}

void corpus_make(struct fuzz_input *input, __u64 *random)
{
	unsigned int nr = corpus_inputs();

	if (!nr || !life_random(random, 4)) {
		make_new(input, random);
		return;
	}
	*input = *corpus.inputs[life_random(random, nr)];
	if (!input->len) {
		make_new(input, random);
		return;
	}
	for (unsigned int i = 1 + life_random(random, 4); i; i--)
		change(input, random);
}
