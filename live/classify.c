// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a VMA is in vproc's terms, and what a system call is the cause of.
 */
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/timekeeping.h>
#include <linux/userfaultfd.h>
#include <linux/userfaultfd_k.h>

#include <asm/syscall.h>
#include <asm/unistd.h>

#include "live/classify.h"
#include "live/compat.h"

/**
 * vproc_classify_vma - copy what matters out of a VMA
 * @vma: the VMA
 * @out: where to put it; no reference to the file is taken
 *
 * Context: any; the mmap_lock of the VMA's mm is held.
 */
void vproc_classify_vma(struct vm_area_struct *vma, struct vproc_vma *out)
{
	out->start = vma->vm_start;
	out->end = vma->vm_end;
	out->pgoff = vma->vm_pgoff;
	out->flags = vma->vm_flags;
	out->file = vma->vm_file;
	out->special = NULL;
	if (!vma->vm_file && vma->vm_ops && vma->vm_ops->name)
		out->special = vma->vm_ops->name(vma);
	out->named = !out->special && vproc_vma_given_name(vma);
}

static u8 vproc_perm(unsigned long flags)
{
	u8 perm = 0;

	if (flags & VM_READ)
		perm |= VPROC_PERM_READ;
	if (flags & VM_WRITE)
		perm |= VPROC_PERM_WRITE;
	if (flags & VM_EXEC)
		perm |= VPROC_PERM_EXEC;
	if (flags & VM_MAYSHARE)
		perm |= VPROC_PERM_SHARED;
	return perm;
}

/* The division that vm_stat_account() makes. */
static u8 vproc_account(unsigned long flags)
{
	if ((flags & (VM_EXEC | VM_WRITE | VM_STACK)) == VM_EXEC)
		return VPROC_ACCOUNT_EXEC;
	if ((flags & VM_STACK) == VM_STACK || flags & VM_SHADOW_STACK)
		return VPROC_ACCOUNT_STACK;
	if ((flags & (VM_WRITE | VM_SHARED | VM_STACK)) == VM_WRITE)
		return VPROC_ACCOUNT_DATA;
	return VPROC_ACCOUNT_OTHER;
}

static u8 vproc_kind(const struct vproc_vma *vma)
{
	if (vma->file)
		return VPROC_KIND_FILE;
	return vma->special ? VPROC_KIND_SPECIAL : VPROC_KIND_ANON;
}

/**
 * vproc_classify_file - what a shared mapping of a file is
 * @file: the file
 *
 * Return: VPROC_TYPE_DEVICE, VPROC_TYPE_SHARED or VPROC_TYPE_MAPPED_FILE.
 */
enum vproc_type vproc_classify_file(const struct file *file)
{
	const struct inode *inode = file_inode(file);
	unsigned long magic = inode->i_sb->s_magic;

	if (S_ISCHR(inode->i_mode) || S_ISBLK(inode->i_mode))
		return VPROC_TYPE_DEVICE;
	if (magic == TMPFS_MAGIC || magic == HUGETLBFS_MAGIC)
		return VPROC_TYPE_SHARED;
	return VPROC_TYPE_MAPPED_FILE;
}

static bool vproc_is_device(const struct vproc_vma *vma)
{
	if (vma->flags & (VM_PFNMAP | VM_IO))
		return true;
	return vma->file && vproc_classify_file(vma->file) == VPROC_TYPE_DEVICE;
}

/* The rules are documented at enum vproc_type. */
static u8 vproc_type(const struct vproc_vma *vma)
{
	if (vma->special)
		return vma->flags & VM_EXEC ? VPROC_TYPE_CODE : VPROC_TYPE_RODATA;
	if (vma->flags & VM_GROWSDOWN)
		return VPROC_TYPE_STACK;
	if (vproc_is_device(vma))
		return VPROC_TYPE_DEVICE;
	if (vma->flags & VM_MAYSHARE)
		return vma->file ? vproc_classify_file(vma->file) :
			VPROC_TYPE_SHARED;
	if (vma->flags & VM_EXEC)
		return VPROC_TYPE_CODE;
	return vma->flags & VM_WRITE ? VPROC_TYPE_DATA : VPROC_TYPE_RODATA;
}

/* The traits that need no look-up. */
static void vproc_traits_of_flags(const struct vproc_vma *vma,
				  struct vproc_traits *traits)
{
	traits->origin = 0;
	if (vma->file)
		traits->origin = ((u64)vma->pgoff << PAGE_SHIFT) - vma->start;
	traits->type = vproc_type(vma);
	traits->perm = vproc_perm(vma->flags);
	traits->kind = vproc_kind(vma);
	traits->account = vproc_account(vma->flags);
	traits->flags = 0;
	traits->backing = NULL;
}

/* "[anon_shmem:" and "]" around the longest name. */
#define VPROC_NAME_TEXT_MAX	(VPROC_GIVEN_NAME_MAX + 13)

/* The given name as /proc/PID/maps prints it, in @text; NULL if there is none. */
static const char *vproc_name_text(const struct vproc_vma *vma,
				   const char *given,
				   char text[VPROC_NAME_TEXT_MAX])
{
	if (vma->special)
		return vma->special;
	if (!given)
		return NULL;
	snprintf(text, VPROC_NAME_TEXT_MAX,
		 vma->file ? "[anon_shmem:%s]" : "[anon:%s]", given);
	return text;
}

/**
 * vproc_classify_traits - the attributes of a VMA
 * @files: table for its file or name
 * @vma: the VMA
 * @given: the name that the process gave it, or NULL
 * @traits: out; with a reference to the backing, which the caller puts
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0 or -ENOMEM.
 */
int vproc_classify_traits(struct vproc_files *files,
			  const struct vproc_vma *vma, const char *given,
			  struct vproc_traits *traits)
{
	char text[VPROC_NAME_TEXT_MAX];
	const char *name = vproc_name_text(vma, given, text);

	vproc_traits_of_flags(vma, traits);
	if (!vma->file && !name)
		return 0;
	traits->backing = vproc_files_get(files, vma->file, name);
	return traits->backing ? 0 : -ENOMEM;
}

/**
 * vproc_classify_differs - what does the model have otherwise?
 * @vma: a VMA
 * @given: the name that the process gave it, or NULL
 * @span: a region of the model
 *
 * Context: the space's lock is held. Neither sleeps nor allocates.
 * Return: VPROC_DIFF_*, 0 if bounds and attributes are the same.
 */
u32 vproc_classify_differs(const struct vproc_vma *vma, const char *given,
			   const struct vproc_span *span)
{
	const struct vproc_traits *have = &span->attr->traits;
	char text[VPROC_NAME_TEXT_MAX];
	struct vproc_traits want;
	u32 diff = 0;

	vproc_traits_of_flags(vma, &want);
	if (vma->start != span->start || vma->end != span->end)
		diff |= VPROC_DIFF_BOUNDS;
	if (want.perm != have->perm || want.type != have->type ||
	    want.account != have->account)
		diff |= VPROC_DIFF_PERM;
	if (want.kind != have->kind ||
	    !vproc_files_is(have->backing, vma->file,
			    vproc_name_text(vma, given, text)))
		diff |= VPROC_DIFF_FILE;
	if (want.origin != have->origin)
		diff |= VPROC_DIFF_OFFSET;
	return diff;
}

/* Causes by system call, of the 64-bit table. */
static const u8 vproc_causes[] = {
	[__NR_mmap]			= VPROC_CAUSE_MMAP,
	[__NR_mprotect]			= VPROC_CAUSE_MPROTECT,
	[__NR_munmap]			= VPROC_CAUSE_MUNMAP,
	[__NR_brk]			= VPROC_CAUSE_BRK,
	[__NR_mremap]			= VPROC_CAUSE_MREMAP,
	[__NR_madvise]			= VPROC_CAUSE_MADVISE,
	[__NR_shmat]			= VPROC_CAUSE_SHM,
	[__NR_shmdt]			= VPROC_CAUSE_SHM,
	[__NR_clone]			= VPROC_CAUSE_FORK,
	[__NR_fork]			= VPROC_CAUSE_FORK,
	[__NR_vfork]			= VPROC_CAUSE_FORK,
	[__NR_execve]			= VPROC_CAUSE_EXEC,
	[__NR_exit]			= VPROC_CAUSE_EXIT,
	[__NR_mlock]			= VPROC_CAUSE_MLOCK,
	[__NR_munlock]			= VPROC_CAUSE_MLOCK,
	[__NR_mlockall]			= VPROC_CAUSE_MLOCK,
	[__NR_munlockall]		= VPROC_CAUSE_MLOCK,
	[__NR_prctl]			= VPROC_CAUSE_PRCTL,
	[__NR_io_setup]			= VPROC_CAUSE_MMAP,
	[__NR_io_destroy]		= VPROC_CAUSE_MUNMAP,
	[__NR_remap_file_pages]		= VPROC_CAUSE_MMAP,
	[__NR_exit_group]		= VPROC_CAUSE_EXIT,
	[__NR_mbind]			= VPROC_CAUSE_MBIND,
	[__NR_execveat]			= VPROC_CAUSE_EXEC,
	[__NR_userfaultfd]		= VPROC_CAUSE_UFFD,
	[__NR_mlock2]			= VPROC_CAUSE_MLOCK,
	[__NR_pkey_mprotect]		= VPROC_CAUSE_MPROTECT,
	[__NR_clone3]			= VPROC_CAUSE_FORK,
	[__NR_process_madvise]		= VPROC_CAUSE_MADVISE,
	[__NR_set_mempolicy_home_node]	= VPROC_CAUSE_MBIND,
	[453 /* map_shadow_stack, 6.6 */] = VPROC_CAUSE_MMAP,
	[462 /* mseal, 6.10 */]		= VPROC_CAUSE_MSEAL,
};

#ifdef CONFIG_IA32_EMULATION
/* Those of the 32-bit table that change a map; its numbers are fixed. */
static const u8 vproc_causes_ia32[] = {
	[1 /* exit */]			= VPROC_CAUSE_EXIT,
	[2 /* fork */]			= VPROC_CAUSE_FORK,
	[11 /* execve */]		= VPROC_CAUSE_EXEC,
	[45 /* brk */]			= VPROC_CAUSE_BRK,
	[90 /* mmap */]			= VPROC_CAUSE_MMAP,
	[91 /* munmap */]		= VPROC_CAUSE_MUNMAP,
	[117 /* ipc */]			= VPROC_CAUSE_SHM,
	[120 /* clone */]		= VPROC_CAUSE_FORK,
	[125 /* mprotect */]		= VPROC_CAUSE_MPROTECT,
	[150 /* mlock */]		= VPROC_CAUSE_MLOCK,
	[151 /* munlock */]		= VPROC_CAUSE_MLOCK,
	[152 /* mlockall */]		= VPROC_CAUSE_MLOCK,
	[153 /* munlockall */]		= VPROC_CAUSE_MLOCK,
	[163 /* mremap */]		= VPROC_CAUSE_MREMAP,
	[172 /* prctl */]		= VPROC_CAUSE_PRCTL,
	[190 /* vfork */]		= VPROC_CAUSE_FORK,
	[192 /* mmap2 */]		= VPROC_CAUSE_MMAP,
	[219 /* madvise */]		= VPROC_CAUSE_MADVISE,
	[245 /* io_setup */]		= VPROC_CAUSE_MMAP,
	[246 /* io_destroy */]		= VPROC_CAUSE_MUNMAP,
	[252 /* exit_group */]		= VPROC_CAUSE_EXIT,
	[257 /* remap_file_pages */]	= VPROC_CAUSE_MMAP,
	[274 /* mbind */]		= VPROC_CAUSE_MBIND,
	[358 /* execveat */]		= VPROC_CAUSE_EXEC,
	[374 /* userfaultfd */]		= VPROC_CAUSE_UFFD,
	[376 /* mlock2 */]		= VPROC_CAUSE_MLOCK,
	[380 /* pkey_mprotect */]	= VPROC_CAUSE_MPROTECT,
	[397 /* shmat */]		= VPROC_CAUSE_SHM,
	[398 /* shmdt */]		= VPROC_CAUSE_SHM,
	[435 /* clone3 */]		= VPROC_CAUSE_FORK,
	[440 /* process_madvise */]	= VPROC_CAUSE_MADVISE,
	[450 /* set_mempolicy_home_node */] = VPROC_CAUSE_MBIND,
	[462 /* mseal */]		= VPROC_CAUSE_MSEAL,
};
#endif

static u8 vproc_cause_of_syscall(s32 nr)
{
	if (nr < 0)
		return VPROC_CAUSE_UNKNOWN;
#ifdef CONFIG_IA32_EMULATION
	if (in_ia32_syscall())
		return nr < ARRAY_SIZE(vproc_causes_ia32) ?
			vproc_causes_ia32[nr] : VPROC_CAUSE_UNKNOWN;
#endif
	return nr < ARRAY_SIZE(vproc_causes) ? vproc_causes[nr] :
		VPROC_CAUSE_UNKNOWN;
}

/**
 * vproc_classify_current - who does something just now, and by what call
 * @by: out
 * @ns: pid namespace to name the task in
 * @mm: whose map it is about, which need not be there any more; or NULL
 *
 * A thread that is not in a system call (it faulted) has syscall -1 and the
 * cause VPROC_CAUSE_UNKNOWN, for the hook to know better.
 *
 * Where current is in its own code is told only if that is in @mm. Addresses
 * elsewhere mean nothing there, and whoever looks at @mm may have no right to know
 * them: those of another process, or of the image that current runs now.
 *
 * Context: any but NMI.
 */
void vproc_classify_current(struct vproc_cause_info *by,
			    struct pid_namespace *ns,
			    const struct mm_struct *mm)
{
	struct pt_regs *regs;

	by->time = ktime_get_ns();
	by->ip = 0;
	by->sp = 0;
	by->tid = 0;
	by->syscall = -1;
	by->cause = VPROC_CAUSE_KERNEL;
	if (current->flags & PF_KTHREAD)
		return;

	by->tid = task_pid_nr_ns(current, ns);
	by->cause = VPROC_CAUSE_UNKNOWN;
	/* The registers of a thread that the kernel made for it mean nothing. */
	if (current->flags & (PF_IO_WORKER | PF_EXITING))
		return;
	regs = task_pt_regs(current);
	by->syscall = syscall_get_nr(current, regs);
	by->cause = vproc_cause_of_syscall(by->syscall);
	if (!mm || current->mm != mm)
		return;
	by->ip = instruction_pointer(regs);
	by->sp = user_stack_pointer(regs);
}

/**
 * vproc_cause_unmaps - does this system call take regions away?
 * @cause: enum vproc_cause
 *
 * Return: true for those that call unmap_region() with the mmap_lock held; in
 * them an MMU_NOTIFY_UNMAP means that the map is changing.
 */
bool vproc_cause_unmaps(u8 cause)
{
	switch (cause) {
	case VPROC_CAUSE_MMAP:
	case VPROC_CAUSE_MUNMAP:
	case VPROC_CAUSE_BRK:
	case VPROC_CAUSE_MREMAP:
	case VPROC_CAUSE_SHM:
		return true;
	default:
		return false;
	}
}

/**
 * vproc_task_regs - the registers that a thread entered the kernel with
 * @task: any thread
 *
 * As task_pt_regs(), but of a thread that may be exiting: that gives its stack
 * up at any moment, and only the memory stays until RCU is released. The stack
 * may then be another one's, so PF_EXITING is to be looked at afterwards.
 *
 * Context: RCU is held.
 * Return: where they are; NULL if the stack is gone.
 */
struct pt_regs *vproc_task_regs(const struct task_struct *task)
{
	void *stack = READ_ONCE(task->stack);

	if (!stack)
		return NULL;
	stack += THREAD_SIZE - TOP_OF_KERNEL_STACK_PADDING;
	return (struct pt_regs *)stack - 1;
}

static bool vproc_cause_settles(u8 cause)
{
	switch (cause) {
	case VPROC_CAUSE_MREMAP:
	case VPROC_CAUSE_MADVISE:
	case VPROC_CAUSE_MLOCK:
	case VPROC_CAUSE_MBIND:
	case VPROC_CAUSE_PRCTL:
	case VPROC_CAUSE_MSEAL:
		return true;
	default:
		return false;
	}
}

/*
 * Does it sleep until there is something to do? With a probed call ahead of it
 * that changes a map it would not: that waits uninterruptibly for the mmap_lock.
 */
static bool vproc_task_idles(const struct task_struct *task)
{
	return READ_ONCE(task->__state) == TASK_INTERRUPTIBLE;
}

/* Through these a userfaultfd is closed. */
static bool vproc_syscall_closes(const struct task_struct *task, long nr)
{
	switch (nr) {
	case __NR_close:
	case __NR_dup2:
	case __NR_dup3:
	case __NR_close_range:
	case __NR_execve:
	case __NR_execveat:
		return true;
	case __NR_io_uring_enter:
		return !vproc_task_idles(task);
#ifdef CONFIG_IA32_EMULATION
	case 6 /* close */:
	case 11 /* execve */:
	case 63 /* dup2 */:
	case 330 /* dup3 */:
	case 358 /* execveat */:
		return true;
#endif
	default:
		return false;
	}
}

/* Of an ioctl: is it one by which a userfaultfd changes a map? */
static bool vproc_ioctl_is_uffd(struct task_struct *task, struct pt_regs *regs)
{
	unsigned long args[6];

	syscall_get_arguments(task, regs, args);
	return (u32)args[1] == UFFDIO_REGISTER ||
	       (u32)args[1] == UFFDIO_UNREGISTER;
}

/**
 * vproc_classify_has_uffd - does anything of an mm belong to a userfaultfd?
 * @mm: the mm
 *
 * Only then does the end of one change its map.
 *
 * Context: the mmap_lock is held.
 * Return: true if it does.
 */
bool vproc_classify_has_uffd(struct mm_struct *mm)
{
	struct vm_area_struct *area;

	VMA_ITERATOR(vmi, mm, 0);
	for_each_vma(vmi, area) {
		if (userfaultfd_armed(area))
			return true;
	}
	return false;
}

/* May a task that is in this call be changing a map by a userfaultfd? */
static bool vproc_syscall_is_uffd(struct task_struct *task, struct pt_regs *regs,
				  long nr, bool closes)
{
	if (nr == __NR_ioctl)
		return vproc_ioctl_is_uffd(task, regs);
#ifdef CONFIG_IA32_EMULATION
	if (nr == 54 /* ioctl */ && vproc_ioctl_is_uffd(task, regs))
		return true;
#endif
	return closes && vproc_syscall_closes(task, nr);
}

/**
 * vproc_classify_task_uffd - may a task be changing the map of another process?
 * @task: a task of another process
 * @closes: can it be by closing a file? See vproc_classify_has_uffd()
 *
 * By a userfaultfd of that one. An exiting task may be closing it. A true can be
 * wrong. A false can be, where a file is closed for the last time by whoever else
 * was using it just then.
 *
 * Context: RCU is held.
 * Return: true if it may.
 */
bool vproc_classify_task_uffd(struct task_struct *task, bool closes)
{
	unsigned int flags = READ_ONCE(task->flags);
	struct pt_regs *regs = vproc_task_regs(task);

	if (!regs || flags & PF_KTHREAD || READ_ONCE(task->exit_state) ||
	    vproc_task_stays(task))
		return false;
	if (flags & PF_EXITING)
		return closes;
	if (flags & PF_IO_WORKER)
		return closes && !vproc_task_idles(task);
	return vproc_syscall_is_uffd(task, regs, syscall_get_nr(task, regs),
				     closes);
}

/**
 * vproc_classify_task_settles - may a task be in a call whose entry is probed?
 * @task: a task other than current
 * @closes: can a map be changed by closing a file? See vproc_classify_has_uffd()
 *
 * A running task's registers say what it called last. A true can thus be wrong;
 * a false only as with vproc_classify_task_uffd().
 *
 * Context: RCU is held.
 * Return: true if it may.
 */
bool vproc_classify_task_settles(struct task_struct *task, bool closes)
{
	struct pt_regs *regs = vproc_task_regs(task);
	long nr;

	if (!regs || READ_ONCE(task->flags) & PF_EXITING || vproc_task_stays(task))
		return false;
	/* Its registers mean nothing. */
	if (READ_ONCE(task->flags) & PF_IO_WORKER)
		return !vproc_task_idles(task);
	nr = syscall_get_nr(task, regs);
	if (nr < 0)
		return false;
	if (vproc_syscall_is_uffd(task, regs, nr, closes))
		return true;
#ifdef CONFIG_IA32_EMULATION
	if (nr < ARRAY_SIZE(vproc_causes_ia32) &&
	    vproc_cause_settles(vproc_causes_ia32[nr]))
		return true;
#endif
	return nr < ARRAY_SIZE(vproc_causes) &&
	       vproc_cause_settles(vproc_causes[nr]);
}
