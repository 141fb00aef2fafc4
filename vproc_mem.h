/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The user API of /dev/vproc_mem.
 *
 * One open file of /dev/vproc_mem is one address space. VPROC_ATTACH binds it
 * to a live task, whose regions are followed from then on; the queries answer
 * from vproc's own model, and take the target's mmap_lock only if a hook could
 * not do its work or a worker of io_uring has not done its. VPROC_CREATE
 * makes it a model that belongs to no task: an address space that only the
 * calls below 0x20 change, by Linux's rules. The queries answer for both.
 *
 * Conventions that hold for every call:
 *
 * - addresses, sizes and offsets are in bytes, times in ns of CLOCK_MONOTONIC;
 * - every struct is the same for 32-bit and 64-bit callers: fixed-width
 *   fields, each at a multiple of its size, no padding;
 * - a flag that is not known, or a reserved field that is not zero, is
 *   refused with EINVAL, so that both can be given a meaning later;
 * - a call that fails changes nothing;
 * - ENOTTY: no such command; EFAULT: a pointer that cannot be read or
 *   written; ENOMEM: no memory, or the caller's memory cgroup is at its limit;
 *   EINTR: a signal came while the call waited for the address space's lock, and its
 *   handler was installed without SA_RESTART;
 * - ENOTCONN: a call on a file that is neither attached nor a model, or that is
 *   the other of the two; but EBUSY for a model's call on an attached file.
 *
 * What a query promises: it reflects every change of the map whose system call
 * had returned to user space (or whose page fault had, or whose completion
 * io_uring had posted) before the query began.
 * A change in flight may or may not show.
 */
#ifndef _VPROC_MEM_H
#define _VPROC_MEM_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* The device node, and the version of this interface that INFO reports. */
#define VPROC_DEVICE		"/dev/vproc_mem"
#define VPROC_API_VERSION	1

/* 0xBC is free in Documentation/userspace-api/ioctl/ioctl-number.rst. */
#define VPROC_IOC_MAGIC		0xBC

/**
 * enum vproc_type - what a region is for
 * @VPROC_TYPE_NONE: no region
 * @VPROC_TYPE_CODE: executable, and not one of the types below it
 * @VPROC_TYPE_DATA: private and writable: .data, .bss, anonymous memory
 * @VPROC_TYPE_RODATA: private and only readable, or not accessible at all
 * @VPROC_TYPE_STACK: the main stack, or any region that grows down
 * @VPROC_TYPE_HEAP: anonymous memory between the start of the heap and the break
 * @VPROC_TYPE_MAPPED_FILE: a shared mapping of a file on a file system
 * @VPROC_TYPE_SHARED: shared memory without such a file: anonymous, System V,
 *	POSIX (tmpfs), memfd, hugetlbfs
 * @VPROC_TYPE_DEVICE: a mapping of a device, or of raw page frames
 * @VPROC_NR_TYPES: one more than the last type
 *
 * A live region is classified by the first rule that fits, in the order
 * special mapping (CODE if executable, else RODATA), STACK, HEAP, DEVICE,
 * SHARED or MAPPED_FILE, CODE, DATA, RODATA.
 */
enum vproc_type {
	VPROC_TYPE_NONE		= 0,
	VPROC_TYPE_CODE		= 1,
	VPROC_TYPE_DATA		= 2,
	VPROC_TYPE_RODATA	= 3,
	VPROC_TYPE_STACK	= 4,
	VPROC_TYPE_HEAP		= 5,
	VPROC_TYPE_MAPPED_FILE	= 6,
	VPROC_TYPE_SHARED	= 7,
	VPROC_TYPE_DEVICE	= 8,
	VPROC_NR_TYPES		= 9,
};

/*
 * The permission column of /proc/PID/maps. The values are those of the
 * kernel's PROCMAP_QUERY_VMA_*.
 */
#define VPROC_PERM_READ		0x01
#define VPROC_PERM_WRITE	0x02
#define VPROC_PERM_EXEC		0x04
#define VPROC_PERM_SHARED	0x08

/*
 * Name ids. A region's name is an id, resolved by VPROC_FILE. The ids below
 * are names that follow from where a region lies; those from
 * VPROC_NAME_FIRST on are given to files and names as they appear, are never
 * used twice in one address space, and are not 0.
 */
#define VPROC_NAME_NONE		0
#define VPROC_NAME_HEAP		1	/* [heap] */
#define VPROC_NAME_STACK	2	/* [stack] */
#define VPROC_NAME_VSYSCALL	3	/* [vsyscall] */
#define VPROC_NAME_FIRST	16

/**
 * struct vproc_region - one region: one line of /proc/PID/maps
 * @start: first address
 * @end: first address after it
 * @offset: offset in the file of @start; the physical address of @start where a
 *	model has mapped physical memory; else 0
 * @inode: the file's inode number; 0 without a file
 * @dev_major: the file's device; 0 without a file
 * @dev_minor: the file's device; 0 without a file
 * @name: id of the name column, for VPROC_FILE; VPROC_NAME_NONE if it is empty
 * @file: id of what backs the region (a file, or a given name), which differs
 *	from @name where the place gives the name; VPROC_NAME_NONE without one
 * @perm: VPROC_PERM_*
 * @type: enum vproc_type
 * @page_size: the page size of the region
 * @flags: VPROC_REGION_*
 * @reserved: 0
 */
struct vproc_region {
	__u64 start;
	__u64 end;
	__u64 offset;
	__u64 inode;
	__u32 dev_major;
	__u32 dev_minor;
	__u32 name;
	__u32 file;
	__u16 perm;
	__u16 type;
	__u32 page_size;
	__u32 flags;
	__u32 reserved;
};

/*
 * vproc_region.flags: of a tracker: private, writable, and there at the last
 * fork, of the process or of the one that made it: pages may be shared with
 * that relative until one of the two writes to them. Of a model, VPROC_COW_INFO
 * tells it of each page.
 */
#define VPROC_REGION_COW	0x01

/* Hooks, as bits of vproc_info.hooks. */
#define VPROC_HOOK_MMAP		0x01	/* perf_event_mmap */
#define VPROC_HOOK_NOTIFIER	0x02	/* mmu_notifier: unmap, release */
#define VPROC_HOOK_SYSCALL	0x04	/* the system calls that pass neither */
#define VPROC_HOOK_UFFD		0x08	/* userfaultfd */
#define VPROC_HOOK_FORK		0x10	/* sched_process_fork */
#define VPROC_HOOK_EXEC		0x20	/* sched_process_exec */
#define VPROC_HOOK_EXIT		0x40	/* sched_process_exit */
#define VPROC_HOOK_MADVISE	0x80	/* do_madvise */
#define VPROC_HOOK_SPLIT	0x100	/* __split_vma */

/**
 * struct vproc_info - what this module is and can do
 * @api_version: out: VPROC_API_VERSION
 * @page_size: out: bytes in a page
 * @hooks: out: VPROC_HOOK_* that are armed now; none once nothing has been
 *	attached for a moment
 * @hooks_missing: out: VPROC_HOOK_* that could not be armed, wholly or in
 *	part, at the last attempt
 * @trackers: out: address spaces attached now, in the whole system
 * @max_regions: out: most regions in one model
 * @max_ring: out: largest vproc_attach.ring
 * @max_children: out: most children kept for VPROC_OPEN_CHILD
 * @reserved: out: 0
 */
struct vproc_info {
	__u32 api_version;
	__u32 page_size;
	__u32 hooks;
	__u32 hooks_missing;
	__u32 trackers;
	__u32 max_regions;
	__u32 max_ring;
	__u32 max_children;
	__u64 reserved[4];
};

/* vproc_attach.flags */
#define VPROC_ATTACH_PIDFD	0x01	/* .pid is a pidfd */
#define VPROC_ATTACH_EXEC	0x02	/* follow the process over exec */
#define VPROC_ATTACH_FORK	0x04	/* give each child a tracker */
#define VPROC_ATTACH_CHECK_END	0x08	/* verify when the space ends */
#define VPROC_ATTACH_WAIT	0x10	/* lose nothing: wait for the reader */

/**
 * struct vproc_attach - follow a live address space
 * @flags: in: VPROC_ATTACH_*
 * @pid: in: 0: the caller; else a process or thread id in the caller's pid
 *	namespace, or, with VPROC_ATTACH_PIDFD, a pidfd
 * @ring: in: events kept for read(), on top of as many as describe the state at
 *	attach, or after the last exec: a power of two from 64 to
 *	vproc_info.max_ring; 0: 16384. When there are more, the oldest make room.
 *	out: how many, and the slots of the ring that mmap() maps
 * @reserved: in: 0
 * @id: out: id of this tracker, unique while the module is loaded
 *
 * Once in the life of an open file. VPROC_ATTACH_CHECK_END compares the model
 * with the kernel's VMAs in the moment before they are torn down and counts
 * differences in vproc_stats.end_differences.
 *
 * With VPROC_ATTACH_WAIT no change that the process makes is lost: a task that
 * finds the ring half full when its system call or fault is done waits for the reader
 * before it goes back to user space, and a new child for room among those that
 * wait for VPROC_OPEN_CHILD. It waits until there is room, the reader detaches or
 * closes, or the task is killed; meanwhile a debugger cannot stop it, nor the
 * freezer of cgroup v2 freeze it. Only read() makes room: a process that is to
 * read its own events must not ask for it, nor who reads the ring of mmap()
 * alone. Others who change its map (a debugger, who has its userfaultfd) do not
 * wait. So there is a limit, above what calls in flight can make: four rings,
 * vproc_info.max_children, and four for each region and thread, of these
 * 4,194,304 at the most. Beyond it the oldest make room, and VPROC_EV_LOST says
 * so.
 *
 * Errors: EBUSY: this file is attached already, or was; EINVAL: flags, @ring
 * or @reserved; ESRCH: no such process, a process that is exiting, or a kernel
 * thread; EBADF: @pid is no pidfd; EPERM: not the caller's own address space,
 * and no CAP_SYS_PTRACE in the user namespace of the target's; EOPNOTSUPP: the
 * running kernel lacks a hook that exactness needs (see
 * vproc_info.hooks_missing); EINTR, ENOMEM, EFAULT.
 */
struct vproc_attach {
	__u32 flags;
	__s32 pid;
	__u32 ring;
	__u32 reserved;
	__u64 id;
};

/* vproc_query.flags: the first four as VPROC_PERM_*: only such regions */
#define VPROC_QUERY_READ	0x01
#define VPROC_QUERY_WRITE	0x02
#define VPROC_QUERY_EXEC	0x04
#define VPROC_QUERY_SHARED	0x08
#define VPROC_QUERY_NEXT	0x10	/* the covering region, else the next */
#define VPROC_QUERY_FILE	0x20	/* only regions with a file */

/**
 * struct vproc_query - the region of an address
 * @flags: in: VPROC_QUERY_*
 * @addr: in: the address
 * @name_addr: in: where to put the name; 0 if it is not wanted
 * @name_size: in: bytes at @name_addr; out: bytes written, with the
 *	terminating zero, or 0 if the region has no name. Must be 0 just when
 *	@name_addr is
 * @reserved: in: 0
 * @seq: out: the state that the answer is from
 * @region: out: the region
 *
 * Semantics and filters are those of PROCMAP_QUERY: without VPROC_QUERY_NEXT
 * only the region that covers @addr is looked at; with it, the first region
 * that ends after @addr and passes the filters. As there, the vsyscall page is
 * not looked at.
 *
 * Errors: ENOENT: no such region; EINVAL: flags, @reserved, or only one of
 * @name_addr and @name_size; ENAMETOOLONG: the name needs more than
 * min(@name_size, PATH_MAX); ENOTCONN, EINTR, ENOMEM, EFAULT.
 */
struct vproc_query {
	__u64 flags;
	__u64 addr;
	__u64 name_addr;
	__u32 name_size;
	__u32 reserved;
	__u64 seq;
	struct vproc_region region;
};

/* vproc_regions.flags */
#define VPROC_REGIONS_SINCE	0x01	/* only what has changed since .seq */

/**
 * struct vproc_regions - all regions from an address on, in one coherent state
 * @flags: in: VPROC_REGIONS_SINCE, or 0; out: 0 if all regions were asked for,
 *	or are given because what has changed is not known any more
 * @addr: in: leave out regions that end at or before this address; 0 with
 *	VPROC_REGIONS_SINCE
 * @regions_addr: in: an array of struct vproc_region
 * @count: in: its length; out: regions written
 * @total: out: regions from @addr on, which may be more than @count
 * @seq: in: with VPROC_REGIONS_SINCE, the state that the caller knows; else not
 *	looked at. out: the state that all of them are from
 * @start_brk: out: start of the heap
 * @brk: out: the break
 * @start_stack: out: start of the main stack
 * @reserved: in: 0
 *
 * The regions come in the order of their addresses, the vsyscall page, where
 * the process has one, as the last. @count 0 asks for @total alone.
 * If @total exceeds @count, ask again with more room: two calls that return
 * the same @seq saw the same state.
 *
 * What has changed comes in the order of addresses, too: regions, to be put in
 * place of whatever the caller has in their range, and ranges that have no
 * region now, with type VPROC_TYPE_NONE and all else 0. It is known as far back
 * as there are events that have not been read; a state from before an exec, or
 * before heap or stack were moved as a whole, is answered with all regions. Of a
 * model, all are given unless nothing has changed. A fork is no change of the
 * map: that VPROC_REGION_COW is set since is not told.
 *
 * Errors: EINVAL: @flags, @reserved, @addr with VPROC_REGIONS_SINCE, a @seq that
 * has not been yet; ENOTCONN, EINTR, ENOMEM, EFAULT.
 */
struct vproc_regions {
	__u64 flags;
	__u64 addr;
	__u64 regions_addr;
	__u32 count;
	__u32 total;
	__u64 seq;
	__u64 start_brk;
	__u64 brk;
	__u64 start_stack;
	__u64 reserved;
};

/* Most addresses in one VPROC_LOOKUP. */
#define VPROC_LOOKUP_MAX	4096U

/**
 * struct vproc_lookup - the regions of many addresses, in one coherent state
 * @flags: in: 0
 * @addrs_addr: in: an array of addresses, each a __u64
 * @regions_addr: in: an array of struct vproc_region, as long: the region that
 *	covers each address, or one of type VPROC_TYPE_NONE and all else 0
 * @count: in: their length, VPROC_LOOKUP_MAX at most; out: addresses in a region
 * @reserved: in: 0
 * @seq: out: the state that all of them are from
 *
 * As for VPROC_QUERY, the vsyscall page is not looked at. The arrays must not
 * overlap.
 *
 * Errors: EINVAL: @flags, @reserved, @count; ENOTCONN, EINTR, ENOMEM, EFAULT.
 */
struct vproc_lookup {
	__u64 flags;
	__u64 addrs_addr;
	__u64 regions_addr;
	__u32 count;
	__u32 reserved;
	__u64 seq;
};

/**
 * enum vproc_file_kind - what stands behind a name id
 * @VPROC_FILE_PATH: a file; the name is its path, as the caller's root
 *	directory shows it
 * @VPROC_FILE_NAME: a given name: "[anon:x]", "[vdso]", "[heap]"
 */
enum vproc_file_kind {
	VPROC_FILE_PATH		= 1,
	VPROC_FILE_NAME		= 2,
};

/**
 * struct vproc_file - the name behind an id
 * @id: in: vproc_region.name or .file, or vproc_event.file
 * @kind: out: enum vproc_file_kind
 * @name_addr: in: where to put the name
 * @name_size: in: bytes at @name_addr; out: bytes written with the
 *	terminating zero. PATH_MAX is always enough
 * @reserved: in: 0
 * @inode: out: the file's inode number
 * @dev_major: out: the file's device
 * @dev_minor: out: the file's device
 *
 * While a region has the file, its path is looked up anew and is the current
 * one, " (deleted)" included; of a file that no region has any more the last
 * path is kept, for as many as fit in 1 MiB, the latest, unless there was no
 * memory for it, and then there is none: ENOMEM. Bytes are as they
 * are: a newline is not escaped. A rename or unlink changes a name without an
 * event.
 *
 * Errors: ENOENT: no such id, or forgotten; EINVAL: @reserved, @name_size 0;
 * ENAMETOOLONG: @name_size is too small; ENOTCONN, EINTR, ENOMEM, EFAULT.
 */
struct vproc_file {
	__u32 id;
	__u32 kind;
	__u64 name_addr;
	__u32 name_size;
	__u32 reserved;
	__u64 inode;
	__u32 dev_major;
	__u32 dev_minor;
};

/**
 * enum vproc_state - where a tracker is in its life
 * @VPROC_STATE_LIVE: follows an address space
 * @VPROC_STATE_EXEC: that one has ended, the process has not: between the two
 *	address spaces of an exec
 * @VPROC_STATE_ENDED: the last state is kept, see vproc_stats.end_cause
 * @VPROC_STATE_MODEL: a model, which follows nothing
 */
enum vproc_state {
	VPROC_STATE_LIVE	= 1,
	VPROC_STATE_EXEC	= 2,
	VPROC_STATE_ENDED	= 3,
	VPROC_STATE_MODEL	= 4,
};

/**
 * struct vproc_stats - figures of a tracker
 * @id: id of the tracker
 * @seq: sequence number of the last event
 * @pid: process id (of the thread group), in the caller's pid namespace; 0 if
 *	it has none there
 * @state: enum vproc_state
 * @end_cause: enum vproc_cause, once the state is VPROC_STATE_ENDED
 * @has_vsyscall: 1 if /proc/PID/maps ends with the vsyscall page
 * @regions: regions now, without the vsyscall page
 * @regions_peak: most regions at any time
 * @bytes: bytes now, by enum vproc_type
 * @total_bytes: bytes now
 * @peak_bytes: most bytes at any time
 * @events: events since attach
 * @lost: events that were overwritten before they were read
 * @unread: events that wait to be read
 * @resyncs: times the model was rebuilt from the kernel's VMAs because the
 *	log had overrun or a hook could not do its work
 * @missed: times it was rebuilt because a change had passed no hook
 * @verified: times VPROC_VERIFY ran, the check at the end included
 * @end_checked: regions compared at the end (VPROC_ATTACH_CHECK_END), of all
 *	address spaces that the process has had
 * @end_differences: differences found there
 * @pending: system calls in flight that may have changed the map already, of
 *	those that are only looked at when they are done. Others in flight (an
 *	munmap that is still freeing pages) are not counted
 * @children: children that wait for VPROC_OPEN_CHILD
 * @children_lost: children that were not followed, for lack of room or memory
 * @execs: times the process was followed over an exec
 * @reserved: 0
 *
 * Errors of VPROC_STATS: ENOTCONN, EINTR, EFAULT.
 */
struct vproc_stats {
	__u64 id;
	__u64 seq;
	__s32 pid;
	__u32 state;
	__u32 end_cause;
	__u32 has_vsyscall;
	__u64 regions;
	__u64 regions_peak;
	__u64 bytes[VPROC_NR_TYPES];
	__u64 total_bytes;
	__u64 peak_bytes;
	__u64 events;
	__u64 lost;
	__u64 unread;
	__u64 resyncs;
	__u64 missed;
	__u64 verified;
	__u64 end_checked;
	__u64 end_differences;
	__u64 pending;
	__u64 children;
	__u64 children_lost;
	__u64 execs;
	__u64 reserved[4];
};

/**
 * struct vproc_heap - the heap, as brk(2) moves it
 * @start: where it starts
 * @brk: the break, not rounded to a page
 * @size: @brk - @start
 * @peak: the highest break seen
 * @grows: times the break was seen to rise
 * @shrinks: times the break was seen to fall
 * @seq: the state that the answer is from
 * @reserved: 0
 *
 * Every brk() that crosses a page boundary is counted. Those that stay within
 * a page change no region; they are counted when the next event or query comes,
 * several together as one.
 *
 * Errors of VPROC_HEAP: ENOTCONN, EINTR, EFAULT.
 */
struct vproc_heap {
	__u64 start;
	__u64 brk;
	__u64 size;
	__u64 peak;
	__u64 grows;
	__u64 shrinks;
	__u64 seq;
	__u64 reserved;
};

/* vproc_thread.flags */
#define VPROC_THREAD_MAIN	0x01	/* on the main stack */
#define VPROC_THREAD_GROWS	0x02	/* on a region that grows down */

/**
 * struct vproc_thread - a thread, and the stack that it is on
 * @tid: thread id, in the caller's pid namespace; of a model: the stack's id
 * @flags: VPROC_THREAD_*
 * @sp: its user stack pointer, as it last entered the kernel with; a thread that
 *	computes has moved on since
 * @bottom: lowest address of the region that @sp lies in; 0 if it lies in none,
 *	and then all that follows is 0. A stack pointer at the end of a region
 *	lies in that one, if in no other: an empty stack. Below a region that
 *	grows down, as far as it may grow, it lies in that one
 * @top: first address above it
 * @guard_start: the guard below: a region right below @bottom that cannot be
 *	accessed; for a region that grows down the kernel's gap below the lowest
 *	address that it may grow to. 0 if there is none
 * @guard_end: first address above the guard
 * @used: @top - @sp
 * @headroom: bytes below @sp that can still be used
 * @deepest: most bytes of this stack that this thread was seen to use, by a
 *	query or at an event
 * @limit: most bytes that the stack can have: where it grows, RLIMIT_STACK or
 *	what lies below leaves of it; else @top - @bottom
 * @reserved: 0
 */
struct vproc_thread {
	__u32 tid;
	__u32 flags;
	__u64 sp;
	__u64 bottom;
	__u64 top;
	__u64 guard_start;
	__u64 guard_end;
	__u64 used;
	__u64 headroom;
	__u64 deepest;
	__u64 limit;
	__u64 reserved;
};

/**
 * struct vproc_stacks - the stacks of all threads
 * @flags: in: 0
 * @threads_addr: in: an array of struct vproc_thread
 * @count: in: its length; out: threads written
 * @total: out: threads that there are, which may be more than @count
 * @seq: out: the state that the regions are from
 * @reserved: in: 0
 *
 * The threads come in the order in which they were made, those of the process
 * alone, not of others that share its memory. A process that has ended has
 * none. Of a model: its stacks; see struct vproc_stack_info for more.
 *
 * Errors of VPROC_STACKS: EINVAL: @flags, @reserved; ENOTCONN, EINTR, ENOMEM,
 * EFAULT.
 */
struct vproc_stacks {
	__u64 flags;
	__u64 threads_addr;
	__u32 count;
	__u32 total;
	__u64 seq;
	__u64 reserved[2];
};

/* vproc_verify.first: what is different in the first difference */
#define VPROC_DIFF_BOUNDS	0x01
#define VPROC_DIFF_PERM		0x02
#define VPROC_DIFF_FILE		0x04
#define VPROC_DIFF_OFFSET	0x08
#define VPROC_DIFF_MISSING	0x10	/* the model lacks a region */
#define VPROC_DIFF_EXTRA	0x20	/* the model has one too many */

/**
 * struct vproc_verify - compare the model with the kernel's VMAs
 * @flags: in: 0
 * @reserved: in: 0
 * @seq: out: the state that was compared
 * @regions: out: VMAs compared
 * @differences: out: regions that differ; 0 is the only right answer
 * @missed: out: vproc_stats.missed
 * @settled: out: ranges whose system call was still in flight and that were
 *	therefore read from the VMAs before comparing
 * @first: out: VPROC_DIFF_* of the first difference; 0 if there is none
 * @reserved2: out: 0
 * @kernel: out: the first difference: the kernel's side
 * @model: out: the first difference: the model's side
 *
 * Takes the target's mmap_lock for writing while it compares: it is meant for
 * tests. Nothing is repaired.
 *
 * Errors: ESRCH: the address space has ended, be it for good or between the two
 * of an exec; EINVAL: @flags, @reserved; ENOTCONN, EINTR, ENOMEM, EFAULT.
 */
struct vproc_verify {
	__u32 flags;
	__u32 reserved;
	__u64 seq;
	__u64 regions;
	__u64 differences;
	__u64 missed;
	__u64 settled;
	__u32 first;
	__u32 reserved2;
	struct vproc_region kernel;
	struct vproc_region model;
};

/**
 * struct vproc_open_child - a followed child's tracker as a new file
 * @id: in: the child's id, from a FORK event; 0: the oldest that waits. out: its
 *	id
 * @flags: in: O_CLOEXEC and O_NONBLOCK of the new file
 * @fd: out: the new file
 *
 * The call takes the child out of its parent's list: its file can be had once.
 * Children can be opened after the parent's end and after VPROC_DETACH, until
 * the parent's file is closed. A child that shares its parent's memory (vfork,
 * CLONE_VM) needs no tracker of its own; it gets one, and the parent a FORK
 * event, when it runs a new image, if execs are followed too.
 *
 * Errors: ENOENT: no such child waits; EINVAL: @flags; EMFILE, ENFILE: no
 * descriptor; ENOTCONN, EINTR, ENOMEM, EFAULT.
 */
struct vproc_open_child {
	__u64 id;
	__u32 flags;
	__s32 fd;
};

/**
 * enum vproc_event_op - what an event says
 * @VPROC_EV_SET: [start, end) is now one region with these attributes
 * @VPROC_EV_CLEAR: [start, end) has no region now
 * @VPROC_EV_LAYOUT: start is the start of the heap, end the break, offset the
 *	start of the main stack
 * @VPROC_EV_ATTACH: the stream begins; start is the tracker's id, end the pid.
 *	A LAYOUT and a SET for each region follow
 * @VPROC_EV_EXEC: the process runs a new image: no region is left of the old
 *	one. A LAYOUT and a SET for each region follow
 * @VPROC_EV_FORK: the process has a child, and forks are followed: start is the
 *	child's tracker id (0 if it could not be followed), end its pid. A child
 *	that shares its parent's memory shows up so when it runs a new image, and
 *	then tid is 0
 * @VPROC_EV_RESYNC: the log had overrun, a hook could not do its work, or a
 *	change had passed no hook (cause VPROC_CAUSE_MISSED): the differences
 *	follow
 * @VPROC_EV_LOST: start events were overwritten before they were read
 * @VPROC_EV_END: the stream ends; cause says why. Without VPROC_ATTACH_EXEC an
 *	exec ends it as EXEC, or as EXIT if somebody else was the last to use the
 *	old address space
 */
enum vproc_event_op {
	VPROC_EV_SET		= 1,
	VPROC_EV_CLEAR		= 2,
	VPROC_EV_LAYOUT		= 3,
	VPROC_EV_ATTACH		= 4,
	VPROC_EV_EXEC		= 5,
	VPROC_EV_FORK		= 6,
	VPROC_EV_RESYNC		= 7,
	VPROC_EV_LOST		= 8,
	VPROC_EV_END		= 9,
};

/**
 * enum vproc_cause - what brought an event about
 * @VPROC_CAUSE_UNKNOWN: none of the below
 * @VPROC_CAUSE_ATTACH: the state that an attach found
 * @VPROC_CAUSE_MMAP: mmap, remap_file_pages, io_setup, map_shadow_stack
 * @VPROC_CAUSE_MUNMAP: munmap
 * @VPROC_CAUSE_BRK: brk
 * @VPROC_CAUSE_MPROTECT: mprotect, pkey_mprotect
 * @VPROC_CAUSE_MREMAP: mremap
 * @VPROC_CAUSE_STACK: a stack grew
 * @VPROC_CAUSE_MADVISE: madvise, in whatever way it was called
 * @VPROC_CAUSE_MLOCK: mlock, mlock2, munlock, mlockall, munlockall
 * @VPROC_CAUSE_MBIND: mbind, set_mempolicy_home_node
 * @VPROC_CAUSE_PRCTL: prctl
 * @VPROC_CAUSE_SHM: shmat, shmdt
 * @VPROC_CAUSE_UFFD: userfaultfd
 * @VPROC_CAUSE_MSEAL: mseal
 * @VPROC_CAUSE_EXEC: execve, execveat
 * @VPROC_CAUSE_FORK: fork, vfork, clone, clone3
 * @VPROC_CAUSE_EXIT: the address space or the process has ended
 * @VPROC_CAUSE_DETACH: VPROC_DETACH
 * @VPROC_CAUSE_DENIED: an exec led to where who has attached may not look
 * @VPROC_CAUSE_RESYNC: found when the model was rebuilt
 * @VPROC_CAUSE_MISSED: a change that had passed no hook
 * @VPROC_CAUSE_KERNEL: a kernel thread, as the OOM reaper
 * @VPROC_CAUSE_NOMEM: no memory to go on; or, at the end of an address space,
 *	for its last changes, which the last state then lacks
 * @VPROC_NR_CAUSES: one more than the last cause
 */
enum vproc_cause {
	VPROC_CAUSE_UNKNOWN	= 0,
	VPROC_CAUSE_ATTACH	= 1,
	VPROC_CAUSE_MMAP	= 2,
	VPROC_CAUSE_MUNMAP	= 3,
	VPROC_CAUSE_BRK		= 4,
	VPROC_CAUSE_MPROTECT	= 5,
	VPROC_CAUSE_MREMAP	= 6,
	VPROC_CAUSE_STACK	= 7,
	VPROC_CAUSE_MADVISE	= 8,
	VPROC_CAUSE_MLOCK	= 9,
	VPROC_CAUSE_MBIND	= 10,
	VPROC_CAUSE_PRCTL	= 11,
	VPROC_CAUSE_SHM		= 12,
	VPROC_CAUSE_UFFD	= 13,
	VPROC_CAUSE_MSEAL	= 14,
	VPROC_CAUSE_EXEC	= 15,
	VPROC_CAUSE_FORK	= 16,
	VPROC_CAUSE_EXIT	= 17,
	VPROC_CAUSE_DETACH	= 18,
	VPROC_CAUSE_DENIED	= 19,
	VPROC_CAUSE_RESYNC	= 20,
	VPROC_CAUSE_MISSED	= 21,
	VPROC_CAUSE_KERNEL	= 22,
	VPROC_CAUSE_NOMEM	= 23,
	VPROC_NR_CAUSES		= 24,
};

/**
 * struct vproc_event - one entry of the log, as read() returns it
 * @seq: its number: 1 for the first of a tracker, without gaps. A LOST event
 *	has the number of the last one lost
 * @time: when it happened
 * @start: see enum vproc_event_op
 * @end: see enum vproc_event_op
 * @offset: SET: offset in the file of @start
 * @ip: the user instruction pointer of the task that did it; 0 if none, or if it
 *	is not in this map: another process's, or a new image's
 * @tid: that task, in the pid namespace of the opener; 0 if it has no id there
 * @file: SET: the id of what backs the region, for VPROC_FILE. Names that
 *	follow from the place ([heap], [stack]) are derived from LAYOUT
 * @op: enum vproc_event_op
 * @cause: enum vproc_cause
 * @type: SET: enum vproc_type, STACK and HEAP by place excepted
 * @perm: SET: VPROC_PERM_*
 * @syscall: number of the system call that did it; -1 if none
 *
 * Replaying SET and CLEAR in order gives the exact map at every number.
 *
 * read() returns whole events, as many as fit. Errors: EINVAL: the buffer is
 * smaller than one event; EAGAIN: none, and O_NONBLOCK; ENOTCONN, EINTR,
 * EFAULT. 0 (end of file) comes after an END has been read. poll() tells
 * POLLIN, and POLLHUP once the END is in the queue.
 */
struct vproc_event {
	__u64 seq;
	__u64 time;
	__u64 start;
	__u64 end;
	__u64 offset;
	__u64 ip;
	__u32 tid;
	__u32 file;
	__u8 op;
	__u8 cause;
	__u8 type;
	__u8 perm;
	__s32 syscall;
};

/**
 * struct vproc_ring - the head of the ring of events that mmap() maps
 * @version: VPROC_RING_VERSION
 * @offset: where the slots begin, in bytes from here
 * @slots: how many there are: vproc_attach.ring
 * @reserved: 0
 * @writing: number of the last event of which a part may have been written
 * @head: number of the last event that is there whole
 *
 * mmap() of a tracker's file, at offset 0, shared and read-only, maps @offset
 * bytes and then @slots events; less may be mapped, such as the first page. The
 * event of number n is in slot n modulo @slots, until that of number n + @slots
 * takes its place: nobody is waited for. From the first mapping on every later
 * event is there, besides being kept for read(): map it first, then ask
 * VPROC_REGIONS, and the events after that state make a complete beginning.
 *
 * A tracked task puts its events there before it returns to user space, so the
 * promise of the queries holds for whoever reads @head: it tells of every change
 * whose system call or fault had returned before.
 *
 * To read: load @head, with acquire semantics; copy the events up to it; then,
 * after a read barrier, load @writing: an event of number n was copied whole if
 * @writing < n + @slots. Otherwise it is lost, and VPROC_REGIONS tells the state.
 */
struct vproc_ring {
	__u32 version;
	__u32 offset;
	__u32 slots;
	__u32 reserved;
	__u64 writing;
	__u64 head;
};

#define VPROC_RING_VERSION	1

/*
 * The layout of a model that VPROC_CREATE is given none for: the bounds of user
 * space, where code, data and heap start, how large the heap may get, where the
 * first stack ends, and how large a stack may get.
 */
#define VPROC_USER_START	0x0000000000010000ULL
#define VPROC_USER_END		0x00007fffffff0000ULL
#define VPROC_CODE_START	0x0000000000400000ULL
#define VPROC_DATA_START	0x0000000000800000ULL
#define VPROC_HEAP_START	0x0000000010000000ULL
#define VPROC_HEAP_LIMIT	0x0000000200000000ULL
#define VPROC_STACK_END		0x00007fff00000000ULL
#define VPROC_STACK_SIZE	0x0000000000800000ULL

/* Bytes below a region that grows down which nothing is placed in. */
#define VPROC_STACK_GUARD_GAP	0x0000000000100000ULL

/* Bounds of a model. */
#define VPROC_MODEL_REGIONS	65530U		/* as vm.max_map_count */
#define VPROC_MODEL_PAGES	1048576U	/* pages that were written */
#define VPROC_MODEL_STACKS	4096U

/* Page flags, as vproc_page_info.page_flags has them: those of a page table. */
#define VPROC_PAGE_PRESENT	0x0000000000000001ULL
#define VPROC_PAGE_WRITABLE	0x0000000000000002ULL
#define VPROC_PAGE_USER		0x0000000000000004ULL
#define VPROC_PAGE_NO_EXECUTE	0x8000000000000000ULL

/**
 * struct vproc_create - make the open file a model: an empty address space
 * @flags: in: VPROC_CREATE_LAYOUT, or 0 for the default layout
 * @max_regions: in: most regions, as vm.max_map_count; 0: VPROC_MODEL_REGIONS
 * @user_start: in: lowest address of user space; the fields from here on count
 *	only with VPROC_CREATE_LAYOUT, must else be 0, and tell the layout on return
 * @user_end: in/out: first address after user space
 * @code_start: in/out: where code is expected
 * @data_start: in/out: where data is expected
 * @heap_start: in/out: where the heap starts
 * @heap_limit: in/out: most bytes of heap
 * @stack_end: in/out: where the first stack ends
 * @stack_size: in/out: most bytes of a stack that is not given a limit
 * @reserved: in: 0
 *
 * Once in the life of an open file. All must be multiples of the page size and
 * in this order: 0 < @user_start <= @code_start < @data_start < @heap_start <
 * end of the heap <= @stack_end - @stack_size - VPROC_STACK_GUARD_GAP, which is
 * where the search for free addresses starts downwards, and @stack_end <=
 * @user_end <= 2^56. @stack_size is at least two pages.
 *
 * Errors: EBUSY: the file is attached or a model already, or was; EINVAL:
 * @flags, @max_regions above vproc_info.max_regions, the layout, or @reserved;
 * EINTR, ENOMEM, EFAULT.
 */
struct vproc_create {
	__u32 flags;
	__u32 max_regions;
	__u64 user_start;
	__u64 user_end;
	__u64 code_start;
	__u64 data_start;
	__u64 heap_start;
	__u64 heap_limit;
	__u64 stack_end;
	__u64 stack_size;
	__u64 reserved[2];
};

#define VPROC_CREATE_LAYOUT	0x01	/* the layout is given */

/**
 * struct vproc_mmap - mmap(2) in a model
 * @addr: in: the hint, or with MAP_FIXED the address; out: the address
 * @size: in: bytes; rounded up to whole pages
 * @prot: in: PROT_READ, PROT_WRITE, PROT_EXEC
 * @flags: in: one of MAP_PRIVATE, MAP_SHARED, MAP_SHARED_VALIDATE; and any of
 *	MAP_FIXED, MAP_FIXED_NOREPLACE, MAP_ANONYMOUS, MAP_NORESERVE,
 *	MAP_GROWSDOWN
 * @fd: in: the file; not looked at with MAP_ANONYMOUS
 * @reserved: in: 0
 * @offset: in: offset in the file, of whole pages
 *
 * As the system call: without MAP_FIXED the hint is taken if the range is free,
 * else the highest free range below the stack. The new region becomes one with
 * an adjacent one that it cannot be told from.
 *
 * A regular file, a block device and a device of memory, such as /dev/zero, stay
 * open until their last region is gone. Of any other file a region knows the path
 * alone: it does not keep a device or a socket open, and two calls make two
 * regions.
 *
 * Errors, in the order they are looked for: EINVAL: an unknown bit of @prot or
 * @flags, or @reserved; EINVAL: @offset is not of whole pages; EBADF: @fd;
 * ENFILE: too many open files; EINVAL: @size is 0; ENOMEM: @size is too large,
 * more than the most regions, no free range, or with MAP_FIXED beyond user space;
 * EINVAL: MAP_FIXED and @addr is not aligned; EPERM: MAP_FIXED and below user
 * space; EEXIST: MAP_FIXED_NOREPLACE and not free; EOVERFLOW: beyond what the file
 * can hold; EOPNOTSUPP: MAP_SHARED_VALIDATE with MAP_FIXED_NOREPLACE; EACCES: @fd is not
 * open for what is asked; EPERM: PROT_EXEC and a file system mounted noexec;
 * ENODEV: the file cannot be mapped; EINVAL: no type, MAP_GROWSDOWN with
 * anything but private anonymous memory, or a file on hugetlbfs; ENOTCONN,
 * EBUSY, EINTR, ENOMEM, EFAULT.
 */
struct vproc_mmap {
	__u64 addr;
	__u64 size;
	__u32 prot;
	__u32 flags;
	__s32 fd;
	__u32 reserved;
	__u64 offset;
};

/**
 * struct vproc_allocate - private anonymous memory, wherever there is room
 * @size: in: bytes; rounded up to whole pages
 * @prot: in: PROT_READ, PROT_WRITE, PROT_EXEC
 * @reserved: in: 0
 * @addr: out: the address
 *
 * Errors: as VPROC_MAP with MAP_PRIVATE and MAP_ANONYMOUS.
 */
struct vproc_allocate {
	__u64 size;
	__u32 prot;
	__u32 reserved;
	__u64 addr;
};

/**
 * struct vproc_range - addresses to free or unmap
 * @addr: in: first address, aligned
 * @size: in: bytes; rounded up to whole pages
 *
 * VPROC_UNMAP is munmap(2): over several regions and holes, which are no error.
 * VPROC_FREE takes back what VPROC_ALLOCATE gave: all of the range must be
 * private anonymous memory; EINVAL if it is not.
 *
 * Errors: EINVAL: not aligned, empty, or beyond user space; ENOMEM: a region
 * would be cut in two where there are the most regions already; ENOTCONN,
 * EBUSY, EINTR, EFAULT.
 */
struct vproc_range {
	__u64 addr;
	__u64 size;
};

/**
 * struct vproc_map_physical - physical memory at a given address
 * @phys: in: physical address, of whole pages
 * @addr: in: the address, aligned
 * @size: in: bytes; rounded up to whole pages
 * @prot: in: PROT_READ, PROT_WRITE, PROT_EXEC
 * @reserved: in: 0
 *
 * Bookkeeping: nothing is mapped for real. The region is shared, of type
 * VPROC_TYPE_DEVICE, never becomes one with another, and cannot be made larger
 * by VPROC_MREMAP, as those of device drivers.
 *
 * Errors: EINVAL: @prot, @reserved, @phys or @addr not aligned, @size 0;
 * EOVERFLOW: @phys + @size; EEXIST: the range is not free; ENOMEM: beyond user
 * space, or more than the most regions; EPERM: below user space; ENOTCONN,
 * EBUSY, EINTR, EFAULT.
 */
struct vproc_map_physical {
	__u64 phys;
	__u64 addr;
	__u64 size;
	__u32 prot;
	__u32 reserved;
};

/**
 * struct vproc_mprotect - mprotect(2) in a model
 * @addr: in: first address, aligned
 * @size: in: bytes; rounded up to whole pages. 0 does nothing
 * @prot: in: PROT_READ, PROT_WRITE, PROT_EXEC
 * @reserved: in: 0
 *
 * Errors: EINVAL: @prot, @reserved, @addr not aligned; ENOMEM: the range wraps,
 * begins in a hole, or has one: what lies before it is changed, as by the
 * system call; ENOMEM: more than the most regions; EACCES: a file that is not
 * open for that, with the same proviso; ENOTCONN, EBUSY, EINTR, EFAULT.
 */
struct vproc_mprotect {
	__u64 addr;
	__u64 size;
	__u32 prot;
	__u32 reserved;
};

/**
 * struct vproc_mremap - mremap(2) in a model
 * @addr: in: the old address; out: the new one
 * @old_size: in: bytes; 0 makes a second mapping of a shared one
 * @new_size: in: bytes
 * @new_addr: in: with MREMAP_FIXED the address; with MREMAP_DONTUNMAP a hint
 * @flags: in: MREMAP_MAYMOVE, MREMAP_FIXED, MREMAP_DONTUNMAP
 * @reserved: in: 0
 *
 * Errors: EINVAL: @flags, @reserved, @addr or @new_addr not aligned, @new_size
 * 0, overlapping ranges, @new_addr beyond user space, or @old_size 0 and not
 * shared; EFAULT: nothing mapped at @addr, the old range is of more than one
 * region, or physical memory that is to grow; ENOMEM: no room, or too many
 * regions; EPERM: @new_addr below user space. With MREMAP_FIXED an error after
 * the target range was unmapped leaves it unmapped, as the system call does.
 * From 6.17 on MREMAP_FIXED moves a range of several regions, if it keeps its
 * size; after an error what lies before the obstacle has been moved.
 * ENOTCONN, EBUSY, EINTR.
 */
struct vproc_mremap {
	__u64 addr;
	__u64 old_size;
	__u64 new_size;
	__u64 new_addr;
	__u32 flags;
	__u32 reserved;
};

/**
 * struct vproc_brk - move the break
 * @brk: VPROC_BRK: in: the new break. VPROC_GROW_HEAP: in: by how much to raise
 *	it. Both: out: the break
 *
 * The heap is one region of type VPROC_TYPE_HEAP.
 *
 * Errors: EINVAL: below the start of the heap; ENOMEM: above its limit, or into
 * a neighbour or the guard gap of one, or more than the most regions, or, on
 * the way down, there is no heap left to unmap; ENOTCONN, EBUSY, EINTR, EFAULT.
 */
struct vproc_brk {
	__u64 brk;
};

/**
 * struct vproc_stack_new - a stack: a region that grows down
 * @size: in: bytes, of at least two pages, the guard page among them; rounded
 *	up to whole pages
 * @limit: in: most bytes that its region may grow to; 0: the layout's, or
 *	@size if that is more
 * @top: in: where it ends, aligned; 0: for the first stack the layout's
 *	stack_end, for others, or if that is taken, the highest free range below
 *	the stack; out: where it ends
 * @id: out: its id, not used twice
 * @reserved: in: 0
 *
 * The lowest page, [bottom, bottom + guard size), is the guard page and never
 * mapped; when the stack grows, it moves down with it.
 *
 * Errors: EINVAL: @size below two pages, @limit below @size, @top not aligned,
 * @reserved; ENOMEM: no room, beyond user space, more than the most regions, or
 * than VPROC_MODEL_STACKS; EPERM: below user space; EEXIST: @top given and not
 * free; ENOTCONN, EBUSY, EINTR, EFAULT.
 */
struct vproc_stack_new {
	__u64 size;
	__u64 limit;
	__u64 top;
	__u32 id;
	__u32 reserved;
};

/**
 * struct vproc_stack_info - a stack as it is now
 * @id: in: its id
 * @contains: out: 1 if bottom <= @addr <= top; the top counts, since the stack
 *	pointer of an empty stack is there
 * @in_guard: out: 1 if @addr is in the guard page
 * @reserved: in: 0
 * @addr: in: an address to ask about
 * @bottom: out: lowest address, of the guard page
 * @top: out: highest address; not part of it
 * @sp: out: the stack pointer
 * @guard_size: out: bytes of guard page
 * @usable_size: out: @top - @bottom - @guard_size
 * @limit: out: most bytes that its region may grow to
 *
 * Errors: ENOENT: @id; EINVAL: @reserved; ENOTCONN, EBUSY, EINTR, EFAULT.
 */
struct vproc_stack_info {
	__u32 id;
	__u32 contains;
	__u32 in_guard;
	__u32 reserved;
	__u64 addr;
	__u64 bottom;
	__u64 top;
	__u64 sp;
	__u64 guard_size;
	__u64 usable_size;
	__u64 limit;
};

/**
 * struct vproc_stack_op - change a stack
 * @id: in: its id
 * @reserved: in: 0
 * @value: in: VPROC_STACK_SP: the stack pointer. VPROC_GROW_STACK: by how much
 *	to grow, rounded up to whole pages; VPROC_STACK_FREE: 0
 *
 * VPROC_STACK_FREE unmaps what the stack spans and forgets it.
 *
 * Errors: ENOENT: @id; EINVAL: @reserved, a stack pointer that the stack does
 * not contain, a growth of 0; EFAULT: what is to grow is not mapped any more;
 * ENOMEM: beyond the limit, into the guard gap (256 pages) of accessible memory
 * that lies below and does not itself grow down, or into any region; EPERM:
 * below user space; ENOTCONN, EBUSY, EINTR.
 */
struct vproc_stack_op {
	__u32 id;
	__u32 reserved;
	__u64 value;
};

/**
 * struct vproc_touch - an access to memory, as a page fault decides it
 * @addr: in: the address
 * @access: in: one of PROT_READ, PROT_WRITE, PROT_EXEC
 * @reserved: in: 0
 *
 * Below a region that grows down the access makes it grow, up to its limit (see
 * struct vproc_stack_new; the layout's for what MAP_GROWSDOWN made).
 * VPROC_WRITE is a write, and besides makes a private page exist and breaks its
 * sharing; @access is then 0.
 *
 * Errors: EFAULT: not mapped; EACCES: mapped, and not for that; EINVAL:
 * @access, @reserved; ENOMEM, EPERM: a stack cannot grow there, see struct
 * vproc_stack_op; ENOMEM: more than VPROC_MODEL_PAGES; ENOTCONN, EBUSY, EINTR.
 */
struct vproc_touch {
	__u64 addr;
	__u32 access;
	__u32 reserved;
};

/**
 * struct vproc_fork - a copy of the model, as a new file
 * @flags: in: O_CLOEXEC, or 0
 * @fd: out: the new file
 *
 * Private pages that exist are shared, and count one reference more.
 *
 * Errors: EINVAL: @flags; EMFILE, ENFILE: no descriptor; ENOTCONN, EBUSY, EINTR,
 * ENOMEM, EFAULT.
 */
struct vproc_fork {
	__u32 flags;
	__s32 fd;
};

/**
 * struct vproc_cow_info - the page behind an address of private memory
 * @addr: in: the address
 * @page: out: a number for the page, the same in all models that share it, of
 *	whole pages; 0: the page was never written and does not exist
 * @count: out: references to it; 0 if it does not exist
 *
 * Errors: EFAULT: not mapped; ENOTCONN, EBUSY, EINTR.
 */
struct vproc_cow_info {
	__u64 addr;
	__u64 page;
	__u64 count;
};

/**
 * struct vproc_page_info - what is mapped at one address
 * @addr: in: the address
 * @page_flags: out: VPROC_PAGE_*, as they follow from the protection: PRESENT
 *	and USER always, WRITABLE with PROT_WRITE, NO_EXECUTE without PROT_EXEC
 * @phys: out: the physical address of @addr, if it is mapped by
 *	VPROC_MAP_PHYSICAL; else 0
 * @type: out: enum vproc_type
 * @perm: out: VPROC_PERM_*
 *
 * Errors: EFAULT: not mapped; ENOTCONN, EBUSY, EINTR.
 */
struct vproc_page_info {
	__u64 addr;
	__u64 page_flags;
	__u64 phys;
	__u32 type;
	__u32 perm;
};

/*
 * VPROC_DETACH takes no argument and ends the following: the last state, its
 * statistics and unread events stay readable until the file is closed.
 * Errors: ENOTCONN; ESRCH: it has ended already; EINTR; ENOMEM: there is none to
 * keep the last state with, and it follows still.
 */
#define VPROC_INFO	_IOR(VPROC_IOC_MAGIC, 0x00, struct vproc_info)
#define VPROC_CREATE	_IOWR(VPROC_IOC_MAGIC, 0x01, struct vproc_create)
#define VPROC_MAP	_IOWR(VPROC_IOC_MAGIC, 0x02, struct vproc_mmap)
#define VPROC_ALLOCATE	_IOWR(VPROC_IOC_MAGIC, 0x03, struct vproc_allocate)
#define VPROC_FREE	_IOW(VPROC_IOC_MAGIC, 0x04, struct vproc_range)
#define VPROC_UNMAP	_IOW(VPROC_IOC_MAGIC, 0x05, struct vproc_range)
#define VPROC_MAP_PHYSICAL _IOW(VPROC_IOC_MAGIC, 0x06, struct vproc_map_physical)
#define VPROC_PROTECT	_IOW(VPROC_IOC_MAGIC, 0x07, struct vproc_mprotect)
#define VPROC_MREMAP	_IOWR(VPROC_IOC_MAGIC, 0x08, struct vproc_mremap)
#define VPROC_BRK	_IOWR(VPROC_IOC_MAGIC, 0x09, struct vproc_brk)
#define VPROC_GROW_HEAP	_IOWR(VPROC_IOC_MAGIC, 0x0a, struct vproc_brk)
#define VPROC_STACK_NEW	_IOWR(VPROC_IOC_MAGIC, 0x0b, struct vproc_stack_new)
#define VPROC_STACK_INFO _IOWR(VPROC_IOC_MAGIC, 0x0c, struct vproc_stack_info)
#define VPROC_STACK_SP	_IOW(VPROC_IOC_MAGIC, 0x0d, struct vproc_stack_op)
#define VPROC_GROW_STACK _IOW(VPROC_IOC_MAGIC, 0x0e, struct vproc_stack_op)
#define VPROC_STACK_FREE _IOW(VPROC_IOC_MAGIC, 0x0f, struct vproc_stack_op)
#define VPROC_TOUCH	_IOW(VPROC_IOC_MAGIC, 0x10, struct vproc_touch)
#define VPROC_WRITE	_IOW(VPROC_IOC_MAGIC, 0x11, struct vproc_touch)
#define VPROC_FORK	_IOWR(VPROC_IOC_MAGIC, 0x12, struct vproc_fork)
#define VPROC_COW_INFO	_IOWR(VPROC_IOC_MAGIC, 0x13, struct vproc_cow_info)
#define VPROC_PAGE_INFO	_IOWR(VPROC_IOC_MAGIC, 0x14, struct vproc_page_info)
#define VPROC_ATTACH	_IOWR(VPROC_IOC_MAGIC, 0x20, struct vproc_attach)
#define VPROC_DETACH	_IO(VPROC_IOC_MAGIC, 0x21)
#define VPROC_OPEN_CHILD _IOWR(VPROC_IOC_MAGIC, 0x22, struct vproc_open_child)
#define VPROC_QUERY	_IOWR(VPROC_IOC_MAGIC, 0x40, struct vproc_query)
#define VPROC_REGIONS	_IOWR(VPROC_IOC_MAGIC, 0x41, struct vproc_regions)
#define VPROC_FILE	_IOWR(VPROC_IOC_MAGIC, 0x42, struct vproc_file)
#define VPROC_STATS	_IOR(VPROC_IOC_MAGIC, 0x43, struct vproc_stats)
#define VPROC_HEAP	_IOR(VPROC_IOC_MAGIC, 0x44, struct vproc_heap)
#define VPROC_STACKS	_IOWR(VPROC_IOC_MAGIC, 0x45, struct vproc_stacks)
#define VPROC_LOOKUP	_IOWR(VPROC_IOC_MAGIC, 0x46, struct vproc_lookup)
#define VPROC_VERIFY	_IOWR(VPROC_IOC_MAGIC, 0x60, struct vproc_verify)

#endif /* _VPROC_MEM_H */
