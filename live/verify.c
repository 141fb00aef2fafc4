// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verify: compare the model with the kernel's VMAs, region by region.
 */
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

#include "live/apply.h"
#include "live/classify.h"
#include "live/compat.h"
#include "live/verify.h"

/* How often a moment is looked for at which nothing is in flight. */
#define VPROC_VERIFY_TRIES	50

/* A VMA in the form that user space sees; names are not looked up. */
static void vproc_verify_export(const struct vproc_vma *vma,
				struct vproc_region *region)
{
	const struct inode *inode;

	region->start = vma->start;
	region->end = vma->end;
	region->page_size = PAGE_SIZE;
	if (vma->flags & VM_READ)
		region->perm |= VPROC_PERM_READ;
	if (vma->flags & VM_WRITE)
		region->perm |= VPROC_PERM_WRITE;
	if (vma->flags & VM_EXEC)
		region->perm |= VPROC_PERM_EXEC;
	if (vma->flags & VM_MAYSHARE)
		region->perm |= VPROC_PERM_SHARED;
	if (!vma->file)
		return;
	inode = vproc_file_inode(vma->file);
	region->offset = (u64)vma->pgoff << PAGE_SHIFT;
	region->inode = inode->i_ino;
	region->dev_major = MAJOR(inode->i_sb->s_dev);
	region->dev_minor = MINOR(inode->i_sb->s_dev);
}

static void vproc_verify_differs(struct vproc_tracker *tracker, u32 diff,
				 const struct vproc_vma *vma,
				 const struct vproc_span *span,
				 struct vproc_verify *result)
{
	if (result->differences++)
		return;
	result->first = diff;
	if (vma)
		vproc_verify_export(vma, &result->kernel);
	if (span)
		vproc_space_export(&tracker->space, span, &result->model);
}

/* Regions of the model in [start, end), where the kernel has none. */
static void vproc_verify_gap(struct vproc_tracker *tracker, unsigned long start,
			     unsigned long end, struct vproc_verify *result)
{
	struct vproc_span span;

	vproc_space_for_each(&tracker->space, &span, start) {
		if (span.start >= end)
			break;
		/* One that reaches out of the gap is counted with its VMA. */
		if (span.start >= start && span.end <= end)
			vproc_verify_differs(tracker, VPROC_DIFF_EXTRA, NULL,
					     &span, result);
	}
}

static void vproc_verify_vma(struct vproc_tracker *tracker,
			     const struct vproc_vma *vma, const char *given,
			     struct vproc_verify *result)
{
	struct vproc_span span;
	u32 diff;

	result->regions++;
	if (!vproc_space_find(&tracker->space, vma->start, &span) ||
	    span.start >= vma->end) {
		vproc_verify_differs(tracker, VPROC_DIFF_MISSING, vma, NULL,
				     result);
		return;
	}
	diff = vproc_classify_differs(vma, given, &span);
	if (diff)
		vproc_verify_differs(tracker, diff, vma, &span, result);
}

/**
 * vproc_verify_compare - compare, and count
 * @tracker: the tracker
 * @mm: its mm
 * @result: regions, differences and the first of them are added to it
 *
 * Context: the space's lock is held, and the mmap_lock for writing, or nobody
 * else uses the mm any more: under a reader's lock VMAs can be gone of which
 * the log does not know yet.
 */
void vproc_verify_compare(struct vproc_tracker *tracker, struct mm_struct *mm,
			  struct vproc_verify *result)
{
	struct vm_area_struct *area;
	unsigned long at = 0;
	struct vproc_vma vma;

	lockdep_assert_held(&mm->mmap_lock);
	lockdep_assert_held(&tracker->space.lock);
	VMA_ITERATOR(vmi, mm, 0);
	for_each_vma(vmi, area) {
		vproc_classify_vma(area, &vma);
		vproc_verify_gap(tracker, at, vma.start, result);
		vproc_verify_vma(tracker, &vma,
				 vma.named ? vproc_vma_given_name(area) : NULL,
				 result);
		at = vma.end;
	}
	vproc_verify_gap(tracker, at, ULONG_MAX, result);
}

/*
 * Lock everything at a moment when no operation is in flight; if there is none
 * for long, settle what is.
 */
static int vproc_verify_lock(struct vproc_tracker *tracker,
			     struct mm_struct *mm)
{
	unsigned int tries;

	for (tries = 0; ; tries++) {
		if (mmap_write_lock_killable(mm))
			return -EINTR;
		mutex_lock(&tracker->space.lock);
		if (tries == VPROC_VERIFY_TRIES ||
		    !vproc_ops_pending(&tracker->ops))
			return 0;
		mutex_unlock(&tracker->space.lock);
		mmap_write_unlock(mm);
		/* A completion of io_uring looks like a signal, but is none. */
		schedule_timeout_killable(1);
	}
}

static int vproc_verify_locked(struct vproc_tracker *tracker,
			       struct mm_struct *mm,
			       struct vproc_verify *result)
{
	struct vproc_cause_info by;
	int ret;

	if (!tracker->bind || tracker->bind->mm != mm)
		return -ESRCH;

	ret = vproc_apply(tracker);
	if (!ret && vproc_is_stale(tracker))
		ret = vproc_resync(tracker, mm, VPROC_CAUSE_RESYNC);
	if (ret)
		return ret;

	vproc_classify_current(&by, tracker->ns, mm);
	vproc_apply_layout(tracker, mm, &by, true);
	/* If that fails, what is different says nothing. */
	ret = vproc_ops_settle_all(tracker, mm);
	if (ret < 0)
		return ret;
	result->settled = ret;
	vproc_verify_compare(tracker, mm, result);
	/* What the counters would have told the next query. */
	if (!result->differences && !vproc_counts_match(tracker, mm))
		vproc_verify_differs(tracker, VPROC_DIFF_BOUNDS, NULL, NULL,
				     result);
	tracker->verified++;
	result->seq = tracker->events.seq;
	result->missed = tracker->missed;
	return 0;
}

/**
 * vproc_verify - VPROC_VERIFY
 * @tracker: the tracker
 * @result: zeroed; filled in
 *
 * Context: may sleep; takes the target's mmap_lock for writing.
 * Return: 0; -ESRCH: the address space has ended; -EINTR; -ENOMEM.
 */
int vproc_verify(struct vproc_tracker *tracker, struct vproc_verify *result)
{
	struct mm_struct *mm = vproc_tracker_mm(tracker);
	int ret;

	if (!mm)
		return -ESRCH;
	ret = vproc_verify_lock(tracker, mm);
	if (!ret) {
		ret = vproc_verify_locked(tracker, mm, result);
		mutex_unlock(&tracker->space.lock);
		mmap_write_unlock(mm);
	}
	mmput(mm);
	return ret;
}
