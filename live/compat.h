/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernel versions. Each entry says what changed and when;
 * it can go when no older kernel is supported any more.
 */
#ifndef _VPROC_LIVE_COMPAT_H
#define _VPROC_LIVE_COMPAT_H

#include <linux/capability.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/pid.h>
#include <linux/sched/coredump.h>
#include <linux/sched/task.h>
#include <linux/shmem_fs.h>
#include <linux/user_namespace.h>
#include <linux/version.h>
#include <linux/workqueue.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0)
#include <linux/sched/exec_state.h>
#endif

/*
 * Not a matter of versions: a kernel without MMU_NOTIFIER does not declare its
 * functions. Nothing is tracked there (see nohooks.c), so they are not called.
 */
#ifndef CONFIG_MMU_NOTIFIER
static inline int
mmu_interval_notifier_insert_locked(struct mmu_interval_notifier *notifier,
				    struct mm_struct *mm, unsigned long start,
				    unsigned long length,
				    const struct mmu_interval_notifier_ops *ops)
{
	return -EOPNOTSUPP;
}

static inline void
mmu_interval_notifier_remove(struct mmu_interval_notifier *notifier)
{
}
#endif

/* 6.13: the namespace of an export became a string. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define VPROC_KUNIT_NS		"VPROC_KUNIT"
#else
#define VPROC_KUNIT_NS		VPROC_KUNIT
#endif

/* 6.17, give or take one: KUnit can set up suites without running them, too. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#define kit_suites_init(suites, nr)	__kunit_test_suites_init(suites, nr, true)
#else
#define kit_suites_init(suites, nr)	__kunit_test_suites_init(suites, nr)
#endif

/*
 * 6.7: private anonymous memory that was never touched and is made read-only
 * is not accounted any more, so that it can be merged with what never was
 * writable.
 */
#define VPROC_UNACCOUNTS	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0))

/*
 * 6.17: mremap() makes its checks before it unmaps anything, and moves several
 * regions at once if their size stays.
 */
#define VPROC_REMAP_MANY	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0))

/* 7.2, if not before: mremap() counts right how many regions it will make. */
#define VPROC_REMAP_COUNTS	(LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0))

/*
 * 6.6: /proc/PID/maps calls a region [heap] that shares a byte with the heap;
 * before, one that shares a boundary was enough.
 */
#define VPROC_HEAP_TOUCHING	(LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0))

/*
 * 6.2: shared memory can be named, too; until then the field that holds the
 * name is another one's in a VMA with a file.
 */
static inline const char *vproc_vma_given_name(struct vm_area_struct *vma)
{
#ifdef CONFIG_ANON_VMA_NAME
	if (LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0) && vma->vm_file)
		return NULL;
	return vma->anon_name ? vma->anon_name->name : NULL;
#else
	return NULL;
#endif
}

/*
 * 6.8: a file on a stacked file system is shown with the inode and path that
 * its user opened, not with those of the file below.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
static inline const struct inode *vproc_file_inode(struct file *file)
{
	return file_user_inode(file);
}

static inline const struct path *vproc_file_path(struct file *file)
{
	return file_user_path(file);
}
#else
static inline const struct inode *vproc_file_inode(struct file *file)
{
	return file_inode(file);
}

static inline const struct path *vproc_file_path(struct file *file)
{
	return &file->f_path;
}
#endif

/*
 * The struct pid of a pidfd, or NULL if @file is none. pidfd_pid() is not
 * exported; a pidfd is told by the file system that it lives on. 6.9 gave
 * pidfds one of their own; before, they are anonymous inodes of a name that
 * only the kernel can give.
 */
static inline struct pid *vproc_pidfd_pid(struct file *file)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
	if (file_inode(file)->i_sb->s_magic != PID_FS_MAGIC)
		return NULL;
	return file_inode(file)->i_private;
#else
	const struct dentry *dentry = file->f_path.dentry;

	if (dentry->d_sb->s_magic != ANON_INODE_FS_MAGIC ||
	    strcmp(dentry->d_name.name, "[pidfd]"))
		return NULL;
	return file->private_data;
#endif
}

#ifdef CONFIG_X86_VSYSCALL_EMULATION
/* 6.4: the flags of an mm's context became a bitmap. */
static inline bool vproc_mm_has_gate(struct mm_struct *mm)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
	return test_bit(MM_CONTEXT_HAS_VSYSCALL, &mm->context.flags);
#else
	return mm->context.flags & MM_CONTEXT_HAS_VSYSCALL;
#endif
}

/* 6.5: get_user_pages_remote() gave up its argument for VMAs. */
static inline long vproc_get_user_page(struct mm_struct *mm,
				       unsigned long addr, struct page **page,
				       int *locked)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	return get_user_pages_remote(mm, addr, 1, 0, page, locked);
#else
	return get_user_pages_remote(mm, addr, 1, 0, page, NULL, locked);
#endif
}
#endif

#ifdef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
/* The first argument of a traced function. 6.2: a function tells it. */
static inline void *vproc_ftrace_argument(struct ftrace_regs *regs)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	return (void *)ftrace_regs_get_argument(regs, 0);
#else
	return (void *)regs_get_kernel_argument(&regs->regs, 0);
#endif
}
#endif

/*
 * 6.4: threads of the kernel's own that look like some of a process, for vhost.
 * They never go to user space, so they run no task_work before they end. Those of
 * io_uring, which are so marked as well, do.
 */
static inline bool vproc_task_stays(const struct task_struct *task)
{
#ifdef PF_USER_WORKER
	return (READ_ONCE(task->flags) & (PF_USER_WORKER | PF_IO_WORKER)) ==
	       PF_USER_WORKER;
#else
	return false;
#endif
}

/* 6.17: what runs work on no CPU in particular was given a new name. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#define vproc_unbound_wq	system_dfl_wq
#else
#define vproc_unbound_wq	system_unbound_wq
#endif

/* 6.16: sched_process_exit tells whether the whole group is dead, too. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#define VPROC_TRACE_EXIT_ARGS	void *data, struct task_struct *task, bool dead
#else
#define VPROC_TRACE_EXIT_ARGS	void *data, struct task_struct *task
#endif

/* 6.6: shadow stacks, which are counted as stacks. */
#ifndef VM_SHADOW_STACK
#define VM_SHADOW_STACK		VM_NONE
#endif

/* 6.3: the flags of a VMA are changed by functions. */
static inline void vproc_vm_flags_clear(struct vm_area_struct *vma,
					unsigned long flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_clear(vma, flags);
#else
	vma->vm_flags &= ~flags;
#endif
}

/* 6.10: that offsets are unsigned moved from the file to its operations. */
static inline bool vproc_file_unsigned(const struct file *file)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
	return file->f_op->fop_flags & FOP_UNSIGNED_OFFSET;
#else
	return file->f_mode & FMODE_UNSIGNED_OFFSET;
#endif
}

/* 6.16: a file can be mapped by more than one operation. */
static inline bool vproc_file_can_mmap(const struct file *file)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
	return can_mmap_file((struct file *)file);
#else
	return file->f_op->mmap;
#endif
}

/* 7.0: the flags of a VMA became a bitmap. */
static inline struct file *vproc_shmem_file(const char *name, loff_t size)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	return shmem_file_setup(name, size, mk_vma_flags(VMA_NORESERVE_BIT));
#else
	return shmem_file_setup(name, size, VM_NORESERVE);
#endif
}

/*
 * 7.2: the user namespace that an image belongs to, and whether it may be
 * dumped, moved from its mm to its tasks.
 */
static inline bool vproc_image_capable(struct task_struct *task,
				       struct mm_struct *mm, int cap)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0)
	struct user_namespace *ns = &init_user_ns;
	bool capable;

	rcu_read_lock();
	/* An exec changes both. What @mm belonged to then is not known. */
	task_lock(task);
	if (task->mm == mm)
		ns = rcu_dereference(task->exec_state)->user_ns;
	task_unlock(task);
	capable = ns_capable(ns, cap);
	rcu_read_unlock();
	return capable;
#else
	return ns_capable(mm->user_ns, cap);
#endif
}

static inline bool vproc_current_dumpable(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0)
	enum task_dumpable dumpable;

	rcu_read_lock();
	dumpable = READ_ONCE(rcu_dereference(current->exec_state)->dumpable);
	rcu_read_unlock();
	return dumpable == TASK_DUMPABLE_OWNER;
#else
	return get_dumpable(current->mm) == SUID_DUMP_USER;
#endif
}

#endif /* _VPROC_LIVE_COMPAT_H */
