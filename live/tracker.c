// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trackers: how one comes to an address space, follows its process, and ends.
 *
 * A tracker is tied to an mm by a bind, which the hooks find by the mm, and to
 * a process by a follow, which the tracepoints find by the process. Both go
 * away before the tracker: when the address space or the process ends, at
 * detach, and at close.
 */
#include <linux/cred.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/pid_namespace.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>

#include "live/apply.h"
#include "live/classify.h"
#include "live/compat.h"
#include "live/gate.h"
#include "live/hooks.h"
#include "live/letgo.h"
#include "live/ring.h"
#include "live/tracker.h"
#include "live/verify.h"

struct workqueue_struct *vproc_wq;
struct workqueue_struct *vproc_free_wq;

/* When a worker tries again what it must not wait for. */
#define VPROC_RETRY_DELAY	(HZ / 10)

/* How a tracked task waits: it can be killed, and the system suspended. */
#define VPROC_TASK_WAITING	(TASK_KILLABLE | TASK_FREEZABLE)

static atomic64_t vproc_last_id = ATOMIC64_INIT(0);
static atomic_t vproc_live = ATOMIC_INIT(0);
/* All that there are, those that nobody follows or reads any more included. */
static atomic_t vproc_trackers = ATOMIC_INIT(0);

static void vproc_apply_work(struct work_struct *work)
{
	struct vproc_tracker *tracker = container_of(to_delayed_work(work),
						     struct vproc_tracker,
						     apply_work);
	bool blind;
	int ret;

	mutex_lock(&tracker->space.lock);
	/* Who only reads events shall learn of a gap in them, too. */
	ret = vproc_try_heal(tracker);
	if (!ret && !vproc_settle_skipped(tracker))
		ret = -EAGAIN;
	blind = tracker->bind && vproc_ops_blind(&tracker->ops);
	mutex_unlock(&tracker->space.lock);
	if (ret == -EAGAIN)
		queue_delayed_work(vproc_wq, &tracker->apply_work,
				   VPROC_RETRY_DELAY);
	else if (ret == -ENOMEM || blind)
		queue_delayed_work(vproc_wq, &tracker->apply_work, HZ);
}

static void vproc_exit_work(struct work_struct *work);

/* Join a family, or begin one. */
static struct vproc_family *vproc_family_get(struct vproc_family *family)
{
	if (family) {
		refcount_inc(&family->refs);
		return family;
	}
	family = kzalloc(sizeof(*family), GFP_KERNEL_ACCOUNT);
	if (!family)
		return NULL;
	refcount_set(&family->refs, 1);
	init_waitqueue_head(&family->room);
	return family;
}

static void vproc_family_put(struct vproc_family *family)
{
	if (refcount_dec_and_test(&family->refs))
		kfree(family);
}

/* A place among those that wait to be opened. */
static bool vproc_family_reserve(struct vproc_family *family)
{
	return atomic_add_unless(&family->waiting, 1, VPROC_MAX_CHILDREN);
}

/* The reverse of it. */
static void vproc_family_release(struct vproc_family *family)
{
	atomic_dec(&family->waiting);
	wake_up(&family->room);
}

/**
 * vproc_tracker_new - a tracker, not attached yet
 * @flags: VPROC_ATTACH_*, already checked
 * @ring: events to keep, already checked
 * @cred: the credentials of who attaches
 * @ns: the opener's pid namespace
 * @family: the parent's family, or NULL to begin one
 *
 * Context: may sleep.
 * Return: the tracker with one reference, for vproc_tracker_close(); -ENOMEM;
 * -EOPNOTSUPP: see vproc_hooks_get().
 */
struct vproc_tracker *vproc_tracker_new(u32 flags, u32 ring,
					const struct cred *cred,
					struct pid_namespace *ns,
					struct vproc_family *family)
{
	struct vproc_tracker *tracker;
	int ret;

	tracker = kvzalloc(sizeof(*tracker), GFP_KERNEL_ACCOUNT);
	if (!tracker)
		return ERR_PTR(-ENOMEM);

	refcount_set(&tracker->refs, 1);
	tracker->flags = flags;
	tracker->ring = ring;
	tracker->state = VPROC_STATE_LIVE;
	INIT_DELAYED_WORK(&tracker->apply_work, vproc_apply_work);
	INIT_DELAYED_WORK(&tracker->exit_work, vproc_exit_work);
	init_waitqueue_head(&tracker->wait);
	init_waitqueue_head(&tracker->room);
	INIT_LIST_HEAD(&tracker->children);
	INIT_LIST_HEAD(&tracker->sibling);
	INIT_LIST_HEAD(&tracker->follows);
	vproc_ops_init(&tracker->ops);
	vproc_space_init(&tracker->space);
	vproc_events_init(&tracker->events, ring);
	vproc_stacks_init(&tracker->stacks);

	tracker->family = vproc_family_get(family);
	if (!tracker->family) {
		ret = -ENOMEM;
		goto free;
	}
	ret = vproc_log_init(&tracker->log);
	if (ret)
		goto put_family;
	ret = vproc_files_init(&tracker->files, false);
	if (ret)
		goto destroy_log;
	ret = vproc_hooks_get();
	if (ret)
		goto destroy_files;

	/* Of a child: what its parent's tracker has. */
	tracker->memcg = get_mem_cgroup_from_mm(NULL);
	tracker->cred = get_cred(cred);
	tracker->ns = get_pid_ns(ns);
	tracker->id = atomic64_inc_return(&vproc_last_id);
	atomic_inc(&vproc_live);
	atomic_inc(&vproc_trackers);
	return tracker;

destroy_files:
	vproc_files_destroy(&tracker->files);
destroy_log:
	vproc_log_destroy(&tracker->log);
put_family:
	vproc_family_put(tracker->family);
free:
	kvfree(tracker);
	return ERR_PTR(ret);
}

/**
 * vproc_tracker_get - take a reference
 * @tracker: the tracker
 *
 * Context: any.
 */
void vproc_tracker_get(struct vproc_tracker *tracker)
{
	refcount_inc(&tracker->refs);
}

/**
 * vproc_tracker_put - give a reference back
 * @tracker: the tracker
 *
 * Context: may sleep.
 */
void vproc_tracker_put(struct vproc_tracker *tracker)
{
	if (!refcount_dec_and_test(&tracker->refs))
		return;

	/* No bind and no operation is left to queue it. */
	cancel_delayed_work_sync(&tracker->apply_work);
	vproc_space_destroy(&tracker->space);
	vproc_log_destroy(&tracker->log);
	vproc_files_destroy(&tracker->files);
	vproc_events_destroy(&tracker->events);
	vproc_stacks_forget(&tracker->stacks);
	vproc_snapshot_free(&tracker->snapshot);
	vproc_ring_free(tracker->ring_pages);
	put_pid(tracker->tgid);
	put_pid_ns(tracker->ns);
	put_cred(tracker->cred);
	mem_cgroup_put(tracker->memcg);
	vproc_family_put(tracker->family);
	kvfree(tracker);
	if (atomic_dec_and_test(&vproc_trackers))
		wake_up_var(&vproc_trackers);
}

static void vproc_bind_free_work(struct work_struct *work)
{
	struct vproc_bind *bind = container_of(to_rcu_work(work),
					       struct vproc_bind, free);

	/* Waits until the notifier is not being called any more. */
	mmu_interval_notifier_remove(&bind->notifier);
	vproc_tracker_put(bind->tracker);
	kfree(bind);
}

/*
 * Let go of a bind that no hook can find any more. Its notifier cannot be
 * removed here, which may be in a call of it.
 */
static void vproc_bind_put(struct vproc_bind *bind)
{
	INIT_RCU_WORK(&bind->free, vproc_bind_free_work);
	queue_rcu_work(vproc_free_wq, &bind->free);
}

/* Stop following the mm. The space's lock is held. */
static void vproc_tracker_unbind(struct vproc_tracker *tracker)
{
	struct vproc_bind *bind = tracker->bind;

	lockdep_assert_held(&tracker->space.lock);
	if (!bind)
		return;
	tracker->had_gate = vproc_gate_of(bind->mm);
	tracker->bind = NULL;
	vproc_hooks_hide_bind(bind);
	vproc_bind_put(bind);
}

/**
 * vproc_tracker_has_gate - does the vsyscall page belong to the map?
 * @tracker: the tracker
 *
 * An exec decides that when it has switched to the new mm, which an attach can have
 * met by then: as long as there is an mm, it is asked.
 *
 * Context: the space's lock is held.
 * Return: true if it does.
 */
bool vproc_tracker_has_gate(const struct vproc_tracker *tracker)
{
	lockdep_assert_held(&tracker->space.lock);
	return tracker->bind ? vproc_gate_of(tracker->bind->mm) :
			       tracker->had_gate;
}

static void vproc_follow_free_work(struct work_struct *work)
{
	struct vproc_follow *follow = container_of(to_rcu_work(work),
						   struct vproc_follow, free);

	vproc_tracker_put(follow->tracker);
	put_pid(follow->tgid);
	kfree(follow);
}

/* Stop following a process. The space's lock is held. */
static void vproc_follow_end(struct vproc_follow *follow)
{
	lockdep_assert_held(&follow->tracker->space.lock);
	list_del(&follow->sibling);
	vproc_hooks_hide_follow(follow);
	INIT_RCU_WORK(&follow->free, vproc_follow_free_work);
	queue_rcu_work(vproc_free_wq, &follow->free);
}

/* Begin to follow a process over exec. The space's lock is held. */
static int vproc_follow_begin(struct vproc_tracker *tracker, struct pid *tgid,
			      bool spawns)
{
	struct vproc_follow *follow;

	lockdep_assert_held(&tracker->space.lock);
	follow = kzalloc(sizeof(*follow), GFP_KERNEL_ACCOUNT);
	if (!follow)
		return -ENOMEM;
	vproc_tracker_get(tracker);
	follow->tracker = tracker;
	follow->tgid = get_pid(tgid);
	follow->spawns = spawns;
	list_add_tail(&follow->sibling, &tracker->follows);
	vproc_hooks_publish_follow(follow);
	return 0;
}

/* Is every thread of this process dead? */
static bool vproc_process_gone(struct pid *tgid)
{
	struct task_struct *task;
	bool gone;

	rcu_read_lock();
	task = pid_task(tgid, PIDTYPE_TGID);
	gone = !task || !atomic_read(&task->signal->live);
	rcu_read_unlock();
	return gone;
}

/* Compare for a last time, while the VMAs are still there. */
static void vproc_tracker_check_end(struct vproc_tracker *tracker,
				    struct mm_struct *mm)
{
	struct vproc_verify verify = {};

	if (!(tracker->flags & VPROC_ATTACH_CHECK_END))
		return;
	vproc_verify_compare(tracker, mm, &verify);
	tracker->verified++;
	tracker->end_checked += verify.regions;
	tracker->end_differences += verify.differences;
}

/*
 * Look at what was in flight when the attach began, which no hook has seen. The
 * mmap_lock and the space's lock are held, and the log has been applied.
 */
static int vproc_tracker_catch_up(struct vproc_tracker *tracker,
				  struct mm_struct *mm)
{
	struct vproc_cause_info by;
	int ret;

	if (!tracker->catching_up)
		return 0;
	vproc_classify_current(&by, tracker->ns, mm);
	by.cause = VPROC_CAUSE_ATTACH;
	ret = vproc_apply_sync(tracker, mm, &by, 0, TASK_SIZE_MAX);
	if (!ret)
		WRITE_ONCE(tracker->catching_up, false);
	return ret;
}

/*
 * Bring the model up to date for a last time. The mmap_lock and the space's
 * lock are held. -ENOMEM: it is not.
 */
static int vproc_tracker_finish(struct vproc_tracker *tracker,
				struct mm_struct *mm)
{
	struct vproc_cause_info by;
	int ret = 0;

	lockdep_assert_held(&mm->mmap_lock);
	lockdep_assert_held(&tracker->space.lock);
	vproc_classify_current(&by, tracker->ns, mm);
	if (vproc_apply(tracker) || vproc_is_stale(tracker))
		ret = vproc_resync(tracker, mm, VPROC_CAUSE_RESYNC);
	if (!ret)
		ret = vproc_tracker_catch_up(tracker, mm);
	if (!ret)
		ret = vproc_ops_settle_all(tracker, mm);
	if (ret < 0)
		return ret;
	vproc_apply_layout(tracker, mm, &by, true);
	return 0;
}

/* The end: stop following, keep the last state, hold no file. Lock held. */
static void vproc_tracker_end(struct vproc_tracker *tracker, u8 cause)
{
	struct vproc_event event = { .op = VPROC_EV_END };
	struct vproc_follow *follow, *next;
	struct vproc_cause_info by;
	struct mm_struct *mm = NULL;
	struct mem_cgroup *old;

	lockdep_assert_held(&tracker->space.lock);
	if (tracker->state == VPROC_STATE_ENDED)
		return;
	if (tracker->bind)
		mm = tracker->bind->mm;
	vproc_tracker_unbind(tracker);
	list_for_each_entry_safe(follow, next, &tracker->follows, sibling)
		vproc_follow_end(follow);
	vproc_apply(tracker);
	old = set_active_memcg(tracker->memcg);
	vproc_files_freeze(&tracker->files);
	set_active_memcg(old);

	WRITE_ONCE(tracker->state, VPROC_STATE_ENDED);
	WRITE_ONCE(tracker->end_cause, cause);
	atomic_dec(&vproc_live);
	/* A new image, which may not be followed, has an mm that is not ours. */
	vproc_classify_current(&by, tracker->ns, mm);
	by.cause = cause;
	vproc_emit(tracker, &by, &event);
	wake_up(&tracker->room);
	wake_up(&tracker->family->room);
	/* The hooks are for the living. */
	vproc_hooks_put();
}

/* As vproc_tracker_finish(), with all that a detach must not lose. */
static int vproc_tracker_finish_all(struct vproc_tracker *tracker,
				    struct mm_struct *mm, u8 cause)
{
	int ret = vproc_tracker_finish(tracker, mm);

	if (!ret && cause == VPROC_CAUSE_DETACH)
		ret = vproc_files_write_down(&tracker->files);
	if (!ret)
		vproc_tracker_check_end(tracker, mm);
	return ret;
}

/*
 * Finish a tracker that is about to end. -EAGAIN: it follows another mm than the
 * one that is locked, if any, and somebody has the lock of that; -ENOMEM.
 */
static int vproc_tracker_conclude(struct vproc_tracker *tracker,
				  struct mm_struct *locked, u8 cause)
{
	struct mm_struct *mm = tracker->bind ? tracker->bind->mm : NULL;
	int ret;

	if (!mm)
		return 0;
	if (mm == locked)
		return vproc_tracker_finish_all(tracker, mm, cause);
	/* Its release waits for the space's lock. */
	if (!down_write_trylock(&mm->mmap_lock))
		return -EAGAIN;
	ret = vproc_tracker_finish_all(tracker, mm, cause);
	up_write(&mm->mmap_lock);
	return ret;
}

/* Finish it and end it, if it can be. The space's lock is held. */
static int vproc_tracker_stop_locked(struct vproc_tracker *tracker,
				     struct mm_struct *locked, u8 cause)
{
	int ret;

	if (tracker->state == VPROC_STATE_ENDED)
		return -ESRCH;
	ret = vproc_tracker_conclude(tracker, locked, cause);
	if (ret == -ENOMEM && cause != VPROC_CAUSE_DETACH) {
		cause = VPROC_CAUSE_NOMEM;
		ret = 0;
	}
	if (!ret)
		vproc_tracker_end(tracker, cause);
	return ret;
}

/*
 * End a tracker whose mm may live on. If the lock cannot be had nothing is
 * changed; nor by a detach that has no memory for the last state.
 */
static int vproc_tracker_stop(struct vproc_tracker *tracker, u8 cause)
{
	struct mm_struct *mm;
	int ret;

	do {
		mm = vproc_tracker_mm(tracker);
		if (mm && mmap_write_lock_killable(mm)) {
			mmput(mm);
			return -EINTR;
		}
		mutex_lock(&tracker->space.lock);
		ret = vproc_tracker_stop_locked(tracker, mm, cause);
		mutex_unlock(&tracker->space.lock);
		if (mm) {
			mmap_write_unlock(mm);
			mmput(mm);
		}
		if (ret == -EAGAIN)
			schedule_timeout_uninterruptible(1);
	} while (ret == -EAGAIN);
	return ret;
}

/*
 * Follow no more what has exited. What the tracker itself is to end for, or
 * UNKNOWN. The space's lock is held.
 */
static u8 vproc_tracker_look_for_exit(struct vproc_tracker *tracker)
{
	u8 cause = VPROC_CAUSE_UNKNOWN;
	struct vproc_follow *follow, *next;

	lockdep_assert_held(&tracker->space.lock);
	if (READ_ONCE(tracker->exec_lost))
		cause = VPROC_CAUSE_NOMEM;
	list_for_each_entry_safe(follow, next, &tracker->follows, sibling) {
		if (!vproc_process_gone(follow->tgid))
			continue;
		if (follow->spawns)
			vproc_follow_end(follow);
		else
			cause = VPROC_CAUSE_EXIT;
	}
	return cause;
}

/**
 * vproc_tracker_exited - a process that the tracker follows may be gone
 * @tracker: the tracker
 *
 * Context: may sleep; takes the mmap_lock of the mm if that lives on.
 */
void vproc_tracker_exited(struct vproc_tracker *tracker)
{
	u8 cause;

	mutex_lock(&tracker->space.lock);
	cause = vproc_tracker_look_for_exit(tracker);
	mutex_unlock(&tracker->space.lock);
	/* A task that is being killed cannot wait for a lock; a worker tries. */
	if (cause != VPROC_CAUSE_UNKNOWN &&
	    vproc_tracker_stop(tracker, cause) == -EINTR)
		vproc_tracker_exited_later(tracker);
}

static void vproc_exit_work(struct work_struct *work)
{
	struct vproc_tracker *tracker = container_of(to_delayed_work(work),
						     struct vproc_tracker,
						     exit_work);
	int ret = 0;
	u8 cause;

	mutex_lock(&tracker->space.lock);
	cause = vproc_tracker_look_for_exit(tracker);
	if (cause != VPROC_CAUSE_UNKNOWN)
		ret = vproc_tracker_stop_locked(tracker, NULL, cause);
	mutex_unlock(&tracker->space.lock);
	/* With the reference, unless it has been queued anew with one. */
	if (ret != -EAGAIN ||
	    !queue_delayed_work(vproc_wq, &tracker->exit_work,
				VPROC_RETRY_DELAY))
		vproc_tracker_put(tracker);
}

/**
 * vproc_tracker_exited_later - have a worker do as vproc_tracker_exited()
 * @tracker: the tracker, which the caller keeps alive
 *
 * Context: any; does not sleep.
 */
void vproc_tracker_exited_later(struct vproc_tracker *tracker)
{
	vproc_tracker_get(tracker);
	if (!queue_delayed_work(vproc_wq, &tracker->exit_work, 0))
		refcount_dec(&tracker->refs);
}

/**
 * vproc_tracker_lost - an exec could not be followed
 * @follow: the follow
 *
 * Context: RCU is held; does not sleep.
 */
void vproc_tracker_lost(struct vproc_follow *follow)
{
	struct vproc_tracker *tracker = follow->tracker;

	if (follow->spawns) {
		atomic_inc(&tracker->children_lost);
		return;
	}
	WRITE_ONCE(tracker->exec_lost, true);
	vproc_tracker_exited_later(tracker);
}

static bool vproc_tracker_follows(const struct vproc_tracker *tracker)
{
	return tracker->flags & VPROC_ATTACH_EXEC;
}

/* Is it the tracked process itself that is ending, here and now? */
static bool vproc_tracker_dying(const struct vproc_tracker *tracker)
{
	return current->flags & PF_EXITING &&
	       task_tgid(current) == tracker->tgid &&
	       !atomic_read(&current->signal->live);
}

/**
 * vproc_tracker_released - an mm has lost its last user
 * @bind: what ties the tracker to it
 *
 * Called from exit_mmap(), and so from the last mmput(): this is the last
 * moment at which all VMAs exist. If the process goes on it is in an exec.
 *
 * Context: may sleep; no lock of the mm is held.
 */
void vproc_tracker_released(struct vproc_bind *bind)
{
	struct vproc_tracker *tracker = bind->tracker;
	struct vproc_cause_info by;
	struct mm_struct *mm = bind->mm;
	u8 cause;

	vproc_classify_current(&by, tracker->ns, mm);
	cause = by.cause == VPROC_CAUSE_EXEC ? VPROC_CAUSE_EXEC :
					       VPROC_CAUSE_EXIT;
	mmap_read_lock(mm);
	mutex_lock(&tracker->space.lock);
	if (tracker->bind == bind) {
		if (vproc_tracker_finish_all(tracker, mm, cause))
			cause = VPROC_CAUSE_NOMEM;
		if (vproc_tracker_dying(tracker) ||
		    !vproc_tracker_follows(tracker))
			vproc_tracker_end(tracker, cause);
		else
			WRITE_ONCE(tracker->state, VPROC_STATE_EXEC);
		vproc_tracker_unbind(tracker);
	}
	mutex_unlock(&tracker->space.lock);
	mmap_read_unlock(mm);
	/* Others have locks, and an exec too, which has an operation to do it. */
	if (current->flags & PF_EXITING && !current->mm)
		vproc_letgo_now(tracker->files.letgo);
}

/* The first events: what it is, where heap and stack are, each region. */
static int vproc_tracker_begin(struct vproc_tracker *tracker,
			       struct mm_struct *mm, u8 cause)
{
	struct vproc_event event = {
		.start = tracker->id,
		.end = pid_nr_ns(tracker->tgid, tracker->ns),
	};
	struct vproc_cause_info by;

	/* The exec that an attach has met: nothing is known of an image before. */
	if (!tracker->events.seq)
		cause = VPROC_CAUSE_ATTACH;
	event.op = cause == VPROC_CAUSE_EXEC ? VPROC_EV_EXEC : VPROC_EV_ATTACH;
	vproc_classify_current(&by, tracker->ns, mm);
	by.cause = cause;
	vproc_space_empty(&tracker->space);
	vproc_stacks_forget(&tracker->stacks);
	WRITE_ONCE(tracker->forked, 0);
	vproc_emit(tracker, &by, &event);
	tracker->moved = tracker->events.seq;
	if (cause == VPROC_CAUSE_EXEC)
		tracker->execs++;
	WRITE_ONCE(tracker->state, VPROC_STATE_LIVE);
	tracker->brk_before = 0;
	tracker->space.start_stack = 0;
	vproc_heap_init(&tracker->space.heap, mm->start_brk, mm->brk,
			VPROC_HEAP_TOUCHING);
	return vproc_resync(tracker, mm, cause);
}

/* Does nobody but current, which has a reference more, use the mm? */
static bool vproc_mm_is_ours(struct mm_struct *mm)
{
	return mm == current->mm && atomic_read(&mm->mm_users) <= 2;
}

/*
 * With the mm's mmap_lock held for writing, so that there is no moment between
 * the two: let the hooks see the tracker, and read the mm.
 */
static int vproc_tracker_publish(struct vproc_tracker *tracker,
				 struct vproc_bind *bind, u8 cause)
{
	struct mm_struct *mm = bind->mm;
	int ret;

	lockdep_assert_held_write(&mm->mmap_lock);
	lockdep_assert_held(&tracker->space.lock);
	if (tracker->state == VPROC_STATE_ENDED)
		return -ESRCH;
	/* An attach can meet the exec of its target: the new mm is the one. */
	if (tracker->bind)
		return cause == VPROC_CAUSE_ATTACH ? -EALREADY : -EAGAIN;

	tracker->bind = bind;
	vproc_files_settle(&tracker->files, mm);
	vproc_hooks_publish_bind(bind);
	/* Of who is waited for: see vproc_emit(). */
	if (!(tracker->flags & VPROC_ATTACH_WAIT))
		tracker->events.limit = tracker->ring + mm->map_count + 2;
	ret = vproc_tracker_begin(tracker, mm, cause);
	if (ret) {
		tracker->bind = NULL;
		vproc_hooks_hide_bind(bind);
	}
	WRITE_ONCE(tracker->catching_up,
		   cause == VPROC_CAUSE_ATTACH && !vproc_mm_is_ours(mm));
	return ret;
}

/*
 * Have the notifier called for all of the mm, whose mmap_lock is held for
 * writing. Registering the first one gives up for any signal that is pending.
 * Only a fatal one is a reason to: others are set aside, and put back for the
 * way to user space.
 */
static int vproc_notifier_register(struct mmu_interval_notifier *notifier,
				   struct mm_struct *mm)
{
	bool notified = false, signalled = false;
	int ret;

	do {
		notified |= test_and_clear_thread_flag(TIF_NOTIFY_SIGNAL);
		if (!fatal_signal_pending(current))
			signalled |= test_and_clear_thread_flag(TIF_SIGPENDING);
		ret = mmu_interval_notifier_insert_locked(notifier, mm, 0,
							  ULONG_MAX,
							  &vproc_notifier_ops);
	} while (ret == -EINTR && !fatal_signal_pending(current));

	if (notified)
		set_thread_flag(TIF_NOTIFY_SIGNAL);
	if (signalled)
		set_thread_flag(TIF_SIGPENDING);
	/*
	 * While others invalidate something that another notifier was called for
	 * it waits to be inserted, and is not called. Nobody unmaps anything until
	 * that is done: we have the lock.
	 */
	while (!ret && RB_EMPTY_NODE(&notifier->interval_tree.rb)) {
		schedule_timeout_killable(1);
		if (!fatal_signal_pending(current))
			continue;
		mmu_interval_notifier_remove(notifier);
		ret = -EINTR;
	}
	return ret;
}

/* Tie the tracker to an mm, and read it. */
static int vproc_tracker_bind(struct vproc_tracker *tracker,
			      struct mm_struct *mm, u8 cause)
{
	struct vproc_bind *bind;
	int ret;

	bind = kzalloc(sizeof(*bind), GFP_KERNEL_ACCOUNT);
	if (!bind)
		return -ENOMEM;
	bind->mm = mm;
	bind->tracker = tracker;

	ret = -EINTR;
	if (mmap_write_lock_killable(mm))
		goto free;
	ret = vproc_notifier_register(&bind->notifier, mm);
	if (ret)
		goto unlock;

	/* From here on vproc_bind_put() frees it, with its reference. */
	vproc_tracker_get(tracker);
	mutex_lock(&tracker->space.lock);
	ret = vproc_tracker_publish(tracker, bind, cause);
	mutex_unlock(&tracker->space.lock);
	if (ret)
		vproc_bind_put(bind);
	mmap_write_unlock(mm);
	return ret == -EALREADY ? 0 : ret;

unlock:
	mmap_write_unlock(mm);
free:
	kfree(bind);
	return ret;
}

/*
 * A thread may have entered a probed call before the probe could see the
 * tracker. Once no handler that missed it can be running, such threads are made
 * to look when they are done; what others have done by then is looked at here.
 */
static int vproc_tracker_settle(struct vproc_tracker *tracker,
				struct mm_struct *mm)
{
	int ret = 0;

	/* Set by our bind; if the tracker has ended it is no more. */
	if (!READ_ONCE(tracker->catching_up))
		return 0;

	synchronize_rcu();
	vproc_ops_scan(tracker, mm);

	if (mmap_read_lock_killable(mm))
		return -EINTR;
	mutex_lock(&tracker->space.lock);
	if (tracker->bind && tracker->bind->mm == mm) {
		ret = vproc_apply(tracker);
		if (!ret)
			ret = vproc_tracker_catch_up(tracker, mm);
	}
	mutex_unlock(&tracker->space.lock);
	mmap_read_unlock(mm);
	return ret;
}

static int vproc_may_attach(struct task_struct *task, struct mm_struct *mm)
{
	if (mm == current->mm || vproc_image_capable(task, mm, CAP_SYS_PTRACE))
		return 0;
	return -EPERM;
}

/**
 * vproc_tracker_attach - begin to track
 * @tracker: a new tracker
 * @task: a task of the process
 *
 * Context: may sleep. After an error the tracker is only good for
 * vproc_tracker_close().
 * Return: 0; -ESRCH: @task has no address space: it is exiting, or a kernel
 * thread; -EPERM: the caller may not look at it; -EINTR; -ENOMEM.
 */
int vproc_tracker_attach(struct vproc_tracker *tracker,
			 struct task_struct *task)
{
	struct mm_struct *mm;
	int ret = 0;

	rcu_read_lock();
	tracker->tgid = get_pid(task_tgid(task));
	rcu_read_unlock();
	if (!tracker->tgid)
		return -ESRCH;

	/* Before the mm is looked up: an exec from here on is followed. */
	mutex_lock(&tracker->space.lock);
	if (vproc_tracker_follows(tracker))
		ret = vproc_follow_begin(tracker, tracker->tgid, false);
	mutex_unlock(&tracker->space.lock);
	if (ret)
		return ret;
	/*
	 * And so is an exit, unless it has come first: from 7.0 on it still has its
	 * mm then. It counts itself out before it looks for who follows it.
	 */
	smp_mb();
	if (vproc_process_gone(tracker->tgid))
		return -ESRCH;

	mm = get_task_mm(task);
	if (!mm)
		return -ESRCH;
	ret = vproc_may_attach(task, mm);
	if (!ret)
		ret = vproc_tracker_bind(tracker, mm, VPROC_CAUSE_ATTACH);
	if (!ret)
		ret = vproc_tracker_settle(tracker, mm);
	mmput(mm);
	return ret;
}

/**
 * vproc_tracker_detach - end it by the opener's wish
 * @tracker: the tracker
 *
 * Context: may sleep; takes the target's mmap_lock for writing.
 * Return: 0; -ESRCH: it has ended already; -EINTR; -ENOMEM.
 */
int vproc_tracker_detach(struct vproc_tracker *tracker)
{
	return vproc_tracker_stop(tracker, VPROC_CAUSE_DETACH);
}

/**
 * vproc_tracker_close - the file is gone: end the tracker, and let it go
 * @tracker: the tracker, whose first reference is given back
 *
 * Children that nobody has opened go with it, and theirs.
 *
 * Context: may sleep; waits for no task.
 */
void vproc_tracker_close(struct vproc_tracker *tracker)
{
	LIST_HEAD(closing);

	list_add(&tracker->sibling, &closing);
	while (!list_empty(&closing)) {
		tracker = list_first_entry(&closing, struct vproc_tracker,
					   sibling);
		list_del_init(&tracker->sibling);
		mutex_lock(&tracker->space.lock);
		WRITE_ONCE(tracker->closed, true);
		vproc_tracker_end(tracker, VPROC_CAUSE_DETACH);
		atomic_sub(tracker->nr_children, &tracker->family->waiting);
		tracker->nr_children = 0;
		wake_up(&tracker->family->room);
		list_splice_tail_init(&tracker->children, &closing);
		mutex_unlock(&tracker->space.lock);
		vproc_tracker_put(tracker);
	}
}

/**
 * vproc_tracker_take_child - take a child out of its parent's list
 * @tracker: the parent
 * @id: the child's id; 0 for the oldest
 *
 * Return: the child, for vproc_tracker_opened() or vproc_tracker_return_child(),
 * and now the caller's to close; NULL if there is none.
 */
struct vproc_tracker *vproc_tracker_take_child(struct vproc_tracker *tracker,
					       u64 id)
{
	struct vproc_tracker *child, *found = NULL;

	mutex_lock(&tracker->space.lock);
	list_for_each_entry(child, &tracker->children, sibling) {
		if (id && child->id != id)
			continue;
		found = child;
		list_del_init(&child->sibling);
		tracker->nr_children--;
		break;
	}
	mutex_unlock(&tracker->space.lock);
	return found;
}

/**
 * vproc_tracker_opened - a child that was taken waits no longer
 * @child: the child
 *
 * Only now: the place of one that comes back must not be taken meanwhile.
 *
 * Context: any but interrupts.
 */
void vproc_tracker_opened(struct vproc_tracker *child)
{
	vproc_family_release(child->family);
}

/**
 * vproc_tracker_return_child - the reverse of vproc_tracker_take_child()
 * @tracker: the parent
 * @child: the child
 */
void vproc_tracker_return_child(struct vproc_tracker *tracker,
				struct vproc_tracker *child)
{
	mutex_lock(&tracker->space.lock);
	list_add(&child->sibling, &tracker->children);
	tracker->nr_children++;
	mutex_unlock(&tracker->space.lock);
}

/* The ids and capabilities that ptrace_may_access() wants of who may look. */
static bool vproc_cred_covers(const struct cred *cred, const struct cred *of)
{
	return uid_eq(cred->fsuid, of->uid) && uid_eq(cred->fsuid, of->euid) &&
	       uid_eq(cred->fsuid, of->suid) && gid_eq(cred->fsgid, of->gid) &&
	       gid_eq(cred->fsgid, of->egid) && gid_eq(cred->fsgid, of->sgid) &&
	       cred->user_ns == of->user_ns &&
	       cap_issubset(of->cap_permitted, cred->cap_effective);
}

/*
 * Might who has attached read the /proc/PID/maps of what current runs now? That
 * an image is dumpable is not enough: with fs.suid_dumpable all are.
 */
static bool vproc_may_follow(const struct vproc_tracker *tracker)
{
	bool dumpable = vproc_current_dumpable(), may;
	const struct cred *of;

	if (dumpable && vproc_cred_covers(tracker->cred, current_cred()))
		return true;
	of = override_creds(tracker->cred);
	may = vproc_image_capable(current, current->mm, CAP_SYS_PTRACE) ||
	      (dumpable && ns_capable(of->user_ns, CAP_SYS_PTRACE));
	revert_creds(of);
	return may;
}

/* A tracker for current, which a tracked process has made. */
static struct vproc_tracker *vproc_child_new(struct vproc_tracker *parent)
{
	struct vproc_tracker *child;

	child = vproc_tracker_new(parent->flags, parent->ring, parent->cred,
				  parent->ns, parent->family);
	if (IS_ERR(child))
		return NULL;
	if (vproc_tracker_attach(child, current)) {
		vproc_tracker_close(child);
		return NULL;
	}
	/* All that is there now is the parent's, too. */
	WRITE_ONCE(child->forked, ktime_get_ns());
	return child;
}

/**
 * vproc_tracker_full - is the reader too far behind for current to go on?
 * @tracker: the tracker
 *
 * Context: any. Without the space's lock the answer may be a little old.
 * Return: true if the tracker has VPROC_ATTACH_WAIT and its ring is half full.
 */
bool vproc_tracker_full(const struct vproc_tracker *tracker)
{
	return tracker->flags & VPROC_ATTACH_WAIT &&
	       READ_ONCE(tracker->state) != VPROC_STATE_ENDED &&
	       vproc_events_unread(&tracker->events) +
	       vproc_log_used(&tracker->log) >= tracker->ring / 2;
}

/**
 * vproc_tracker_wait - wait for the reader, if it is too far behind
 * @tracker: the tracker
 *
 * Context: current is about to return to user space, or exiting, and then does
 * not wait; sleeps until it is killed.
 */
void vproc_tracker_wait(struct vproc_tracker *tracker)
{
	if (!(current->flags & PF_EXITING) && vproc_tracker_full(tracker))
		wait_event_state(tracker->room, !vproc_tracker_full(tracker),
				 VPROC_TASK_WAITING);
}

/**
 * vproc_tracker_wake - let tracked tasks go on, if there is room again
 * @tracker: the tracker, from whose log or queue something was taken
 *
 * Context: any but interrupts.
 */
void vproc_tracker_wake(struct vproc_tracker *tracker)
{
	if (wq_has_sleeper(&tracker->room) && !vproc_tracker_full(tracker))
		wake_up(&tracker->room);
}

/* Will nobody open children that have no room yet? */
static bool vproc_tracker_left(const struct vproc_tracker *parent)
{
	return READ_ONCE(parent->closed) ||
	       READ_ONCE(parent->end_cause) == VPROC_CAUSE_DETACH;
}

/* Is there room to keep current, a child? With VPROC_ATTACH_WAIT, wait for it. */
static bool vproc_child_reserve(struct vproc_tracker *parent)
{
	struct vproc_family *family = parent->family;
	bool reserved = vproc_family_reserve(family);

	if (!reserved && parent->flags & VPROC_ATTACH_WAIT)
		wait_event_state(family->room,
				 (reserved = vproc_family_reserve(family)) ||
				 vproc_tracker_left(parent),
				 VPROC_TASK_WAITING);
	return reserved;
}

/*
 * Give current a tracker, and tell the parent's reader of it. Of where current is
 * only if that is in @mm, a copy of the parent's. There is nothing of the tracker before
 * it has a place: whoever waits for one takes no memory.
 */
static void vproc_tracker_adopt(struct vproc_tracker *parent, u32 parent_tid,
				const struct mm_struct *mm)
{
	struct vproc_event event = { .op = VPROC_EV_FORK };
	struct vproc_tracker *child = NULL;
	struct vproc_cause_info by;
	struct mem_cgroup *old;
	bool reserved, kept;

	vproc_classify_current(&by, parent->ns, mm);
	event.end = by.tid;
	by.cause = VPROC_CAUSE_FORK;
	by.tid = parent_tid;

	reserved = vproc_may_follow(parent) && vproc_child_reserve(parent);
	if (reserved) {
		old = set_active_memcg(parent->memcg);
		child = vproc_child_new(parent);
		set_active_memcg(old);
	}
	mutex_lock(&parent->space.lock);
	kept = child && !parent->closed;
	if (kept) {
		event.start = child->id;
		list_add_tail(&child->sibling, &parent->children);
		parent->nr_children++;
	} else {
		atomic_inc(&parent->children_lost);
	}
	if (parent->state != VPROC_STATE_ENDED)
		vproc_emit(parent, &by, &event);
	mutex_unlock(&parent->space.lock);
	if (child && !kept)
		vproc_tracker_close(child);
	if (reserved && !kept)
		vproc_family_release(parent->family);
}

/* Current shares the tracked mm: it will need a tracker once it execs. */
static void vproc_tracker_await_exec(struct vproc_tracker *tracker)
{
	if (!vproc_tracker_follows(tracker))
		return;
	mutex_lock(&tracker->space.lock);
	if (tracker->state != VPROC_STATE_ENDED &&
	    vproc_follow_begin(tracker, task_tgid(current), true))
		atomic_inc(&tracker->children_lost);
	mutex_unlock(&tracker->space.lock);
}

/**
 * vproc_tracker_fork - current is a new process of a tracked one
 * @tracker: the parent's tracker
 * @parent_tid: the thread that has made it
 *
 * Context: current has not seen user space yet; may sleep.
 */
void vproc_tracker_fork(struct vproc_tracker *tracker, u32 parent_tid)
{
	bool shares;

	mutex_lock(&tracker->space.lock);
	shares = tracker->bind && tracker->bind->mm == current->mm;
	mutex_unlock(&tracker->space.lock);
	if (!current->mm)
		return;
	if (shares)
		vproc_tracker_await_exec(tracker);
	else
		vproc_tracker_adopt(tracker, parent_tid, current->mm);
}

/*
 * Leave the old mm, which lives on if somebody shares it. With its mmap_lock
 * held no hook can be about to log a change of it, which would be taken for one
 * of the new mm. Returns 0; -ESRCH: the tracker has ended; -EINTR: current is
 * being killed.
 */
static int vproc_tracker_leave(struct vproc_tracker *tracker)
{
	struct mm_struct *mm = vproc_tracker_mm(tracker);
	int ret = 0;

	if (mm && mmap_write_lock_killable(mm)) {
		mmput(mm);
		return -EINTR;
	}
	mutex_lock(&tracker->space.lock);
	if (tracker->state == VPROC_STATE_ENDED)
		ret = -ESRCH;
	else
		vproc_apply(tracker);
	vproc_tracker_unbind(tracker);
	mutex_unlock(&tracker->space.lock);
	if (mm) {
		mmap_write_unlock(mm);
		mmput(mm);
	}
	return ret;
}

/* Go on with what current runs now, if that is allowed. */
static int vproc_tracker_take_up(struct vproc_tracker *tracker)
{
	int ret;

	do {
		ret = vproc_tracker_leave(tracker);
		if (ret)
			return ret;
		/* Without one it has been killed, and its exit ends the tracker. */
		if (!current->mm)
			return 0;
		if (!vproc_may_follow(tracker))
			return -EPERM;
		ret = vproc_tracker_bind(tracker, current->mm, VPROC_CAUSE_EXEC);
		/* An attach has found the old mm once more, in between. */
	} while (ret == -EAGAIN);
	return ret;
}

/**
 * vproc_tracker_exec - the tracked process runs a new image
 * @tracker: the tracker
 *
 * Context: current is the process, and has not seen user space since; may
 * sleep.
 */
void vproc_tracker_exec(struct vproc_tracker *tracker)
{
	u8 cause;

	switch (vproc_tracker_take_up(tracker)) {
	case 0:
	case -ESRCH:
		return;
	case -EPERM:
		cause = VPROC_CAUSE_DENIED;
		break;
	case -EINTR:
		/* Killed: the new image will never run. */
		cause = VPROC_CAUSE_EXIT;
		break;
	default:
		cause = VPROC_CAUSE_NOMEM;
	}
	mutex_lock(&tracker->space.lock);
	vproc_tracker_end(tracker, cause);
	mutex_unlock(&tracker->space.lock);
}

/**
 * vproc_tracker_spawn - a process that shared the tracked mm runs a new image
 * @tracker: the tracker of that mm
 *
 * Context: as vproc_tracker_exec().
 */
void vproc_tracker_spawn(struct vproc_tracker *tracker)
{
	struct vproc_follow *follow, *next;

	mutex_lock(&tracker->space.lock);
	list_for_each_entry_safe(follow, next, &tracker->follows, sibling)
		if (follow->spawns && follow->tgid == task_tgid(current))
			vproc_follow_end(follow);
	mutex_unlock(&tracker->space.lock);
	if (current->mm)
		vproc_tracker_adopt(tracker, 0, NULL);
}

/**
 * vproc_tracker_count - how many trackers follow something
 *
 * Return: their number.
 */
unsigned int vproc_tracker_count(void)
{
	return atomic_read(&vproc_live);
}

/**
 * vproc_tracker_init - set up what all trackers share
 *
 * Return: 0 or -ENOMEM.
 */
int __init vproc_tracker_init(void)
{
	vproc_wq = alloc_workqueue("vproc", WQ_UNBOUND, 0);
	if (!vproc_wq)
		return -ENOMEM;
	vproc_free_wq = alloc_workqueue("vproc_free", WQ_UNBOUND, 0);
	if (!vproc_free_wq) {
		destroy_workqueue(vproc_wq);
		return -ENOMEM;
	}
	return 0;
}

/**
 * vproc_tracker_exit - wait for all that trackers have left to be done
 *
 * Context: no file is open, and no operation is in flight: each holds the
 * module. What is left are binds and follows that wait for grace periods, each
 * with a reference to its tracker. It is these that are waited for.
 */
void vproc_tracker_exit(void)
{
	wait_var_event(&vproc_trackers, !atomic_read(&vproc_trackers));
	vproc_hooks_exit();
	destroy_workqueue(vproc_free_wq);
	destroy_workqueue(vproc_wq);
	/* The last instructions of vproc_op_run(), after its module_put(). */
	synchronize_rcu_tasks();
}
