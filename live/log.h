/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_LIVE_LOG_H
#define _VPROC_LIVE_LOG_H

#include <linux/mm_types.h>
#include <linux/spinlock.h>

#include "vproc_mem.h"

/* Records in a log; a power of two. */
#define VPROC_LOG_SIZE		512
/* From here on the task that fills the log is made to empty it. */
#define VPROC_LOG_DEBT		(VPROC_LOG_SIZE * 3 / 4)

/* The kernel's ANON_VMA_NAME_MAX_LEN, terminating zero included. */
#define VPROC_GIVEN_NAME_MAX	80

/**
 * struct vproc_cause_info - who did something, and by what
 * @time: when, in ns of CLOCK_MONOTONIC
 * @ip: user instruction pointer, or 0
 * @sp: user stack pointer, or 0
 * @tid: thread id in the opener's pid namespace, or 0
 * @syscall: system call number, or -1
 * @cause: enum vproc_cause
 */
struct vproc_cause_info {
	u64 time;
	u64 ip;
	u64 sp;
	u32 tid;
	s32 syscall;
	u8 cause;
};

/**
 * struct vproc_vma - what is kept of a VMA
 * @start: first address
 * @end: first address after it
 * @pgoff: offset in the file, in pages
 * @flags: its vm_flags
 * @file: its file or NULL; with a reference where a record holds it
 * @special: the name that the kernel gave it, a string constant; or NULL
 * @named: whether the process gave it a name
 */
struct vproc_vma {
	unsigned long start;
	unsigned long end;
	unsigned long pgoff;
	unsigned long flags;
	struct file *file;
	const char *special;
	bool named;
};

/**
 * enum vproc_record_op - what a record says
 * @VPROC_RECORD_SET: [start, end) is one region, with these attributes
 * @VPROC_RECORD_CLEAR: [start, end) has no region
 * @VPROC_RECORD_SPLIT: a region begins at start, where one may have run through
 */
enum vproc_record_op {
	VPROC_RECORD_SET,
	VPROC_RECORD_CLEAR,
	VPROC_RECORD_SPLIT,
};

/**
 * struct vproc_record - one entry of the log: what is true now
 * @by: who did it
 * @brk: the break after it
 * @brk_before: the break when it was logged; a brk() that grows sets the break
 *	only after the region has grown
 * @vma: the region, for SET; else only bounds
 * @op: enum vproc_record_op
 */
struct vproc_record {
	struct vproc_cause_info by;
	unsigned long brk;
	unsigned long brk_before;
	struct vproc_vma vma;
	u8 op;
};

/*
 * A slot holds a record, or the name that the record before it speaks of:
 * names are rare, and so do not make every record larger.
 */
union vproc_slot {
	struct vproc_record record;
	char name[VPROC_GIVEN_NAME_MAX];
};

/**
 * struct vproc_log - from the hooks to apply: a ring, never blocking
 * @lock: serialises the hooks; raw, since a kprobe's handler may not sleep on
 *	PREEMPT_RT either. The reader needs no lock against them, as there is one
 *	reader at a time: whoever holds the space's lock
 * @head: slots ever written
 * @tail: slots ever read
 * @stale: since the last resync a record found no room, or a hook could not do
 *	its work: the log is not complete
 * @slots: the ring
 */
struct vproc_log {
	raw_spinlock_t lock;
	unsigned int head;
	unsigned int tail;
	bool stale;
	union vproc_slot *slots;
};

int vproc_log_init(struct vproc_log *log);
void vproc_log_destroy(struct vproc_log *log);

unsigned int vproc_log_push(struct vproc_log *log,
			    const struct vproc_record *record,
			    const char *name);
const struct vproc_record *vproc_log_peek(struct vproc_log *log,
					  const char **name);
const struct vproc_record *vproc_log_peek_second(struct vproc_log *log);
void vproc_log_pop(struct vproc_log *log);

/**
 * vproc_log_spoil - say that the log is not complete
 * @log: the log
 *
 * Context: any.
 */
static inline void vproc_log_spoil(struct vproc_log *log)
{
	WRITE_ONCE(log->stale, true);
}

/* Slots in use; without the space's lock, about. */
static inline unsigned int vproc_log_used(const struct vproc_log *log)
{
	return READ_ONCE(log->head) - READ_ONCE(log->tail);
}

static inline bool vproc_log_stale(const struct vproc_log *log)
{
	return READ_ONCE(log->stale);
}

#endif /* _VPROC_LIVE_LOG_H */
