/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_LIVE_TRACKER_H
#define _VPROC_LIVE_TRACKER_H

#include <linux/wait.h>
#include <linux/workqueue.h>

#include "live/compat.h"
#include "live/events.h"
#include "live/files.h"
#include "live/log.h"
#include "live/ops.h"
#include "live/snapshot.h"
#include "live/stacks.h"
#include "model/space.h"

/* vproc_attach.ring: least, default and most. */
#define VPROC_RING_MIN		64U
#define VPROC_RING_DEFAULT	16384U
#define VPROC_RING_MAX		1048576U

/* Events for calls in flight, of a process that waits for its reader: most. */
#define VPROC_WAIT_MAX		(4 * VPROC_RING_MAX)

/* Children that a tracker keeps for VPROC_OPEN_CHILD. */
#define VPROC_MAX_CHILDREN	1024U

#define VPROC_ATTACH_FLAGS	(VPROC_ATTACH_PIDFD | VPROC_ATTACH_EXEC | \
				 VPROC_ATTACH_FORK | VPROC_ATTACH_CHECK_END | \
				 VPROC_ATTACH_WAIT)

struct vproc_tracker;

/**
 * struct vproc_bind - ties a tracker to one mm
 * @notifier: over all of the mm; its registration keeps the mm_struct
 * @tracker: the tracker, with a reference
 * @mm: the mm
 * @node: in the hash that the hooks look in; not in it: the tracker has left
 * @free: frees this once no hook and no notifier can see it any more
 */
struct vproc_bind {
	struct mmu_interval_notifier notifier;
	struct vproc_tracker *tracker;
	struct mm_struct *mm;
	struct hlist_node node;
	struct rcu_work free;
};

/**
 * struct vproc_follow - ties a tracker to a process, over its execs
 * @tracker: the tracker, with a reference
 * @tgid: the process
 * @spawns: the process only shares the tracker's mm (vfork): its exec gives it a
 *	tracker of its own
 * @node: in the hash that the tracepoints look in
 * @sibling: in vproc_tracker.follows
 * @free: frees this once no tracepoint can see it any more
 */
struct vproc_follow {
	struct vproc_tracker *tracker;
	struct pid *tgid;
	bool spawns;
	struct hlist_node node;
	struct list_head sibling;
	struct rcu_work free;
};

/**
 * struct vproc_family - a tracker and those of its process's descendants
 * @refs: its members
 * @waiting: how many of them wait to be opened
 * @room: new children with VPROC_ATTACH_WAIT, when too many wait
 */
struct vproc_family {
	refcount_t refs;
	atomic_t waiting;
	wait_queue_head_t room;
};

/**
 * struct vproc_tracker - a live address space, and what ties it to its process
 * @refs: references: the file or the parent's list, the bind, each follow, and
 *	each operation and work in flight
 * @id: see vproc_attach.id
 * @flags: VPROC_ATTACH_*
 * @ring: events to keep
 * @tgid: the process
 * @ns: pid namespace of the opener
 * @cred: the credentials of who has attached
 * @memcg: whom its memory is charged to, whoever makes it needed: the cgroup of
 *	who has attached
 * @family: whom it shares the limit on waiting children with
 * @log: what the hooks saw; has a lock of its own
 * @ops: work in flight in tracked tasks; has a lock of its own
 * @apply_work: applies the log when nobody else does
 * @exit_work: a process that is followed is gone
 * @wait: readers of events
 * @room: tracked tasks with VPROC_ATTACH_WAIT, when the reader is behind
 * @forked: when the process last forked, or was; in ns of CLOCK_MONOTONIC, 0:
 *	never. Written without a lock
 * @space: the model. Its lock protects all that follows
 * @files: files and names of the model
 * @events: for the reader
 * @stacks: how deep stacks were seen
 * @snapshot: the model, for readers who want all of it
 * @ring_pages: events for readers that map them, or NULL; once set, it stays
 * @moved: number of the last event that made all regions' names other ones
 * @bind: the mm that is followed, or NULL
 * @follows: processes that are followed over exec: its own, and those that share
 *	its mm
 * @closed: nobody can open @children any more
 * @catching_up: an attach has not yet looked at what was in flight when it began
 * @exec_lost: an exec was not followed, for lack of memory; set without the lock
 * @state: enum vproc_state
 * @end_cause: why it ended
 * @had_gate: the vsyscall page belonged to the map of the last mm
 * @nmissed: what vproc_hooks_nmissed() returned at the last resync
 * @brk_before: the break that a brk() in flight is about to replace; 0 if none
 * @base: mm's counters, less the model's, at the last resync, in pages
 * @base_total: the same for total_vm
 * @children: followed children that wait to be opened
 * @nr_children: how many
 * @sibling: in the parent's @children, under the parent's lock
 * @children_lost: see struct vproc_stats, as those below
 * @resyncs: see struct vproc_stats
 * @missed: see struct vproc_stats
 * @verified: see struct vproc_stats
 * @end_checked: see struct vproc_stats
 * @end_differences: see struct vproc_stats
 * @execs: see struct vproc_stats
 *
 * Lock order: mmap_lock of the mm, then space.lock, then log.lock or ops.lock.
 * With space.lock held the mmap_lock is only ever tried.
 */
struct vproc_tracker {
	refcount_t refs;
	u64 id;
	u32 flags;
	u32 ring;
	struct pid *tgid;
	struct pid_namespace *ns;
	const struct cred *cred;
	struct mem_cgroup *memcg;
	struct vproc_family *family;
	struct vproc_log log;
	struct vproc_ops ops;
	struct delayed_work apply_work;
	struct delayed_work exit_work;
	wait_queue_head_t wait;
	wait_queue_head_t room;
	u64 forked;

	struct vproc_space space;
	struct vproc_files files;
	struct vproc_events events;
	struct vproc_stacks_seen stacks;
	struct vproc_snapshot snapshot;
	struct vproc_ring_pages *ring_pages;
	u64 moved;
	struct vproc_bind *bind;
	struct list_head follows;
	bool closed;
	bool catching_up;
	bool exec_lost;
	u8 state;
	u8 end_cause;
	bool had_gate;
	unsigned long nmissed;
	unsigned long brk_before;
	s64 base[VPROC_NR_ACCOUNTS];
	s64 base_total;
	struct list_head children;
	unsigned int nr_children;
	struct list_head sibling;
	atomic_t children_lost;
	u64 resyncs;
	u64 missed;
	u64 verified;
	u64 end_checked;
	u64 end_differences;
	u64 execs;
};

struct vproc_tracker *vproc_tracker_new(u32 flags, u32 ring,
					const struct cred *cred,
					struct pid_namespace *ns,
					struct vproc_family *family);
void vproc_tracker_get(struct vproc_tracker *tracker);
void vproc_tracker_put(struct vproc_tracker *tracker);

int vproc_tracker_attach(struct vproc_tracker *tracker,
			 struct task_struct *task);
int vproc_tracker_detach(struct vproc_tracker *tracker);
void vproc_tracker_close(struct vproc_tracker *tracker);
struct vproc_tracker *vproc_tracker_take_child(struct vproc_tracker *tracker,
					       u64 id);
void vproc_tracker_opened(struct vproc_tracker *child);
void vproc_tracker_return_child(struct vproc_tracker *tracker,
				struct vproc_tracker *child);
bool vproc_tracker_has_gate(const struct vproc_tracker *tracker);
bool vproc_tracker_full(const struct vproc_tracker *tracker);
void vproc_tracker_wait(struct vproc_tracker *tracker);
void vproc_tracker_wake(struct vproc_tracker *tracker);

void vproc_tracker_released(struct vproc_bind *bind);
void vproc_tracker_exited(struct vproc_tracker *tracker);
void vproc_tracker_exited_later(struct vproc_tracker *tracker);
void vproc_tracker_lost(struct vproc_follow *follow);
void vproc_tracker_exec(struct vproc_tracker *tracker);
void vproc_tracker_spawn(struct vproc_tracker *tracker);
void vproc_tracker_fork(struct vproc_tracker *tracker, u32 parent_tid);

/*
 * For all that is done later, by workers that all trackers share: nothing on it
 * waits for an mmap_lock. Flushed before the module goes.
 */
extern struct workqueue_struct *vproc_wq;
/* For what waits, for the notifiers of an mm or for a file system. */
extern struct workqueue_struct *vproc_free_wq;

unsigned int vproc_tracker_count(void);
int vproc_tracker_init(void);
void vproc_tracker_exit(void);

#endif /* _VPROC_LIVE_TRACKER_H */
