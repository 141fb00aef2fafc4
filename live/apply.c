// SPDX-License-Identifier: GPL-2.0-only
/*
 * Apply: make the model reflect what the log says, and tell the reader.
 *
 * Every change of the model is one of two operations, SET and CLEAR, and is an
 * event just if it changes something; replaying the events therefore gives the
 * model at any number.
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "live/apply.h"
#include "live/classify.h"
#include "live/compat.h"
#include "live/hooks.h"
#include "live/ring.h"
#include "live/stacks.h"

/*
 * Who is waited for loses nothing that the process itself does: each of its
 * threads stops when a call is done, of which a region has a few events at the
 * most. Others who change its map do not stop, so there is a limit, above what
 * the process can need. It never comes down: what threads and regions that are
 * gone have made may still be unread.
 */
static void vproc_raise_limit(struct vproc_tracker *tracker)
{
	u64 threads = atomic_read(&tracker->bind->mm->mm_users);
	u64 calls = min_t(u64, 4 * threads * tracker->space.nr, VPROC_WAIT_MAX);

	tracker->events.limit = max(tracker->events.limit,
				    4ULL * tracker->ring + VPROC_MAX_CHILDREN +
				    calls);
}

/**
 * vproc_emit - append an event to the reader's queue
 * @tracker: the tracker
 * @by: who did it
 * @event: op, range and attributes; the rest is filled in
 *
 * Context: the space's lock is held; may sleep.
 */
void vproc_emit(struct vproc_tracker *tracker,
		const struct vproc_cause_info *by, struct vproc_event *event)
{
	struct mem_cgroup *old;

	lockdep_assert_held(&tracker->space.lock);
	event->time = by->time;
	event->ip = by->ip;
	event->tid = by->tid;
	event->syscall = by->syscall;
	event->cause = by->cause;
	if (tracker->flags & VPROC_ATTACH_WAIT && tracker->bind)
		vproc_raise_limit(tracker);
	old = set_active_memcg(tracker->memcg);
	vproc_events_push(&tracker->events, event);
	set_active_memcg(old);
	if (tracker->ring_pages)
		vproc_ring_put(tracker->ring_pages, event);
	if (wq_has_sleeper(&tracker->wait))
		wake_up_interruptible(&tracker->wait);
}

static void vproc_emit_set(struct vproc_tracker *tracker,
			   const struct vproc_cause_info *by,
			   const struct vproc_span *span)
{
	const struct vproc_traits *traits = &span->attr->traits;
	struct vproc_event event = {
		.op = VPROC_EV_SET,
		.start = span->start,
		.end = span->end,
		.offset = vproc_span_offset(span),
		.file = traits->backing ? traits->backing->id : VPROC_NAME_NONE,
		.type = traits->type,
		.perm = traits->perm,
	};

	vproc_emit(tracker, by, &event);
}

/* Make [start, end) a region with these attributes, and tell the reader. */
static int vproc_store(struct vproc_tracker *tracker,
		       const struct vproc_cause_info *by,
		       const struct vproc_span *span)
{
	int ret;

	ret = vproc_space_set(&tracker->space, span->start, span->end,
			      span->attr);
	if (!ret)
		vproc_emit_set(tracker, by, span);
	return ret;
}

/* The same with attributes of its own. */
static int vproc_store_new(struct vproc_tracker *tracker,
			   const struct vproc_cause_info *by,
			   const struct vproc_vma *vma,
			   const struct vproc_traits *traits, u64 since)
{
	struct vproc_span span = {
		.start = vma->start,
		.end = vma->end,
		.attr = vproc_attr_new(traits),
	};
	int ret;

	if (!span.attr)
		return -ENOMEM;
	span.attr->since = since;
	ret = vproc_store(tracker, by, &span);
	vproc_attr_put(span.attr);
	return ret;
}

/*
 * Since when is there what is now one region? @span is the first that it will
 * replace, if any, and @walk goes on from there. What an mremap has moved is as
 * old as what it was moved from, which nothing tells: it may be of any age.
 */
static u64 vproc_set_since(const struct vproc_cause_info *by,
			   const struct vproc_vma *vma, struct vproc_walk *walk,
			   struct vproc_span span)
{
	u64 since = by->cause == VPROC_CAUSE_MREMAP ? 0 : by->time;

	while (span.attr && span.start < vma->end) {
		/* Shared memory, it can only have been replaced. */
		if (!(span.attr->traits.perm & VPROC_PERM_SHARED))
			since = min(since, span.attr->since);
		if (span.end >= vma->end || !vproc_walk_next(walk, &span))
			break;
	}
	return since;
}

static int vproc_apply_set(struct vproc_tracker *tracker,
			   const struct vproc_cause_info *by,
			   const struct vproc_vma *vma, const char *given)
{
	struct vproc_span span = {};
	struct vproc_traits traits;
	struct vproc_walk walk;
	u32 differs = VPROC_DIFF_BOUNDS;
	u64 since;
	int ret;

	vproc_walk_begin(&walk, &tracker->space, vma->start);
	if (vproc_walk_next(&walk, &span))
		differs = vproc_classify_differs(vma, given, &span);
	if (!differs)
		return 0;

	ret = vproc_classify_traits(&tracker->files, vma, given, &traits);
	if (ret)
		return ret;
	since = vproc_set_since(by, vma, &walk, span);
	if (!(differs & VPROC_DIFF_BOUNDS)) {
		vproc_space_alter(&tracker->space, &span, &traits);
		span.attr->since = since;
		vproc_emit_set(tracker, by, &span);
		return 0;
	}
	ret = vproc_store_new(tracker, by, vma, &traits, since);
	if (traits.backing)
		vproc_backing_put(traits.backing);
	return ret;
}

static int vproc_apply_clear(struct vproc_tracker *tracker,
			     const struct vproc_cause_info *by,
			     unsigned long start, unsigned long end)
{
	struct vproc_event event = { .op = VPROC_EV_CLEAR };
	int ret;

	ret = vproc_space_trim(&tracker->space, &start, &end);
	if (ret <= 0)
		return ret;
	event.start = start;
	event.end = end;
	vproc_emit(tracker, by, &event);
	return 0;
}

static void vproc_emit_layout(struct vproc_tracker *tracker,
			      const struct vproc_cause_info *by)
{
	struct vproc_event event = {
		.op = VPROC_EV_LAYOUT,
		.start = tracker->space.heap.start,
		.end = tracker->space.heap.brk,
		.offset = tracker->space.start_stack,
	};

	vproc_emit(tracker, by, &event);
}

/* What a record says of the break. */
static void vproc_apply_brk(struct vproc_tracker *tracker,
			    const struct vproc_record *record)
{
	struct vproc_heap_state *heap = &tracker->space.heap;

	tracker->brk_before = 0;
	if (record->brk != record->brk_before)
		tracker->brk_before = record->brk_before;
	if (vproc_heap_moved(heap, heap->start, record->brk))
		vproc_emit_layout(tracker, &record->by);
}

/*
 * Has the model a break already that a brk() is still to set? That one holds the
 * mmap_lock meanwhile. With nobody at it, the old break is there once more.
 */
static bool vproc_brk_in_flight(const struct vproc_tracker *tracker,
				struct mm_struct *mm, bool locked)
{
	if (locked || !tracker->brk_before ||
	    tracker->brk_before != READ_ONCE(mm->brk))
		return false;
	if (!mmap_read_trylock(mm))
		return true;
	mmap_read_unlock(mm);
	return false;
}

/**
 * vproc_apply_layout - take up where heap and stack of an mm are
 * @tracker: the tracker
 * @mm: its mm
 * @by: who to name if they have moved
 * @locked: does the caller hold the mmap_lock?
 *
 * Without it, too, the mm's fields can be read. But a brk() that grows the heap sets
 * the break after its region, which has been logged already: until it lets go of
 * the lock the old value is not news.
 *
 * Context: the space's lock is held, and the log has been applied.
 */
void vproc_apply_layout(struct vproc_tracker *tracker, struct mm_struct *mm,
			const struct vproc_cause_info *by, bool locked)
{
	struct vproc_space *space = &tracker->space;
	unsigned long start_stack = READ_ONCE(mm->start_stack);
	unsigned long start_brk = READ_ONCE(mm->start_brk);
	unsigned long brk = space->heap.brk;
	bool moved, elsewhere;

	lockdep_assert_held(&tracker->space.lock);
	if (locked)
		lockdep_assert_held(&mm->mmap_lock);
	if (!vproc_brk_in_flight(tracker, mm, locked)) {
		tracker->brk_before = 0;
		brk = READ_ONCE(mm->brk);
	}

	elsewhere = space->heap.start != start_brk ||
		    space->start_stack != start_stack;
	moved = vproc_heap_moved(&space->heap, start_brk, brk);
	space->start_stack = start_stack;
	if (moved || elsewhere)
		vproc_emit_layout(tracker, by);
	if (elsewhere)
		tracker->moved = tracker->events.seq;
}

/*
 * A system call that splits goes on to change one side, and logs that: then the
 * split needs no event of its own. One that fails in between leaves it behind.
 */
static bool vproc_split_is_implied(struct vproc_log *log, unsigned long at)
{
	const struct vproc_record *next = vproc_log_peek_second(log);

	return next && next->op != VPROC_RECORD_SPLIT &&
	       (next->vma.start == at || next->vma.end == at);
}

static int vproc_apply_split(struct vproc_tracker *tracker,
			     const struct vproc_cause_info *by, unsigned long at)
{
	struct vproc_span span;
	int ret;

	if (!vproc_space_find(&tracker->space, at, &span) || span.start >= at)
		return 0;

	span.start = at;
	span.attr = vproc_attr_copy(span.attr, GFP_KERNEL_ACCOUNT);
	if (!span.attr)
		return -ENOMEM;
	ret = vproc_store(tracker, by, &span);
	vproc_attr_put(span.attr);
	return ret;
}

static int vproc_apply_record(struct vproc_tracker *tracker,
			      const struct vproc_record *record,
			      const char *given)
{
	const struct vproc_vma *vma = &record->vma;

	switch (record->op) {
	case VPROC_RECORD_SET:
		return vproc_apply_set(tracker, &record->by, vma, given);
	case VPROC_RECORD_CLEAR:
		return vproc_apply_clear(tracker, &record->by, vma->start,
					 vma->end);
	default:
		if (vproc_split_is_implied(&tracker->log, vma->start))
			return 0;
		return vproc_apply_split(tracker, &record->by, vma->start);
	}
}

/* What a hook logs while the tracker ends comes too late, and is dropped. */
static int vproc_apply_log(struct vproc_tracker *tracker)
{
	const struct vproc_record *record;
	const char *given;
	int ret;

	while ((record = vproc_log_peek(&tracker->log, &given))) {
		if (tracker->state != VPROC_STATE_ENDED) {
			ret = vproc_apply_record(tracker, record, given);
			if (ret)
				return ret;
			vproc_apply_brk(tracker, record);
			vproc_stacks_note(tracker, record->by.tid,
					  record->by.sp);
		}
		vproc_log_pop(&tracker->log);
	}
	return 0;
}

/**
 * vproc_apply - make the model reflect all that has been logged
 * @tracker: the tracker
 *
 * Whoever calls, the memory is charged to who has attached: neither to the tracked
 * process, nor to nobody, which is what a worker would charge.
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0; -ENOMEM: what could not be applied is still in the log.
 */
int vproc_apply(struct vproc_tracker *tracker)
{
	struct mem_cgroup *old;
	int ret;

	lockdep_assert_held(&tracker->space.lock);
	if (!vproc_log_used(&tracker->log))
		return 0;
	old = set_active_memcg(tracker->memcg);
	ret = vproc_apply_log(tracker);
	set_active_memcg(old);
	/* Records that changed nothing leave room without an event to read. */
	if (!ret)
		vproc_tracker_wake(tracker);
	return ret;
}

/* The range is of whole pages. */
static int vproc_apply_range(struct vproc_tracker *tracker, struct mm_struct *mm,
			     const struct vproc_cause_info *by,
			     unsigned long start, unsigned long end)
{
	struct vm_area_struct *area;
	unsigned long at = start;
	struct vproc_vma vma;
	int ret;

	VMA_ITERATOR(vmi, mm, start);
	for_each_vma_range(vmi, area, end) {
		vproc_classify_vma(area, &vma);
		if (at < vma.start) {
			ret = vproc_apply_clear(tracker, by, at, vma.start);
			if (ret)
				return ret;
		}
		ret = vproc_apply_set(tracker, by, &vma,
				      vma.named ? vproc_vma_given_name(area) :
				      NULL);
		if (ret)
			return ret;
		at = vma.end;
	}
	return at < end ? vproc_apply_clear(tracker, by, at, end) : 0;
}

/**
 * vproc_apply_sync - make the model reflect a range as the VMAs are now
 * @tracker: the tracker
 * @mm: its mm, whose mmap_lock is held
 * @by: who to name as the cause of the differences
 * @start: first address; rounded down to a page
 * @end: first address after it; rounded up. VMAs and regions that lie in the
 *	range only partly are looked at whole
 *
 * Context: the space's lock is held, and the log has been applied; may sleep.
 * Return: 0 or -ENOMEM, with a part of the range done.
 */
int vproc_apply_sync(struct vproc_tracker *tracker, struct mm_struct *mm,
		     const struct vproc_cause_info *by, unsigned long start,
		     unsigned long end)
{
	struct mem_cgroup *old;
	int ret;

	lockdep_assert_held(&mm->mmap_lock);
	lockdep_assert_held(&tracker->space.lock);
	start = PAGE_ALIGN_DOWN(start);
	end = end > TASK_SIZE_MAX ? TASK_SIZE_MAX : PAGE_ALIGN(end);
	if (start >= end)
		return 0;

	old = set_active_memcg(tracker->memcg);
	ret = vproc_apply_range(tracker, mm, by, start, end);
	set_active_memcg(old);
	return ret;
}

static s64 vproc_counts_delta(struct vproc_tracker *tracker, unsigned long pages,
			      enum vproc_account account)
{
	return pages - (tracker->space.account[account] >> PAGE_SHIFT);
}

/* Remember by how much the mm's counters differ from the model, for good. */
static void vproc_counts_base(struct vproc_tracker *tracker,
			      struct mm_struct *mm)
{
	tracker->base_total = mm->total_vm - (tracker->space.total >> PAGE_SHIFT);
	tracker->base[VPROC_ACCOUNT_EXEC] =
		vproc_counts_delta(tracker, mm->exec_vm, VPROC_ACCOUNT_EXEC);
	tracker->base[VPROC_ACCOUNT_STACK] =
		vproc_counts_delta(tracker, mm->stack_vm, VPROC_ACCOUNT_STACK);
	tracker->base[VPROC_ACCOUNT_DATA] =
		vproc_counts_delta(tracker, mm->data_vm, VPROC_ACCOUNT_DATA);
}

/**
 * vproc_counts_match - do the mm's counters say that the model is right?
 * @tracker: the tracker
 * @mm: its mm
 *
 * The mm counts its VMAs, and their pages by kind, as it goes: a change that
 * passed no hook shows here, in a time that does not depend on their number.
 *
 * Context: the space's lock is held, and the log has been applied. Without the
 * mmap_lock a false may just mean that a change is under way.
 * Return: true if all of them match.
 */
bool vproc_counts_match(struct vproc_tracker *tracker, struct mm_struct *mm)
{
	const s64 *base = tracker->base;

	lockdep_assert_held(&tracker->space.lock);
	return READ_ONCE(mm->map_count) == tracker->space.nr &&
	       READ_ONCE(mm->total_vm) - (tracker->space.total >> PAGE_SHIFT) ==
		tracker->base_total &&
	       vproc_counts_delta(tracker, READ_ONCE(mm->exec_vm),
				  VPROC_ACCOUNT_EXEC) == base[VPROC_ACCOUNT_EXEC] &&
	       vproc_counts_delta(tracker, READ_ONCE(mm->stack_vm),
				  VPROC_ACCOUNT_STACK) == base[VPROC_ACCOUNT_STACK] &&
	       vproc_counts_delta(tracker, READ_ONCE(mm->data_vm),
				  VPROC_ACCOUNT_DATA) == base[VPROC_ACCOUNT_DATA];
}

/**
 * vproc_resync - rebuild the model from the VMAs
 * @tracker: the tracker
 * @mm: its mm, whose mmap_lock is held for writing, or which has no users left
 * @cause: ATTACH or EXEC: it begins; RESYNC: the log is not complete; MISSED: a
 *	change passed no hook
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0 or -ENOMEM; the log is then stale.
 */
int vproc_resync(struct vproc_tracker *tracker, struct mm_struct *mm, u8 cause)
{
	struct vproc_event event = { .op = VPROC_EV_RESYNC };
	struct vproc_cause_info by;
	int ret;

	lockdep_assert_held(&tracker->space.lock);
	/* Before looking: what a hook cannot log from now on will count. */
	WRITE_ONCE(tracker->log.stale, false);
	tracker->nmissed = vproc_hooks_nmissed();
	WRITE_ONCE(tracker->ops.skipped, false);
	WRITE_ONCE(tracker->ops.has_uffd, vproc_classify_has_uffd(mm));
	if (xchg(&tracker->ops.blind, false))
		vproc_ops_scan(tracker, mm);
	ret = vproc_apply(tracker);
	if (ret)
		goto out;

	vproc_classify_current(&by, tracker->ns, mm);
	by.cause = cause;
	if (cause == VPROC_CAUSE_RESYNC || cause == VPROC_CAUSE_MISSED)
		vproc_emit(tracker, &by, &event);
	vproc_apply_layout(tracker, mm, &by, true);
	ret = vproc_apply_sync(tracker, mm, &by, 0, TASK_SIZE_MAX);
	if (ret)
		goto out;

	vproc_counts_base(tracker, mm);
	if (cause == VPROC_CAUSE_RESYNC)
		tracker->resyncs++;
	if (cause == VPROC_CAUSE_MISSED)
		tracker->missed++;
	return 0;
out:
	vproc_log_spoil(&tracker->log);
	return ret;
}

/**
 * vproc_tracker_mm - the mm that is followed, kept alive
 * @tracker: the tracker
 *
 * Context: takes the space's lock.
 * Return: the mm, to be given to mmput() without that lock; NULL if the address
 * space has ended or is about to.
 */
struct mm_struct *vproc_tracker_mm(struct vproc_tracker *tracker)
{
	struct mm_struct *mm = NULL;

	mutex_lock(&tracker->space.lock);
	if (tracker->bind && mmget_not_zero(tracker->bind->mm))
		mm = tracker->bind->mm;
	mutex_unlock(&tracker->space.lock);
	return mm;
}

/* Of an mm that is locked. Somebody else may have come first. */
static int vproc_heal_locked(struct vproc_tracker *tracker,
			     struct mm_struct *mm)
{
	if (!tracker->bind || tracker->bind->mm != mm)
		return 0;
	if (!vproc_apply(tracker) && !vproc_is_stale(tracker))
		return 0;
	return vproc_resync(tracker, mm, VPROC_CAUSE_RESYNC);
}

/* Of one that lives, whose reference is given back. */
static int vproc_heal_living(struct vproc_tracker *tracker,
			     struct mm_struct *mm)
{
	int ret = -EINTR;

	if (!mmap_write_lock_killable(mm)) {
		mutex_lock(&tracker->space.lock);
		ret = vproc_heal_locked(tracker, mm);
		mutex_unlock(&tracker->space.lock);
		mmap_write_unlock(mm);
	}
	mmput(mm);
	return ret;
}

/*
 * Of one that nobody uses any more, and whose release waits for the space's lock.
 * -EAGAIN: somebody has it locked, but not for long, or it is another one now.
 */
static int vproc_heal_last(struct vproc_tracker *tracker)
{
	struct mm_struct *mm;
	int ret = -ESRCH;

	mutex_lock(&tracker->space.lock);
	if (tracker->bind) {
		mm = tracker->bind->mm;
		ret = -EAGAIN;
		if (!atomic_read(&mm->mm_users) && mmap_read_trylock(mm)) {
			ret = vproc_heal_locked(tracker, mm);
			mmap_read_unlock(mm);
		}
	}
	mutex_unlock(&tracker->space.lock);
	if (ret == -EAGAIN)
		schedule_timeout_uninterruptible(1);
	return ret;
}

/**
 * vproc_heal - rebuild the model if the log is not complete
 * @tracker: the tracker
 *
 * Context: may sleep; takes the mm's mmap_lock, for writing: an munmap that has
 * downgraded it has counted its VMAs out of the mm, but not yet their pages.
 * Return: 0; -ESRCH: the address space has ended; -EINTR: a fatal signal; -ENOMEM.
 */
int vproc_heal(struct vproc_tracker *tracker)
{
	struct mm_struct *mm;
	int ret;

	do {
		mm = vproc_tracker_mm(tracker);
		ret = mm ? vproc_heal_living(tracker, mm) :
			   vproc_heal_last(tracker);
	} while (ret == -EAGAIN);
	return ret;
}

/**
 * vproc_try_heal - apply the log, and rebuild the model if it is not complete,
 *	unless somebody has the mmap_lock
 * @tracker: the tracker
 *
 * For workers. They are shared by all trackers and there is an end to them, so
 * none may wait for what a process does with a lock of its own.
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0; -EAGAIN: somebody has it; -ENOMEM.
 */
int vproc_try_heal(struct vproc_tracker *tracker)
{
	struct mm_struct *mm;
	int ret;

	lockdep_assert_held(&tracker->space.lock);
	ret = vproc_apply(tracker);
	if (!tracker->bind || (!ret && !vproc_is_stale(tracker)))
		return ret;
	/* Its release waits for the space's lock. See vproc_look_for_missed(). */
	mm = tracker->bind->mm;
	if (!down_write_trylock(&mm->mmap_lock))
		return -EAGAIN;
	ret = vproc_heal_locked(tracker, mm);
	up_write(&mm->mmap_lock);
	return ret;
}

/*
 * The counters do not match. If a change is under way, its maker holds the
 * mmap_lock or is pending; if the lock can be had and nothing is pending, then
 * a change has passed no hook.
 */
static int vproc_look_for_missed(struct vproc_tracker *tracker,
				 struct mm_struct *mm)
{
	int ret;

	/* Nothing is changed under it: no VMA's lock has to know. */
	if (!down_write_trylock(&mm->mmap_lock))
		return 0;
	ret = vproc_apply(tracker);
	if (!ret && !vproc_ops_pending(&tracker->ops) &&
	    !vproc_ops_skipped(&tracker->ops) &&
	    !vproc_is_stale(tracker) && !vproc_counts_match(tracker, mm))
		ret = vproc_resync(tracker, mm, VPROC_CAUSE_MISSED);
	up_write(&mm->mmap_lock);
	return ret;
}

/* Does the log lack something that has happened? */
static bool vproc_log_lacks(const struct vproc_tracker *tracker)
{
	return tracker->bind && (vproc_log_stale(&tracker->log) ||
				 tracker->nmissed != vproc_hooks_nmissed());
}

/**
 * vproc_is_stale - is the log not complete?
 * @tracker: the tracker
 *
 * Context: the space's lock is held.
 * Return: true if the model must be rebuilt.
 */
bool vproc_is_stale(const struct vproc_tracker *tracker)
{
	lockdep_assert_held(&tracker->space.lock);
	return vproc_log_lacks(tracker) ||
	       (tracker->bind && vproc_ops_blind(&tracker->ops));
}

/* Are heap and stack of the mm where the model has them? */
static bool vproc_layout_matches(const struct vproc_tracker *tracker,
				 const struct mm_struct *mm)
{
	const struct vproc_space *space = &tracker->space;

	return READ_ONCE(mm->brk) == space->heap.brk && !tracker->brk_before &&
	       READ_ONCE(mm->start_brk) == space->heap.start &&
	       READ_ONCE(mm->start_stack) == space->start_stack;
}

/*
 * Make the model current. -EAGAIN: the log is not complete. If it has just been
 * @healed it shows what calls had done that nobody will tell of.
 */
static int vproc_refresh(struct vproc_tracker *tracker, bool healed)
{
	struct mm_struct *mm;
	int ret;

	ret = vproc_apply(tracker);
	if (ret || !tracker->bind)
		return ret;
	if (healed ? vproc_log_lacks(tracker) : vproc_is_stale(tracker))
		return -EAGAIN;

	mm = tracker->bind->mm;
	if (!vproc_layout_matches(tracker, mm)) {
		const struct vproc_cause_info by = {
			.time = ktime_get_ns(),
			.syscall = -1,
		};

		vproc_apply_layout(tracker, mm, &by, false);
	}
	if (vproc_counts_match(tracker, mm))
		return 0;
	return vproc_look_for_missed(tracker, mm);
}

/*
 * Who has seen a completion of io_uring knows of what its worker has not looked
 * at yet, and who has seen another's userfaultfd at work of what was skipped: look
 * for it. As vproc_heal(), but the mmap_lock is taken for reading.
 */
static int vproc_settle_owed(struct vproc_tracker *tracker)
{
	struct mm_struct *mm = vproc_tracker_mm(tracker);
	int ret = 0;

	if (!mm)
		return -ESRCH;
	if (mmap_read_lock_killable(mm)) {
		ret = -EINTR;
		goto put;
	}
	mutex_lock(&tracker->space.lock);
	if (tracker->bind && tracker->bind->mm == mm) {
		ret = vproc_apply(tracker);
		if (!ret)
			vproc_ops_settle_owed(tracker, mm);
	}
	mutex_unlock(&tracker->space.lock);
	mmap_read_unlock(mm);
put:
	mmput(mm);
	return ret;
}

/**
 * vproc_settle_skipped - look at what was skipped, if that needs no waiting
 * @tracker: the tracker
 *
 * Context: the space's lock is held, and the log has been applied; may sleep.
 * Return: false if the mmap_lock cannot be had, and so it is still to be done.
 */
bool vproc_settle_skipped(struct vproc_tracker *tracker)
{
	struct mm_struct *mm;

	lockdep_assert_held(&tracker->space.lock);
	if (!tracker->bind || !vproc_ops_skipped(&tracker->ops))
		return true;
	mm = tracker->bind->mm;
	if (!mmap_read_trylock(mm))
		return false;
	vproc_ops_settle_owed(tracker, mm);
	mmap_read_unlock(mm);
	return true;
}

/**
 * vproc_tracker_lock - lock the model, with all that has happened applied
 * @tracker: the tracker
 *
 * The model then reflects every change whose system call or fault had returned
 * to user space before. The target's mmap_lock is waited for only where the log
 * is not complete, a worker of io_uring is at it, or another process would have
 * had to wait for it.
 *
 * Context: may sleep. On success the space's lock is held.
 * Return: 0; -ERESTARTSYS: a signal; -EINTR: it kills; -ENOMEM.
 */
int vproc_tracker_lock(struct vproc_tracker *tracker)
{
	bool settled = false, healed = false;
	int ret;

	for (;;) {
		if (mutex_lock_interruptible(&tracker->space.lock))
			return -ERESTARTSYS;
		ret = vproc_refresh(tracker, healed);
		if (!ret && (settled || !vproc_ops_owed(&tracker->ops)))
			return 0;
		mutex_unlock(&tracker->space.lock);
		if (ret && ret != -EAGAIN)
			return ret;

		settled |= !ret;
		healed |= ret == -EAGAIN;
		ret = ret ? vproc_heal(tracker) : vproc_settle_owed(tracker);
		if (ret == -ESRCH)
			return mutex_lock_interruptible(&tracker->space.lock) ?
				-ERESTARTSYS : 0;
		if (ret)
			return ret;
	}
}

/**
 * vproc_tracker_unlock - the reverse of vproc_tracker_lock()
 * @tracker: the tracker
 */
void vproc_tracker_unlock(struct vproc_tracker *tracker)
{
	mutex_unlock(&tracker->space.lock);
}
