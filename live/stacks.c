// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stacks: where each thread of a process is on which, and how deep it was seen.
 *
 * A thread's stack pointer is what it last entered the kernel with, which it
 * does at each event: what is noted then costs no look at the thread.
 */
#include <linux/mm.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>

#include "live/apply.h"
#include "live/classify.h"
#include "live/stacks.h"
#include "live/tracker.h"

/**
 * struct vproc_stack_seen - how deep a stack was seen
 * @start: first address of its region, when last looked at
 * @top: first address above it
 * @lowest: the lowest stack pointer of @tid on it
 * @tid: the thread, as the opener knows it
 */
struct vproc_stack_seen {
	unsigned long start;
	unsigned long top;
	unsigned long lowest;
	u32 tid;
};

/**
 * vproc_stacks_init - nothing seen
 * @stacks: the stacks
 */
void vproc_stacks_init(struct vproc_stacks_seen *stacks)
{
	xa_init_flags(&stacks->by_top, XA_FLAGS_ACCOUNT);
	stacks->nr = 0;
	stacks->last = NULL;
}

/**
 * vproc_stacks_forget - forget all that was seen
 * @stacks: the stacks
 *
 * Context: the space's lock is held, or nobody else can reach it; may sleep.
 */
void vproc_stacks_forget(struct vproc_stacks_seen *stacks)
{
	struct vproc_stack_seen *seen;
	unsigned long index;

	xa_for_each(&stacks->by_top, index, seen)
		kfree(seen);
	xa_destroy(&stacks->by_top);
	stacks->nr = 0;
	stacks->last = NULL;
}

static bool vproc_grows_down(const struct vproc_span *span)
{
	return span->attr->traits.type == VPROC_TYPE_STACK;
}

static bool vproc_is_accessible(const struct vproc_span *span)
{
	return span->attr->traits.perm &
	       (VPROC_PERM_READ | VPROC_PERM_WRITE | VPROC_PERM_EXEC);
}

/*
 * The lowest address that a region may grow down to, as acct_stack_growth() and
 * expand_downwards() decide it.
 */
static unsigned long vproc_stack_floor(struct vproc_space *space,
				       const struct vproc_span *span,
				       unsigned long rlimit)
{
	unsigned long floor = PAGE_ALIGN(VPROC_USER_START);
	struct vproc_span below;

	if (vproc_space_find_below(space, span->start, &below)) {
		floor = max(floor, below.end);
		if (vproc_is_accessible(&below) && !vproc_grows_down(&below))
			floor = max(floor, below.end + VPROC_STACK_GUARD_GAP);
	}
	if (rlimit < span->end)
		floor = max(floor, PAGE_ALIGN(span->end - rlimit));
	return min(floor, span->start);
}

/* The region that a stack pointer is in. */
static bool vproc_stack_find(struct vproc_space *space, unsigned long sp,
			     unsigned long rlimit, struct vproc_span *span)
{
	struct vproc_span next;

	if (!sp)
		return false;
	if (vproc_space_find(space, sp, &next)) {
		*span = next;
		if (next.start <= sp)
			return true;
	} else {
		next.attr = NULL;
	}
	/* An empty stack: its pointer is at the end. */
	if (vproc_space_find(space, sp - 1, span) && span->end == sp)
		return true;
	if (!next.attr)
		return false;
	*span = next;
	return vproc_grows_down(span) &&
	       sp >= vproc_stack_floor(space, span, rlimit);
}

static struct vproc_stack_seen *
vproc_stack_seen_get(struct vproc_stacks_seen *stacks, unsigned long top)
{
	struct vproc_stack_seen *seen;

	seen = xa_load(&stacks->by_top, top >> PAGE_SHIFT);
	if (seen)
		return seen;
	if (stacks->nr == VPROC_STACKS_SEEN)
		vproc_stacks_forget(stacks);
	seen = kzalloc(sizeof(*seen), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!seen)
		return NULL;
	if (xa_err(xa_store(&stacks->by_top, top >> PAGE_SHIFT, seen,
			    GFP_KERNEL_ACCOUNT | __GFP_NOWARN))) {
		kfree(seen);
		return NULL;
	}
	stacks->nr++;
	return seen;
}

/* A thread has this stack pointer in this region. */
static struct vproc_stack_seen *
vproc_stack_see(struct vproc_tracker *tracker, const struct vproc_span *span,
		u32 tid, unsigned long sp)
{
	struct vproc_stack_seen *seen;

	seen = vproc_stack_seen_get(&tracker->stacks, span->end);
	if (!seen)
		return NULL;
	/* Another thread's: it has taken the place of one that is gone. */
	if (seen->tid != tid)
		seen->lowest = sp;
	seen->tid = tid;
	seen->start = span->start;
	seen->top = span->end;
	seen->lowest = min(seen->lowest, sp);
	tracker->stacks.last = seen;
	return seen;
}

/**
 * vproc_stacks_note - take note of how deep a thread is on its stack
 * @tracker: the tracker
 * @tid: the thread, in the opener's pid namespace; 0: none
 * @sp: its user stack pointer
 *
 * Without memory nothing is noted.
 *
 * Context: the space's lock is held; may sleep.
 */
void vproc_stacks_note(struct vproc_tracker *tracker, u32 tid, u64 sp)
{
	struct vproc_stack_seen *last = tracker->stacks.last;
	struct vproc_span span;

	lockdep_assert_held(&tracker->space.lock);
	if (!tid || !sp)
		return;
	if (last && last->tid == tid && sp >= last->start && sp < last->top)
		last->lowest = min_t(unsigned long, last->lowest, sp);
	else if (vproc_space_find(&tracker->space, sp, &span) &&
		 span.start <= sp)
		vproc_stack_see(tracker, &span, tid, sp);
}

/* The guard of a region that does not grow: a neighbour without access. */
static void vproc_thread_guard(struct vproc_space *space,
			       const struct vproc_span *span,
			       struct vproc_thread *thread)
{
	struct vproc_span below;

	if (!vproc_space_find_below(space, span->start, &below) ||
	    below.end != span->start || vproc_is_accessible(&below))
		return;
	thread->guard_start = below.start;
	thread->guard_end = below.end;
}

/**
 * struct vproc_sighting - what a thread itself tells
 * @tid: its id for the caller
 * @known_as: its id for the opener
 * @sp: its user stack pointer
 * @rlimit: its RLIMIT_STACK, in bytes
 */
struct vproc_sighting {
	u32 tid;
	u32 known_as;
	u64 sp;
	unsigned long rlimit;
};

/* All that follows from where the stack pointer is. */
static void vproc_thread_fill(struct vproc_tracker *tracker,
			      const struct vproc_sighting *at,
			      struct vproc_thread *thread)
{
	struct vproc_space *space = &tracker->space;
	struct vproc_stack_seen *seen;
	struct vproc_span span;
	unsigned long floor;

	thread->tid = at->tid;
	thread->sp = at->sp;
	if (!vproc_stack_find(space, at->sp, at->rlimit, &span))
		return;

	floor = span.start;
	if (vproc_space_name(space, &span) == VPROC_NAME_STACK)
		thread->flags |= VPROC_THREAD_MAIN;
	if (vproc_grows_down(&span)) {
		thread->flags |= VPROC_THREAD_GROWS;
		floor = vproc_stack_floor(space, &span, at->rlimit);
		thread->guard_end = floor;
		thread->guard_start = floor - min_t(unsigned long, floor,
						    VPROC_STACK_GUARD_GAP);
	} else {
		vproc_thread_guard(space, &span, thread);
	}
	thread->bottom = span.start;
	thread->top = span.end;
	thread->limit = span.end - floor;
	thread->used = span.end - thread->sp;
	thread->headroom = thread->sp - floor;
	thread->deepest = thread->used;
	seen = vproc_stack_see(tracker, &span, at->known_as, at->sp);
	if (seen)
		thread->deepest = span.end - seen->lowest;
}

/*
 * The user stack pointer of a thread; 0 if it is on its way out, or in another mm:
 * an exec, which may have led to where nobody may look, gives a process its new mm
 * before its new stack. Its kernel stack, which has the pointer, is given up only
 * after it is marked as exiting. What is read after either is not used.
 */
static u64 vproc_thread_sp(struct task_struct *task, const struct mm_struct *mm)
{
	struct pt_regs *regs = vproc_task_regs(task);
	u64 sp;

	if (!regs || READ_ONCE(task->flags) & (PF_EXITING | PF_IO_WORKER))
		return 0;
	sp = READ_ONCE(regs->sp);
	/* The stack pointer before what says whose it is. */
	smp_rmb();
	if (READ_ONCE(task->flags) & PF_EXITING || READ_ONCE(task->mm) != mm)
		return 0;
	return sp;
}

/*
 * Write down the threads and their stack pointers, as many as fit. Returns how
 * many there are.
 */
static u32 vproc_threads_see(struct vproc_tracker *tracker,
			     struct vproc_sighting *array, u32 room)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	struct task_struct *process, *task;
	u32 nr = 0;
	u64 sp;

	rcu_read_lock();
	process = pid_task(tracker->tgid, PIDTYPE_TGID);
	if (!process || !tracker->bind)
		goto unlock;
	for_each_thread(process, task) {
		sp = vproc_thread_sp(task, tracker->bind->mm);
		if (!sp || nr++ >= room)
			continue;
		array[nr - 1] = (struct vproc_sighting) {
			.tid = task_pid_nr_ns(task, ns),
			.known_as = task_pid_nr_ns(task, tracker->ns),
			.sp = sp,
			.rlimit = task_rlimit(task, RLIMIT_STACK),
		};
	}
unlock:
	rcu_read_unlock();
	return nr;
}

/**
 * vproc_stacks_query - VPROC_STACKS of a tracker
 * @tracker: the tracker
 * @stacks: in and out, already checked
 * @array: out: the threads, to be given to kvfree(); NULL if there are none
 *
 * Context: may sleep.
 * Return: see struct vproc_stacks.
 */
int vproc_stacks_query(struct vproc_tracker *tracker,
		       struct vproc_stacks *stacks,
		       struct vproc_thread **array)
{
	struct vproc_sighting *seen = NULL;
	u32 room, i;
	int ret;

	*array = NULL;
	ret = vproc_tracker_lock(tracker);
	if (ret)
		return ret;
	/* What appears after this is counted, but has no room. */
	room = min(stacks->count, vproc_threads_see(tracker, NULL, 0));
	if (room) {
		ret = -ENOMEM;
		seen = kvmalloc_array(room, sizeof(*seen), GFP_KERNEL_ACCOUNT);
		*array = kvcalloc(room, sizeof(**array), GFP_KERNEL_ACCOUNT);
		if (!seen || !*array)
			goto unlock;
		ret = 0;
	}
	stacks->total = vproc_threads_see(tracker, seen, room);
	stacks->count = min(room, stacks->total);
	stacks->seq = tracker->events.seq;
	for (i = 0; i < stacks->count; i++)
		vproc_thread_fill(tracker, &seen[i], &(*array)[i]);
unlock:
	vproc_tracker_unlock(tracker);
	kvfree(seen);
	return ret;
}
