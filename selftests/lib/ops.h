/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random operations of every kind that changes the caller's map.
 *
 * They happen in places set apart for them: an arena for each thread, one that
 * all share, a few mappings where the kernel put them, and the heap above what
 * malloc has. Nothing of value lies there. Which operation comes next, and
 * where, depends on the seed alone.
 */
#ifndef _SELFTESTS_OPS_H
#define _SELFTESTS_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#define OPS_PAGE		4096ul
#define OPS_ARENA_PAGES		512
#define OPS_EXTENTS		48
#define OPS_AIO_CONTEXTS	3
#define OPS_SEGMENTS		6
#define OPS_KINDS_MAX		40

struct ops_extent {
	unsigned long addr;
	size_t size;
};

/* One operation, as it was made. */
struct ops_record {
	const char *name;
	unsigned long args[6];
	long ret;
	int err;
};

/**
 * struct ops - the operations of one thread
 * @random: state of its generator
 * @arena: its own arena
 * @extents: what the kernel placed elsewhere
 * @nr_extents: how many these are
 * @segments: addresses of attached System V segments
 * @nr_segments: how many these are
 * @aio: asynchronous I/O contexts
 * @nr_aio: how many these are
 * @userfaultfd: -1 when it is closed
 * @unsealed: a page that is to be sealed next
 * @has_stack: runs on the main stack, which the kernel grows
 * @last: the last operation
 * @done: operations, by kind
 * @failed: those that failed
 */
struct ops {
	__u64 random;
	unsigned long arena;
	struct ops_extent extents[OPS_EXTENTS];
	unsigned int nr_extents;
	unsigned long segments[OPS_SEGMENTS];
	unsigned int nr_segments;
	unsigned long aio[OPS_AIO_CONTEXTS];
	unsigned int nr_aio;
	int userfaultfd;
	unsigned long unsealed;
	bool has_stack;
	struct ops_record last;
	unsigned long done[OPS_KINDS_MAX];
	unsigned long failed[OPS_KINDS_MAX];
};

/* For all threads, before any ops_init(). -1 and errno on error. */
int ops_init_process(void);

/* @thread 0 is the one that runs on the main stack. -1 and errno on error. */
int ops_init(struct ops *ops, __u64 seed, unsigned int thread);

/* After a fork: what the child must not share with its parent. */
void ops_init_child(struct ops *ops, __u64 seed);

/* Make one operation. It may fail; ops->last tells. */
void ops_step(struct ops *ops);

/* One of this kind. Returns false if there is nothing to do it with. */
bool ops_make(struct ops *ops, unsigned int kind);

/* A random number below @limit. */
unsigned int ops_random(struct ops *ops, unsigned int limit);

/* ops->last, in words. */
void ops_describe(const struct ops *ops, char *text, size_t size);

/* Name of a kind of operation, or NULL past the last. */
const char *ops_kind(unsigned int kind);

/* The running kernel does not have that kind of operation. */
bool ops_kind_lacks(unsigned int kind);

#endif /* _SELFTESTS_OPS_H */
