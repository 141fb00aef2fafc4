// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hooks: where the kernel changes a map, or is about to.
 *
 * They run in the task that makes the change, most under its mmap_lock, and in
 * every task of the system, tracked or not: what is not tracked pays one
 * look-up by mm. They are armed while anything is tracked.
 *
 * - perf_event_mmap() is called once a VMA has its final, merged bounds: mmap,
 *   brk, mprotect, stack growth, special mappings.
 * - An mmu_interval_notifier over all of the mm tells of unmapping, and of its
 *   end.
 * - __split_vma() tells of splits, which stay if what they were for fails.
 * - Some system calls split, merge, move or name without either; their entry is
 *   probed and the task looks at the result when it is done (ops.c).
 * - Three tracepoints tell of fork, exec and exit.
 */
#include <linux/ftrace.h>
#include <linux/hashtable.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/prctl.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/tracepoint.h>
#include <linux/userfaultfd.h>

#include <asm/syscall.h>

#include "live/apply.h"
#include "live/classify.h"
#include "live/compat.h"
#include "live/hooks.h"

/* How long an event may wait to be applied when nobody asks. */
#define VPROC_APPLY_DELAY	(HZ / 100)

static DEFINE_HASHTABLE(vproc_binds, 8);
static DEFINE_HASHTABLE(vproc_follows, 8);
/* Protects changes of both. The hooks look in them under RCU. */
static DEFINE_SPINLOCK(vproc_hash_lock);

/* How long the hooks stay armed after the last detach: arming is slow. */
#define VPROC_DISARM_DELAY	HZ

/* Serialises arming. The users are counted outside of it. */
static DEFINE_MUTEX(vproc_hooks_lock);
static atomic_t vproc_hooks_users = ATOMIC_INIT(0);
static u32 vproc_hooks_now;
static u32 vproc_hooks_lacking;
/* One of them only for want of memory. */
static bool vproc_hooks_nomem;

/**
 * vproc_hooks_publish_bind - let the hooks find a tracker by its mm
 * @bind: the bind
 *
 * Context: any but interrupts.
 */
void vproc_hooks_publish_bind(struct vproc_bind *bind)
{
	spin_lock(&vproc_hash_lock);
	hash_add_rcu(vproc_binds, &bind->node, (unsigned long)bind->mm);
	spin_unlock(&vproc_hash_lock);
}

/**
 * vproc_hooks_hide_bind - the reverse of vproc_hooks_publish_bind()
 * @bind: the bind; a hook may still see it for an RCU grace period
 *
 * Context: any but interrupts.
 */
void vproc_hooks_hide_bind(struct vproc_bind *bind)
{
	spin_lock(&vproc_hash_lock);
	hash_del_rcu(&bind->node);
	spin_unlock(&vproc_hash_lock);
}

/**
 * vproc_hooks_publish_follow - let the tracepoints find a tracker by process
 * @follow: the follow
 *
 * Context: any but interrupts.
 */
void vproc_hooks_publish_follow(struct vproc_follow *follow)
{
	spin_lock(&vproc_hash_lock);
	hash_add_rcu(vproc_follows, &follow->node, (unsigned long)follow->tgid);
	spin_unlock(&vproc_hash_lock);
}

/**
 * vproc_hooks_hide_follow - the reverse of vproc_hooks_publish_follow()
 * @follow: the follow; a tracepoint may still see it for an RCU grace period
 *
 * Context: any but interrupts.
 * Return: false if it had been hidden already.
 */
bool vproc_hooks_hide_follow(struct vproc_follow *follow)
{
	bool was_hashed;

	spin_lock(&vproc_hash_lock);
	was_hashed = hash_hashed(&follow->node);
	if (was_hashed)
		hash_del_rcu(&follow->node);
	spin_unlock(&vproc_hash_lock);
	return was_hashed;
}

/*
 * Is current to apply a record itself, before it goes on? It is where the reader is
 * to be waited for, or reads without asking, and where the record, or the region that
 * it ends, keeps something busy.
 */
static bool vproc_hook_owes(const struct vproc_tracker *tracker,
			    const struct vproc_record *record)
{
	struct file *file = record->vma.file;

	return READ_ONCE(tracker->ring_pages) || vproc_tracker_full(tracker) ||
	       (file && vproc_files_missed(&tracker->files, file)) ||
	       (record->op == VPROC_RECORD_CLEAR &&
		READ_ONCE(tracker->files.nr_busy));
}

/* Log a record, and see to it that it is applied before long. */
static void vproc_hook_log(struct vproc_tracker *tracker,
			   const struct vproc_record *record, const char *name)
{
	unsigned int used = vproc_log_push(&tracker->log, record, name);

	if (vproc_hook_owes(tracker, record))
		vproc_ops_add_debt(tracker, true);
	else if (used >= VPROC_LOG_DEBT)
		vproc_ops_add_debt(tracker, false);
	/* The record is there before a work that runs is seen to be pending. */
	smp_mb();
	if (!delayed_work_pending(&tracker->apply_work))
		queue_delayed_work(vproc_wq, &tracker->apply_work,
				   VPROC_APPLY_DELAY);
}

static void vproc_hook_begin(struct vproc_tracker *tracker,
			     struct mm_struct *mm, struct vproc_record *record)
{
	vproc_classify_current(&record->by, tracker->ns, mm);
	record->brk = mm->brk;
	record->brk_before = mm->brk;
}

/* A brk() that grows the heap sets the break after its region. */
static void vproc_hook_brk(struct vproc_record *record)
{
	unsigned long args[6];

	syscall_get_arguments(current, task_pt_regs(current), args);
	record->brk = args[0];
}

static void vproc_hook_set(struct vproc_tracker *tracker,
			   struct vm_area_struct *vma, bool grown)
{
	struct vproc_record record = { .op = VPROC_RECORD_SET };

	vproc_hook_begin(tracker, vma->vm_mm, &record);
	vproc_classify_vma(vma, &record.vma);
	if (grown && record.by.cause == VPROC_CAUSE_BRK)
		vproc_hook_brk(&record);
	if (record.by.cause == VPROC_CAUSE_UNKNOWN &&
	    vma->vm_flags & VM_GROWSDOWN)
		record.by.cause = VPROC_CAUSE_STACK;
	vproc_hook_log(tracker, &record,
		       record.vma.named ? vproc_vma_given_name(vma) : NULL);
}

static void vproc_hook_clear(struct vproc_tracker *tracker,
			     struct mm_struct *mm, unsigned long start,
			     unsigned long end)
{
	struct vproc_record record = {
		.op = VPROC_RECORD_CLEAR,
		.vma.start = start,
		.vma.end = end,
	};

	vproc_hook_begin(tracker, mm, &record);
	vproc_hook_log(tracker, &record, NULL);
}

/* Surely not tracked: all that most of the system's tasks pay for. */
static bool vproc_hooks_ignore(struct mm_struct *mm)
{
	unsigned int bucket = hash_min((unsigned long)mm, HASH_BITS(vproc_binds));

	return hlist_empty(&vproc_binds[bucket]);
}

/*
 * perf_event_mmap(). This is called more often than all others together, so it
 * is the function tracer that calls, which takes a third of what a kprobe does.
 */
static void vproc_ftrace_mmap(unsigned long ip, unsigned long parent_ip,
			      struct ftrace_ops *ops, struct ftrace_regs *regs)
{
	struct vm_area_struct *vma = vproc_ftrace_argument(regs);
	struct vproc_bind *bind;

	lockdep_assert_held(&vma->vm_mm->mmap_lock);
	/* Not current->mm: exec builds a new one before it switches to it. */
	if (vproc_hooks_ignore(vma->vm_mm))
		return;
	rcu_read_lock();
	hash_for_each_possible_rcu(vproc_binds, bind, node,
				   (unsigned long)vma->vm_mm) {
		if (bind->mm == vma->vm_mm)
			vproc_hook_set(bind->tracker, vma, true);
	}
	rcu_read_unlock();
}

static void vproc_hooks_lack(u32 hook, int error)
{
	vproc_hooks_lacking |= hook;
	vproc_hooks_nomem |= error == -ENOMEM;
}

static struct ftrace_ops vproc_ftrace_ops;

static void vproc_ftrace_arm(void)
{
	unsigned char name[] = "perf_event_mmap";
	int ret;

	/* Anew: it still points to the filter that was freed. */
	vproc_ftrace_ops = (struct ftrace_ops) {
		.func = vproc_ftrace_mmap,
		/* Nobody can turn it off by kernel.ftrace_enabled. */
		.flags = FTRACE_OPS_FL_PERMANENT,
	};
	ret = ftrace_set_filter(&vproc_ftrace_ops, name, strlen(name), 1);
	if (!ret)
		ret = register_ftrace_function(&vproc_ftrace_ops);
	if (!ret)
		vproc_hooks_now |= VPROC_HOOK_MMAP;
	else
		vproc_hooks_lack(VPROC_HOOK_MMAP, ret);
}

static void vproc_ftrace_disarm(void)
{
	if (vproc_hooks_now & VPROC_HOOK_MMAP)
		unregister_ftrace_function(&vproc_ftrace_ops);
	ftrace_free_filter(&vproc_ftrace_ops);
}

static bool vproc_hooks_track(struct mm_struct *mm)
{
	struct vproc_bind *bind;
	bool found = false;

	if (vproc_hooks_ignore(mm))
		return false;
	rcu_read_lock();
	hash_for_each_possible_rcu(vproc_binds, bind, node, (unsigned long)mm)
		found |= bind->mm == mm;
	rcu_read_unlock();
	return found;
}

/* What a split is known by at its entry, for its return. */
struct vproc_split {
	struct mm_struct *mm;
	unsigned long addr;
};

static int vproc_split_entry(struct kretprobe_instance *instance,
			     struct pt_regs *regs)
{
	struct vm_area_struct *vma = (void *)regs_get_kernel_argument(regs, 1);
	struct vproc_split *split = (void *)instance->data;

	split->mm = vma->vm_mm;
	split->addr = regs_get_kernel_argument(regs, 2);
	/* Not tracked: let it return unprobed. */
	return !vproc_hooks_track(split->mm);
}

static void vproc_hook_split(struct vproc_tracker *tracker,
			     const struct vproc_split *split)
{
	struct vproc_record record = {
		.op = VPROC_RECORD_SPLIT,
		.vma.start = split->addr,
		.vma.end = split->addr,
	};

	vproc_hook_begin(tracker, split->mm, &record);
	if (record.by.cause == VPROC_CAUSE_UNKNOWN)
		record.by.cause = vproc_ops_cause(tracker);
	vproc_hook_log(tracker, &record, NULL);
}

static int vproc_split_return(struct kretprobe_instance *instance,
			      struct pt_regs *regs)
{
	const struct vproc_split *split = (void *)instance->data;
	struct vproc_bind *bind;

	if (regs_return_value(regs))
		return 0;
	rcu_read_lock();
	hash_for_each_possible_rcu(vproc_binds, bind, node,
				   (unsigned long)split->mm) {
		if (bind->mm == split->mm)
			vproc_hook_split(bind->tracker, split);
	}
	rcu_read_unlock();
	return 0;
}

/* Have current look at a range of a tracked mm when its system call is done. */
static void vproc_hook_later(struct mm_struct *mm, struct vproc_op *op)
{
	struct vproc_bind *bind;

	if (current->flags & PF_KTHREAD)
		return;
	op->mm = mm;
	rcu_read_lock();
	hash_for_each_possible_rcu(vproc_binds, bind, node, (unsigned long)mm) {
		if (bind->mm == mm)
			vproc_ops_add(bind->tracker, current, op);
	}
	rcu_read_unlock();
}

/* Which ranges a system call may change. */
enum vproc_probe_range {
	VPROC_RANGE_ARGS,	/* address and length are its first arguments */
	VPROC_RANGE_ALL,	/* the whole address space */
	VPROC_RANGE_REMAP,	/* mremap */
	VPROC_RANGE_PRCTL,	/* prctl */
};

/**
 * struct vproc_probe - a function whose entry is probed
 * @symbol: its name
 * @pre: what to do there
 * @hook: VPROC_HOOK_*
 * @range: what vproc_pre_syscall() needs to know
 * @armed: @kprobe is registered
 * @kprobe: filled in each time that it is armed
 */
struct vproc_probe {
	const char *symbol;
	kprobe_pre_handler_t pre;
	u32 hook;
	enum vproc_probe_range range;
	bool armed;
	struct kprobe kprobe;
};

static bool vproc_probe_op(const struct vproc_probe *probe, struct vproc_op *op)
{
	unsigned long args[6];

	syscall_get_arguments(current, task_pt_regs(current), args);
	switch (probe->range) {
	case VPROC_RANGE_ARGS:
		op->start = args[0];
		op->end = args[0] + args[1];
		break;
	case VPROC_RANGE_REMAP:
		op->kind = VPROC_OP_REMAP;
		op->start = args[0];
		op->end = args[0] + args[1];
		op->new_size = args[2];
		/* Where it may have moved to in part, even if it fails. */
		if (args[3] & (MREMAP_FIXED | MREMAP_DONTUNMAP))
			op->new_addr = args[4];
		break;
	case VPROC_RANGE_PRCTL:
		if (args[0] != PR_SET_VMA)
			return false;
		op->start = args[2];
		op->end = args[2] + args[3];
		break;
	case VPROC_RANGE_ALL:
		op->end = ULONG_MAX;
		break;
	}
	/* A range that wraps around is refused by the kernel; be safe. */
	if (op->end < op->start)
		op->end = ULONG_MAX;
	return true;
}

static int vproc_pre_syscall(struct kprobe *kprobe, struct pt_regs *regs)
{
	struct vproc_probe *probe =
		container_of(kprobe, struct vproc_probe, kprobe);
	struct vproc_op op = { .kind = VPROC_OP_SETTLE };

	if (vproc_hooks_track(current->mm) && vproc_probe_op(probe, &op))
		vproc_hook_later(current->mm, &op);
	return 0;
}

/* Does this advice leave the VMAs alone? */
static bool vproc_advice_is_harmless(int behavior)
{
	switch (behavior) {
	case MADV_WILLNEED:
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
	case MADV_FREE:
	case MADV_COLD:
	case MADV_PAGEOUT:
	case MADV_REMOVE:
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
	case MADV_COLLAPSE:
		return true;
	default:
		return false;
	}
}

/* madvise, process_madvise and io_uring's all come through here. */
static int vproc_pre_madvise(struct kprobe *kprobe, struct pt_regs *regs)
{
	struct mm_struct *mm = (void *)regs_get_kernel_argument(regs, 0);
	unsigned long start = regs_get_kernel_argument(regs, 1);
	unsigned long size = regs_get_kernel_argument(regs, 2);
	struct vproc_op op = {
		.kind = VPROC_OP_SETTLE,
		.cause = VPROC_CAUSE_MADVISE,
		.start = start,
		.end = start + size < start ? ULONG_MAX : start + size,
	};

	if (!vproc_advice_is_harmless(regs_get_kernel_argument(regs, 3)))
		vproc_hook_later(mm, &op);
	return 0;
}

/*
 * A userfaultfd changes the mm that it was made in, which need not be that of
 * its user. Which one it is shows only when it is done: see vproc_pre_mmput().
 * A kernel thread, that closes what io_uring had, can look at nothing later.
 */
static void vproc_hook_uffd(void)
{
	struct vproc_op op = {
		.cause = VPROC_CAUSE_UFFD,
		.end = ULONG_MAX,
	};
	struct vproc_bind *bind;
	unsigned int bucket;

	if (current->flags & PF_KTHREAD)
		return;
	rcu_read_lock();
	hash_for_each_rcu(vproc_binds, bucket, bind, node) {
		op.mm = bind->mm;
		op.kind = bind->mm == current->mm ? VPROC_OP_SETTLE :
			  VPROC_OP_CHECK;
		vproc_ops_add(bind->tracker, current, &op);
	}
	rcu_read_unlock();
}

static int vproc_pre_uffd_ioctl(struct kprobe *kprobe, struct pt_regs *regs)
{
	unsigned int cmd = regs_get_kernel_argument(regs, 1);

	if (cmd == UFFDIO_REGISTER || cmd == UFFDIO_UNREGISTER)
		vproc_hook_uffd();
	return 0;
}

/* Its last close unregisters all that it has registered. */
static int vproc_pre_uffd_release(struct kprobe *kprobe, struct pt_regs *regs)
{
	vproc_hook_uffd();
	return 0;
}

/*
 * Having changed an mm, and let go of its lock, a userfaultfd gives its reference
 * back. What others give back concerns no operation.
 */
static int vproc_pre_mmput(struct kprobe *kprobe, struct pt_regs *regs)
{
	struct mm_struct *mm = (void *)regs_get_kernel_argument(regs, 0);
	struct vproc_bind *bind;

	if (vproc_hooks_ignore(mm))
		return 0;
	rcu_read_lock();
	hash_for_each_possible_rcu(vproc_binds, bind, node, (unsigned long)mm) {
		if (bind->mm == mm)
			vproc_ops_touch(&bind->tracker->ops);
	}
	rcu_read_unlock();
	return 0;
}

/* A system call has one entry for 64-bit callers and one for 32-bit ones. */
static struct vproc_probe vproc_probes[] = {
	{ "do_madvise", vproc_pre_madvise, VPROC_HOOK_MADVISE },
	{ "userfaultfd_ioctl", vproc_pre_uffd_ioctl, VPROC_HOOK_UFFD },
	{ "userfaultfd_release", vproc_pre_uffd_release, VPROC_HOOK_UFFD },
#ifdef CONFIG_USERFAULTFD
	{ "mmput", vproc_pre_mmput, VPROC_HOOK_UFFD },
#endif
	{ "__x64_sys_mremap", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_REMAP },
	{ "__ia32_sys_mremap", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_REMAP },
	{ "__x64_sys_mlock", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_ARGS },
	{ "__ia32_sys_mlock", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_ARGS },
	{ "__x64_sys_mlock2", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_ARGS },
	{ "__ia32_sys_mlock2", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_ARGS },
	{ "__x64_sys_munlock", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_ARGS },
	{ "__ia32_sys_munlock", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_ARGS },
	{ "__x64_sys_mlockall", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_ALL },
	{ "__ia32_sys_mlockall", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_ALL },
	{ "__x64_sys_munlockall", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_ALL },
	{ "__ia32_sys_munlockall", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_ALL },
	{ "__x64_sys_mbind", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_ARGS },
	{ "__ia32_sys_mbind", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_ARGS },
	{ "__x64_sys_set_mempolicy_home_node", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_ARGS },
	{ "__ia32_sys_set_mempolicy_home_node", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_ARGS },
	{ "__x64_sys_prctl", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_PRCTL },
	{ "__ia32_sys_prctl", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_PRCTL },
	{ "__x64_sys_process_madvise", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_ALL },
	{ "__ia32_sys_process_madvise", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_ALL },
	{ "__x64_sys_mseal", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_ARGS },
	{ "__ia32_sys_mseal", vproc_pre_syscall,
	  VPROC_HOOK_SYSCALL, VPROC_RANGE_ARGS },
};

/*
 * A system call that fails half-way leaves a split behind that no other hook
 * sees; see vproc_split_is_implied().
 */
static struct kretprobe vproc_split_probe;
static bool vproc_split_armed;

static void vproc_split_arm(void)
{
	int ret;

	vproc_split_probe = (struct kretprobe) {
		.kp.symbol_name = "__split_vma",
		.entry_handler = vproc_split_entry,
		.handler = vproc_split_return,
		.data_size = sizeof(struct vproc_split),
		.maxactive = 64,
	};
	ret = register_kretprobe(&vproc_split_probe);
	vproc_split_armed = !ret;
	if (vproc_split_armed)
		vproc_hooks_now |= VPROC_HOOK_SPLIT;
	else
		vproc_hooks_lack(VPROC_HOOK_SPLIT, ret);
}

/*
 * A range is being unmapped. The VMAs that go have left the tree already; what
 * is still there stays, or is replaced (mremap's source; from 6.12 on, what a
 * MAP_FIXED is about to replace). Returns whether something is.
 */
static bool vproc_hook_unmap(struct vproc_tracker *tracker,
			     struct mm_struct *mm, unsigned long start,
			     unsigned long end)
{
	struct vm_area_struct *vma;
	unsigned long at = start;
	bool stays = false;

	lockdep_assert_held(&mm->mmap_lock);
	VMA_ITERATOR(vmi, mm, start);
	for_each_vma_range(vmi, vma, end) {
		if (at < vma->vm_start)
			vproc_hook_clear(tracker, mm, at, vma->vm_start);
		vproc_hook_set(tracker, vma, false);
		at = vma->vm_end;
		stays = true;
	}
	if (at < end)
		vproc_hook_clear(tracker, mm, at, end);
	return stays;
}

static void vproc_notifier_unmap(struct vproc_bind *bind,
				 const struct mmu_notifier_range *range)
{
	struct vproc_op op = {
		.kind = VPROC_OP_SETTLE,
		.mm = range->mm,
		.start = range->start,
		.end = range->end,
	};
	struct vproc_cause_info by;

	/* Another process's doing takes pages away, not regions. */
	if (current->mm != range->mm || current->flags & PF_KTHREAD)
		return;

	/*
	 * Truncating a hugetlbfs file sends this without the mmap_lock. Where
	 * the system call does not say that the lock is held, look later. A
	 * thread that exits is not at its files while it has its mm; what it
	 * unmaps, its shadow stack, must be known before it can be joined.
	 */
	vproc_classify_current(&by, bind->tracker->ns, range->mm);
	if ((vproc_cause_unmaps(by.cause) || current->flags & PF_EXITING) &&
	    !vproc_hook_unmap(bind->tracker, range->mm, range->start,
			      range->end))
		return;
	/* It may go yet: a MAP_FIXED that fails after this leaves a hole. */
	if (by.cause != VPROC_CAUSE_MREMAP)
		vproc_ops_add(bind->tracker, current, &op);
}

/*
 * Nobody reads page tables under this notifier, so no @seq is to be kept: all
 * that is wanted of it is to be called.
 */
static bool vproc_notifier_invalidate(struct mmu_interval_notifier *notifier,
				      const struct mmu_notifier_range *range,
				      unsigned long seq)
{
	struct vproc_bind *bind =
		container_of(notifier, struct vproc_bind, notifier);

	switch (range->event) {
	case MMU_NOTIFY_UNMAP:
		/* It stays registered for a while after the tracker has left. */
		if (!hlist_unhashed_lockless(&bind->node))
			vproc_notifier_unmap(bind, range);
		break;
	case MMU_NOTIFY_RELEASE:
		vproc_tracker_released(bind);
		break;
	default:
		break;
	}
	return true;
}

const struct mmu_interval_notifier_ops vproc_notifier_ops = {
	.invalidate = vproc_notifier_invalidate,
};

static void vproc_trace_fork(void *data, struct task_struct *parent,
			     struct task_struct *child)
{
	struct vproc_op op = { .kind = VPROC_OP_FORK };
	struct vproc_bind *bind;
	u64 forked = 0;

	/* A thread: nothing new. */
	if (child->tgid == parent->tgid || !parent->mm)
		return;
	if (child->mm != parent->mm)
		forked = ktime_get_ns();
	rcu_read_lock();
	hash_for_each_possible_rcu(vproc_binds, bind, node,
				   (unsigned long)parent->mm) {
		if (bind->mm != parent->mm)
			continue;
		if (forked)
			WRITE_ONCE(bind->tracker->forked, forked);
		if (!(bind->tracker->flags & VPROC_ATTACH_FORK))
			continue;
		op.parent_tid = task_pid_nr_ns(parent, bind->tracker->ns);
		if (!vproc_ops_add(bind->tracker, child, &op))
			atomic_inc(&bind->tracker->children_lost);
		/* Of the child there will be an event; the parent waits. */
		if (vproc_tracker_full(bind->tracker))
			vproc_ops_add_debt(bind->tracker, true);
	}
	rcu_read_unlock();
}

static void vproc_trace_exec(void *data, struct task_struct *task,
			     pid_t old_pid, struct linux_binprm *bprm)
{
	struct vproc_follow *follow;
	struct vproc_op op = {};

	rcu_read_lock();
	hash_for_each_possible_rcu(vproc_follows, follow, node,
				   (unsigned long)task_tgid(task)) {
		if (follow->tgid != task_tgid(task))
			continue;
		op.kind = follow->spawns ? VPROC_OP_SPAWN : VPROC_OP_EXEC;
		if (!vproc_ops_add(follow->tracker, task, &op))
			vproc_tracker_lost(follow);
	}
	rcu_read_unlock();
}

/*
 * The task looks itself, later in its exit: from 7.0 on it has not yet let go
 * of its mm here.
 */
static void vproc_trace_exit(VPROC_TRACE_EXIT_ARGS)
{
	static const struct vproc_op template = { .kind = VPROC_OP_EXIT };
	struct vproc_follow *follow;

	if (atomic_read(&task->signal->live))
		return;
	rcu_read_lock();
	hash_for_each_possible_rcu(vproc_follows, follow, node,
				   (unsigned long)task_tgid(task)) {
		if (follow->tgid == task_tgid(task) &&
		    !vproc_ops_add(follow->tracker, task, &template))
			vproc_tracker_exited_later(follow->tracker);
	}
	rcu_read_unlock();
}

/**
 * struct vproc_trace - a tracepoint
 * @name: its name
 * @probe: what to do there
 * @hook: VPROC_HOOK_*
 * @tracepoint: the tracepoint, once it is found
 * @armed: @probe is registered
 */
struct vproc_trace {
	const char *name;
	void *probe;
	u32 hook;
	struct tracepoint *tracepoint;
	bool armed;
};

static struct vproc_trace vproc_traces[] = {
	{ "sched_process_fork", vproc_trace_fork, VPROC_HOOK_FORK },
	{ "sched_process_exec", vproc_trace_exec, VPROC_HOOK_EXEC },
	{ "sched_process_exit", vproc_trace_exit, VPROC_HOOK_EXIT },
};

/* Without these no tracker can be exact. */
#define VPROC_HOOKS_NEEDED	(VPROC_HOOK_MMAP | VPROC_HOOK_SYSCALL | \
				 VPROC_HOOK_SPLIT | \
				 VPROC_HOOK_MADVISE | VPROC_HOOK_UFFD | \
				 VPROC_HOOK_FORK | VPROC_HOOK_EXEC | \
				 VPROC_HOOK_EXIT)

/* Functions that each kernel has; it may lack one of the system calls. */
#define VPROC_HOOKS_EVERYWHERE	VPROC_HOOK_MADVISE

static void vproc_probe_arm(struct vproc_probe *probe)
{
	int ret;

	/* Anew: what an earlier registration has left in it is in the way. */
	probe->kprobe = (struct kprobe) {
		.symbol_name = probe->symbol,
		.pre_handler = probe->pre,
	};
	ret = register_kprobe(&probe->kprobe);
	probe->armed = !ret;
	if (!ret)
		vproc_hooks_now |= probe->hook;
	else if (ret != -ENOENT || probe->hook & VPROC_HOOKS_EVERYWHERE)
		vproc_hooks_lack(probe->hook, ret);
}

static void vproc_trace_find(struct tracepoint *tracepoint, void *data)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vproc_traces); i++)
		if (!strcmp(tracepoint->name, vproc_traces[i].name))
			vproc_traces[i].tracepoint = tracepoint;
}

static void vproc_trace_arm(struct vproc_trace *trace)
{
	int ret = -ENOENT;

	if (trace->tracepoint)
		ret = tracepoint_probe_register(trace->tracepoint, trace->probe,
						NULL);
	trace->armed = !ret;
	if (trace->armed)
		vproc_hooks_now |= trace->hook;
	else
		vproc_hooks_lack(trace->hook, ret);
}

static void vproc_hooks_disarm(void)
{
	struct kprobe *kprobes[ARRAY_SIZE(vproc_probes)];
	unsigned int i, nr = 0;

	lockdep_assert_held(&vproc_hooks_lock);
	for (i = 0; i < ARRAY_SIZE(vproc_traces); i++)
		if (vproc_traces[i].armed)
			tracepoint_probe_unregister(vproc_traces[i].tracepoint,
						    vproc_traces[i].probe, NULL);
	tracepoint_synchronize_unregister();
	vproc_ftrace_disarm();

	/* All in one go: each call waits for a grace period. */
	for (i = 0; i < ARRAY_SIZE(vproc_probes); i++)
		if (vproc_probes[i].armed)
			kprobes[nr++] = &vproc_probes[i].kprobe;
	if (nr)
		unregister_kprobes(kprobes, nr);
	if (vproc_split_armed)
		unregister_kretprobe(&vproc_split_probe);
	vproc_hooks_now = 0;
}

static void vproc_hooks_arm(void)
{
	unsigned int i;

	lockdep_assert_held(&vproc_hooks_lock);
	vproc_hooks_now = VPROC_HOOK_NOTIFIER;
	vproc_hooks_lacking = 0;
	vproc_hooks_nomem = false;
	vproc_ftrace_arm();
	for (i = 0; i < ARRAY_SIZE(vproc_probes); i++)
		vproc_probe_arm(&vproc_probes[i]);
	if (!(vproc_hooks_now & VPROC_HOOK_SYSCALL))
		vproc_hooks_lacking |= VPROC_HOOK_SYSCALL;
	vproc_split_arm();
	for_each_kernel_tracepoint(vproc_trace_find, NULL);
	for (i = 0; i < ARRAY_SIZE(vproc_traces); i++)
		vproc_trace_arm(&vproc_traces[i]);
}

static void vproc_disarm_work(struct work_struct *work)
{
	mutex_lock(&vproc_hooks_lock);
	if (!atomic_read(&vproc_hooks_users) && vproc_hooks_now)
		vproc_hooks_disarm();
	mutex_unlock(&vproc_hooks_lock);
}

static DECLARE_DELAYED_WORK(vproc_disarm, vproc_disarm_work);

/**
 * vproc_hooks_get - have the hooks armed
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM; -EOPNOTSUPP: the kernel lacks one that exactness needs.
 */
int vproc_hooks_get(void)
{
	int ret = 0;

	mutex_lock(&vproc_hooks_lock);
	atomic_inc(&vproc_hooks_users);
	if (!vproc_hooks_now)
		vproc_hooks_arm();
	if (vproc_hooks_lacking & VPROC_HOOKS_NEEDED)
		ret = vproc_hooks_nomem ? -ENOMEM : -EOPNOTSUPP;
	/* The next one may have better luck, and has not to wait for it. */
	if (ret)
		vproc_hooks_disarm();
	mutex_unlock(&vproc_hooks_lock);
	if (ret)
		vproc_hooks_put();
	return ret;
}

/**
 * vproc_hooks_put - the reverse of vproc_hooks_get()
 *
 * They are disarmed a while later, if nobody wants them by then.
 *
 * Context: any.
 */
void vproc_hooks_put(void)
{
	if (atomic_dec_and_test(&vproc_hooks_users))
		mod_delayed_work(vproc_wq, &vproc_disarm, VPROC_DISARM_DELAY);
}

/**
 * vproc_hooks_exit - disarm the hooks for good
 *
 * Context: nobody wants them any more; may sleep.
 */
void vproc_hooks_exit(void)
{
	cancel_delayed_work_sync(&vproc_disarm);
	vproc_disarm_work(NULL);
}

/**
 * vproc_hooks_armed - which hooks are armed now
 *
 * Return: VPROC_HOOK_*.
 */
u32 vproc_hooks_armed(void)
{
	return READ_ONCE(vproc_hooks_now);
}

/**
 * vproc_hooks_missing - which hooks could not be armed the last time
 *
 * Return: VPROC_HOOK_*.
 */
u32 vproc_hooks_missing(void)
{
	return READ_ONCE(vproc_hooks_lacking);
}

/**
 * vproc_hooks_nmissed - how often a probe was hit and could not run
 *
 * A kprobe misses what calls it out of another probe, which none does with a
 * system call or madvise(). What can run out is what a kretprobe takes from entry
 * to return.
 *
 * Return: a number that grows with each such miss while the hooks are armed.
 */
unsigned long vproc_hooks_nmissed(void)
{
	return READ_ONCE(vproc_split_probe.kp.nmissed) +
	       READ_ONCE(vproc_split_probe.nmissed);
}
