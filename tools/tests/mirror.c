// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mirrors of a device that this program plays: random events, against a naive
 * reader of the same; a ring that is written while it is read; calls that fail.
 * This is built with sanitizers, and with an allocator that can be made to fail.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <time.h>

#include "tap.h"
#include "tools/array.h"
#include "tools/lib/vproc.h"

#define PAGES	8192

#include "naive.h"
#include "failing.h"

#define FD		4711
#define SLOTS		256u
#define IDS		600u
#define GATE		0xffffffffff600000ull
#define CALLS		16

/* The device: what it says of the one process that it tracks. */
static struct {
	pthread_mutex_t lock;
	struct vproc_ring *ring;
	struct vproc_event *slots;
	__u32 nr_slots;
	__u64 seq;
	struct moment now;
	__u64 execs;
	__u32 state;
	__u32 end_cause;
	bool has_gate;
	__u32 forgotten;		/* an id that is not known any more */
	unsigned int asked[CALLS];	/* calls, by the last four bits */
	unsigned int failures;		/* so many of the next calls fail */
	int error;			/* with this */
	bool execs_when_asked;		/* for regions, after the answer */
} device = { .lock = PTHREAD_MUTEX_INITIALIZER };

static unsigned long ring_bytes(void)
{
	return PAGE + device.nr_slots * sizeof(struct vproc_event);
}

static bool is_file(__u32 id)
{
	return id % 4 < 2;
}

static bool is_named_by_process(__u32 id)
{
	return id % 4 == 3;
}

/* Of files, each other one has the inode number 0. */
static __u64 inode_of(__u32 id)
{
	return id && id % 4 == 0 ? 1000 + id : 0;
}

static const char *name_of(__u32 id)
{
	static const char * const names[] = {
		"/file", "/SYSV00000000", "[vdso]", "[anon:x]",
	};

	return names[id % 4];
}

/* All regions as the device shows them. */
static size_t show(const struct moment *moment, size_t pages,
		   struct vproc_region *regions)
{
	size_t count = naive_regions(moment, pages, regions), i;

	for (i = 0; i < count; i++) {
		struct vproc_region *region = &regions[i];
		__u32 id = region->file;

		region->page_size = PAGE;
		region->flags = VPROC_REGION_COW;
		region->inode = inode_of(id);
		region->dev_major = region->inode ? 8 : 0;
		region->dev_minor = region->inode ? id : 0;
		if (!id || !is_file(id))
			region->offset = 0;
		if (!id || is_named_by_process(id))
			naive_place(moment, region);
	}
	if (device.has_gate)
		regions[count++] = (struct vproc_region){
			.start = GATE,
			.end = GATE + PAGE,
			.name = VPROC_NAME_VSYSCALL,
			.perm = VPROC_PERM_EXEC,
			.type = VPROC_TYPE_CODE,
			.page_size = PAGE,
		};
	return count;
}

static int fail(int error)
{
	errno = error;
	return -1;
}

static int answer_regions(struct vproc_regions *ask)
{
	static struct vproc_region regions[PAGES + 1];

	NEED(!ask->flags && !ask->addr && !ask->reserved);
	ask->total = show(&device.now, PAGES, regions);
	if (ask->count > ask->total)
		ask->count = ask->total;
	memcpy((void *)(uintptr_t)ask->regions_addr, regions,
	       ask->count * sizeof(regions[0]));
	ask->seq = device.seq;
	ask->start_brk = device.now.start_brk;
	ask->brk = device.now.brk;
	ask->start_stack = device.now.start_stack;
	return 0;
}

static int answer_stats(struct vproc_stats *stats)
{
	*stats = (struct vproc_stats){
		.id = 7,
		.pid = 42,
		.seq = device.seq,
		.state = device.state,
		.end_cause = device.end_cause,
		.execs = device.execs,
	};
	return 0;
}

static int answer_file(struct vproc_file *file)
{
	const char *name = name_of(file->id);

	NEED(file->name_size > strlen(name));
	if (file->id < VPROC_NAME_FIRST || file->id == device.forgotten)
		return fail(ENOENT);
	memcpy((void *)(uintptr_t)file->name_addr, name, strlen(name) + 1);
	file->name_size = strlen(name) + 1;
	file->kind = is_file(file->id) ? VPROC_FILE_PATH : VPROC_FILE_NAME;
	file->inode = inode_of(file->id);
	file->dev_major = file->inode ? 8 : 0;
	file->dev_minor = file->inode ? file->id : 0;
	return 0;
}

static void put_op(__u8 op, __u8 cause);

static int answer(unsigned long command, void *argument)
{
	switch (command) {
	case VPROC_REGIONS:
		return answer_regions(argument);
	case VPROC_STATS:
		return answer_stats(argument);
	case VPROC_FILE:
		return answer_file(argument);
	}
	return fail(ENOTTY);
}

/* The linker puts these in the place of the functions that they are named for. */
int __wrap_ioctl(int fd, unsigned long command, void *argument)
{
	int ret;

	NEED(fd == FD);
	device.asked[command % CALLS]++;
	if (device.failures) {
		device.failures--;
		return fail(device.error);
	}
	pthread_mutex_lock(&device.lock);
	ret = answer(command, argument);
	pthread_mutex_unlock(&device.lock);
	if (command == VPROC_REGIONS && device.execs_when_asked) {
		device.execs_when_asked = false;
		put_op(VPROC_EV_EXEC, VPROC_CAUSE_EXEC);
	}
	return ret;
}

void *__wrap_mmap(void *addr, size_t size, int prot, int flags, int fd,
		  off_t offset)
{
	NEED(!addr && prot == PROT_READ && flags == MAP_SHARED && fd == FD);
	NEED(!offset && size <= ring_bytes());
	if (device.failures) {
		device.failures--;
		errno = device.error;
		return MAP_FAILED;
	}
	return device.ring;
}

int __wrap_munmap(void *addr, size_t size)
{
	NEED(addr == device.ring && size <= ring_bytes());
	return 0;
}

int __wrap_uname(struct utsname *name)
{
	strcpy(name->release, "6.12.0");
	return 0;
}

static unsigned int calls(void)
{
	unsigned int sum = 0, i;

	for (i = 0; i < CALLS; i++)
		sum += device.asked[i];
	return sum;
}

static unsigned int calls_of(unsigned long command)
{
	return device.asked[command % CALLS];
}

static struct vproc_event *slot_of(__u64 seq)
{
	return &device.slots[seq % device.nr_slots];
}

/* As vproc_ring_put() does it. */
static void put(struct vproc_event *event)
{
	pthread_mutex_lock(&device.lock);
	event->seq = ++device.seq;
	event->time = 1000 * event->seq;
	if (event->op == VPROC_EV_EXEC)
		device.execs++;
	if (event->op == VPROC_EV_END) {
		device.state = VPROC_STATE_ENDED;
		device.end_cause = event->cause;
	}
	naive_apply(&device.now, event);
	__atomic_store_n(&device.ring->writing, event->seq, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	memcpy(slot_of(event->seq), event, sizeof(*event));
	__atomic_store_n(&device.ring->head, event->seq, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&device.lock);
}

static void put_layout(__u64 start_brk, __u64 brk, __u64 start_stack)
{
	struct vproc_event event = {
		.op = VPROC_EV_LAYOUT,
		.start = start_brk,
		.end = brk,
		.offset = start_stack,
	};

	put(&event);
}

/* A SET, or with @type NONE a CLEAR, of pages. */
static void put_range(unsigned int first, unsigned int count, __u8 type,
		      __u32 file)
{
	struct vproc_event event = {
		.op = type ? VPROC_EV_SET : VPROC_EV_CLEAR,
		.start = BASE + first * PAGE,
		.end = BASE + (first + count) * PAGE,
		.type = type,
		.perm = VPROC_PERM_READ | VPROC_PERM_WRITE,
		.file = file,
	};

	put(&event);
}

static void put_op(__u8 op, __u8 cause)
{
	struct vproc_event event = { .op = op, .cause = cause };

	put(&event);
}

static void put_random(unsigned int pages, unsigned int sets)
{
	unsigned int first = any(pages - 1);
	unsigned int count = 1 + any(any(50) ? 4 : 200);
	struct vproc_event event = {
		.perm = any(8),
		.file = any(3) ? VPROC_NAME_NONE : VPROC_NAME_FIRST + any(IDS),
		.op = any(10) < sets ? VPROC_EV_SET : VPROC_EV_CLEAR,
	};

	if (!any(30)) {
		/* The break moves; the stack hardly ever does. */
		__u64 start_brk = BASE + 20 * PAGE;

		put_layout(start_brk, start_brk + any(40) * PAGE,
			   any(20) ? device.now.start_stack :
			   BASE + any(pages) * PAGE);
		return;
	}
	if (!any(30)) {
		put_op(any(2) ? VPROC_EV_FORK : VPROC_EV_RESYNC,
		       VPROC_CAUSE_FORK);
		return;
	}
	/* Where heap and stack are, more happens. */
	if (!any(8))
		first = any(64);
	else if (!any(8))
		first = (device.now.start_stack - BASE) / PAGE;
	if (count > pages - first)
		count = pages - first;
	event.start = BASE + first * PAGE;
	event.end = event.start + count * PAGE;
	if (event.op == VPROC_EV_SET) {
		event.type = event.perm & VPROC_PERM_EXEC ? VPROC_TYPE_CODE :
			     event.perm & VPROC_PERM_WRITE ? VPROC_TYPE_DATA :
			     VPROC_TYPE_RODATA;
		if (!event.file && !any(10))
			event.type = VPROC_TYPE_STACK;
		if (event.file && is_file(event.file))
			event.offset = any(1000) * PAGE;
	}
	if (event.end > event.start)
		put(&event);
}

static struct vproc_mirror *begin(unsigned int slots, unsigned int seed)
{
	random_state = seed;
	free(device.ring);
	device.nr_slots = slots;
	device.ring = aligned_alloc(PAGE, ring_bytes());
	NEED(device.ring);
	memset(device.ring, 0, ring_bytes());
	device.slots = (void *)((char *)device.ring + PAGE);
	device.ring->version = VPROC_RING_VERSION;
	device.ring->offset = PAGE;
	device.ring->slots = slots;
	memset(&device.now, 0, sizeof(device.now));
	device.seq = 0;
	device.execs = 0;
	device.state = VPROC_STATE_LIVE;
	device.end_cause = 0;
	device.has_gate = true;
	device.forgotten = 0;
	put_op(VPROC_EV_ATTACH, VPROC_CAUSE_ATTACH);
	put_layout(BASE + 20 * PAGE, BASE + 24 * PAGE, BASE + 60 * PAGE);
	/* The ring is made when it is mapped first, and then it is empty. */
	memset(device.slots, 0, slots * sizeof(device.slots[0]));
	memset(device.asked, 0, sizeof(device.asked));
	return vproc_mirror_open(FD);
}

static struct vproc_region expected[PAGES + 1];
static size_t nr_expected;

static void expect(void)
{
	size_t i;

	nr_expected = show(&device.now, PAGES, expected);
	for (i = 0; i < nr_expected; i++) {
		expected[i].page_size = 0;
		expected[i].flags = 0;
	}
}

static bool same(const struct vproc_region *a, const struct vproc_region *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static const struct vproc_region *expected_at(__u64 addr, bool next)
{
	size_t i = 0;

	while (i < nr_expected && expected[i].end <= addr)
		i++;
	return i < nr_expected && (next || expected[i].start <= addr) ?
	       &expected[i] : NULL;
}

static bool check_address(struct vproc_mirror *mirror, __u64 addr)
{
	const struct vproc_region *region, *there;

	there = expected_at(addr, false);
	errno = 0;
	region = vproc_mirror_find(mirror, addr);
	if (!region != !there || (region && !same(region, there)) ||
	    (!region && errno != ENOENT))
		return false;
	there = expected_at(addr, true);
	errno = 0;
	region = vproc_mirror_next(mirror, addr);
	return !region == !there && (!region || same(region, there)) &&
	       (region || errno == ENOENT);
}

/* Is the mirror what the device is? */
static bool check(struct vproc_mirror *mirror)
{
	static struct vproc_snapshot snapshot;
	struct vproc_mirror_info info;
	size_t i;

	expect();
	if (vproc_mirror_snapshot(mirror, &snapshot) ||
	    snapshot.seq != device.seq || snapshot.count != nr_expected ||
	    snapshot.brk != device.now.brk ||
	    snapshot.start_stack != device.now.start_stack)
		return false;
	for (i = 0; i < nr_expected; i++)
		if (!same(&snapshot.regions[i], &expected[i]))
			return false;
	for (i = 0; i < 20; i++)
		if (!check_address(mirror, BASE + any(PAGES * PAGE)))
			return false;
	vproc_mirror_info(mirror, &info);
	return info.seq == device.seq && check_address(mirror, 0) &&
	       check_address(mirror, ~0ull) &&
	       check_address(mirror, device.now.brk) &&
	       check_address(mirror, device.now.start_stack) &&
	       check_address(mirror, GATE);
}

static __u64 loads_of(const struct vproc_mirror *mirror)
{
	struct vproc_mirror_info info;

	vproc_mirror_info(mirror, &info);
	return info.loads;
}

static void test_random(unsigned int seed, unsigned int pages)
{
	struct vproc_mirror *mirror = begin(SLOTS, seed);
	unsigned int events = 0, most = 0, bad = 0;

	NEED(mirror);
	bad += !check(mirror);
	while (events < 30000 && !bad) {
		/* More and more regions, then fewer and fewer. */
		unsigned int sets = events / 5000 % 2 ? 3 : 9;
		unsigned int some = 1 + any(any(4) ? 20 : 2 * SLOTS);

		for (unsigned int i = 0; i < some; i++)
			put_random(pages, sets);
		events += some;
		bad += !check(mirror);
		if (nr_expected > most)
			most = nr_expected;
	}
	tap(!bad, "seed %u: %u random events, up to %u regions", seed, events,
	    most);
	vproc_mirror_close(mirror);
}

/* Regions one by one, through every number of chunks that there is. */
static void test_many(void)
{
	struct vproc_mirror *mirror = begin(SLOTS, 11);
	unsigned int i, bad = 0;

	NEED(mirror);
	device.has_gate = false;
	put_op(VPROC_EV_EXEC, VPROC_CAUSE_EXEC);
	bad += !check(mirror);
	for (i = 0; i < PAGES && !bad; i++) {
		put_range(i, 1, VPROC_TYPE_DATA, 0);
		if (i % 24 == 0)
			bad += !check(mirror);
	}
	bad += !check(mirror);
	tap(!bad && nr_expected == PAGES, "%zu regions, one by one",
	    nr_expected);
	put_range(1, PAGES - 2, VPROC_TYPE_CODE, 0);
	bad += !check(mirror);
	tap(!bad && nr_expected == 3, "and one instead of nearly all");
	vproc_mirror_close(mirror);
}

/* Once around the ring is just enough; one more is a loss. */
static void test_wrap(void)
{
	struct vproc_mirror *mirror = begin(SLOTS, 1);
	unsigned int i, round;
	bool good = true;

	NEED(mirror);
	for (round = 0; round < 10; round++) {
		for (i = 0; i < SLOTS; i++)
			put_range(any(100), 1, VPROC_TYPE_DATA, 0);
		good &= check(mirror) && loads_of(mirror) == 1;
	}
	tap(good, "a full ring is taken up event by event");
	for (i = 0; i < SLOTS + 1; i++)
		put_range(any(100), 1, VPROC_TYPE_CODE, 0);
	tap(check(mirror) && loads_of(mirror) == 2,
	    "one more, and all is loaded anew");
	put_range(3, 1, VPROC_TYPE_CODE, 0);
	tap(check(mirror) && loads_of(mirror) == 2, "and it goes on from there");
	vproc_mirror_close(mirror);
}

/* A slot that is being overwritten, whatever of it has been already. */
static void test_torn(void)
{
	struct vproc_mirror *mirror = begin(SLOTS, 2);
	unsigned int i;

	NEED(mirror);
	for (i = 0; i < SLOTS; i++)
		put_range(i, 1, VPROC_TYPE_DATA, 0);
	device.ring->writing = device.seq + 1;
	tap(check(mirror) && loads_of(mirror) == 2,
	    "an event that may have been overwritten is not believed");
	for (i = 0; i < SLOTS; i++)
		put_range(i, 1, VPROC_TYPE_CODE, 0);
	slot_of(device.seq - 5)->seq++;
	tap(check(mirror) && loads_of(mirror) == 3,
	    "nor one that has another number");
	vproc_mirror_close(mirror);
}

static void test_calls(void)
{
	struct vproc_mirror *mirror = begin(SLOTS, 3);
	unsigned int before, i;
	bool good = true;

	NEED(mirror);
	put_range(100, 20, VPROC_TYPE_CODE, 64);
	good = check(mirror);
	tap(good && calls_of(VPROC_FILE) == 1, "a new name is asked for");
	before = calls();
	for (i = 0; i < 100; i++) {
		put_range(100 + i % 20, 1, VPROC_TYPE_CODE, 64);
		put_range(200 + i, 1, VPROC_TYPE_DATA, 0);
		put_range(200 + i, 1, VPROC_TYPE_NONE, 0);
		good &= check(mirror);
	}
	tap(good && calls() == before, "all else takes no call");

	device.forgotten = 68;
	put_range(100, 5, VPROC_TYPE_CODE, 68);
	put_range(100, 5, VPROC_TYPE_NONE, 0);
	tap(check(mirror), "a name that is gone with its region is no error");
	vproc_mirror_close(mirror);
}

static void test_names(void)
{
	struct vproc_mirror *mirror = begin(SLOTS, 4);
	const struct vproc_name *name;

	NEED(mirror);
	name = vproc_mirror_name(mirror, 64);
	tap(name && name->kind == VPROC_FILE_PATH && name->inode == 1064 &&
	    name->dev_major == 8 && name->dev_minor == 64 &&
	    !strcmp(name->text, "/file"), "a name is told");
	tap(!vproc_mirror_name(mirror, 5) && errno == ENOENT,
	    "an id that does not exist is an error");
	vproc_mirror_close(mirror);
}

static void test_exec(void)
{
	struct vproc_mirror *mirror = begin(SLOTS, 5);
	struct vproc_snapshot snapshot = {};
	struct vproc_mirror_info info;
	__u64 image;
	unsigned int i;

	NEED(mirror);
	NEED(!vproc_mirror_snapshot(mirror, &snapshot));
	tap(snapshot.image == 1 && snapshot.time == 0,
	    "the first image is that of the attach");
	put_range(0, 10, VPROC_TYPE_CODE, 64);
	put_op(VPROC_EV_EXEC, VPROC_CAUSE_EXEC);
	image = device.seq;
	device.has_gate = false;
	put_layout(BASE + 30 * PAGE, BASE + 31 * PAGE, BASE + 90 * PAGE);
	put_range(20, 10, VPROC_TYPE_CODE, 64);
	tap(check(mirror), "after an exec all is that of the new image");
	vproc_mirror_info(mirror, &info);
	tap(info.execs == 1 && info.loads == 2 && !info.ended && info.id == 7 &&
	    info.pid == 42, "and the exec is counted");
	NEED(!vproc_mirror_snapshot(mirror, &snapshot));
	tap(snapshot.image == image && snapshot.time == 1000 * device.seq,
	    "the image has the number of its event, and the last event a time");
	for (i = 0; i < SLOTS; i++)
		put_range(i, 1, VPROC_TYPE_DATA, 0);
	put_op(VPROC_EV_EXEC, VPROC_CAUSE_EXEC);
	for (i = 0; i < SLOTS; i++)
		put_range(i, 1, VPROC_TYPE_DATA, 0);
	tap(check(mirror), "an exec may be lost");
	vproc_mirror_info(mirror, &info);
	NEED(!vproc_mirror_snapshot(mirror, &snapshot));
	tap(info.execs == 2 && !snapshot.image,
	    "it is counted, and the number of the image is not known");
	device.execs_when_asked = true;
	put_op(VPROC_EV_EXEC, VPROC_CAUSE_EXEC);
	put_range(20, 10, VPROC_TYPE_CODE, 64);
	NEED(!vproc_mirror_update(mirror));
	vproc_mirror_info(mirror, &info);
	tap(info.execs == 4 && info.seq == device.seq && check(mirror),
	    "an exec that comes while another is taken up is so, too");
	NEED(!vproc_mirror_snapshot(mirror, &snapshot));
	tap(!snapshot.image, "which event that was is not known then");
	put_op(VPROC_EV_EXEC, VPROC_CAUSE_EXEC);
	image = device.seq;
	NEED(!vproc_mirror_snapshot(mirror, &snapshot));
	tap(snapshot.image == image, "the image of the next one is known");
	vproc_snapshot_clear(&snapshot);
	vproc_mirror_close(mirror);
}

static void test_end(bool lost)
{
	struct vproc_mirror *mirror = begin(SLOTS, 6);
	struct vproc_mirror_info info;
	unsigned int i;

	NEED(mirror);
	for (i = 0; i < (lost ? 2 * SLOTS : 10); i++)
		put_range(10 + i, 1, VPROC_TYPE_CODE, 64);
	put_op(VPROC_EV_END, VPROC_CAUSE_EXIT);
	tap(check(mirror), "at the end the map stays%s",
	    lost ? ", with events lost" : "");
	vproc_mirror_info(mirror, &info);
	tap(info.ended && info.end_cause == VPROC_CAUSE_EXIT &&
	    info.loads == (lost ? 2 : 1), "and the end is told");
	vproc_mirror_close(mirror);
}

/* A stack by place is one no more when it is cut off from that place. */
static void test_stacks(void)
{
	struct vproc_mirror *mirror;
	bool good;

	mirror = begin(SLOTS, 7);
	NEED(mirror);
	put_range(50, 20, VPROC_TYPE_DATA, 0);
	good = check(mirror);
	vproc_mirror_close(mirror);
	mirror = vproc_mirror_open(FD);
	NEED(mirror);
	put_range(40, 30, VPROC_TYPE_STACK, 0);
	good &= check(mirror) && loads_of(mirror) == 1;
	put_range(55, 2, VPROC_TYPE_NONE, 0);
	good &= check(mirror) && loads_of(mirror) == 1;
	tap(good, "what a stack is by itself is known from its event");
	vproc_mirror_close(mirror);

	mirror = begin(SLOTS, 7);
	NEED(mirror);
	put_range(50, 20, VPROC_TYPE_DATA, 0);
	put_range(80, 20, VPROC_TYPE_STACK, 0);
	for (unsigned int i = 0; i < SLOTS; i++)
		put_range(0, 1, VPROC_TYPE_DATA, 0);
	good = check(mirror) && loads_of(mirror) == 2;
	put_range(55, 2, VPROC_TYPE_NONE, 0);
	good &= check(mirror) && loads_of(mirror) == 3;
	put_layout(BASE + 20 * PAGE, BASE + 24 * PAGE, BASE + 85 * PAGE);
	good &= check(mirror);
	tap(good, "of one that was loaded it is asked when it matters");
	vproc_mirror_close(mirror);
}

static void test_errors(void)
{
	struct vproc_mirror *mirror = begin(SLOTS, 8);
	struct vproc_mirror_info info;
	unsigned int i;
	bool good;

	NEED(mirror);
	device.error = EINTR;
	device.failures = 5;
	for (i = 0; i < 2 * SLOTS; i++)
		put_range(i, 1, VPROC_TYPE_CODE, 64);
	tap(check(mirror) && !device.failures, "a signal is no error");

	device.error = ENOMEM;
	for (i = 0; i < 2 * SLOTS; i++)
		put_range(i, 1, VPROC_TYPE_DATA, 64);
	device.failures = 1;
	good = !vproc_mirror_find(mirror, BASE) && errno == ENOMEM;
	vproc_mirror_info(mirror, &info);
	tap(good && !info.seq, "one of the device is returned, and nothing known");
	tap(check(mirror), "and the next call finds all");
	put_range(5, 1, VPROC_TYPE_DATA, 72);
	device.failures = 1;
	good = vproc_mirror_update(mirror) == -1 && errno == ENOMEM;
	tap(good && check(mirror), "so it is if a name cannot be asked for");
	vproc_mirror_close(mirror);
	vproc_mirror_close(NULL);

	device.failures = 1;
	device.error = ENOTCONN;
	tap(!begin(SLOTS, 8) && errno == ENOTCONN,
	    "a file that is not attached has no mirror");
	vproc_mirror_close(begin(SLOTS, 8));
	device.ring->version++;
	tap(!vproc_mirror_open(FD) && errno == EPROTO,
	    "nor has one with a ring of another kind");
}

/* Whatever allocation fails: an error, and the next call finds all. */
static void test_no_memory(void)
{
	unsigned int nth, errors = 0;
	bool good = true;

	for (nth = 1; nth < 60; nth++) {
		struct vproc_mirror *mirror;
		unsigned int i;

		failing = nth;
		mirror = begin(SLOTS, 9);
		if (!mirror) {
			good &= errno == ENOMEM;
			errors++;
			failing = 0;
			continue;
		}
		for (i = 0; i < 3 * SLOTS && failing; i++) {
			put_range(3 * i, 2, VPROC_TYPE_DATA, 0);
			if (i % 100 < 99 && vproc_mirror_update(mirror)) {
				good &= errno == ENOMEM;
				errors++;
			}
		}
		failing = 0;
		good &= check(mirror);
		vproc_mirror_close(mirror);
	}
	tap(good && errors > 5, "%u times there was no memory", errors);
}

/* States by their number, in few pages. */
#define SMALL		48
#define STATES		300000u

static __u64 states[STATES];
static bool producing;

static __u64 digest(const struct vproc_region *regions, size_t count)
{
	__u64 sum = count;
	size_t i;

	for (i = 0; i < count; i++) {
		sum = (sum ^ regions[i].start) * 0x100000001b3ull;
		sum = (sum ^ regions[i].end) * 0x100000001b3ull;
		sum = (sum ^ regions[i].offset) * 0x100000001b3ull;
		sum = (sum ^ regions[i].perm) * 0x100000001b3ull;
		sum = (sum ^ regions[i].name) * 0x100000001b3ull;
	}
	return sum;
}

/* The state of an event is known before the event is. */
static void put_digested(struct moment *ahead, struct vproc_event *event)
{
	struct vproc_region regions[SMALL + 1];

	event->seq = device.seq + 1;
	naive_apply(ahead, event);
	states[event->seq] = digest(regions, show(ahead, SMALL, regions));
	put(event);
}

static void *produce(void *context)
{
	static struct moment ahead;
	unsigned int random = 1;

	(void)context;
	ahead = device.now;
	while (device.seq < STATES - 1) {
		struct vproc_event event = { .op = VPROC_EV_SET };

		random = random * 1664525 + 1013904223;
		event.start = BASE + (random >> 8) % (SMALL - 3) * PAGE;
		event.end = event.start + (1 + (random >> 20) % 3) * PAGE;
		event.perm = random >> 28;
		event.type = VPROC_TYPE_DATA;
		if ((random >> 16) % 3 == 0)
			event.op = VPROC_EV_CLEAR;
		put_digested(&ahead, &event);
		/* Now fast, now slow. */
		if (event.seq % 20000 > 10000)
			sched_yield();
	}
	__atomic_store_n(&producing, false, __ATOMIC_RELEASE);
	return NULL;
}

static void test_concurrent(void)
{
	struct vproc_mirror *mirror = begin(64, 10);
	struct vproc_snapshot snapshot = {};
	unsigned int snapshots = 0, wrong = 0;
	pthread_t thread;
	__u64 last = 0;

	NEED(mirror);
	producing = true;
	NEED(!pthread_create(&thread, NULL, produce, NULL));
	while (__atomic_load_n(&producing, __ATOMIC_ACQUIRE) && !wrong) {
		__u64 head = __atomic_load_n(&device.ring->head,
					     __ATOMIC_ACQUIRE);

		NEED(!vproc_mirror_snapshot(mirror, &snapshot));
		wrong += snapshot.seq < head || snapshot.seq < last;
		if (snapshot.seq > 2)
			wrong += digest(snapshot.regions, snapshot.count) !=
				 states[snapshot.seq];
		last = snapshot.seq;
		snapshots++;
	}
	pthread_join(thread, NULL);
	tap(!wrong && check(mirror) && loads_of(mirror) > 1 && snapshots > 100,
	    "%u snapshots beside a writer, %llu loads: each is that of its number",
	    snapshots, (unsigned long long)loads_of(mirror));
	vproc_snapshot_clear(&snapshot);
	vproc_mirror_close(mirror);
}

int main(void)
{
	unsigned int seed;

	for (seed = 1; seed <= 4; seed++)
		test_random(seed, seed % 2 ? PAGES : 200);
	test_many();
	test_wrap();
	test_torn();
	test_calls();
	test_names();
	test_exec();
	test_end(false);
	test_end(true);
	test_stacks();
	test_errors();
	test_no_memory();
	test_concurrent();
	free(device.ring);
	return tap_end();
}
