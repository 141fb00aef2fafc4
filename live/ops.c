// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a tracked task does for its tracker before it returns to user space.
 *
 * Some system calls change the map where no hook can look at the result under
 * the lock. Their entry is probed, and the task itself looks when it is done:
 * a task_work may sleep, and runs before the next user instruction. From entry
 * to that look the operation is pending, and the map may differ from the model
 * in its range.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>

#include <asm/syscall.h>

#include "live/apply.h"
#include "live/classify.h"
#include "live/compat.h"
#include "live/letgo.h"
#include "live/ops.h"
#include "live/tracker.h"

/**
 * vproc_ops_init - nothing in flight
 * @ops: the operations
 */
void vproc_ops_init(struct vproc_ops *ops)
{
	unsigned int i;

	raw_spin_lock_init(&ops->lock);
	INIT_LIST_HEAD(&ops->free);
	INIT_LIST_HEAD(&ops->pending);
	ops->nr_settle = 0;
	ops->nr_worker = 0;
	ops->debt = false;
	ops->skipped = false;
	ops->blind = false;
	ops->has_uffd = false;
	for (i = 0; i < ARRAY_SIZE(ops->pool); i++) {
		ops->pool[i].pooled = true;
		list_add_tail(&ops->pool[i].node, &ops->free);
	}
}

static bool vproc_op_settles(const struct vproc_op *op)
{
	return op->kind == VPROC_OP_SETTLE || op->kind == VPROC_OP_REMAP ||
	       op->kind == VPROC_OP_CHECK;
}

/* Count an operation in, with @by 1, or out. The lock is held. */
static void vproc_ops_count(struct vproc_ops *ops, const struct vproc_op *op,
			    int by)
{
	if (!vproc_op_settles(op))
		return;
	WRITE_ONCE(ops->nr_settle, ops->nr_settle + by);
	if (op->worker)
		WRITE_ONCE(ops->nr_worker, ops->nr_worker + by);
}

/*
 * An operation that is not in use. There is one in flight for each thread at
 * the most, so the pool is hardly ever exceeded; where it is, memory can be had
 * without sleeping, but on PREEMPT_RT only where preemption is enabled, which
 * it is not in a probe.
 */
static struct vproc_op *vproc_op_take(struct vproc_ops *ops)
{
	struct vproc_op *op;
	unsigned long flags;

	raw_spin_lock_irqsave(&ops->lock, flags);
	op = list_first_entry_or_null(&ops->free, struct vproc_op, node);
	if (op)
		list_del(&op->node);
	raw_spin_unlock_irqrestore(&ops->lock, flags);
	if (!op && !IS_ENABLED(CONFIG_PREEMPT_RT))
		op = kzalloc(sizeof(*op), GFP_ATOMIC | __GFP_NOWARN);
	return op;
}

static void vproc_op_begin(struct vproc_tracker *tracker, struct vproc_op *op,
			   struct task_struct *task,
			   const struct vproc_op *template)
{
	struct vproc_ops *ops = &tracker->ops;
	unsigned long flags;

	op->tracker = tracker;
	op->task = task;
	op->mm = template->mm;
	op->start = template->start;
	op->end = template->end;
	op->new_addr = template->new_addr;
	op->new_size = template->new_size;
	op->kind = template->kind;
	op->parent_tid = template->parent_tid;
	op->cause = template->cause;
	op->worker = task->flags & PF_IO_WORKER;
	op->touched = false;

	raw_spin_lock_irqsave(&ops->lock, flags);
	list_add_tail(&op->node, &ops->pending);
	vproc_ops_count(ops, op, 1);
	raw_spin_unlock_irqrestore(&ops->lock, flags);
}

static void vproc_op_end(struct vproc_op *op)
{
	struct vproc_ops *ops = &op->tracker->ops;
	unsigned long flags;
	bool pooled = op->pooled;

	raw_spin_lock_irqsave(&ops->lock, flags);
	vproc_ops_count(ops, op, -1);
	if (op->kind == VPROC_OP_DEBT)
		WRITE_ONCE(ops->debt, false);
	list_del(&op->node);
	if (pooled)
		list_add(&op->node, &ops->free);
	raw_spin_unlock_irqrestore(&ops->lock, flags);
	if (!pooled)
		kfree(op);
}

/* The log is not complete: who only reads events shall learn of it, too. */
static void vproc_op_spoil(struct vproc_tracker *tracker)
{
	vproc_log_spoil(&tracker->log);
	queue_delayed_work(vproc_wq, &tracker->apply_work, 1);
}

/* It has ended without a look: who asks next looks, or a work if nobody does. */
static void vproc_op_skip(struct vproc_tracker *tracker)
{
	WRITE_ONCE(tracker->ops.skipped, true);
	queue_delayed_work(vproc_wq, &tracker->apply_work, 1);
}

/* Log what an operation may have changed. */
static int vproc_op_sync(struct vproc_op *op, struct mm_struct *mm,
			 const struct vproc_cause_info *by,
			 unsigned long remapped_to)
{
	int ret;

	ret = vproc_apply_sync(op->tracker, mm, by, op->start, op->end);
	if (ret || op->kind != VPROC_OP_REMAP)
		return ret;
	if (op->new_addr)
		ret = vproc_apply_sync(op->tracker, mm, by, op->new_addr,
				       op->new_addr + op->new_size);
	if (!ret && !IS_ERR_VALUE(remapped_to))
		ret = vproc_apply_sync(op->tracker, mm, by, remapped_to,
				       remapped_to + op->new_size);
	return ret;
}

/* The task is done with its system call: look at what became of the range. */
static int vproc_op_look(struct vproc_op *op, struct mm_struct *mm)
{
	struct vproc_tracker *tracker = op->tracker;
	struct vproc_cause_info by;
	unsigned long result;
	int ret;

	if (mm != op->mm || !tracker->bind || tracker->bind->mm != mm)
		return 0;

	ret = vproc_apply(tracker);
	if (ret)
		return ret;
	vproc_classify_current(&by, tracker->ns, mm);
	if (op->cause)
		by.cause = op->cause;
	result = syscall_get_return_value(current, task_pt_regs(current));
	return vproc_op_sync(op, mm, &by, result);
}

/*
 * The mm is not current's, or no more. Its lock may be held for as long as its
 * process likes, and that may be waiting for current. While there is a bind the
 * VMAs are there: vproc_tracker_released() waits for the space's lock.
 */
static int vproc_op_look_foreign(struct vproc_op *op)
{
	struct vproc_bind *bind = op->tracker->bind;
	int ret;

	if (!bind || bind->mm != op->mm)
		return 0;
	if (!mmap_read_trylock(bind->mm))
		return -EAGAIN;
	ret = vproc_op_look(op, bind->mm);
	mmap_read_unlock(bind->mm);
	return ret;
}

/* What a tracked process waits for before it goes on. No other does. */
static void vproc_op_return(struct vproc_tracker *tracker)
{
	vproc_letgo_now(tracker->files.letgo);
	vproc_tracker_wait(tracker);
}

/*
 * Current may have changed the map of a process other than its own, by a
 * userfaultfd of that one. And a worker of io_uring that retires looks when it has
 * let go of its mm, in which others may still run.
 */
static void vproc_op_settle(struct vproc_op *op)
{
	struct vproc_tracker *tracker = op->tracker;
	struct mm_struct *mm = op->mm;
	bool ours = current->mm == mm;
	int ret;

	/* The mm of another userfaultfd: most are. */
	if (op->kind == VPROC_OP_CHECK && !op->touched) {
		vproc_op_end(op);
		return;
	}
	if (ours)
		mmap_read_lock(mm);
	mutex_lock(&tracker->space.lock);
	ret = ours ? vproc_op_look(op, mm) : vproc_op_look_foreign(op);
	if (ret == -EAGAIN)
		vproc_op_skip(tracker);
	else if (ret)
		vproc_op_spoil(tracker);
	/* Before the lock is released: who takes it finds the range settled. */
	vproc_op_end(op);
	mutex_unlock(&tracker->space.lock);
	if (ours) {
		mmap_read_unlock(mm);
		vproc_op_return(tracker);
	}
}

/*
 * A debugger, or who writes to /proc/PID/mem, can make the stack of another
 * process grow. It may be the reader, so it must not wait for it.
 */
static void vproc_op_pay_debt(struct vproc_op *op)
{
	struct vproc_tracker *tracker = op->tracker;
	bool ours, stale;

	vproc_op_end(op);
	mutex_lock(&tracker->space.lock);
	stale = vproc_apply(tracker) || vproc_is_stale(tracker);
	ours = tracker->bind && tracker->bind->mm == current->mm;
	mutex_unlock(&tracker->space.lock);
	/* A worker only tries: it need not find the lock free. */
	if (stale && ours)
		vproc_heal(tracker);
	if (ours)
		vproc_op_return(tracker);
}

static void vproc_op_run(struct callback_head *work)
{
	struct vproc_op *op = container_of(work, struct vproc_op, work);
	struct vproc_tracker *tracker = op->tracker;
	u32 parent_tid;

	switch (op->kind) {
	case VPROC_OP_SETTLE:
	case VPROC_OP_REMAP:
	case VPROC_OP_CHECK:
		vproc_op_settle(op);
		break;
	case VPROC_OP_DEBT:
		vproc_op_pay_debt(op);
		break;
	case VPROC_OP_EXEC:
		vproc_op_end(op);
		vproc_tracker_exec(tracker);
		vproc_op_return(tracker);
		break;
	case VPROC_OP_SPAWN:
		vproc_op_end(op);
		vproc_tracker_spawn(tracker);
		break;
	case VPROC_OP_FORK:
		parent_tid = op->parent_tid;
		vproc_op_end(op);
		vproc_tracker_fork(tracker, parent_tid);
		break;
	case VPROC_OP_EXIT:
		vproc_op_end(op);
		vproc_tracker_exited(tracker);
		vproc_op_return(tracker);
		break;
	}
	vproc_tracker_put(tracker);
	/*
	 * From here to the return nothing keeps the module but the RCU tasks
	 * grace period that its exit waits for.
	 */
	module_put(THIS_MODULE);
}

/* -ENOMEM; -ESRCH: the task takes no more work, or the module gives none. */
static int vproc_op_give(struct vproc_tracker *tracker, struct task_struct *task,
			 const struct vproc_op *template)
{
	struct vproc_op *op = vproc_op_take(&tracker->ops);

	if (!op)
		return -ENOMEM;
	vproc_op_begin(tracker, op, task, template);
	if (!try_module_get(THIS_MODULE))
		goto end;
	vproc_tracker_get(tracker);
	init_task_work(&op->work, vproc_op_run);
	if (!task_work_add(task, &op->work, TWA_RESUME))
		return 0;

	/* Not the last one: the caller's keeps it alive. */
	refcount_dec(&tracker->refs);
	module_put(THIS_MODULE);
end:
	vproc_op_end(op);
	return -ESRCH;
}

/**
 * vproc_ops_add - have a task do something before it returns to user space
 * @tracker: for which tracker; the caller keeps it alive
 * @task: the task
 * @template: what to do
 *
 * Context: any but NMI; does not sleep.
 * Return: false if it cannot be done: without memory, or as the task is exiting
 * or the module on its way out. If it was to look at something the model is then
 * rebuilt, and again for as long as the task may be about to change it.
 */
bool vproc_ops_add(struct vproc_tracker *tracker, struct task_struct *task,
		   const struct vproc_op *template)
{
	if (!vproc_op_give(tracker, task, template))
		return true;
	if (vproc_op_settles(template)) {
		WRITE_ONCE(tracker->ops.blind, true);
		queue_delayed_work(vproc_wq, &tracker->apply_work, 1);
	}
	return false;
}

static void vproc_ops_scan_task(struct vproc_tracker *tracker,
				struct mm_struct *mm, struct task_struct *task)
{
	bool closes = READ_ONCE(tracker->ops.has_uffd);
	bool ours = READ_ONCE(task->mm) == mm;
	const struct vproc_op template = {
		.kind = ours ? VPROC_OP_SETTLE : VPROC_OP_CHECK,
		.cause = ours ? VPROC_CAUSE_UNKNOWN : VPROC_CAUSE_UFFD,
		.mm = mm,
		.end = ULONG_MAX,
	};

	if (ours ? !vproc_classify_task_settles(task, closes) :
		   !vproc_classify_task_uffd(task, closes))
		return;
	/* Who takes no more work has let go of its mm, and has closed its files. */
	if (vproc_op_give(tracker, task, &template) == -ENOMEM)
		WRITE_ONCE(tracker->ops.blind, true);
}

/**
 * vproc_ops_scan - make threads that may be in a probed call look when they are
 *	done
 * @tracker: the tracker
 * @mm: its mm
 *
 * Context: any but NMI; does not sleep.
 */
void vproc_ops_scan(struct vproc_tracker *tracker, struct mm_struct *mm)
{
	struct task_struct *process, *task;

	rcu_read_lock();
	for_each_process_thread(process, task) {
		if (task != current)
			vproc_ops_scan_task(tracker, mm, task);
	}
	rcu_read_unlock();
}

/**
 * vproc_ops_touch - current may have changed the map
 * @ops: the operations of the map's tracker
 *
 * Context: any but NMI; does not sleep.
 */
void vproc_ops_touch(struct vproc_ops *ops)
{
	struct vproc_op *op;
	unsigned long flags;

	if (!vproc_ops_pending(ops))
		return;
	raw_spin_lock_irqsave(&ops->lock, flags);
	list_for_each_entry(op, &ops->pending, node)
		if (op->task == current && op->kind == VPROC_OP_CHECK)
			op->touched = true;
	raw_spin_unlock_irqrestore(&ops->lock, flags);
}

/**
 * vproc_ops_cause - what current is about
 * @tracker: the tracker
 *
 * Context: any but NMI; does not sleep.
 * Return: the cause of the operation that current has in flight, or
 * VPROC_CAUSE_UNKNOWN.
 */
u8 vproc_ops_cause(struct vproc_tracker *tracker)
{
	struct vproc_ops *ops = &tracker->ops;
	u8 cause = VPROC_CAUSE_UNKNOWN;
	struct vproc_op *op;
	unsigned long flags;

	raw_spin_lock_irqsave(&ops->lock, flags);
	list_for_each_entry(op, &ops->pending, node) {
		if (op->task == current && op->cause)
			cause = op->cause;
	}
	raw_spin_unlock_irqrestore(&ops->lock, flags);
	return cause;
}

/* Does current have a debt to pay already? */
static bool vproc_ops_owes(struct vproc_ops *ops)
{
	struct vproc_op *op;
	unsigned long flags;
	bool owes = false;

	raw_spin_lock_irqsave(&ops->lock, flags);
	list_for_each_entry(op, &ops->pending, node)
		owes |= op->task == current && op->kind == VPROC_OP_DEBT;
	raw_spin_unlock_irqrestore(&ops->lock, flags);
	return owes;
}

/**
 * vproc_ops_add_debt - have current apply the log that it is filling
 * @tracker: the tracker
 * @each: is that to be done before current returns, whoever else does so, too?
 *	Else one task at a time is enough
 *
 * Context: as vproc_ops_add().
 */
void vproc_ops_add_debt(struct vproc_tracker *tracker, bool each)
{
	static const struct vproc_op template = { .kind = VPROC_OP_DEBT };

	if (current->flags & (PF_KTHREAD | PF_EXITING) ||
	    vproc_task_stays(current))
		return;
	if (each ? vproc_ops_owes(&tracker->ops) : xchg(&tracker->ops.debt, true))
		return;
	if (!vproc_ops_add(tracker, current, &template))
		WRITE_ONCE(tracker->ops.debt, false);
}

/**
 * struct vproc_pending - what operations in flight may have changed
 * @start: first address
 * @end: first address after it
 * @cause: enum vproc_cause, of one of them
 * @nr: how many there are
 */
struct vproc_pending {
	unsigned long start;
	unsigned long end;
	u8 cause;
	unsigned int nr;
};

/*
 * An mremap in flight may have moved to where only its return value will tell,
 * so for it (and for CHECK) the whole space is looked at. What was skipped is
 * the caller's to look at from now on.
 */
static void vproc_ops_gather(struct vproc_ops *ops, bool workers,
			     struct vproc_pending *pending)
{
	struct vproc_op *op;
	unsigned long flags;

	*pending = (struct vproc_pending) { .start = ULONG_MAX };
	if (vproc_ops_skipped(ops)) {
		WRITE_ONCE(ops->skipped, false);
		*pending = (struct vproc_pending) { .end = ULONG_MAX, .nr = 1 };
	}
	raw_spin_lock_irqsave(&ops->lock, flags);
	list_for_each_entry(op, &ops->pending, node) {
		bool whole = op->kind != VPROC_OP_SETTLE;

		if (!vproc_op_settles(op) || (workers && !op->worker))
			continue;
		pending->nr++;
		pending->start = whole ? 0 : min(pending->start, op->start);
		pending->end = whole ? ULONG_MAX : max(pending->end, op->end);
		pending->cause = op->cause;
	}
	raw_spin_unlock_irqrestore(&ops->lock, flags);
}

/**
 * vproc_ops_settle_all - log the ranges of all that is in flight, now
 * @tracker: the tracker
 * @mm: its mm, locked for writing, so that none of them is at work just now
 *
 * Context: the space's lock is held; may sleep.
 * Return: how many there were; -ENOMEM, and the log is stale.
 */
int vproc_ops_settle_all(struct vproc_tracker *tracker, struct mm_struct *mm)
{
	struct vproc_pending pending;
	struct vproc_cause_info by;
	int ret;

	lockdep_assert_held(&tracker->space.lock);
	vproc_ops_gather(&tracker->ops, false, &pending);
	if (!pending.nr)
		return 0;

	vproc_classify_current(&by, tracker->ns, mm);
	by.cause = VPROC_CAUSE_UNKNOWN;
	ret = vproc_apply_sync(tracker, mm, &by, pending.start, pending.end);
	if (ret)
		vproc_log_spoil(&tracker->log);
	return ret ?: pending.nr;
}

/**
 * vproc_ops_settle_owed - log what io_uring's workers may have changed, and what
 *	was skipped
 * @tracker: the tracker
 * @mm: its mm, locked
 *
 * Context: the space's lock is held, and the log has been applied; may sleep.
 */
void vproc_ops_settle_owed(struct vproc_tracker *tracker, struct mm_struct *mm)
{
	struct vproc_pending pending;
	struct vproc_cause_info by;

	lockdep_assert_held(&tracker->space.lock);
	vproc_ops_gather(&tracker->ops, true, &pending);
	if (!pending.nr)
		return;

	by = (struct vproc_cause_info) {
		.time = ktime_get_ns(),
		.syscall = -1,
		.cause = pending.cause,
	};
	if (vproc_apply_sync(tracker, mm, &by, pending.start, pending.end))
		vproc_log_spoil(&tracker->log);
}
