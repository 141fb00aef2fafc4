// SPDX-License-Identifier: GPL-2.0-only
/*
 * What comes out of the kernel is what is promised, and nothing else: all that is
 * promised is written, nothing beside it is, and no address of the kernel's and no
 * byte that nobody has set is among it.
 *
 * A call is made twice, with different bytes where it is to write. What differs
 * then was not written. The debug kernel fills what it allocates and frees with
 * bytes of its own, which must not come out either.
 */
#define _GNU_SOURCE
#include "check.h"

#define ARRAY	256
#define AT	1024

/* What slub_debug fills memory with: in use and not yet written; freed. */
#define POISON_NEW	0x5a5a5a5au
#define POISON_FREE	0x6b6b6b6bu

#define VSYSCALL	0xffffffffff600000ull
#define KERNEL		0xffff800000000000ull

static const unsigned char fills[] = { 0xa5, 0xc3 };

/* The answers to one call: its argument amid bytes, and what it points to. */
struct answer {
	unsigned char argument[PAGE];
	union {
		struct vproc_region regions[ARRAY];
		struct vproc_thread threads[ARRAY];
		char name[PATH_MAX];
	};
};

static struct answer answers[ARRAY_SIZE(fills)];
static __u64 addresses[ARRAY];

/**
 * struct call - a call that changes nothing
 * @argument: made for it; what it points to is at answers[i]
 * @from: first of the bytes that only go out
 * @to: the byte after the last
 * @from2: more of them, or 0
 * @to2: the same
 * @reserved: a field that must be zero; 0 if it has none
 * @array: bytes of what it points to that are written; filled in
 */
struct call {
	const char *name;
	unsigned long cmd;
	void (*make)(void *argument, struct answer *answer);
	size_t (*array)(const void *argument);
	unsigned int from;
	unsigned int to;
	unsigned int from2;
	unsigned int to2;
	unsigned int reserved;
};

static void make_query(void *argument, struct answer *answer)
{
	struct vproc_query *query = argument;

	query->addr = (uintptr_t)make_query;
	query->flags = VPROC_QUERY_NEXT;
	query->name_addr = (uintptr_t)answer->name;
	query->name_size = sizeof(answer->name);
	query->reserved = 0;
}

static size_t array_of_query(const void *argument)
{
	return ((const struct vproc_query *)argument)->name_size;
}

static void make_regions(void *argument, struct answer *answer)
{
	struct vproc_regions *regions = argument;

	regions->regions_addr = (uintptr_t)answer->regions;
	regions->count = ARRAY;
}

static size_t array_of_regions(const void *argument)
{
	return ((const struct vproc_regions *)argument)->count *
	       sizeof(struct vproc_region);
}

static void make_lookup(void *argument, struct answer *answer)
{
	struct vproc_lookup *lookup = argument;

	for (int i = 0; i < 16; i++)
		addresses[i] = i % 2 ? (uintptr_t)make_lookup : PAGE * i;
	lookup->addrs_addr = (uintptr_t)addresses;
	lookup->regions_addr = (uintptr_t)answer->regions;
	lookup->count = 16;
}

static size_t array_of_lookup(const void *argument)
{
	(void)argument;
	return 16 * sizeof(struct vproc_region);
}

static void make_file(void *argument, struct answer *answer)
{
	struct vproc_file *file = argument;

	file->id = VPROC_NAME_FIRST;
	file->name_addr = (uintptr_t)answer->name;
	file->name_size = sizeof(answer->name);
}

static size_t array_of_file(const void *argument)
{
	return ((const struct vproc_file *)argument)->name_size;
}

static void make_stacks(void *argument, struct answer *answer)
{
	struct vproc_stacks *stacks = argument;

	stacks->threads_addr = (uintptr_t)answer->threads;
	stacks->count = ARRAY;
}

static size_t array_of_stacks(const void *argument)
{
	return ((const struct vproc_stacks *)argument)->count *
	       sizeof(struct vproc_thread);
}

/* The first stack, and an address that all that takes one knows. */
static void make_stack(void *argument, struct answer *answer)
{
	struct vproc_stack_info *info = argument;

	(void)answer;
	info->id = 1;
}

static void make_address(void *argument, struct answer *answer)
{
	(void)answer;
	*(__u64 *)argument = VPROC_STACK_END - 1;
}

#define OUT(type, first, last) \
	.from = offsetof(struct type, first), \
	.to = offsetof(struct type, last) + sizeof(((struct type *)0)->last)
#define OUT2(type, first, last) \
	.from2 = offsetof(struct type, first), \
	.to2 = offsetof(struct type, last) + sizeof(((struct type *)0)->last)
#define RESERVED(type) \
	.reserved = offsetof(struct type, reserved)

/* Of trackers and of models. */
static const struct call queries[] = {
	{ "INFO", VPROC_INFO, OUT(vproc_info, api_version, reserved) },
	{ "QUERY", VPROC_QUERY, make_query, array_of_query,
	  OUT(vproc_query, seq, region), RESERVED(vproc_query) },
	{ "REGIONS", VPROC_REGIONS, make_regions, array_of_regions,
	  OUT(vproc_regions, total, start_stack), RESERVED(vproc_regions) },
	{ "LOOKUP", VPROC_LOOKUP, make_lookup, array_of_lookup,
	  OUT(vproc_lookup, seq, seq), RESERVED(vproc_lookup) },
	{ "FILE", VPROC_FILE, make_file, array_of_file,
	  OUT(vproc_file, kind, kind), OUT2(vproc_file, inode, dev_minor),
	  RESERVED(vproc_file) },
	{ "STATS", VPROC_STATS, OUT(vproc_stats, id, reserved) },
	{ "HEAP", VPROC_HEAP, OUT(vproc_heap, start, reserved) },
	{ "STACKS", VPROC_STACKS, make_stacks, array_of_stacks,
	  OUT(vproc_stacks, total, seq), RESERVED(vproc_stacks) },
};

static const struct call of_trackers[] = {
	{ "VERIFY", VPROC_VERIFY, OUT(vproc_verify, seq, model),
	  RESERVED(vproc_verify) },
};

static const struct call of_models[] = {
	{ "STACK_INFO", VPROC_STACK_INFO, make_stack,
	  OUT(vproc_stack_info, contains, in_guard),
	  OUT2(vproc_stack_info, bottom, limit), RESERVED(vproc_stack_info) },
	{ "COW_INFO", VPROC_COW_INFO, make_address,
	  OUT(vproc_cow_info, page, count) },
	{ "PAGE_INFO", VPROC_PAGE_INFO, make_address,
	  OUT(vproc_page_info, page_flags, perm) },
};

/* How many of these bytes are not @fill. */
static unsigned int count_other(const void *from, const void *to,
				unsigned char fill)
{
	const unsigned char *at = from;
	unsigned int count = 0;

	while ((const void *)at < to)
		count += *at++ != fill;
	return count;
}

static bool is_of_kernel(__u64 value)
{
	return value >= KERNEL &&
	       (value < VSYSCALL || value > VSYSCALL + PAGE);
}

/* How many words of an answer must not be there. */
static unsigned int count_leaks(const void *from, size_t size)
{
	const __u32 *words = from;
	unsigned int count = 0;

	for (size_t i = 0; i < size / sizeof(*words); i++)
		count += words[i] == POISON_NEW || words[i] == POISON_FREE;
	for (size_t i = 0; i + 1 < size / sizeof(*words); i += 2)
		count += is_of_kernel(words[i] | (__u64)words[i + 1] << 32);
	return count;
}

static int make_call(int fd, const struct call *call, unsigned int i, bool bad)
{
	struct answer *answer = &answers[i];
	unsigned char *argument = answer->argument + AT;

	memset(answer, fills[i], sizeof(*answer));
	memset(argument, 0, _IOC_SIZE(call->cmd));
	if (call->make)
		call->make(argument, answer);
	memset(argument + call->from, fills[i], call->to - call->from);
	memset(argument + call->from2, fills[i], call->to2 - call->from2);
	if (bad)
		argument[call->reserved] = 1;
	return ioctl(fd, call->cmd, argument);
}

/* A call that is refused writes nothing. */
static void check_refused(struct __test_metadata *_metadata, int fd,
			  const struct call *call)
{
	static unsigned char before[sizeof(answers[0].argument)];
	const struct answer *answer = &answers[0];

	if (!call->reserved)
		return;
	EXPECT_ERRNO(EINVAL, make_call(fd, call, 0, true));
	memcpy(before, answer->argument, sizeof(before));
	EXPECT_ERRNO(EINVAL, ioctl(fd, call->cmd, answer->argument + AT));
	EXPECT_EQ(0, memcmp(before, answer->argument, sizeof(before)));
	EXPECT_EQ(0, count_other(answer->regions, answer + 1, fills[0]));
}

static void check_answer(struct __test_metadata *_metadata,
			 const struct call *call, unsigned int i)
{
	const struct answer *answer = &answers[i];
	const unsigned char *argument = answer->argument + AT;
	size_t size = _IOC_SIZE(call->cmd), array = 0;

	if (call->array)
		array = call->array(argument);
	EXPECT_GE(sizeof(answer->regions), array);
	EXPECT_EQ(0, count_other(answer->argument, argument, fills[i]));
	EXPECT_EQ(0, count_other(argument + size,
				 answer->argument + sizeof(answer->argument),
				 fills[i]));
	EXPECT_EQ(0, count_other(answer->name + array, answer + 1, fills[i]));
	EXPECT_EQ(0, count_leaks(argument, size));
	if (array % sizeof(__u64) == 0)
		EXPECT_EQ(0, count_leaks(answer->regions, array));
}

static void check_calls(struct __test_metadata *_metadata, int fd,
			const struct call *calls, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		const struct call *call = &calls[i];
		size_t array = 0;

		check_refused(_metadata, fd, call);
		for (unsigned int j = 0; j < ARRAY_SIZE(fills); j++) {
			ASSERT_EQ(0, make_call(fd, call, j, false)) {
				TH_LOG("%s: errno %d", call->name, errno);
			}
			check_answer(_metadata, call, j);
		}
		if (call->array)
			array = call->array(answers[0].argument + AT);
		/* Where the arrays are is not the same. */
		EXPECT_EQ(0, memcmp(answers[0].argument + AT + call->from,
				    answers[1].argument + AT + call->from,
				    call->to - call->from)) {
			TH_LOG("%s: not all is written", call->name);
		}
		EXPECT_EQ(0, memcmp(answers[0].argument + AT + call->from2,
				    answers[1].argument + AT + call->from2,
				    call->to2 - call->from2));
		EXPECT_EQ(0, memcmp(answers[0].regions, answers[1].regions,
				    array)) {
			TH_LOG("%s: not all of the array is written",
			       call->name);
		}
	}
}

static void check_reserved(struct __test_metadata *_metadata, int fd)
{
	static const struct vproc_stats no_stats;
	struct vproc_regions regions = {
		.regions_addr = (uintptr_t)answers[0].regions,
		.count = ARRAY,
	};
	struct vproc_stats stats;
	struct vproc_heap heap;
	struct vproc_info info;

	ASSERT_EQ(0, ioctl(fd, VPROC_REGIONS, &regions));
	EXPECT_LT(0, regions.count);
	for (unsigned int i = 0; i < regions.count; i++)
		EXPECT_EQ(0, answers[0].regions[i].reserved);
	ASSERT_EQ(0, ioctl(fd, VPROC_INFO, &info));
	EXPECT_EQ(0, memcmp(info.reserved, no_stats.reserved,
			    sizeof(info.reserved)));
	ASSERT_EQ(0, vproc_stats(fd, &stats));
	EXPECT_EQ(0, memcmp(stats.reserved, no_stats.reserved,
			    sizeof(stats.reserved)));
	ASSERT_EQ(0, vproc_heap(fd, &heap));
	EXPECT_EQ(0, heap.reserved);
}

FIXTURE(leaks)
{
	int fd;
	struct target target;
};

FIXTURE_SETUP(leaks)
{
	ASSERT_EQ(0, target_start(&self->target));
	self->fd = vproc_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, vproc_attach_ring(self->fd, self->target.pid,
				       VPROC_ATTACH_FORK, 64));
}

FIXTURE_TEARDOWN(leaks)
{
	close(self->fd);
	target_stop(&self->target);
}

TEST_F(leaks, answers_of_a_tracker)
{
	check_calls(_metadata, self->fd, queries, ARRAY_SIZE(queries));
	check_calls(_metadata, self->fd, of_trackers, ARRAY_SIZE(of_trackers));
	check_reserved(_metadata, self->fd);
	ASSERT_EQ(0, ioctl(self->fd, VPROC_DETACH));
	check_calls(_metadata, self->fd, queries, ARRAY_SIZE(queries));
}

TEST_F(leaks, answers_of_a_model)
{
	struct vproc_create create = { 0 };
	struct vproc_stack_new stack = { .size = 16 * PAGE };
	struct vproc_brk brk = { .brk = 3 * PAGE };
	struct vproc_mmap map = {
		.size = PAGE,
		.prot = PROT_READ,
		.flags = MAP_PRIVATE,
	};
	struct vproc_touch touch;
	int fd = vproc_open();

	ASSERT_EQ(0, ioctl(fd, VPROC_CREATE, &create));
	ASSERT_EQ(0, ioctl(fd, VPROC_STACK_NEW, &stack));
	ASSERT_EQ(0, ioctl(fd, VPROC_GROW_HEAP, &brk));
	map.fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ASSERT_EQ(0, ioctl(fd, VPROC_MAP, &map));
	touch = (struct vproc_touch) { .addr = VPROC_STACK_END - 1 };
	ASSERT_EQ(0, ioctl(fd, VPROC_WRITE, &touch));
	check_calls(_metadata, fd, queries, ARRAY_SIZE(queries));
	check_calls(_metadata, fd, of_models, ARRAY_SIZE(of_models));
	check_reserved(_metadata, fd);
	close(map.fd);
	close(fd);
}

/* Make the target change its map this often; that is as many events. */
static void change(struct __test_metadata *_metadata, struct target *target,
		   unsigned int times)
{
	static unsigned long addr;

	for (unsigned int i = 0; i < times; i++) {
		if (!addr)
			addr = target_syscall(target, SYS_mmap, 0, 3 * PAGE,
					      PROT_READ, MAP_SHARED |
					      MAP_ANONYMOUS, -1, 0);
		else
			ASSERT_EQ(0, target_syscall(target, SYS_mprotect,
						    addr + PAGE, PAGE,
						    i % 2 ? PROT_READ :
						    PROT_NONE));
		ASSERT_LT(0, (long)addr);
	}
}

static void check_event(struct __test_metadata *_metadata,
			const struct vproc_event *event)
{
	EXPECT_EQ(0, count_leaks(event, offsetof(struct vproc_event, op)));
	EXPECT_GE(VPROC_EV_END, event->op);
	EXPECT_GT(VPROC_NR_CAUSES, event->cause);
	EXPECT_LE(-1, event->syscall);
	if (event->op == VPROC_EV_SET)
		return;
	EXPECT_EQ(0, event->file);
	EXPECT_EQ(0, event->type);
	EXPECT_EQ(0, event->perm);
	if (event->op != VPROC_EV_LAYOUT)
		EXPECT_EQ(0, event->offset);
}

TEST_F(leaks, events)
{
	static unsigned char buf[100 * sizeof(struct vproc_event) + 17];
	ssize_t size, whole = sizeof(buf) - 17;
	unsigned int seen = 0;

	change(_metadata, &self->target, 300);
	target_syscall(&self->target, SYS_munmap, 0, PAGE);
	ASSERT_EQ(0, ioctl(self->fd, VPROC_DETACH));
	do {
		memset(buf, fills[0], sizeof(buf));
		size = read(self->fd, buf, sizeof(buf));
		ASSERT_LE(0, size);
		EXPECT_GE(whole, size);
		EXPECT_EQ(0, size % sizeof(struct vproc_event));
		EXPECT_EQ(0, count_other(buf + size, buf + sizeof(buf),
					 fills[0]));
		for (ssize_t i = 0; i < size; i += sizeof(struct vproc_event)) {
			check_event(_metadata, (struct vproc_event *)(buf + i));
			seen++;
		}
	} while (size);
	EXPECT_LT(64, seen);
}

/* Have memory free that is full of bytes. */
static void dirty_memory(struct __test_metadata *_metadata)
{
	size_t size = 64 << 20;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, memory);
	memset(memory, fills[0], size);
	ASSERT_EQ(0, munmap(memory, size));
}

TEST_F(leaks, ring)
{
	const size_t size = PAGE + 64 * sizeof(struct vproc_event);
	const struct vproc_event *slots;
	const struct vproc_ring *ring;
	__u64 begin;

	dirty_memory(_metadata);
	ring = mmap(NULL, size, PROT_READ, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, ring);
	slots = (const void *)ring + ring->offset;
	EXPECT_EQ(PAGE, ring->offset);
	EXPECT_EQ(0, ring->reserved);
	EXPECT_EQ(0, count_other(ring + 1, slots, 0));
	EXPECT_EQ(0, count_other(slots, slots + 64, 0));

	begin = ring->head;
	change(_metadata, &self->target, 20);
	ASSERT_LT(begin, ring->head);
	ASSERT_GT(begin + 60, ring->head);
	for (__u64 seq = begin + 1; seq <= begin + 64; seq++) {
		const struct vproc_event *slot = &slots[seq % 64];

		if (seq > ring->head) {
			EXPECT_EQ(0, count_other(slot, slot + 1, 0));
			continue;
		}
		EXPECT_EQ(seq, slot->seq);
		check_event(_metadata, slot);
	}
	EXPECT_EQ(0, count_other(ring + 1, slots, 0));
}

/* What a call makes is told, and the bytes beside it stay. */
TEST_F(leaks, what_is_made)
{
	struct vproc_create create = { 0 };
	int fd = vproc_open(), model = vproc_open();
	struct {
		unsigned char before[64];
		union {
			struct vproc_attach attach;
			struct vproc_allocate allocate;
			struct vproc_fork fork;
			struct vproc_stack_new stack;
		};
		unsigned char after[64];
	} made;

#define MAKE(fd, cmd, member, ...) do {					\
	memset(&made, fills[0], sizeof(made));				\
	made.member = (typeof(made.member)) { __VA_ARGS__ };		\
	ASSERT_EQ(0, ioctl(fd, cmd, &made.member));			\
	EXPECT_EQ(0, count_other(made.before, &made.member, fills[0]));	\
	EXPECT_EQ(0, count_other(&made.member + 1, &made + 1, fills[0])); \
	EXPECT_EQ(0, count_leaks(&made.member, sizeof(made.member)));	\
} while (0)
	MAKE(fd, VPROC_ATTACH, attach, .id = ~0ull >> 1);
	EXPECT_EQ(0, made.attach.reserved);
	EXPECT_GT(1ull << 32, made.attach.id);
	ASSERT_EQ(0, ioctl(model, VPROC_CREATE, &create));
	MAKE(model, VPROC_ALLOCATE, allocate, .size = PAGE, .addr = 1);
	EXPECT_EQ(0, made.allocate.reserved);
	EXPECT_EQ(0, made.allocate.addr % PAGE);
	MAKE(model, VPROC_STACK_NEW, stack, .size = 2 * PAGE, .id = 77);
	EXPECT_EQ(0, made.stack.reserved);
	EXPECT_EQ(1, made.stack.id);
	MAKE(model, VPROC_FORK, fork, .fd = -7);
	EXPECT_LT(model, made.fork.fd);
	close(made.fork.fd);
	close(model);
	close(fd);
}

TEST_HARNESS_MAIN
