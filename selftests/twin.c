// SPDX-License-Identifier: GPL-2.0-only
/*
 * The twin test: a process and a model get the same random operations, and must
 * look the same after each of them.
 *
 * The process works in a reserved range of its own address space,
 *
 *	| block | stacks | block | arena | block |
 *
 * and from the start of its heap up to one more block. The blocks are shared
 * memory, which nothing can be merged with. All gaps above are filled, so the range is
 * where the kernel looks first for room, as it is in the model, whose layout
 * ends just there. What is placed below the range is compared and unmapped.
 *
 * No page of it is ever touched, but for the stacks', which nothing is merged
 * with; see Documentation/model.rst for what the kernel does once pages exist.
 *
 * Not TAP: run by "make twin".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/vproc.h"

#define PAGE		4096ul
#define ARENA_PAGES	64ul
#define STACK_PAGES	768ul
#define HEAP_PAGES	64ul
/* Where a stack is put, and how large it may get. */
#define STACK_TOP	704ul
#define STACK_LIMIT	300ul
#define GUARD_GAP	256ul
#define LINES_MAX	512

#define MAP_PLACED	(MAP_FIXED | MAP_FIXED_NOREPLACE)

/* One region, of either side. */
struct line {
	unsigned long start;
	unsigned long end;
	unsigned long offset;
	unsigned long inode;
	unsigned int perm;
	char name[64];
};

struct side {
	unsigned int count;
	struct line lines[LINES_MAX];
};

/* What an operation gave: an address or 0, and the errno. */
struct outcome {
	unsigned long value;
	int error;
};

static __u64 seed_state;
static int model = -1, maps_fd = -1, zero_fd = -1;
static int files[3];
static unsigned long base, arena, stacks, end_of_all;
static unsigned long heap_start, current_brk;
static struct side process_side, model_side;
static char op_text[256];
static unsigned long op_number;

static __u64 next_random(void)
{
	__u64 z = (seed_state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static unsigned long below(unsigned long limit)
{
	return next_random() % limit;
}

static bool one_in(unsigned long n)
{
	return !below(n);
}

static void die(const char *what)
{
	dprintf(STDERR_FILENO, "twin: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void describe(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(op_text, sizeof(op_text), format, args);
	va_end(args);
}

/* The process's side */

static unsigned long parse_hex(const char **at)
{
	unsigned long value = 0;

	for (;; (*at)++) {
		char c = **at;

		if (c >= '0' && c <= '9')
			value = value * 16 + c - '0';
		else if (c >= 'a' && c <= 'f')
			value = value * 16 + c - 'a' + 10;
		else
			return value;
	}
}

/* "start-end rwxp offset dev inode name" */
static void parse_line(const char *at, size_t length, struct line *line)
{
	const char *end = at + length;

	line->start = parse_hex(&at);
	at++;
	line->end = parse_hex(&at);
	line->perm = (at[1] == 'r' ? VPROC_PERM_READ : 0) |
		     (at[2] == 'w' ? VPROC_PERM_WRITE : 0) |
		     (at[3] == 'x' ? VPROC_PERM_EXEC : 0) |
		     (at[4] == 's' ? VPROC_PERM_SHARED : 0);
	at += 6;
	line->offset = parse_hex(&at);
	at = memchr(at + 1, ' ', end - at - 1);
	line->inode = strtoul(at, (char **)&at, 10);
	while (at < end && *at == ' ')
		at++;
	length = end - at < 63 ? end - at : 63;
	memcpy(line->name, at, length);
	line->name[length] = 0;
}

static bool is_ours(unsigned long start, unsigned long end)
{
	return (start < end_of_all && end > base) ||
	       (start <= heap_start + HEAP_PAGES * PAGE && end > heap_start);
}

static void read_process(void)
{
	static char text[128 << 10];
	const char *at, *newline;
	size_t length = 0;
	ssize_t got;

	if (lseek(maps_fd, 0, SEEK_SET))
		die("lseek");
	while ((got = read(maps_fd, text + length, sizeof(text) - length)) > 0)
		length += got;
	if (got < 0 || length == sizeof(text))
		die("/proc/self/maps");
	process_side.count = 0;
	for (at = text; at < text + length; at = newline + 1) {
		struct line *line = &process_side.lines[process_side.count];

		newline = memchr(at, '\n', text + length - at);
		parse_line(at, newline - at, line);
		if (is_ours(line->start, line->end) &&
		    ++process_side.count == LINES_MAX)
			die("too many regions");
	}
}

/* The model's side */

/* Ids are not used twice, so a name stays right; room for the latest. */
static const char *name_of(__u32 id)
{
	static struct { __u32 id; char name[64]; } cache[256];
	struct vproc_file file = { .id = id };

	if (id == VPROC_NAME_NONE)
		return "";
	if (cache[id % 256].id != id) {
		file.name_addr = (uintptr_t)cache[id % 256].name;
		file.name_size = sizeof(cache[0].name);
		if (ioctl(model, VPROC_FILE, &file))
			die("VPROC_FILE");
		cache[id % 256].id = id;
	}
	return cache[id % 256].name;
}

static void read_model(void)
{
	static struct vproc_region regions[LINES_MAX];
	struct vproc_regions head = {
		.regions_addr = (uintptr_t)regions,
		.count = LINES_MAX,
	};

	if (ioctl(model, VPROC_REGIONS, &head))
		die("VPROC_REGIONS");
	if (head.count < head.total)
		die("too many regions");
	for (unsigned int i = 0; i < head.count; i++) {
		struct line *line = &model_side.lines[i];

		line->start = regions[i].start;
		line->end = regions[i].end;
		line->offset = regions[i].offset;
		line->inode = regions[i].inode;
		line->perm = regions[i].perm;
		strcpy(line->name, name_of(regions[i].name));
	}
	model_side.count = head.count;
	if (head.brk != current_brk) {
		errno = 0;
		describe("%s: the break is %lx and %llx", op_text, current_brk,
			 (unsigned long long)head.brk);
		die(op_text);
	}
}

/* Comparing */

static void show_side(const char *who, const struct side *side)
{
	dprintf(STDOUT_FILENO, "%s:\n", who);
	for (unsigned int i = 0; i < side->count; i++) {
		const struct line *line = &side->lines[i];

		dprintf(STDOUT_FILENO, "  %lx-%lx %x %08lx %lu %s\n",
			line->start, line->end, line->perm, line->offset,
			line->inode, line->name);
	}
}

static void fail(const char *what, const struct outcome *process,
		 const struct outcome *in_model)
{
	dprintf(STDOUT_FILENO, "operation %lu: %s\n%s\n", op_number, op_text,
		what);
	if (process)
		dprintf(STDOUT_FILENO,
			"process: %lx errno %d, model: %lx errno %d\n",
			process->value, process->error, in_model->value,
			in_model->error);
	read_process();
	show_side("process", &process_side);
	read_model();
	show_side("model", &model_side);
	dprintf(STDOUT_FILENO, "twin: %lu operations, 1 differences\n",
		op_number);
	exit(1);
}

/*
 * Shared anonymous memory has an inode on each side, which differ; that regions
 * with one inode on one side have one on the other is what can be compared.
 */
static bool same_inodes(void)
{
	for (unsigned int i = 0; i < model_side.count; i++) {
		for (unsigned int j = 0; j < i; j++) {
			bool here = process_side.lines[i].inode ==
				    process_side.lines[j].inode;
			bool there = model_side.lines[i].inode ==
				     model_side.lines[j].inode;

			if (here != there)
				return false;
		}
	}
	return true;
}

static bool same_line(const struct line *a, const struct line *b)
{
	return a->start == b->start && a->end == b->end &&
	       a->offset == b->offset && a->perm == b->perm &&
	       !a->inode == !b->inode && !strcmp(a->name, b->name);
}

static void compare(void)
{
	read_process();
	read_model();
	if (process_side.count != model_side.count)
		fail("the number of regions differs", NULL, NULL);
	for (unsigned int i = 0; i < model_side.count; i++) {
		if (!same_line(&process_side.lines[i], &model_side.lines[i]))
			fail("a region differs", NULL, NULL);
	}
	if (!same_inodes())
		fail("the files differ", NULL, NULL);
}

static void expect_same(const struct outcome *process,
			const struct outcome *in_model)
{
	if (process->error != in_model->error ||
	    (!process->error && process->value != in_model->value))
		fail("the outcome differs", process, in_model);
}

/* The line that covers an address, as it was after the last operation. */
static const struct line *line_at(unsigned long addr)
{
	for (unsigned int i = 0; i < process_side.count; i++) {
		const struct line *line = &process_side.lines[i];

		if (addr >= line->start && addr < line->end)
			return line;
	}
	return NULL;
}

/* The same call on both sides */

static struct outcome outcome_of(long ret)
{
	struct outcome outcome = { .value = ret };

	if (ret == -1)
		outcome = (struct outcome){ .error = errno };
	return outcome;
}

static struct outcome both_munmap(unsigned long addr, unsigned long size)
{
	struct vproc_range range = { .addr = addr, .size = size };
	struct outcome a = outcome_of(syscall(SYS_munmap, addr, size));
	struct outcome b = outcome_of(ioctl(model, VPROC_UNMAP, &range));

	expect_same(&a, &b);
	return a;
}

static struct outcome both_mmap(unsigned long addr, unsigned long size,
				unsigned int prot, unsigned int flags, int fd,
				unsigned long offset)
{
	struct vproc_mmap map = {
		.addr = addr, .size = size, .prot = prot, .flags = flags,
		.fd = fd, .offset = offset,
	};
	struct outcome a, b;

	a = outcome_of(syscall(SYS_mmap, addr, size, prot, flags, fd, offset));
	b = outcome_of(ioctl(model, VPROC_MAP, &map));
	if (!b.error)
		b.value = map.addr;
	expect_same(&a, &b);
	return a;
}

/* What the kernel placed outside of the arena does not stay. */
static void drop_outside(const struct outcome *placed, unsigned long size)
{
	if (placed->error || (placed->value >= arena &&
			      placed->value < end_of_all))
		return;
	both_munmap(placed->value, size);
}

/* Operations */

/* A range of one of the places, within it. */
static void pick_range(unsigned long *addr, unsigned long *size)
{
	bool heap = one_in(10);
	unsigned long pages = heap ? HEAP_PAGES : ARENA_PAGES;
	unsigned long first = below(pages);
	unsigned long count = 1 + below(one_in(8) ? 48 : 8);

	if (count > pages - first)
		count = pages - first;
	*addr = (heap ? heap_start : arena) + first * PAGE;
	*size = count * PAGE;
}

/* Sizes that need not be whole pages, within @limit. */
static unsigned long fray(unsigned long size)
{
	return one_in(16) ? size - below(PAGE) : size;
}

/* Sizes that no call accepts. */
static unsigned long odd_size(void)
{
	static const unsigned long sizes[] = {
		0, 1ul << 60, 1ul << 63, -1ul, -PAGE, -PAGE + 1,
	};

	return sizes[below(6)];
}

static unsigned int pick_prot(void)
{
	static const unsigned int usual[] = {
		PROT_READ | PROT_WRITE, PROT_READ, PROT_NONE,
	};

	return one_in(4) ? below(8) : usual[below(3)];
}

static void do_mmap(void)
{
	static const unsigned int placing[] = {
		MAP_FIXED, MAP_FIXED, MAP_FIXED_NOREPLACE, 0, 0,
	};
	unsigned int prot = pick_prot(), kind = below(6);
	unsigned int flags = placing[below(5)];
	unsigned long addr, size, offset = 0;
	struct outcome placed;
	int fd = -1;

	pick_range(&addr, &size);
	flags |= kind & 1 ? MAP_SHARED : MAP_PRIVATE;
	if (kind < 3) {
		flags |= MAP_ANONYMOUS;
	} else {
		fd = files[below(3)];
		/* Often such that it continues what lies beside it. */
		offset = one_in(4) ? below(16) * PAGE : addr % (64 * PAGE);
	}
	if (one_in(10))
		flags |= MAP_NORESERVE;
	if (!(flags & MAP_PLACED) && one_in(3))
		addr = 0;
	if (one_in(64))
		flags &= ~MAP_TYPE;
	if (one_in(64))
		flags |= MAP_SHARED_VALIDATE;
	if (one_in(64))
		addr += 1 + below(PAGE - 1);
	if (one_in(64))
		offset += one_in(2) ? 1 + below(PAGE - 1) : 3ul << 62;
	if (one_in(64))
		fd = -1;
	/* A gap below that is as large as the range would be needed. */
	size = one_in(64) ? odd_size() : fray(size);

	describe("mmap(%lx, %lx, %x, %x, %d, %lx)", addr, size, prot, flags, fd,
		 offset);
	placed = both_mmap(addr, size, prot, flags, fd, offset);
	if (!(flags & MAP_PLACED))
		drop_outside(&placed, size);
}

static void do_munmap(void)
{
	unsigned long addr, size;

	pick_range(&addr, &size);
	size = fray(size);
	if (one_in(64))
		addr += 1 + below(PAGE - 1);
	if (one_in(64)) {
		addr = one_in(2) ? 1ul << 62 : addr;
		size = odd_size();
	}
	describe("munmap(%lx, %lx)", addr, size);
	both_munmap(addr, size);
}

static void do_mprotect(void)
{
	unsigned long addr, size;
	unsigned int prot = pick_prot();
	struct vproc_mprotect protect;
	struct outcome a, b;

	pick_range(&addr, &size);
	size = fray(size);
	if (one_in(64))
		addr += 1 + below(PAGE - 1);
	if (one_in(64))
		size = one_in(2) ? 0 : -PAGE + 1;
	describe("mprotect(%lx, %lx, %x)", addr, size, prot);
	protect = (struct vproc_mprotect) {
		.addr = addr, .size = size, .prot = prot,
	};
	a = outcome_of(syscall(SYS_mprotect, addr, size, prot));
	b = outcome_of(ioctl(model, VPROC_PROTECT, &protect));
	expect_same(&a, &b);
}

/*
 * With MREMAP_DONTUNMAP the kernels differ in whether the copy of untouched
 * memory is merged with its source; see Documentation/model.rst.
 */
static bool is_beside(unsigned long addr, unsigned long old_size,
		      unsigned long new_addr, unsigned long size)
{
	for (unsigned int i = 0; i < process_side.count; i++) {
		const struct line *line = &process_side.lines[i];

		/* What the new place takes of the region goes first. */
		if (addr < line->end && addr + old_size > line->start &&
		    new_addr <= line->end && new_addr + size >= line->start)
			return true;
	}
	return false;
}

static void do_mremap(void)
{
	static const unsigned int usual[] = {
		0, MREMAP_MAYMOVE, MREMAP_MAYMOVE, MREMAP_MAYMOVE | MREMAP_FIXED,
		MREMAP_MAYMOVE | MREMAP_FIXED,
		MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
	};
	unsigned int flags = one_in(32) ? below(8) & ~MREMAP_DONTUNMAP :
		usual[below(6)];
	unsigned long addr, old_size, new_addr, new_size;
	struct vproc_mremap remap;
	const struct line *line;
	struct outcome a, b;
	bool several;

	pick_range(&addr, &old_size);
	pick_range(&new_addr, &new_size);
	/* From 6.17 on several regions can be moved at once. */
	several = flags & MREMAP_FIXED && one_in(4);
	line = several ? NULL : line_at(addr);
	/* Mostly what lies in one region, and up to its end. */
	if (line && !one_in(8) && old_size > line->end - addr)
		old_size = line->end - addr;
	if (line && one_in(2) && line->end - addr <= ARENA_PAGES * PAGE)
		old_size = line->end - addr;
	if (several || flags & MREMAP_DONTUNMAP) {
		if (old_size > new_size)
			old_size = new_size;
		new_size = old_size;
	}
	if (flags & MREMAP_DONTUNMAP &&
	    is_beside(addr, old_size, new_addr, new_size))
		return;
	if (one_in(32))
		old_size = flags & MREMAP_DONTUNMAP ? old_size : 0;
	if (one_in(64))
		addr += 1 + below(PAGE - 1);
	if (one_in(64))
		new_addr += 1 + below(PAGE - 1);
	if (one_in(64) && !(flags & MREMAP_DONTUNMAP))
		new_size = odd_size();
	describe("mremap(%lx, %lx, %lx, %x, %lx)", addr, old_size, new_size,
		 flags, new_addr);
	remap = (struct vproc_mremap) {
		.addr = addr, .old_size = old_size, .new_size = new_size,
		.new_addr = new_addr, .flags = flags,
	};
	a = outcome_of(syscall(SYS_mremap, addr, old_size, new_size, flags,
			       new_addr));
	b = outcome_of(ioctl(model, VPROC_MREMAP, &remap));
	if (!b.error)
		b.value = remap.addr;
	expect_same(&a, &b);
	if (!(flags & MREMAP_FIXED) && a.value != addr)
		drop_outside(&a, new_size);
}

/* The call returns the break, old or new, and no error. */
static void do_brk(void)
{
	unsigned long wanted = heap_start + below(HEAP_PAGES * PAGE), got;
	struct vproc_brk brk;
	struct outcome a = {}, b;

	if (one_in(3))
		wanted &= ~(PAGE - 1);
	if (one_in(32))
		wanted = heap_start - 1 - below(PAGE);
	if (one_in(32))
		wanted = heap_start + (1ul << 60);
	describe("brk(%lx)", wanted);
	brk.brk = wanted;
	got = syscall(SYS_brk, wanted);
	b = outcome_of(ioctl(model, VPROC_BRK, &brk));
	/* Linux's brk() says no by returning the break as it was. */
	if (b.error ? got == wanted : got != wanted) {
		a.value = got;
		fail("the outcome differs", &a, &b);
	}
	current_brk = got;
}

/* The lowest line among the stacks that grows down: the one that is private. */
static const struct line *find_stack(void)
{
	for (unsigned int i = 0; i < process_side.count; i++) {
		const struct line *line = &process_side.lines[i];

		if (line->start > stacks &&
		    line->end < stacks + STACK_PAGES * PAGE &&
		    !(line->perm & VPROC_PERM_SHARED))
			return line;
	}
	return NULL;
}

static void make_stack(void)
{
	static const unsigned int prots[] = {
		PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ,
		PROT_NONE,
	};
	unsigned int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN |
		MAP_FIXED;
	unsigned long pages = 1 + below(8);
	unsigned long addr = stacks + (STACK_TOP - pages) * PAGE;
	unsigned int prot = prots[below(4)];

	describe("mmap(%lx, %lx, %x, %x)", addr, pages * PAGE, prot, flags);
	both_mmap(addr, pages * PAGE, prot, flags, -1, 0);
}

/* Have the kernel write one byte: it says EFAULT where a program would crash. */
static void touch_stack(const struct line *stack)
{
	unsigned long reach = one_in(2) ? 16 : 450;
	unsigned long addr = stack->end - 1 - below(reach * PAGE);
	struct vproc_touch touch = { .addr = addr, .access = PROT_WRITE };
	const struct line *line = line_at(addr);
	struct outcome a, b;

	if (addr < stacks || (line && line->perm & VPROC_PERM_SHARED))
		return;
	describe("touch(%lx)", addr);
	a = outcome_of(syscall(SYS_read, zero_fd, addr, 1));
	b = outcome_of(ioctl(model, VPROC_TOUCH, &touch));
	if (!a.error != !b.error)
		fail("the outcome differs", &a, &b);
}

/* Something below the stack, which it must keep away from. */
static void make_obstacle(void)
{
	unsigned long addr = stacks + below(STACK_TOP - 8) * PAGE;
	unsigned int prot = pick_prot();
	unsigned long size = (1 + below(3)) * PAGE;
	unsigned int flags = MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;

	describe("mmap(%lx, %lx, %x, %x)", addr, size, prot, flags);
	both_mmap(addr, size, prot, flags, -1, 0);
}

static void do_stack(void)
{
	const struct line *stack = find_stack();
	unsigned long addr = stacks + below(STACK_PAGES) * PAGE;
	unsigned long size = (stacks + STACK_PAGES * PAGE) - addr;

	if (one_in(8)) {
		make_obstacle();
	} else if (one_in(12)) {
		if (one_in(2) && size > 4 * PAGE)
			size = 4 * PAGE;
		describe("munmap(%lx, %lx)", addr, size);
		both_munmap(addr, size);
	} else if (one_in(24)) {
		describe("munmap(%lx, %lx)", stacks, STACK_PAGES * PAGE);
		both_munmap(stacks, STACK_PAGES * PAGE);
	} else if (stack) {
		touch_stack(stack);
	} else {
		make_stack();
	}
}

static void step(void)
{
	unsigned long kind = below(100);

	if (kind < 35)
		do_mmap();
	else if (kind < 52)
		do_munmap();
	else if (kind < 72)
		do_mprotect();
	else if (kind < 87)
		do_mremap();
	else if (kind < 92)
		do_brk();
	else
		do_stack();
}

/* Setting up */

/* Field 47 of /proc/self/stat; those from 3 on follow the name. */
static unsigned long read_start_brk(void)
{
	static char text[2048];
	char *field;

	if (vproc_read_proc(0, "stat", text, sizeof(text)) < 0)
		die("/proc/self/stat");
	field = strrchr(text, ')');
	for (int i = 2; field && i < 47; i++)
		field = strchr(field + 1, ' ');
	return field ? strtoul(field + 1, NULL, 10) : 0;
}

static unsigned long reserve(unsigned long size)
{
	long addr = syscall(SYS_mmap, 0, size, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (addr == -1)
		die("mmap");
	return addr;
}

static void block(unsigned long addr)
{
	both_mmap(addr, PAGE, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED,
		  -1, 0);
}

static void set_up_range(void)
{
	unsigned long size = (ARENA_PAGES + STACK_PAGES + 3) * PAGE, filler;

	base = reserve(size);
	end_of_all = base + size;
	stacks = base + PAGE;
	arena = stacks + (STACK_PAGES + 1) * PAGE;
	do {
		filler = reserve(PAGE);
	} while (filler > base);
	munmap((void *)filler, PAGE);
	munmap((void *)base, size);
}

static void set_up_model(void)
{
	struct vproc_create create = {
		.flags = VPROC_CREATE_LAYOUT,
		.user_start = VPROC_USER_START,
		.user_end = 0x7ffffffff000ul,
		.code_start = VPROC_CODE_START,
		.data_start = VPROC_DATA_START,
		.heap_start = heap_start,
		.heap_limit = 1ul << 30,
		.stack_end = end_of_all + (STACK_LIMIT + GUARD_GAP) * PAGE,
		.stack_size = STACK_LIMIT * PAGE,
	};

	model = vproc_open();
	if (model < 0)
		die(VPROC_DEVICE);
	if (ioctl(model, VPROC_CREATE, &create))
		die("VPROC_CREATE");
}

static void set_up(void)
{
	struct rlimit limit;
	char path[32];

	if (getrlimit(RLIMIT_STACK, &limit))
		die("getrlimit");
	limit.rlim_cur = STACK_LIMIT * PAGE;
	if (setrlimit(RLIMIT_STACK, &limit))
		die("setrlimit");
	heap_start = read_start_brk();
	current_brk = syscall(SYS_brk, 0);
	if (current_brk != heap_start || heap_start % PAGE) {
		errno = EBUSY;
		die("the heap is in use");
	}
	maps_fd = open("/proc/self/maps", O_RDONLY);
	zero_fd = open("/dev/zero", O_RDONLY);
	files[0] = memfd_create("a", 0);
	files[1] = memfd_create("b", 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", files[0]);
	files[2] = open(path, O_RDONLY);
	if (maps_fd < 0 || zero_fd < 0 || files[0] < 0 || files[1] < 0 ||
	    files[2] < 0 || ftruncate(files[0], 64 * PAGE) ||
	    ftruncate(files[1], 64 * PAGE))
		die("files");
	set_up_range();
	set_up_model();
	block(base);
	block(arena - PAGE);
	block(end_of_all - PAGE);
	block(heap_start + HEAP_PAGES * PAGE);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "ops", required_argument, NULL, 'o' },
		{ "seed", required_argument, NULL, 's' },
		{ "threads", required_argument, NULL, 't' },
		{ }
	};
	unsigned long ops = 1000;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'o')
			ops = strtoul(optarg, NULL, 0);
		else if (option == 's')
			seed_state = strtoul(optarg, NULL, 0);
		else if (option != 't')
			return 2;
	}
	set_up();
	compare();
	while (op_number < ops) {
		op_number++;
		step();
		compare();
	}
	dprintf(STDOUT_FILENO, "twin: %lu operations, 0 differences\n",
		op_number);
	return 0;
}
