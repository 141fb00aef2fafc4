/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_LIVE_OPS_H
#define _VPROC_LIVE_OPS_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/task_work.h>

struct mm_struct;
struct task_struct;
struct vproc_tracker;

/* Operations that need no allocation, for which a hook has little room. */
#define VPROC_OPS		64

/**
 * enum vproc_op_kind - what a tracked task does before it returns to user space
 * @VPROC_OP_SETTLE: log a range as it is after the system call
 * @VPROC_OP_REMAP: the same for mremap: the old range, and the new one
 * @VPROC_OP_CHECK: the same for another process's mm, if it has been touched
 * @VPROC_OP_DEBT: apply the log, which it has filled
 * @VPROC_OP_EXEC: attach the tracker to the new mm
 * @VPROC_OP_SPAWN: give itself a tracker, after vfork and exec
 * @VPROC_OP_FORK: give itself a tracker, after fork
 * @VPROC_OP_EXIT: end what follows it
 */
enum vproc_op_kind {
	VPROC_OP_SETTLE,
	VPROC_OP_REMAP,
	VPROC_OP_CHECK,
	VPROC_OP_DEBT,
	VPROC_OP_EXEC,
	VPROC_OP_SPAWN,
	VPROC_OP_FORK,
	VPROC_OP_EXIT,
};

/**
 * struct vproc_op - one of them
 * @work: queued at the task
 * @node: in vproc_ops.free or vproc_ops.pending
 * @tracker: whose it is, with a reference
 * @task: who does it; only to compare with
 * @mm: SETTLE, REMAP, CHECK: the mm that changes; only to compare with
 * @start: SETTLE, REMAP: the (old) range
 * @end: its end
 * @new_addr: REMAP: where it was told to go; 0: anywhere
 * @new_size: REMAP: size of the new range
 * @parent_tid: FORK: who forked
 * @kind: enum vproc_op_kind
 * @cause: enum vproc_cause, where the system call does not tell
 * @worker: it is of one of io_uring's workers
 * @touched: CHECK: its task has done something to the mm
 * @pooled: it is one of vproc_ops.pool
 */
struct vproc_op {
	struct callback_head work;
	struct list_head node;
	struct vproc_tracker *tracker;
	struct task_struct *task;
	struct mm_struct *mm;
	unsigned long start;
	unsigned long end;
	unsigned long new_addr;
	unsigned long new_size;
	u32 parent_tid;
	u8 kind;
	u8 cause;
	bool worker;
	bool touched;
	bool pooled;
};

/**
 * struct vproc_ops - the operations of a tracker
 * @lock: protects the lists; raw, as it is taken in kprobe handlers
 * @free: not in use
 * @pending: in flight; those of SETTLE, REMAP and CHECK may have changed the map
 * @nr_settle: how many of these three are in flight
 * @nr_worker: how many of those are of io_uring's workers
 * @debt: a DEBT is in flight
 * @skipped: one of these three has ended without a look, as another process's
 *	mmap_lock was not to be had; protected by the space's lock
 * @blind: one of these three could not be made: nobody will tell of what a call
 *	that may still be in flight changes
 * @has_uffd: when the map was last read anew, something belonged to a userfaultfd
 * @pool: those that are at hand
 */
struct vproc_ops {
	raw_spinlock_t lock;
	struct list_head free;
	struct list_head pending;
	unsigned int nr_settle;
	unsigned int nr_worker;
	bool debt;
	bool skipped;
	bool blind;
	bool has_uffd;
	struct vproc_op pool[VPROC_OPS];
};

void vproc_ops_init(struct vproc_ops *ops);
bool vproc_ops_add(struct vproc_tracker *tracker, struct task_struct *task,
		   const struct vproc_op *template);
void vproc_ops_scan(struct vproc_tracker *tracker, struct mm_struct *mm);
void vproc_ops_touch(struct vproc_ops *ops);
u8 vproc_ops_cause(struct vproc_tracker *tracker);
void vproc_ops_add_debt(struct vproc_tracker *tracker, bool each);
int vproc_ops_settle_all(struct vproc_tracker *tracker, struct mm_struct *mm);
void vproc_ops_settle_owed(struct vproc_tracker *tracker, struct mm_struct *mm);

static inline unsigned int vproc_ops_pending(const struct vproc_ops *ops)
{
	return READ_ONCE(ops->nr_settle);
}

static inline bool vproc_ops_blind(const struct vproc_ops *ops)
{
	return READ_ONCE(ops->blind);
}

static inline bool vproc_ops_skipped(const struct vproc_ops *ops)
{
	return READ_ONCE(ops->skipped);
}

/* May the end of one have been seen that nobody has looked at yet? */
static inline bool vproc_ops_owed(const struct vproc_ops *ops)
{
	return READ_ONCE(ops->nr_worker) || vproc_ops_skipped(ops);
}

#endif /* _VPROC_LIVE_OPS_H */
