// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random operations on the caller's map.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <linux/userfaultfd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "ops.h"

#define PAGE	OPS_PAGE

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#endif

/* The numbers are the same on all architectures since 5.1. */
#ifndef SYS_process_madvise
#define SYS_process_madvise		440
#endif
#ifndef SYS_set_mempolicy_home_node
#define SYS_set_mempolicy_home_node	450
#endif
#ifndef SYS_map_shadow_stack
#define SYS_map_shadow_stack		453
#endif
#ifndef SYS_mseal
#define SYS_mseal			462
#endif

#ifndef PR_SET_VMA
#define PR_SET_VMA			0x53564d41
#define PR_SET_VMA_ANON_NAME		0
#endif
#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE		67
#define PR_GET_MEMORY_MERGE		68
#endif
#ifndef SHADOW_STACK_SET_TOKEN
#define SHADOW_STACK_SET_TOKEN		1
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ		22
#define MADV_POPULATE_WRITE		23
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE			25
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL		102
#define MADV_GUARD_REMOVE		103
#endif
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY		1
#endif

#define ARENA_SIZE	(OPS_ARENA_PAGES * PAGE)
#define FILE_PAGES	64
#define HEAP_SIZE	(1024 * 1024ul)
#define STACK_SIZE	(3 * 1024 * 1024ul)
#define SEALS_MAX	16

/* What the threads share. The files: a plain one, a memfd, the program. */
static struct {
	unsigned long arena;
	unsigned long heap;
	unsigned long brk;
	int files[3];
	int pkey;
	unsigned int seals;
} shared;

/* splitmix64: any seed will do, and neighbouring ones are far apart. */
static __u64 next_random(__u64 *state)
{
	__u64 z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

unsigned int ops_random(struct ops *ops, unsigned int limit)
{
	return (next_random(&ops->random) >> 32) * limit >> 32;
}

/* An index into an array. */
#define any_of(ops, array)	ops_random(ops, ARRAY_SIZE(array))

static bool one_in(struct ops *ops, unsigned int n)
{
	return !ops_random(ops, n);
}

/*
 * Make a system call and keep a record of it. The record is made first, so
 * that it is there if the call does not return.
 */
static long record(struct ops *ops, const char *name, long number,
		   const unsigned long args[6])
{
	struct ops_record *last = &ops->last;

	last->name = name;
	memcpy(last->args, args, sizeof(last->args));
	errno = 0;
	/* mmap(2) proper: on 32 bits its number has other arguments. */
	if (number == SYS_mmap)
		last->ret = (long)mmap((void *)args[0], args[1], args[2],
				       args[3], args[4], args[5]);
	else
		last->ret = syscall(number, args[0], args[1], args[2], args[3],
				    args[4], args[5]);
	last->err = errno;
	return last->ret;
}

#define call(ops, name, number, ...) \
	record(ops, name, number, (unsigned long [6]) { __VA_ARGS__ })

/* There is nothing to do it with. */
static void skip(struct ops *ops)
{
	ops->last = (struct ops_record){ 0 };
}

void ops_describe(const struct ops *ops, char *text, size_t size)
{
	const struct ops_record *last = &ops->last;

	snprintf(text, size, "%s(%#lx, %#lx, %#lx, %#lx, %#lx, %#lx) = %#lx, errno %d",
		 last->name, last->args[0], last->args[1], last->args[2],
		 last->args[3], last->args[4], last->args[5],
		 (unsigned long)last->ret, last->err);
}

static size_t random_size(struct ops *ops)
{
	/* Few calls succeed on what has holes, so most sizes are small. */
	static const unsigned int limits[] = {
		3, 3, 3, 12, 12, 12, 12, OPS_ARENA_PAGES / 4,
	};

	return (1 + ops_random(ops, limits[any_of(ops, limits)])) * PAGE;
}

static struct ops_extent range_within(struct ops *ops, unsigned long addr,
				      size_t size)
{
	struct ops_extent range;
	size_t pages = size / PAGE;
	size_t start = ops_random(ops, pages);

	range.addr = addr + start * PAGE;
	range.size = random_size(ops);
	if (range.size > (pages - start) * PAGE)
		range.size = (pages - start) * PAGE;
	return range;
}

/* A place to do something at. */
static struct ops_extent random_range(struct ops *ops)
{
	const size_t heap_size = shared.brk - shared.heap;
	struct ops_extent range;
	unsigned int where = ops_random(ops, 16);

	if (where < 2) {
		range = range_within(ops, shared.arena, ARENA_SIZE);
	} else if (where < 5 && ops->nr_extents) {
		range = ops->extents[ops_random(ops, ops->nr_extents)];
		if (one_in(ops, 2))
			range = range_within(ops, range.addr, range.size);
	} else if (where < 6 && heap_size >= PAGE) {
		range = range_within(ops, shared.heap, heap_size);
	} else {
		range = range_within(ops, ops->arena, ARENA_SIZE);
	}
	/* What is not aligned is refused, or rounded: both are of interest. */
	if (one_in(ops, 64))
		range.addr += 1 + ops_random(ops, PAGE - 1);
	return range;
}

static bool in_arena(unsigned long arena, unsigned long addr)
{
	return addr - arena < ARENA_SIZE;
}

static bool may_place_freely(const struct ops *ops)
{
	return ops->nr_extents < OPS_EXTENTS;
}

/* Remember what the kernel has placed. */
static void keep(struct ops *ops, long addr, size_t size)
{
	if (addr == -1 || in_arena(ops->arena, addr) ||
	    in_arena(shared.arena, addr) ||
	    addr - shared.heap < HEAP_SIZE || !may_place_freely(ops))
		return;
	ops->extents[ops->nr_extents++] = (struct ops_extent){ addr, size };
}

static int random_prot(struct ops *ops)
{
	static const int prots[] = {
		PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE,
		PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE,
		PROT_READ | PROT_EXEC, PROT_WRITE, PROT_EXEC,
		PROT_READ | PROT_WRITE | PROT_EXEC,
	};

	return prots[any_of(ops, prots)];
}

/* mmap() at a fixed place, near one, or anywhere. */
static void map_somewhere(struct ops *ops, int prot, int flags, int fd,
			  unsigned long offset)
{
	struct ops_extent range = random_range(ops);
	unsigned int how = ops_random(ops, 8);
	long addr;

	if (how < 5 || !may_place_freely(ops)) {
		call(ops, "mmap fixed", SYS_mmap, range.addr, range.size, prot,
		     flags | MAP_FIXED, fd, offset);
	} else if (how < 6) {
		call(ops, "mmap where nothing is", SYS_mmap, range.addr,
		     range.size, prot, flags | MAP_FIXED_NOREPLACE, fd,
		     offset);
	} else {
		if (how < 7)
			range.addr = 0;
		addr = call(ops, "mmap", SYS_mmap, range.addr, range.size,
			    prot, flags, fd, offset);
		keep(ops, addr, range.size);
	}
}

static void map_anonymous(struct ops *ops)
{
	static const int kinds[] = {
		MAP_PRIVATE, MAP_PRIVATE, MAP_PRIVATE, MAP_SHARED,
		MAP_PRIVATE | MAP_STACK, MAP_PRIVATE | MAP_NORESERVE,
		MAP_PRIVATE | MAP_GROWSDOWN, MAP_PRIVATE | MAP_POPULATE,
		MAP_PRIVATE | MAP_LOCKED, MAP_SHARED | MAP_NORESERVE,
	};

	map_somewhere(ops, random_prot(ops),
		      kinds[any_of(ops, kinds)] | MAP_ANONYMOUS, -1, 0);
}

static void map_file(struct ops *ops)
{
	int fd = shared.files[any_of(ops, shared.files)];

	map_somewhere(ops, random_prot(ops),
		      one_in(ops, 2) ? MAP_PRIVATE : MAP_SHARED, fd,
		      ops_random(ops, FILE_PAGES) * PAGE);
}

/* Make up for the holes that others leave, or soon they are all there is. */
static void fill_arena(struct ops *ops)
{
	unsigned long arena = one_in(ops, 8) ? shared.arena : ops->arena;

	call(ops, "mmap over much", SYS_mmap,
	     arena + ops_random(ops, OPS_ARENA_PAGES - 128) * PAGE, 128 * PAGE,
	     random_prot(ops), MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void unmap(struct ops *ops)
{
	struct ops_extent range = random_range(ops);

	call(ops, "munmap", SYS_munmap, range.addr, range.size);
}

/* All of what the kernel once placed, so that there is room for more. */
static void unmap_extent(struct ops *ops)
{
	struct ops_extent *extent;

	if (!ops->nr_extents) {
		skip(ops);
		return;
	}
	extent = &ops->extents[ops_random(ops, ops->nr_extents)];
	call(ops, "munmap whole", SYS_munmap, extent->addr, extent->size);
	*extent = ops->extents[--ops->nr_extents];
}

static void protect(struct ops *ops)
{
	struct ops_extent range = random_range(ops);
	int prot = random_prot(ops);

	if (one_in(ops, 16))
		prot |= PROT_GROWSDOWN;
	call(ops, "mprotect", SYS_mprotect, range.addr, range.size, prot);
}

static void protect_with_key(struct ops *ops)
{
	struct ops_extent range = random_range(ops);

	call(ops, "pkey_mprotect", SYS_pkey_mprotect, range.addr, range.size,
	     random_prot(ops), one_in(ops, 3) ? 0 : shared.pkey);
}

static void remap(struct ops *ops)
{
	struct ops_extent from = random_range(ops);
	struct ops_extent to = range_within(ops, ops->arena, ARENA_SIZE);
	size_t size = random_size(ops);
	unsigned int how = ops_random(ops, 8);
	long addr;

	/* What is mapped over must lie in the arena. */
	if (from.size > to.size)
		from.size = to.size;
	if (how < 2) {
		call(ops, "mremap in place", SYS_mremap, from.addr, from.size,
		     size, 0);
	} else if (how < 5) {
		call(ops, "mremap fixed", SYS_mremap, from.addr, from.size,
		     one_in(ops, 2) ? from.size : to.size,
		     MREMAP_MAYMOVE | MREMAP_FIXED, to.addr);
	} else if (how < 6) {
		call(ops, "mremap, leaving it mapped", SYS_mremap, from.addr,
		     from.size, from.size,
		     MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, to.addr);
	} else if (how < 7) {
		call(ops, "mremap to a second place", SYS_mremap, from.addr, 0,
		     to.size, MREMAP_MAYMOVE | MREMAP_FIXED, to.addr);
	} else if (may_place_freely(ops)) {
		addr = call(ops, "mremap", SYS_mremap, from.addr, from.size,
			    size, MREMAP_MAYMOVE);
		keep(ops, addr, size);
	} else {
		skip(ops);
	}
}

/* A range with regions and holes in it, moved whole to the other half. */
static void remap_many(struct ops *ops)
{
	const size_t half = OPS_ARENA_PAGES / 2;
	size_t pages = 8 + ops_random(ops, half - 8);
	unsigned long at = ops->arena + ops_random(ops, half - pages) * PAGE;
	unsigned long to = ops->arena +
		(half + ops_random(ops, half - pages)) * PAGE;
	struct ops_extent piece;

	/* What cannot be moved along ends the call half-way: not too often. */
	if (!one_in(ops, 4))
		call(ops, "mmap of what is moved next", SYS_mmap, at,
		     pages * PAGE, random_prot(ops),
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	for (unsigned int i = 1 + ops_random(ops, 4); i; i--) {
		piece = range_within(ops, at, pages * PAGE);
		if (one_in(ops, 2))
			call(ops, "munmap of a piece", SYS_munmap, piece.addr,
			     piece.size);
		else
			call(ops, "mprotect of a piece", SYS_mprotect,
			     piece.addr, piece.size, random_prot(ops));
	}
	call(ops, "mremap of several", SYS_mremap, at, pages * PAGE,
	     pages * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED |
	     (one_in(ops, 4) ? MREMAP_DONTUNMAP : 0), to);
}

static void move_break(struct ops *ops)
{
	unsigned long brk = shared.heap + ops_random(ops, HEAP_SIZE);

	if (one_in(ops, 4))
		brk &= -PAGE;
	shared.brk = call(ops, "brk", SYS_brk, brk);
	if (shared.brk != brk)
		ops->last.err = ENOMEM;
}

/*
 * Touching memory that is not there, or not accessible, ends in a signal, and
 * that ends in a jump.
 */
static __thread sigjmp_buf fault_exit;
static __thread int fault_expected;

static void expect_fault(int expected)
{
	__atomic_store_n(&fault_expected, expected, __ATOMIC_RELAXED);
}

static void handle_fault(int signal)
{
	if (!fault_expected)
		abort();
	siglongjmp(fault_exit, signal);
}

static void touch_pages(struct ops *ops, struct ops_extent range, bool write)
{
	char *page = (char *)range.addr;
	size_t i;

	ops->last = (struct ops_record){
		.name = write ? "write to" : "read from",
		.args = { range.addr, range.size },
	};
	expect_fault(1);
	if (sigsetjmp(fault_exit, 0)) {
		expect_fault(0);
		ops->last.ret = -1;
		ops->last.err = EFAULT;
		return;
	}
	for (i = 0; i < range.size; i += PAGE) {
		if (write)
			__atomic_store_n(&page[i], 1, __ATOMIC_RELAXED);
		else
			(void)__atomic_load_n(&page[i], __ATOMIC_RELAXED);
	}
	expect_fault(0);
}

/* Pages that are there make a difference to merging and moving. */
static void touch(struct ops *ops)
{
	struct ops_extent range = random_range(ops);

	touch_pages(ops, range, one_in(ops, 2));
}

/*
 * Have a mapping grow down by touching below it: three operations in turn, of
 * which the caller sees the last. Where something accessible lies too near,
 * the kernel refuses.
 */
static void grow_mapping(struct ops *ops)
{
	unsigned int page = 32 + ops_random(ops, OPS_ARENA_PAGES - 40);
	unsigned long addr = ops->arena + page * PAGE;
	struct ops_extent below = { .size = PAGE };

	switch (ops_random(ops, 3)) {
	case 0:
		call(ops, "munmap below a stack", SYS_munmap, addr - 32 * PAGE,
		     32 * PAGE);
		break;
	case 1:
		call(ops, "mmap of a stack", SYS_mmap, addr, 2 * PAGE,
		     PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED,
		     -1, 0);
		break;
	case 2:
		below.addr = addr - (1 + ops_random(ops, 16)) * PAGE;
		touch_pages(ops, below, true);
		break;
	}
}

static void reach_down(size_t size)
{
	char frame[PAGE];

	__atomic_store_n(&frame[0], 1, __ATOMIC_RELAXED);
	if (size > sizeof(frame))
		reach_down(size - sizeof(frame));
	/* There is still something to do here, so the frame is still there. */
	__atomic_store_n(&frame[1], 1, __ATOMIC_RELAXED);
}

static void grow_stack(struct ops *ops)
{
	size_t size = ops_random(ops, STACK_SIZE);

	if (!ops->has_stack) {
		grow_mapping(ops);
		return;
	}
	ops->last = (struct ops_record){
		.name = "stack",
		.args = { size },
	};
	reach_down(size);
}

static const int advices[] = {
	MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED,
	MADV_DONTNEED, MADV_FREE, MADV_DONTFORK, MADV_DOFORK, MADV_DONTDUMP,
	MADV_DODUMP, MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_MERGEABLE,
	MADV_UNMERGEABLE, MADV_WIPEONFORK, MADV_KEEPONFORK, MADV_COLD,
	MADV_PAGEOUT, MADV_POPULATE_READ, MADV_POPULATE_WRITE, MADV_COLLAPSE,
	MADV_GUARD_INSTALL, MADV_GUARD_REMOVE, MADV_REMOVE,
};

static void advise(struct ops *ops)
{
	struct ops_extent range = random_range(ops);

	call(ops, "madvise", SYS_madvise, range.addr, range.size,
	     advices[any_of(ops, advices)]);
}

static void advise_process(struct ops *ops)
{
	struct ops_extent range[2] = { random_range(ops), random_range(ops) };
	struct iovec iov[2] = {
		{ (void *)range[0].addr, range[0].size },
		{ (void *)range[1].addr, range[1].size },
	};
	int pidfd = syscall(SYS_pidfd_open, getpid(), 0);

	call(ops, "process_madvise", SYS_process_madvise, pidfd,
	     (unsigned long)iov, 2, advices[any_of(ops, advices)], 0);
	close(pidfd);
}

static void lock(struct ops *ops)
{
	struct ops_extent range = random_range(ops);

	switch (ops_random(ops, 4)) {
	case 0:
		call(ops, "mlock", SYS_mlock, range.addr, range.size);
		break;
	case 1:
		call(ops, "mlock2", SYS_mlock2, range.addr, range.size,
		     MLOCK_ONFAULT);
		break;
	default:
		call(ops, "munlock", SYS_munlock, range.addr, range.size);
		break;
	}
}

static void lock_all(struct ops *ops)
{
	/* To have all of the program in memory at once takes long. */
	static const int flags[] = {
		MCL_CURRENT | MCL_ONFAULT, MCL_FUTURE | MCL_ONFAULT,
		MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT, MCL_FUTURE,
	};

	if (one_in(ops, 2))
		call(ops, "munlockall", SYS_munlockall, 0);
	else if (one_in(ops, 8))
		call(ops, "mlockall", SYS_mlockall, MCL_CURRENT);
	else
		call(ops, "mlockall", SYS_mlockall, flags[any_of(ops, flags)]);
}

static void bind_memory(struct ops *ops)
{
	static const int modes[] = {
		MPOL_DEFAULT, MPOL_PREFERRED, MPOL_BIND, MPOL_INTERLEAVE,
		MPOL_LOCAL,
	};
	struct ops_extent range = random_range(ops);
	unsigned long nodes = 1 + ops_random(ops, 3);
	int mode = modes[any_of(ops, modes)];
	bool no_nodes = mode == MPOL_DEFAULT || mode == MPOL_LOCAL;

	if (one_in(ops, 4))
		call(ops, "set_mempolicy_home_node",
		     SYS_set_mempolicy_home_node, range.addr, range.size,
		     ops_random(ops, 2), 0);
	else
		call(ops, "mbind", SYS_mbind, range.addr, range.size, mode,
		     no_nodes ? 0 : (unsigned long)&nodes, no_nodes ? 0 : 8,
		     one_in(ops, 4) ? MPOL_MF_MOVE : 0);
}

static void give_name(struct ops *ops)
{
	static const char * const names[] = {
		NULL, NULL, "a", "b", "a longer name (with brackets)",
	};
	struct ops_extent range = random_range(ops);

	call(ops, "prctl to name", SYS_prctl, PR_SET_VMA, PR_SET_VMA_ANON_NAME,
	     range.addr, range.size, (unsigned long)names[any_of(ops, names)]);
}

static void attach_segment(struct ops *ops)
{
	struct ops_extent range = random_range(ops);
	int id = shmget(IPC_PRIVATE, range.size, IPC_CREAT | 0600);
	int flags = one_in(ops, 2) ? SHM_RDONLY : 0;
	long addr;

	if (one_in(ops, 2))
		addr = call(ops, "shmat over", SYS_shmat, id, range.addr,
			    flags | SHM_REMAP | SHM_RND);
	else
		addr = call(ops, "shmat", SYS_shmat, id, 0, flags);
	/* Gone with the last that has it attached. */
	shmctl(id, IPC_RMID, NULL);
	if (addr != -1)
		ops->segments[ops->nr_segments++] = addr;
}

static void use_segments(struct ops *ops)
{
	unsigned int i;

	if (!ops->nr_segments ||
	    (ops->nr_segments < OPS_SEGMENTS && one_in(ops, 2))) {
		attach_segment(ops);
		return;
	}
	i = ops_random(ops, ops->nr_segments);
	call(ops, "shmdt", SYS_shmdt, ops->segments[i]);
	ops->segments[i] = ops->segments[--ops->nr_segments];
}

/*
 * A fault in a registered range must not wait for a handler that is not there:
 * with this feature it is a SIGBUS.
 */
static void open_userfaultfd(struct ops *ops)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_SIGBUS,
	};
	int fd = call(ops, "userfaultfd", SYS_userfaultfd,
		      O_CLOEXEC | UFFD_USER_MODE_ONLY);

	if (fd >= 0 && ioctl(fd, UFFDIO_API, &api)) {
		close(fd);
		fd = -1;
	}
	ops->userfaultfd = fd;
}

static void use_userfaultfd(struct ops *ops)
{
	struct ops_extent range = random_range(ops);
	struct uffdio_register registration = {
		.range = { range.addr, range.size },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	if (ops->userfaultfd < 0) {
		open_userfaultfd(ops);
		return;
	}
	if (one_in(ops, 4))
		registration.mode = UFFDIO_REGISTER_MODE_WP;
	switch (ops_random(ops, 8)) {
	case 0:
		call(ops, "close of a userfaultfd", SYS_close,
		     ops->userfaultfd);
		ops->userfaultfd = -1;
		break;
	case 1:
	case 2:
		call(ops, "UFFDIO_UNREGISTER", SYS_ioctl, ops->userfaultfd,
		     UFFDIO_UNREGISTER, (unsigned long)&registration.range,
		     range.addr, range.size);
		break;
	default:
		call(ops, "UFFDIO_REGISTER", SYS_ioctl, ops->userfaultfd,
		     UFFDIO_REGISTER, (unsigned long)&registration,
		     range.addr, range.size);
		break;
	}
}

static void remap_pages_of_file(struct ops *ops)
{
	struct ops_extent range = random_range(ops);

	call(ops, "remap_file_pages", SYS_remap_file_pages, range.addr,
	     range.size, 0, ops_random(ops, FILE_PAGES), 0);
}

/* Sealed memory stays for ever, so there is little of it, and none of use. */
static void seal(struct ops *ops)
{
	long addr;

	if (ops->unsealed) {
		call(ops, "mseal", SYS_mseal, ops->unsealed, PAGE, 0);
		ops->unsealed = 0;
		return;
	}
	if (__atomic_fetch_add(&shared.seals, 1, __ATOMIC_RELAXED) >=
	    SEALS_MAX) {
		skip(ops);
		return;
	}
	addr = call(ops, "mmap of what is sealed next", SYS_mmap, 0, 3 * PAGE,
		    PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (addr != -1)
		ops->unsealed = addr + PAGE;
}

static void change_guard(struct ops *ops)
{
	struct ops_extent range = random_range(ops);

	call(ops, "madvise of a guard", SYS_madvise, range.addr, range.size,
	     one_in(ops, 3) ? MADV_GUARD_REMOVE : MADV_GUARD_INSTALL);
}

/* Have a huge page, that others will split, move and unmap in part. */
static void collapse_pages(struct ops *ops)
{
	unsigned long arena = one_in(ops, 2) ? shared.arena : ops->arena;

	call(ops, "mmap of what is collapsed next", SYS_mmap, arena, ARENA_SIZE,
	     PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1, 0);
	call(ops, "madvise to collapse", SYS_madvise, arena, ARENA_SIZE,
	     MADV_COLLAPSE);
}

static void merge_same_pages(struct ops *ops)
{
	call(ops, "prctl to merge pages", SYS_prctl, PR_SET_MEMORY_MERGE,
	     ops_random(ops, 2), 0, 0, 0);
}

static void map_shadow_stack(struct ops *ops)
{
	size_t size = random_size(ops);
	long addr;

	if (!may_place_freely(ops)) {
		skip(ops);
		return;
	}
	addr = call(ops, "map_shadow_stack", SYS_map_shadow_stack, 0, size,
		    one_in(ops, 2) ? SHADOW_STACK_SET_TOKEN : 0);
	keep(ops, addr, size);
}

static void use_aio(struct ops *ops)
{
	unsigned long context = 0;
	unsigned int i;

	if (!ops->nr_aio || (ops->nr_aio < OPS_AIO_CONTEXTS &&
			     one_in(ops, 2))) {
		if (!call(ops, "io_setup", SYS_io_setup,
			  1 + ops_random(ops, 64), (unsigned long)&context))
			ops->aio[ops->nr_aio++] = context;
		return;
	}
	i = ops_random(ops, ops->nr_aio);
	call(ops, "io_destroy", SYS_io_destroy, ops->aio[i]);
	ops->aio[i] = ops->aio[--ops->nr_aio];
}

/* Does the running kernel have it? Asked such that nothing is changed. */

static bool has_collapse(void)
{
	return !madvise(NULL, 0, MADV_COLLAPSE);
}

static bool has_guard(void)
{
	return !madvise(NULL, 0, MADV_GUARD_INSTALL);
}

static bool has_seal(void)
{
	return !syscall(SYS_mseal, 0, 0, 0);
}

static bool has_name(void)
{
	return !prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, 0, 0, NULL);
}

static bool has_merge(void)
{
	return prctl(PR_GET_MEMORY_MERGE, 0, 0, 0, 0) >= 0;
}

/* Without a size it is refused, as invalid just where it could be had. */
static bool has_shadow_stack(void)
{
	return syscall(SYS_map_shadow_stack, 0, 0, 0) && errno == EINVAL;
}

static bool has_remap_many(void)
{
	char *addr = mmap(NULL, 4 * PAGE, PROT_READ,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool has;

	if (addr == MAP_FAILED)
		return false;
	has = !mprotect(addr, PAGE, PROT_NONE) &&
	      mremap(addr, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		     addr + 2 * PAGE) != MAP_FAILED;
	munmap(addr, 4 * PAGE);
	return has;
}

/* @has: NULL for what each kernel has. */
static const struct kind {
	const char *name;
	void (*make)(struct ops *ops);
	unsigned int weight;
	bool (*has)(void);
} kinds[] = {
	{ "anonymous", map_anonymous, 18, NULL },
	{ "file", map_file, 10, NULL },
	{ "fill", fill_arena, 3, NULL },
	{ "munmap", unmap, 7, NULL },
	{ "munmap-whole", unmap_extent, 5, NULL },
	{ "mprotect", protect, 12, NULL },
	{ "pkey", protect_with_key, 2, NULL },
	{ "mremap", remap, 12, NULL },
	{ "mremap-many", remap_many, 4, has_remap_many },
	{ "brk", move_break, 6, NULL },
	{ "touch", touch, 10, NULL },
	{ "stack", grow_stack, 2, NULL },
	{ "growsdown", grow_mapping, 6, NULL },
	{ "madvise", advise, 14, NULL },
	{ "process_madvise", advise_process, 1, NULL },
	{ "mlock", lock, 6, NULL },
	{ "mlockall", lock_all, 1, NULL },
	{ "mbind", bind_memory, 4, NULL },
	{ "name", give_name, 3, has_name },
	{ "shm", use_segments, 4, NULL },
	{ "userfaultfd", use_userfaultfd, 5, NULL },
	{ "remap_file_pages", remap_pages_of_file, 2, NULL },
	{ "guard", change_guard, 3, has_guard },
	{ "collapse", collapse_pages, 1, has_collapse },
	{ "ksm", merge_same_pages, 1, has_merge },
	{ "shadow-stack", map_shadow_stack, 3, has_shadow_stack },
	{ "mseal", seal, 1, has_seal },
	{ "aio", use_aio, 2, NULL },
};

#define NR_KINDS	ARRAY_SIZE(kinds)

static_assert(NR_KINDS <= OPS_KINDS_MAX, "OPS_KINDS_MAX");

static bool lacks[NR_KINDS];

const char *ops_kind(unsigned int kind)
{
	return kind < NR_KINDS ? kinds[kind].name : NULL;
}

bool ops_kind_lacks(unsigned int kind)
{
	return lacks[kind];
}

bool ops_make(struct ops *ops, unsigned int kind)
{
	skip(ops);
	if (!lacks[kind])
		kinds[kind].make(ops);
	if (!ops->last.name)
		return false;
	ops->done[kind]++;
	ops->failed[kind] += ops->last.err != 0;
	return true;
}

void ops_step(struct ops *ops)
{
	unsigned int total = 0, i, at;

	for (i = 0; i < NR_KINDS; i++)
		total += kinds[i].weight;
	do {
		at = ops_random(ops, total);
		for (i = 0; at >= kinds[i].weight; i++)
			at -= kinds[i].weight;
	} while (!ops_make(ops, i));
}

/* It is as large as a huge page, and is aligned like one. */
static unsigned long reserve_arena(void)
{
	void *addr = mmap(NULL, 2 * ARENA_SIZE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	unsigned long start = (unsigned long)addr, arena, end;

	if (addr == MAP_FAILED)
		return 0;
	arena = (start + ARENA_SIZE - 1) & -ARENA_SIZE;
	end = arena + ARENA_SIZE;
	if (arena > start)
		munmap(addr, arena - start);
	munmap((void *)end, start + 2 * ARENA_SIZE - end);
	return arena;
}

static int open_files(void)
{
	char path[] = "/tmp/storm.XXXXXX";

	shared.files[0] = mkstemp(path);
	if (shared.files[0] < 0 || unlink(path))
		return -1;
	shared.files[1] = memfd_create("storm", MFD_CLOEXEC);
	shared.files[2] = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (shared.files[1] < 0 || shared.files[2] < 0)
		return -1;
	return ftruncate(shared.files[0], FILE_PAGES * PAGE) ||
	       ftruncate(shared.files[1], FILE_PAGES * PAGE) ? -1 : 0;
}

int ops_init_process(void)
{
	struct sigaction action = {
		.sa_handler = handle_fault,
		.sa_flags = SA_NODEFER,
	};
	unsigned long brk = syscall(SYS_brk, 0);

	/* Above all that malloc has, and room for a little more. */
	shared.heap = (brk + 4 * PAGE) & -PAGE;
	shared.brk = syscall(SYS_brk, shared.heap);
	shared.arena = reserve_arena();
	shared.pkey = syscall(SYS_pkey_alloc, 0, 0);
	for (unsigned int kind = 0; kind < NR_KINDS; kind++)
		lacks[kind] = kinds[kind].has && !kinds[kind].has();
	if (!shared.arena || open_files() ||
	    sigaction(SIGSEGV, &action, NULL) ||
	    sigaction(SIGBUS, &action, NULL))
		return -1;
	return 0;
}

int ops_init(struct ops *ops, __u64 seed, unsigned int thread)
{
	memset(ops, 0, sizeof(*ops));
	ops->random = seed * 0x9e3779b9 + thread;
	ops->random = next_random(&ops->random);
	ops->userfaultfd = -1;
	ops->has_stack = thread == 0;
	ops->arena = reserve_arena();
	return ops->arena ? 0 : -1;
}

void ops_init_child(struct ops *ops, __u64 seed)
{
	ops->random = seed;
	/* It would go on registering ranges of the parent. */
	if (ops->userfaultfd >= 0)
		close(ops->userfaultfd);
	ops->userfaultfd = -1;
	ops->nr_aio = 0;
}
