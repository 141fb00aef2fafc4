// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of /dev/vproc_mem made from bytes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuzzcall.h"
#include "life.h"
#include "vproc.h"

#define PAGE		4096ul
#define OWN		6
#define RINGS		2
#define OTHERS		8
#define BUFFER		(1024 * 1024ul)
#define ARENA_PAGES	32
/* Where the kernel puts nothing by itself: what is unmapped there stays so. */
#define ARENAS		0x100000000ul

#define RW		(PROT_READ | PROT_WRITE)
#define PRIVATE		(MAP_PRIVATE | MAP_ANONYMOUS)

/* Where the regions of models are, most of them. */
#define PLACE		0x20000000ul

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY	1
#endif

struct fuzz_target fuzz_targets[FUZZ_TARGETS];
int fuzz_shared[FUZZ_SLOTS];

/* Bad memory of all threads, and files that are not vproc's. */
static struct {
	char *read_only;
	char *flickering;
	char *slow;
	char *gone;
	int uffd;
	int files[OTHERS];
	bool paused;
	bool changing;
} bad;

struct ring {
	char *addr;
	size_t size;
};

/**
 * struct fuzz_thread - what one thread has
 * @calls: made so far
 * @next: the next byte of the input
 * @end: the first after it
 * @own: its files; -1: none
 * @last: an address that a call has returned
 * @ids: a number that a call has returned
 * @rings: mappings of rings
 * @pipe: one for itself, which is empty
 * @buffer: memory that is good, with none after it
 * @arena: a part of its own map to be changed
 */
struct fuzz_thread {
	unsigned long calls;
	const __u8 *next;
	const __u8 *end;
	int own[OWN];
	__u64 last;
	__u64 ids;
	struct ring rings[RINGS];
	int pipe[2];
	char *buffer;
	char *arena;
};

/*
 * Bytes
 */

static unsigned int take(struct fuzz_thread *thread)
{
	return thread->next < thread->end ? *thread->next++ : 0;
}

static __u64 take_bytes(struct fuzz_thread *thread, unsigned int count)
{
	__u64 value = 0;

	while (count--)
		value = value << 8 | take(thread);
	return value;
}

/*
 * Values
 */

static __u64 any_addr(struct fuzz_thread *thread)
{
	static const __u64 known[] = {
		0, 1, PAGE - 1, PAGE, VPROC_USER_START - PAGE, VPROC_USER_START,
		VPROC_CODE_START, VPROC_DATA_START, VPROC_HEAP_START,
		VPROC_HEAP_START + VPROC_HEAP_LIMIT, VPROC_STACK_END,
		VPROC_STACK_END - PAGE, VPROC_USER_END, VPROC_USER_END - PAGE,
		0x7ffffffff000, 0x800000000000, 1ull << 56, 0xffff800000000000,
		0xffffffffff600000, -PAGE, -1ull,
	};
	unsigned int choice = take(thread);

	if (choice < 128)
		return PLACE + choice % 32 * PAGE;
	if (choice < 160)
		return thread->last + (choice % 32 - 16) * PAGE;
	if (choice < 176)
		return VPROC_STACK_END - choice % 16 * 2 * PAGE;
	if (choice < 192)
		return VPROC_HEAP_START + choice % 16 * PAGE;
	if (choice < 200)
		return (uintptr_t)thread->arena + choice % 8 * PAGE;
	if (choice < 203)
		return (uintptr_t)fuzz_run;
	if (choice < 205)
		return take_bytes(thread, 8);
	return known[choice % ARRAY_SIZE(known)];
}

static __u64 any_size(struct fuzz_thread *thread)
{
	static const __u64 known[] = {
		0, 1, PAGE - 1, PAGE + 1, 0x100000, VPROC_STACK_SIZE, 1ul << 30,
		VPROC_HEAP_LIMIT, 1ull << 46, 1ull << 47, 1ull << 56,
		1ull << 63, -PAGE, -PAGE + 1, -1ull,
	};
	unsigned int choice = take(thread);

	if (choice < 192)
		return (1 + choice % 16) * PAGE;
	return known[choice % ARRAY_SIZE(known)];
}

static __u64 any_count(struct fuzz_thread *thread)
{
	static const __u64 known[] = {
		0, 1, 2, 3, 8, 9, 64, 512, VPROC_LOOKUP_MAX,
		VPROC_LOOKUP_MAX + 1, INT_MAX, UINT_MAX,
	};

	return known[take(thread) % ARRAY_SIZE(known)];
}

/* No more than is good for a small machine, as each may be mapped. */
static __u64 any_ring(struct fuzz_thread *thread)
{
	static const __u64 known[] = {
		0, 64, 64, 64, 128, 256, 1024, 16384, 32, 65, 1u << 31, 1u << 21,
		UINT_MAX,
	};

	return known[take(thread) % ARRAY_SIZE(known)];
}

/* The page that a pointer leads to need not be there when it is used. */
static __u64 any_pointer(struct fuzz_thread *thread)
{
	unsigned int choice = take(thread);

	switch (choice % 24) {
	case 0:
		return 0;
	case 1:
		return 0xffffffff81000000;
	case 2:
		return (uintptr_t)bad.gone;
	case 3:
		return (uintptr_t)bad.read_only;
	case 4:
	case 5:
		return (uintptr_t)bad.flickering + choice;
	case 6:
		return (uintptr_t)bad.slow;
	case 7:
		/* Good to begin with. */
		return (uintptr_t)thread->buffer + BUFFER - take(thread);
	case 8:
		return (uintptr_t)thread->buffer + BUFFER / 2 + 1;
	case 9:
		return 1ull << 63 | 8;
	default:
		return (uintptr_t)thread->buffer + BUFFER / 2;
	}
}

static __u64 any_pid(struct fuzz_thread *thread)
{
	static const __s32 known[] = { 0, 0, 2, -1, INT_MIN, INT_MAX, 4194304 };
	unsigned int choice = take(thread);

	if (choice < 192)
		return fuzz_targets[choice % FUZZ_TARGETS].pid;
	if (choice < 208)
		return getpid();
	if (choice < 216)
		return syscall(SYS_gettid);
	return known[choice % ARRAY_SIZE(known)];
}

static int own_file(struct fuzz_thread *thread)
{
	unsigned int choice = take(thread) % (OWN + 2);

	return thread->own[choice < OWN ? choice : choice - OWN];
}

static __u64 any_fd(struct fuzz_thread *thread)
{
	unsigned int choice = take(thread);

	if (choice < 128)
		return bad.files[0];
	if (choice < 160)
		return thread->own[choice % OWN];
	return bad.files[choice % OTHERS];
}

/* What a field is, which says what values it takes. */
enum kind {
	ZERO,		/* reserved */
	FLAGS,		/* bits; the mask has those that are known */
	ADDR,
	SIZE,
	COUNT,
	RING,
	POINTER,
	PID,
	FILE_,
	ID,		/* small, or what a call has returned */
	SEQ,
};

struct field {
	__u8 offset;
	__u8 width;
	__u8 kind;
	__u32 mask;
};

static __u64 any_value(struct fuzz_thread *thread, const struct field *field)
{
	unsigned int choice;

	switch (field->kind) {
	case ZERO:
		choice = take(thread);
		return choice < 250 ? 0 : take_bytes(thread, field->width);
	case FLAGS:
		choice = take(thread);
		if (choice < 8)
			return take_bytes(thread, field->width);
		return take_bytes(thread, field->mask > 255 ? 3 : 1) &
		       field->mask;
	case ADDR:
		return any_addr(thread);
	case SIZE:
		return any_size(thread);
	case COUNT:
		return any_count(thread);
	case RING:
		return any_ring(thread);
	case POINTER:
		return any_pointer(thread);
	case PID:
		return any_pid(thread);
	case FILE_:
		return any_fd(thread);
	case ID:
		choice = take(thread);
		if (choice < 160)
			return choice % 32;
		return choice < 240 ? thread->ids : take_bytes(thread, 4);
	case SEQ:
		choice = take(thread);
		return choice < 250 ? thread->ids + choice % 16 - 8 :
				      take_bytes(thread, 8);
	}
	return 0;
}

/*
 * The calls
 */

#define FIELD(type, member, kind, mask)					\
	{ offsetof(struct type, member),				\
	  sizeof(((struct type *)0)->member), kind, mask }
#define F(type, member, kind)		FIELD(type, member, kind, 0)
#define BITS(type, member, mask)	FIELD(type, member, FLAGS, mask)

static const struct field create_fields[] = {
	BITS(vproc_create, flags, 1),
	F(vproc_create, max_regions, COUNT),
	F(vproc_create, user_start, ADDR),
	F(vproc_create, user_end, ADDR),
	F(vproc_create, code_start, ADDR),
	F(vproc_create, data_start, ADDR),
	F(vproc_create, heap_start, ADDR),
	F(vproc_create, heap_limit, SIZE),
	F(vproc_create, stack_end, ADDR),
	F(vproc_create, stack_size, SIZE),
	F(vproc_create, reserved[0], ZERO),
};

static const struct field map_fields[] = {
	F(vproc_mmap, addr, ADDR),
	F(vproc_mmap, size, SIZE),
	BITS(vproc_mmap, prot, 7),
	/* Of these each is known, in some combination. */
	BITS(vproc_mmap, flags, 0x104133),
	F(vproc_mmap, fd, FILE_),
	F(vproc_mmap, reserved, ZERO),
	F(vproc_mmap, offset, ADDR),
};

static const struct field allocate_fields[] = {
	F(vproc_allocate, size, SIZE),
	BITS(vproc_allocate, prot, 7),
	F(vproc_allocate, reserved, ZERO),
};

static const struct field range_fields[] = {
	F(vproc_range, addr, ADDR),
	F(vproc_range, size, SIZE),
};

static const struct field physical_fields[] = {
	F(vproc_map_physical, phys, ADDR),
	F(vproc_map_physical, addr, ADDR),
	F(vproc_map_physical, size, SIZE),
	BITS(vproc_map_physical, prot, 7),
	F(vproc_map_physical, reserved, ZERO),
};

static const struct field protect_fields[] = {
	F(vproc_mprotect, addr, ADDR),
	F(vproc_mprotect, size, SIZE),
	BITS(vproc_mprotect, prot, 7),
	F(vproc_mprotect, reserved, ZERO),
};

static const struct field remap_fields[] = {
	F(vproc_mremap, addr, ADDR),
	F(vproc_mremap, old_size, SIZE),
	F(vproc_mremap, new_size, SIZE),
	F(vproc_mremap, new_addr, ADDR),
	BITS(vproc_mremap, flags, 7),
	F(vproc_mremap, reserved, ZERO),
};

static const struct field brk_fields[] = {
	F(vproc_brk, brk, ADDR),
};

static const struct field grow_heap_fields[] = {
	F(vproc_brk, brk, SIZE),
};

static const struct field stack_new_fields[] = {
	F(vproc_stack_new, size, SIZE),
	F(vproc_stack_new, limit, SIZE),
	F(vproc_stack_new, top, ADDR),
	F(vproc_stack_new, reserved, ZERO),
};

static const struct field stack_info_fields[] = {
	F(vproc_stack_info, id, ID),
	F(vproc_stack_info, addr, ADDR),
	F(vproc_stack_info, reserved, ZERO),
};

static const struct field stack_sp_fields[] = {
	F(vproc_stack_op, id, ID),
	F(vproc_stack_op, reserved, ZERO),
	F(vproc_stack_op, value, ADDR),
};

static const struct field grow_stack_fields[] = {
	F(vproc_stack_op, id, ID),
	F(vproc_stack_op, reserved, ZERO),
	F(vproc_stack_op, value, SIZE),
};

static const struct field stack_free_fields[] = {
	F(vproc_stack_op, id, ID),
	F(vproc_stack_op, reserved, ZERO),
	F(vproc_stack_op, value, ZERO),
};

static const struct field touch_fields[] = {
	F(vproc_touch, addr, ADDR),
	BITS(vproc_touch, access, 7),
	F(vproc_touch, reserved, ZERO),
};

static const struct field write_fields[] = {
	F(vproc_touch, addr, ADDR),
	F(vproc_touch, access, ZERO),
	F(vproc_touch, reserved, ZERO),
};

static const struct field fork_fields[] = {
	BITS(vproc_fork, flags, O_CLOEXEC),
};

static const struct field addr_fields[] = {
	F(vproc_page_info, addr, ADDR),
};

static const struct field attach_fields[] = {
	BITS(vproc_attach, flags, 0x1f),
	F(vproc_attach, pid, PID),
	F(vproc_attach, ring, RING),
	F(vproc_attach, reserved, ZERO),
};

static const struct field open_child_fields[] = {
	F(vproc_open_child, id, ZERO),
	BITS(vproc_open_child, flags, O_CLOEXEC | O_NONBLOCK),
};

static const struct field query_fields[] = {
	BITS(vproc_query, flags, 0x3f),
	F(vproc_query, addr, ADDR),
	F(vproc_query, name_addr, POINTER),
	F(vproc_query, name_size, SIZE),
	F(vproc_query, reserved, ZERO),
};

static const struct field regions_fields[] = {
	BITS(vproc_regions, flags, 1),
	F(vproc_regions, addr, ZERO),
	F(vproc_regions, regions_addr, POINTER),
	F(vproc_regions, count, COUNT),
	F(vproc_regions, seq, SEQ),
	F(vproc_regions, reserved, ZERO),
};

static const struct field lookup_fields[] = {
	F(vproc_lookup, flags, ZERO),
	F(vproc_lookup, addrs_addr, POINTER),
	F(vproc_lookup, regions_addr, POINTER),
	F(vproc_lookup, count, COUNT),
	F(vproc_lookup, reserved, ZERO),
};

static const struct field file_fields[] = {
	F(vproc_file, id, ID),
	F(vproc_file, name_addr, POINTER),
	F(vproc_file, name_size, SIZE),
	F(vproc_file, reserved, ZERO),
};

static const struct field stacks_fields[] = {
	F(vproc_stacks, flags, ZERO),
	F(vproc_stacks, threads_addr, POINTER),
	F(vproc_stacks, count, COUNT),
	F(vproc_stacks, reserved[1], ZERO),
};

static const struct field verify_fields[] = {
	F(vproc_verify, flags, ZERO),
	F(vproc_verify, reserved, ZERO),
};

/**
 * struct command - an ioctl
 * @name: its name
 * @cmd: its number
 * @fields: what goes in
 * @nr: how many these are
 * @errors: errno values that its description has, besides those of all calls
 */
struct command {
	const char *name;
	unsigned int cmd;
	const struct field *fields;
	unsigned int nr;
	__u8 errors[12];
};

#define C(name, fields, ...)						\
	{ #name, VPROC_##name, fields, ARRAY_SIZE(fields), { __VA_ARGS__ } }
#define NOTHING(name, ...)						\
	{ #name, VPROC_##name, NULL, 0, { __VA_ARGS__ } }

static const struct command commands[] = {
	NOTHING(INFO, 0),
	C(CREATE, create_fields, EBUSY, EINVAL),
	C(MAP, map_fields, EBUSY, EINVAL, EBADF, EPERM, EEXIST, EOVERFLOW,
	  EOPNOTSUPP, EACCES, ENODEV),
	C(ALLOCATE, allocate_fields, EBUSY, EINVAL),
	C(FREE, range_fields, EBUSY, EINVAL),
	C(UNMAP, range_fields, EBUSY, EINVAL),
	C(MAP_PHYSICAL, physical_fields, EBUSY, EINVAL, EOVERFLOW, EEXIST, EPERM),
	C(PROTECT, protect_fields, EBUSY, EINVAL, EACCES),
	C(MREMAP, remap_fields, EBUSY, EINVAL, EPERM),
	C(BRK, brk_fields, EBUSY, EINVAL),
	C(GROW_HEAP, grow_heap_fields, EBUSY, EINVAL),
	C(STACK_NEW, stack_new_fields, EBUSY, EINVAL, EPERM, EEXIST),
	C(STACK_INFO, stack_info_fields, EBUSY, ENOENT, EINVAL),
	C(STACK_SP, stack_sp_fields, EBUSY, ENOENT, EINVAL),
	C(GROW_STACK, grow_stack_fields, EBUSY, ENOENT, EINVAL, EPERM),
	C(STACK_FREE, stack_free_fields, EBUSY, ENOENT, EINVAL),
	C(TOUCH, touch_fields, EBUSY, EACCES, EINVAL, EPERM),
	C(WRITE, write_fields, EBUSY, EACCES, EINVAL, EPERM),
	C(FORK, fork_fields, EBUSY, EINVAL, EMFILE, ENFILE),
	C(COW_INFO, addr_fields, EBUSY),
	C(PAGE_INFO, addr_fields, EBUSY),
	C(ATTACH, attach_fields, EBUSY, EINVAL, ESRCH, EBADF, EPERM),
	NOTHING(DETACH, ESRCH),
	C(OPEN_CHILD, open_child_fields, ENOENT, EINVAL, EMFILE, ENFILE),
	C(QUERY, query_fields, ENOENT, EINVAL, ENAMETOOLONG),
	C(REGIONS, regions_fields, EINVAL),
	C(LOOKUP, lookup_fields, EINVAL),
	C(FILE, file_fields, ENOENT, EINVAL, ENAMETOOLONG),
	NOTHING(STATS, 0),
	NOTHING(HEAP, 0),
	C(STACKS, stacks_fields, EINVAL),
	C(VERIFY, verify_fields, ESRCH, EINVAL),
};

static unsigned long made[ARRAY_SIZE(commands)], succeeded[ARRAY_SIZE(commands)];

void fuzz_show_counts(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(commands); i++)
		printf("fuzz: %10lu %10lu %s\n", made[i], succeeded[i],
		       commands[i].name);
}

/* Any argument of any command. */
union argument {
	struct vproc_create create;
	struct vproc_mmap map;
	struct vproc_allocate allocate;
	struct vproc_mremap remap;
	struct vproc_stack_new stack_new;
	struct vproc_fork fork;
	struct vproc_attach attach;
	struct vproc_open_child open_child;
	struct vproc_query query;
	struct vproc_regions regions;
	struct vproc_stats stats;
	struct vproc_verify verify;
};

static void fill(struct fuzz_thread *thread, const struct command *command,
		 union argument *arg)
{
	for (unsigned int i = 0; i < command->nr; i++) {
		const struct field *field = &command->fields[i];
		__u64 value = any_value(thread, field);

		memcpy((char *)arg + field->offset, &value, field->width);
	}
}

static bool is_target(pid_t pid)
{
	for (unsigned int i = 0; i < FUZZ_TARGETS; i++) {
		if (fuzz_targets[i].pid == pid)
			return true;
	}
	return false;
}

/*
 * What would hardly ever come out right of itself. And a process that waits for
 * the reader must not be the reader.
 */
static void adjust(struct fuzz_thread *thread, const struct command *command,
		   union argument *arg)
{
	static const int map_flags[] = {
		MAP_PRIVATE | MAP_ANONYMOUS,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN,
		MAP_SHARED | MAP_ANONYMOUS,
		MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED,
		MAP_SHARED, MAP_PRIVATE, MAP_SHARED | MAP_FIXED,
		MAP_PRIVATE | MAP_FIXED, MAP_SHARED_VALIDATE,
	};

	if (command->cmd == VPROC_ATTACH) {
		if (arg->attach.flags & VPROC_ATTACH_PIDFD && take(thread) < 250)
			arg->attach.pid = fuzz_targets[take(thread) %
						       FUZZ_TARGETS].pidfd;
		else if (!is_target(arg->attach.pid))
			arg->attach.flags &= ~VPROC_ATTACH_WAIT;
	}
	if (command->cmd == VPROC_CREATE && take(thread) < 224) {
		memset(arg, 0, sizeof(arg->create));
		arg->create.max_regions = take(thread);
	}
	if (command->cmd == VPROC_MAP && take(thread) < 224)
		arg->map.flags = map_flags[take(thread) % ARRAY_SIZE(map_flags)];
}

/* Replaces one of the thread's files. */
static void keep_file(struct fuzz_thread *thread, int fd)
{
	unsigned int slot = take(thread) % OWN;

	if (thread->own[slot] >= 0)
		close(thread->own[slot]);
	thread->own[slot] = fd;
}

/* Take up what was returned, for the calls that follow. */
static void learn(struct fuzz_thread *thread, const struct command *command,
		  const union argument *arg)
{
	switch (command->cmd) {
	case VPROC_MAP:
		thread->last = arg->map.addr;
		break;
	case VPROC_ALLOCATE:
		thread->last = arg->allocate.addr;
		break;
	case VPROC_MREMAP:
		thread->last = arg->remap.addr;
		break;
	case VPROC_STACK_NEW:
		thread->last = arg->stack_new.top;
		thread->ids = arg->stack_new.id;
		break;
	case VPROC_FORK:
		keep_file(thread, arg->fork.fd);
		break;
	case VPROC_OPEN_CHILD:
		keep_file(thread, arg->open_child.fd);
		break;
	case VPROC_QUERY:
		thread->last = arg->query.region.start;
		thread->ids = arg->query.region.name;
		break;
	case VPROC_REGIONS:
		thread->ids = arg->regions.seq;
		break;
	case VPROC_STATS:
		if (arg->stats.missed || arg->stats.end_differences)
			life_complain("STATS of %d: missed %llu, %llu differences at the end",
				      arg->stats.pid,
				      (unsigned long long)arg->stats.missed,
				      (unsigned long long)arg->stats.end_differences);
		break;
	case VPROC_VERIFY:
		if (!arg->verify.differences && !arg->verify.missed)
			break;
		vproc_show_verify(&arg->verify);
		life_complain("VERIFY: %llu differences, missed %llu",
			      (unsigned long long)arg->verify.differences,
			      (unsigned long long)arg->verify.missed);
		break;
	}
}

static bool may_fail_with(const struct command *command, int error)
{
	switch (error) {
	case EFAULT:
	case EINTR:
	case ENOMEM:
	case ENOTCONN:
		return true;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(command->errors); i++) {
		if (command->errors[i] == error)
			return true;
	}
	return false;
}

/*
 * To and from memory that may not be there. Of the ways to do that without a
 * signal this is one that each kernel has, and that may wait for userfaultfd.
 */

static bool copy(struct fuzz_thread *thread, __u64 to, __u64 from, size_t size)
{
	union argument rest;
	bool done = write(thread->pipe[1], (void *)from, size) == (ssize_t)size &&
		    read(thread->pipe[0], (void *)to, size) == (ssize_t)size;

	if (!done)
		read(thread->pipe[0], &rest, sizeof(rest));
	return done;
}

static bool is_good(const struct fuzz_thread *thread, __u64 at, size_t size)
{
	__u64 start = (uintptr_t)thread->buffer;

	return at >= start && at + size <= start + BUFFER;
}

/* Where the argument is: most often where it belongs. */
static __u64 place(struct fuzz_thread *thread, const struct command *command,
		   union argument *arg)
{
	__u64 at = (uintptr_t)arg;

	if (take(thread) < 224)
		return at;
	at = any_pointer(thread);
	/* What is returned there must be known, or it is never closed. */
	if (command->cmd == VPROC_FORK || command->cmd == VPROC_OPEN_CHILD) {
		if (at == (uintptr_t)bad.slow ||
		    (at >= (uintptr_t)bad.flickering &&
		     at < (uintptr_t)bad.flickering + 2 * PAGE))
			return (uintptr_t)arg;
	}
	copy(thread, at, (uintptr_t)arg, _IOC_SIZE(command->cmd));
	return at;
}

/*
 * One ioctl. @sure: the file cannot be closed, and its number used again, by
 * another thread at the same time.
 */
static void make_ioctl(struct fuzz_thread *thread, int fd, bool sure)
{
	unsigned int which = take(thread) % ARRAY_SIZE(commands);
	const struct command *command = &commands[which];
	size_t size = _IOC_SIZE(command->cmd);
	union argument arg = { 0 };
	__u64 at;

	fill(thread, command, &arg);
	adjust(thread, command, &arg);
	at = place(thread, command, &arg);
	__atomic_fetch_add(&made[which], 1, __ATOMIC_RELAXED);
	if (ioctl(fd, command->cmd, at)) {
		if (sure && fd >= 0 && !may_fail_with(command, errno))
			life_complain("%s: errno %d (%s)", command->name, errno,
				      strerror(errno));
		return;
	}
	__atomic_fetch_add(&succeeded[which], 1, __ATOMIC_RELAXED);
	if (at != (uintptr_t)&arg) {
		if (!is_good(thread, at, size))
			return;
		if (!copy(thread, (uintptr_t)&arg, at, size)) {
			life_complain("%s: what it returned cannot be read: %s",
				      command->name, strerror(errno));
			return;
		}
	}
	learn(thread, command, &arg);
}

/* A number that is none, of any size. */
static void make_wrong_ioctl(struct fuzz_thread *thread, int fd)
{
	unsigned int cmd = _IOC(take(thread), take(thread) < 250 ?
				VPROC_IOC_MAGIC : 'f', take(thread),
				take_bytes(thread, 2));

	for (unsigned int i = 0; i < ARRAY_SIZE(commands); i++) {
		if (commands[i].cmd == cmd)
			return;
	}
	if (_IOC_TYPE(cmd) == VPROC_IOC_MAGIC && fd >= 0 &&
	    (ioctl(fd, cmd, any_pointer(thread)) == 0 || errno != ENOTTY))
		life_complain("ioctl %x: errno %d", cmd, errno);
}

/* A known number, on a file that is not vproc's. */
static void make_foreign_ioctl(struct fuzz_thread *thread)
{
	unsigned int which = take(thread) % ARRAY_SIZE(commands);

	if (!ioctl(bad.files[take(thread) % OTHERS], commands[which].cmd,
		   any_pointer(thread)))
		life_complain("%s: success on a file that is not vproc's",
			      commands[which].name);
}

static void make_read(struct fuzz_thread *thread, int fd)
{
	__u64 size = any_size(thread);

	/* Other than in the end of its memory there is room for that. */
	if (size > BUFFER / 2)
		size = BUFFER / 2;
	if (take(thread) < 16)
		pread(fd, (void *)any_pointer(thread), size, 0);
	else
		read(fd, (void *)any_pointer(thread), size);
}

static void make_poll(struct fuzz_thread *thread, int fd)
{
	struct pollfd pollfd = { fd, take(thread), 0 };

	poll(&pollfd, 1, take(thread) < 250 ? 0 : 1);
}

static void unmap_ring(struct ring *ring)
{
	if (ring->size)
		munmap(ring->addr, ring->size);
	ring->size = 0;
}

static void check_ring(const struct ring *ring, int prot, int flags, __u64 at)
{
	const struct vproc_ring *head = (void *)ring->addr;

	if (prot & (PROT_WRITE | PROT_EXEC) || flags & MAP_PRIVATE)
		life_complain("a ring is mapped with %x, %x", prot, flags);
	if (prot & PROT_READ && !at && head->version != VPROC_RING_VERSION)
		life_complain("a ring is mapped, and is none");
	if (!mprotect(ring->addr, PAGE, RW))
		life_complain("a ring can be made writable");
}

static void make_ring(struct fuzz_thread *thread, int fd)
{
	static const size_t sizes[] = {
		PAGE, 2 * PAGE, 3 * PAGE, 5 * PAGE, 17 * PAGE, 257 * PAGE,
		1ul << 30,
	};
	struct ring *ring = &thread->rings[take(thread) % RINGS];
	unsigned int choice = take(thread);
	int prot = choice < 224 ? PROT_READ : choice % 8;
	int flags = take(thread) < 240 ? MAP_SHARED : MAP_PRIVATE;
	__u64 at = take(thread) < 240 ? 0 : PAGE;

	unmap_ring(ring);
	if (choice % 8 == 7)
		flags |= MAP_POPULATE;
	ring->size = sizes[take(thread) % ARRAY_SIZE(sizes)];
	ring->addr = mmap(NULL, ring->size, prot, flags, fd, at);
	if (ring->addr == MAP_FAILED)
		ring->size = 0;
	else
		check_ring(ring, prot, flags, at);
}

static void change_ring(struct fuzz_thread *thread)
{
	struct ring *ring = &thread->rings[take(thread) % RINGS];

	if (!ring->size)
		return;
	switch (take(thread) % 4) {
	case 0:
		unmap_ring(ring);
		break;
	case 1:
		/* Not a hole, where something of another thread would land. */
		mmap(ring->addr + ring->size - PAGE, PAGE, PROT_NONE,
		     PRIVATE | MAP_FIXED, -1, 0);
		break;
	case 2:
		madvise(ring->addr, ring->size, take(thread) % 30);
		break;
	case 3:
		if (mremap(ring->addr, ring->size, ring->size + PAGE, 0) !=
		    MAP_FAILED)
			ring->size += PAGE;
		break;
	}
}

static void make_open(struct fuzz_thread *thread)
{
	int flags = O_RDWR | O_CLOEXEC;

	/* One that waits is woken by a signal from time to time. */
	if (take(thread) < 248)
		flags |= O_NONBLOCK;
	keep_file(thread, open(VPROC_DEVICE, flags));
}

/* Files come to all threads, and from them. */

static void publish(struct fuzz_thread *thread)
{
	int old = __atomic_exchange_n(&fuzz_shared[take(thread) % FUZZ_SLOTS],
				      fcntl(own_file(thread), F_DUPFD_CLOEXEC, 0),
				      __ATOMIC_ACQ_REL);

	if (old >= 0)
		close(old);
}

static int shared_file(struct fuzz_thread *thread)
{
	return __atomic_load_n(&fuzz_shared[take(thread) % FUZZ_SLOTS],
			       __ATOMIC_ACQUIRE);
}

/* Change the own map, that somebody may be tracking. */
static void change_map(struct fuzz_thread *thread)
{
	size_t size = (1 + take(thread) % 4) * PAGE;
	char *at = thread->arena + take(thread) % (ARENA_PAGES - 4) * PAGE;

	switch (take(thread) % 5) {
	case 0:
		mmap(at, size, RW, PRIVATE | MAP_FIXED, -1, 0);
		break;
	case 1:
		mmap(at, size, PROT_READ, MAP_SHARED | MAP_FIXED, bad.files[0],
		     0);
		break;
	case 2:
		munmap(at, size);
		break;
	case 3:
		mprotect(at, size, take(thread) % 2 ? PROT_READ : RW);
		break;
	case 4:
		madvise(at, size, take(thread) % 2 ? MADV_DONTFORK :
						     MADV_DOFORK);
		break;
	}
}

/* By the time that it is duplicated another file may have its number. */
static int take_shared(struct fuzz_thread *thread)
{
	int fd = fcntl(shared_file(thread), F_DUPFD_CLOEXEC, 0);
	struct vproc_info info;

	if (fd >= 0 && ioctl(fd, VPROC_INFO, &info)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void make_call(struct fuzz_thread *thread)
{
	unsigned int what = take(thread);
	int fd;

	switch (what) {
	case 0 ... 159:
		make_ioctl(thread, own_file(thread), true);
		break;
	case 160 ... 175:
		make_ioctl(thread, shared_file(thread), false);
		break;
	case 176 ... 187:
		make_read(thread, own_file(thread));
		break;
	case 188 ... 193:
		make_poll(thread, own_file(thread));
		break;
	case 194 ... 199:
		make_ring(thread, own_file(thread));
		break;
	case 200 ... 205:
		change_ring(thread);
		break;
	case 206 ... 213:
		make_open(thread);
		break;
	case 214 ... 219:
		publish(thread);
		break;
	case 220 ... 227:
		keep_file(thread, take_shared(thread));
		break;
	case 228 ... 231:
		keep_file(thread, fcntl(own_file(thread), F_DUPFD_CLOEXEC, 0));
		break;
	case 232 ... 235:
		keep_file(thread, -1);
		break;
	case 236 ... 239:
		make_wrong_ioctl(thread, own_file(thread));
		break;
	case 240 ... 243:
		make_foreign_ioctl(thread);
		break;
	case 244:
		fd = own_file(thread);
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) ^ O_NONBLOCK);
		break;
	case 245:
		/* Of a stream there is no such thing. */
		if (write(own_file(thread), thread->buffer, 64) >= 0 ||
		    lseek(own_file(thread), 0, SEEK_SET) >= 0)
			life_complain("write or lseek: success");
		break;
	default:
		change_map(thread);
	}
	__atomic_store_n(&thread->calls, thread->calls + 1, __ATOMIC_RELAXED);
}

/* A file to begin with: what it is depends on the first bytes. */
static int begin_file(struct fuzz_thread *thread)
{
	int fd = open(VPROC_DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	struct vproc_create create = { 0 };
	unsigned int what = take(thread);

	/* To attach takes longer than a hundred other calls. */
	if (what < 112)
		ioctl(fd, VPROC_CREATE, &create);
	else if (what < 144)
		vproc_attach_ring(fd, fuzz_targets[what % FUZZ_TARGETS].pid,
				  take(thread) & 0x1e, 64);
	else if (what < 152)
		vproc_attach_ring(fd, 0, take(thread) & 0x0e, 64);
	return fd;
}

void fuzz_run(struct fuzz_thread *thread, const struct fuzz_input *input)
{
	thread->next = input->data;
	thread->end = input->data + input->len;
	thread->last = PLACE;
	thread->ids = 1;
	for (unsigned int i = 0; i < OWN; i++)
		thread->own[i] = i < OWN - 2 ? begin_file(thread) : -1;
	while (thread->next < thread->end)
		make_call(thread);
	for (unsigned int i = 0; i < RINGS; i++)
		unmap_ring(&thread->rings[i]);
	for (unsigned int i = 0; i < OWN; i++) {
		if (thread->own[i] >= 0)
			close(thread->own[i]);
	}
}

unsigned long fuzz_calls(const struct fuzz_thread *thread)
{
	return __atomic_load_n(&thread->calls, __ATOMIC_RELAXED);
}

struct fuzz_thread *fuzz_thread_new(void)
{
	struct fuzz_thread *thread = calloc(1, sizeof(*thread));
	static unsigned long arenas = ARENAS;

	if (!thread)
		return NULL;
	thread->buffer = mmap(NULL, BUFFER + PAGE, RW, PRIVATE, -1, 0);
	thread->arena = mmap((void *)arenas, ARENA_PAGES * PAGE, PROT_NONE,
			     PRIVATE | MAP_FIXED_NOREPLACE, -1, 0);
	arenas += 2 * ARENA_PAGES * PAGE;
	if (thread->buffer == MAP_FAILED || thread->arena == MAP_FAILED ||
	    mprotect(thread->buffer + BUFFER, PAGE, PROT_NONE) ||
	    pipe2(thread->pipe, O_CLOEXEC | O_NONBLOCK))
		return NULL;
	return thread;
}

/*
 * Bad memory
 */

static void flicker_once(__u64 *random)
{
	switch (life_random(random, 6)) {
	case 0:
		mprotect(bad.flickering, PAGE, PROT_NONE);
		break;
	case 1:
		mprotect(bad.flickering, 2 * PAGE, PROT_READ);
		break;
	case 2:
		madvise(bad.flickering, 2 * PAGE, MADV_DONTNEED);
		break;
	default:
		mmap(bad.flickering, 2 * PAGE, RW, PRIVATE | MAP_FIXED, -1, 0);
	}
	madvise(bad.slow, PAGE, MADV_DONTNEED);
}

/* A page comes and goes, and changes. What is there for a moment may be used. */
static void *flicker(void *arg)
{
	__u64 random = 1;

	(void)arg;
	for (;;) {
		__atomic_store_n(&bad.changing, true, __ATOMIC_SEQ_CST);
		if (!__atomic_load_n(&bad.paused, __ATOMIC_SEQ_CST))
			flicker_once(&random);
		__atomic_store_n(&bad.changing, false, __ATOMIC_SEQ_CST);
		usleep(300);
	}
	return NULL;
}

void fuzz_pause(bool pause)
{
	__atomic_store_n(&bad.paused, pause, __ATOMIC_SEQ_CST);
	while (pause && __atomic_load_n(&bad.changing, __ATOMIC_SEQ_CST))
		usleep(100);
}

/* Who touches the slow page waits for a while, with whatever locks it has. */
static void *serve_slow(void *arg)
{
	struct uffdio_zeropage zero = { .range = { 0, PAGE } };
	struct uffd_msg msg;

	(void)arg;
	while (read(bad.uffd, &msg, sizeof(msg)) == sizeof(msg)) {
		usleep(500);
		zero.range.start = (uintptr_t)bad.slow;
		ioctl(bad.uffd, UFFDIO_ZEROPAGE, &zero);
	}
	return NULL;
}

/* Where that cannot be had it is a page like others. */
static void slow_down(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { (uintptr_t)bad.slow, PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	pthread_t thread;

	bad.uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (bad.uffd < 0)
		return;
	/* Before UFFDIO_API there is nothing to read, which ends the thread. */
	if (ioctl(bad.uffd, UFFDIO_API, &api) ||
	    ioctl(bad.uffd, UFFDIO_REGISTER, &range) ||
	    pthread_create(&thread, NULL, serve_slow, NULL))
		life_complain("userfaultfd: errno %d", errno);
}

static int open_others(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -1;
	bad.files[0] = memfd_create("fuzz", MFD_CLOEXEC);
	bad.files[1] = ends[0];
	bad.files[2] = ends[1];
	bad.files[3] = open("/dev/null", O_RDWR | O_CLOEXEC);
	bad.files[4] = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	bad.files[5] = epoll_create1(EPOLL_CLOEXEC);
	bad.files[6] = eventfd(0, EFD_CLOEXEC);
	bad.files[7] = -1;
	for (unsigned int i = 0; i < OTHERS - 1; i++) {
		if (bad.files[i] < 0)
			return -1;
	}
	return ftruncate(bad.files[0], 64 * PAGE);
}

int fuzz_init(void)
{
	pthread_t thread;
	/* What is written beyond one of them must not reach what has a use. */
	char *pages = mmap(NULL, 7 * PAGE, RW, PRIVATE, -1, 0);

	if (pages == MAP_FAILED)
		return -1;
	bad.read_only = pages;
	/* Where nothing is ever put. */
	bad.gone = (void *)0x100000;
	bad.flickering = pages + 2 * PAGE;
	bad.slow = pages + 5 * PAGE;
	if (mprotect(bad.read_only, PAGE, PROT_READ) ||
	    mprotect(bad.slow - PAGE, PAGE, PROT_NONE) ||
	    mprotect(bad.slow + PAGE, PAGE, PROT_NONE) || open_others())
		return -1;
	memset(fuzz_shared, -1, sizeof(fuzz_shared));
	slow_down();
	errno = pthread_create(&thread, NULL, flicker, NULL);
	return errno ? -1 : 0;
}
