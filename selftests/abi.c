// SPDX-License-Identifier: GPL-2.0-only
/*
 * The binary interface: sizes, offsets and numbers are what programs that were
 * built long ago expect, and every ioctl works. Built for 64 and for 32 bits.
 */
#define _GNU_SOURCE
#include <assert.h>

#include "check.h"

/*
 * The struct has this size, and its fields begin where they are listed: that
 * leaves no choice for their sizes.
 */
#define CHECK_SIZE(type, size) \
	static_assert(sizeof(struct type) == (size), "size")
#define CHECK_FIELD(type, field, at) \
	static_assert(offsetof(struct type, field) == (at), "offset")
#define CHECK_VALUE(name, value) \
	static_assert((name) == (value), "value")

CHECK_SIZE(vproc_region, 64);
CHECK_FIELD(vproc_region, start, 0);
CHECK_FIELD(vproc_region, end, 8);
CHECK_FIELD(vproc_region, offset, 16);
CHECK_FIELD(vproc_region, inode, 24);
CHECK_FIELD(vproc_region, dev_major, 32);
CHECK_FIELD(vproc_region, dev_minor, 36);
CHECK_FIELD(vproc_region, name, 40);
CHECK_FIELD(vproc_region, file, 44);
CHECK_FIELD(vproc_region, perm, 48);
CHECK_FIELD(vproc_region, type, 50);
CHECK_FIELD(vproc_region, page_size, 52);
CHECK_FIELD(vproc_region, flags, 56);
CHECK_FIELD(vproc_region, reserved, 60);

CHECK_SIZE(vproc_info, 64);
CHECK_FIELD(vproc_info, api_version, 0);
CHECK_FIELD(vproc_info, page_size, 4);
CHECK_FIELD(vproc_info, hooks, 8);
CHECK_FIELD(vproc_info, hooks_missing, 12);
CHECK_FIELD(vproc_info, trackers, 16);
CHECK_FIELD(vproc_info, max_regions, 20);
CHECK_FIELD(vproc_info, max_ring, 24);
CHECK_FIELD(vproc_info, max_children, 28);
CHECK_FIELD(vproc_info, reserved, 32);

CHECK_SIZE(vproc_attach, 24);
CHECK_FIELD(vproc_attach, flags, 0);
CHECK_FIELD(vproc_attach, pid, 4);
CHECK_FIELD(vproc_attach, ring, 8);
CHECK_FIELD(vproc_attach, reserved, 12);
CHECK_FIELD(vproc_attach, id, 16);

CHECK_SIZE(vproc_query, 104);
CHECK_FIELD(vproc_query, flags, 0);
CHECK_FIELD(vproc_query, addr, 8);
CHECK_FIELD(vproc_query, name_addr, 16);
CHECK_FIELD(vproc_query, name_size, 24);
CHECK_FIELD(vproc_query, reserved, 28);
CHECK_FIELD(vproc_query, seq, 32);
CHECK_FIELD(vproc_query, region, 40);

CHECK_SIZE(vproc_regions, 72);
CHECK_FIELD(vproc_regions, flags, 0);
CHECK_FIELD(vproc_regions, addr, 8);
CHECK_FIELD(vproc_regions, regions_addr, 16);
CHECK_FIELD(vproc_regions, count, 24);
CHECK_FIELD(vproc_regions, total, 28);
CHECK_FIELD(vproc_regions, seq, 32);
CHECK_FIELD(vproc_regions, start_brk, 40);
CHECK_FIELD(vproc_regions, brk, 48);
CHECK_FIELD(vproc_regions, start_stack, 56);
CHECK_FIELD(vproc_regions, reserved, 64);

CHECK_SIZE(vproc_file, 40);
CHECK_FIELD(vproc_file, id, 0);
CHECK_FIELD(vproc_file, kind, 4);
CHECK_FIELD(vproc_file, name_addr, 8);
CHECK_FIELD(vproc_file, name_size, 16);
CHECK_FIELD(vproc_file, reserved, 20);
CHECK_FIELD(vproc_file, inode, 24);
CHECK_FIELD(vproc_file, dev_major, 32);
CHECK_FIELD(vproc_file, dev_minor, 36);

CHECK_SIZE(vproc_stats, 264);
CHECK_FIELD(vproc_stats, id, 0);
CHECK_FIELD(vproc_stats, seq, 8);
CHECK_FIELD(vproc_stats, pid, 16);
CHECK_FIELD(vproc_stats, state, 20);
CHECK_FIELD(vproc_stats, end_cause, 24);
CHECK_FIELD(vproc_stats, has_vsyscall, 28);
CHECK_FIELD(vproc_stats, regions, 32);
CHECK_FIELD(vproc_stats, regions_peak, 40);
CHECK_FIELD(vproc_stats, bytes, 48);
CHECK_FIELD(vproc_stats, total_bytes, 120);
CHECK_FIELD(vproc_stats, peak_bytes, 128);
CHECK_FIELD(vproc_stats, events, 136);
CHECK_FIELD(vproc_stats, lost, 144);
CHECK_FIELD(vproc_stats, unread, 152);
CHECK_FIELD(vproc_stats, resyncs, 160);
CHECK_FIELD(vproc_stats, missed, 168);
CHECK_FIELD(vproc_stats, verified, 176);
CHECK_FIELD(vproc_stats, end_checked, 184);
CHECK_FIELD(vproc_stats, end_differences, 192);
CHECK_FIELD(vproc_stats, pending, 200);
CHECK_FIELD(vproc_stats, children, 208);
CHECK_FIELD(vproc_stats, children_lost, 216);
CHECK_FIELD(vproc_stats, execs, 224);
CHECK_FIELD(vproc_stats, reserved, 232);

CHECK_SIZE(vproc_heap, 64);
CHECK_FIELD(vproc_heap, start, 0);
CHECK_FIELD(vproc_heap, brk, 8);
CHECK_FIELD(vproc_heap, size, 16);
CHECK_FIELD(vproc_heap, peak, 24);
CHECK_FIELD(vproc_heap, grows, 32);
CHECK_FIELD(vproc_heap, shrinks, 40);
CHECK_FIELD(vproc_heap, seq, 48);
CHECK_FIELD(vproc_heap, reserved, 56);

CHECK_SIZE(vproc_lookup, 40);
CHECK_FIELD(vproc_lookup, flags, 0);
CHECK_FIELD(vproc_lookup, addrs_addr, 8);
CHECK_FIELD(vproc_lookup, regions_addr, 16);
CHECK_FIELD(vproc_lookup, count, 24);
CHECK_FIELD(vproc_lookup, reserved, 28);
CHECK_FIELD(vproc_lookup, seq, 32);

CHECK_SIZE(vproc_ring, 32);
CHECK_FIELD(vproc_ring, version, 0);
CHECK_FIELD(vproc_ring, offset, 4);
CHECK_FIELD(vproc_ring, slots, 8);
CHECK_FIELD(vproc_ring, reserved, 12);
CHECK_FIELD(vproc_ring, writing, 16);
CHECK_FIELD(vproc_ring, head, 24);

CHECK_SIZE(vproc_thread, 88);
CHECK_FIELD(vproc_thread, tid, 0);
CHECK_FIELD(vproc_thread, flags, 4);
CHECK_FIELD(vproc_thread, sp, 8);
CHECK_FIELD(vproc_thread, bottom, 16);
CHECK_FIELD(vproc_thread, top, 24);
CHECK_FIELD(vproc_thread, guard_start, 32);
CHECK_FIELD(vproc_thread, guard_end, 40);
CHECK_FIELD(vproc_thread, used, 48);
CHECK_FIELD(vproc_thread, headroom, 56);
CHECK_FIELD(vproc_thread, deepest, 64);
CHECK_FIELD(vproc_thread, limit, 72);
CHECK_FIELD(vproc_thread, reserved, 80);

CHECK_SIZE(vproc_stacks, 48);
CHECK_FIELD(vproc_stacks, flags, 0);
CHECK_FIELD(vproc_stacks, threads_addr, 8);
CHECK_FIELD(vproc_stacks, count, 16);
CHECK_FIELD(vproc_stacks, total, 20);
CHECK_FIELD(vproc_stacks, seq, 24);
CHECK_FIELD(vproc_stacks, reserved, 32);

CHECK_SIZE(vproc_verify, 184);
CHECK_FIELD(vproc_verify, flags, 0);
CHECK_FIELD(vproc_verify, reserved, 4);
CHECK_FIELD(vproc_verify, seq, 8);
CHECK_FIELD(vproc_verify, regions, 16);
CHECK_FIELD(vproc_verify, differences, 24);
CHECK_FIELD(vproc_verify, missed, 32);
CHECK_FIELD(vproc_verify, settled, 40);
CHECK_FIELD(vproc_verify, first, 48);
CHECK_FIELD(vproc_verify, reserved2, 52);
CHECK_FIELD(vproc_verify, kernel, 56);
CHECK_FIELD(vproc_verify, model, 120);

CHECK_SIZE(vproc_open_child, 16);
CHECK_FIELD(vproc_open_child, id, 0);
CHECK_FIELD(vproc_open_child, flags, 8);
CHECK_FIELD(vproc_open_child, fd, 12);

CHECK_SIZE(vproc_event, 64);
CHECK_FIELD(vproc_event, seq, 0);
CHECK_FIELD(vproc_event, time, 8);
CHECK_FIELD(vproc_event, start, 16);
CHECK_FIELD(vproc_event, end, 24);
CHECK_FIELD(vproc_event, offset, 32);
CHECK_FIELD(vproc_event, ip, 40);
CHECK_FIELD(vproc_event, tid, 48);
CHECK_FIELD(vproc_event, file, 52);
CHECK_FIELD(vproc_event, op, 56);
CHECK_FIELD(vproc_event, cause, 57);
CHECK_FIELD(vproc_event, type, 58);
CHECK_FIELD(vproc_event, perm, 59);
CHECK_FIELD(vproc_event, syscall, 60);

CHECK_VALUE(VPROC_INFO, 0x8040bc00u);
CHECK_VALUE(VPROC_ATTACH, 0xc018bc20u);
CHECK_VALUE(VPROC_DETACH, 0x0000bc21u);
CHECK_VALUE(VPROC_OPEN_CHILD, 0xc010bc22u);
CHECK_VALUE(VPROC_QUERY, 0xc068bc40u);
CHECK_VALUE(VPROC_REGIONS, 0xc048bc41u);
CHECK_VALUE(VPROC_FILE, 0xc028bc42u);
CHECK_VALUE(VPROC_STATS, 0x8108bc43u);
CHECK_VALUE(VPROC_HEAP, 0x8040bc44u);
CHECK_VALUE(VPROC_STACKS, 0xc030bc45u);
CHECK_VALUE(VPROC_LOOKUP, 0xc028bc46u);
CHECK_VALUE(VPROC_VERIFY, 0xc0b8bc60u);

CHECK_VALUE(VPROC_TYPE_CODE, 1);
CHECK_VALUE(VPROC_TYPE_DATA, 2);
CHECK_VALUE(VPROC_TYPE_RODATA, 3);
CHECK_VALUE(VPROC_TYPE_STACK, 4);
CHECK_VALUE(VPROC_TYPE_HEAP, 5);
CHECK_VALUE(VPROC_TYPE_MAPPED_FILE, 6);
CHECK_VALUE(VPROC_TYPE_SHARED, 7);
CHECK_VALUE(VPROC_TYPE_DEVICE, 8);
CHECK_VALUE(VPROC_PERM_READ | VPROC_PERM_WRITE << 4 | VPROC_PERM_EXEC << 8 |
	    VPROC_PERM_SHARED << 12, 0x8421);
CHECK_VALUE(VPROC_QUERY_READ | VPROC_QUERY_WRITE << 4 | VPROC_QUERY_EXEC << 8 |
	    VPROC_QUERY_SHARED << 12, 0x8421);
CHECK_VALUE(VPROC_QUERY_NEXT, 0x10);
CHECK_VALUE(VPROC_QUERY_FILE, 0x20);
CHECK_VALUE(VPROC_ATTACH_PIDFD, 1);
CHECK_VALUE(VPROC_ATTACH_EXEC, 2);
CHECK_VALUE(VPROC_ATTACH_FORK, 4);
CHECK_VALUE(VPROC_ATTACH_CHECK_END, 8);
CHECK_VALUE(VPROC_ATTACH_WAIT, 16);
CHECK_VALUE(VPROC_REGION_COW, 1);
CHECK_VALUE(VPROC_REGIONS_SINCE, 1);
CHECK_VALUE(VPROC_LOOKUP_MAX, 4096);
CHECK_VALUE(VPROC_RING_VERSION, 1);
CHECK_VALUE(VPROC_THREAD_MAIN, 1);
CHECK_VALUE(VPROC_THREAD_GROWS, 2);
CHECK_VALUE(VPROC_NAME_FIRST, 16);
CHECK_VALUE(VPROC_FILE_PATH, 1);
CHECK_VALUE(VPROC_FILE_NAME, 2);
CHECK_VALUE(VPROC_STATE_LIVE, 1);
CHECK_VALUE(VPROC_STATE_EXEC, 2);
CHECK_VALUE(VPROC_STATE_ENDED, 3);
CHECK_VALUE(VPROC_EV_SET, 1);
CHECK_VALUE(VPROC_EV_CLEAR, 2);
CHECK_VALUE(VPROC_EV_LAYOUT, 3);
CHECK_VALUE(VPROC_EV_ATTACH, 4);
CHECK_VALUE(VPROC_EV_EXEC, 5);
CHECK_VALUE(VPROC_EV_FORK, 6);
CHECK_VALUE(VPROC_EV_RESYNC, 7);
CHECK_VALUE(VPROC_EV_LOST, 8);
CHECK_VALUE(VPROC_EV_END, 9);
CHECK_VALUE(VPROC_CAUSE_ATTACH, 1);
CHECK_VALUE(VPROC_CAUSE_MMAP, 2);
CHECK_VALUE(VPROC_CAUSE_MUNMAP, 3);
CHECK_VALUE(VPROC_CAUSE_BRK, 4);
CHECK_VALUE(VPROC_CAUSE_MPROTECT, 5);
CHECK_VALUE(VPROC_CAUSE_MREMAP, 6);
CHECK_VALUE(VPROC_CAUSE_STACK, 7);
CHECK_VALUE(VPROC_CAUSE_MADVISE, 8);
CHECK_VALUE(VPROC_CAUSE_MLOCK, 9);
CHECK_VALUE(VPROC_CAUSE_MBIND, 10);
CHECK_VALUE(VPROC_CAUSE_PRCTL, 11);
CHECK_VALUE(VPROC_CAUSE_SHM, 12);
CHECK_VALUE(VPROC_CAUSE_UFFD, 13);
CHECK_VALUE(VPROC_CAUSE_MSEAL, 14);
CHECK_VALUE(VPROC_CAUSE_EXEC, 15);
CHECK_VALUE(VPROC_CAUSE_FORK, 16);
CHECK_VALUE(VPROC_CAUSE_EXIT, 17);
CHECK_VALUE(VPROC_CAUSE_DETACH, 18);
CHECK_VALUE(VPROC_CAUSE_DENIED, 19);
CHECK_VALUE(VPROC_CAUSE_RESYNC, 20);
CHECK_VALUE(VPROC_CAUSE_MISSED, 21);
CHECK_VALUE(VPROC_CAUSE_KERNEL, 22);
CHECK_VALUE(VPROC_CAUSE_NOMEM, 23);

CHECK_SIZE(vproc_create, 88);
CHECK_FIELD(vproc_create, flags, 0);
CHECK_FIELD(vproc_create, max_regions, 4);
CHECK_FIELD(vproc_create, user_start, 8);
CHECK_FIELD(vproc_create, user_end, 16);
CHECK_FIELD(vproc_create, code_start, 24);
CHECK_FIELD(vproc_create, data_start, 32);
CHECK_FIELD(vproc_create, heap_start, 40);
CHECK_FIELD(vproc_create, heap_limit, 48);
CHECK_FIELD(vproc_create, stack_end, 56);
CHECK_FIELD(vproc_create, stack_size, 64);
CHECK_FIELD(vproc_create, reserved, 72);

CHECK_SIZE(vproc_mmap, 40);
CHECK_FIELD(vproc_mmap, addr, 0);
CHECK_FIELD(vproc_mmap, size, 8);
CHECK_FIELD(vproc_mmap, prot, 16);
CHECK_FIELD(vproc_mmap, flags, 20);
CHECK_FIELD(vproc_mmap, fd, 24);
CHECK_FIELD(vproc_mmap, reserved, 28);
CHECK_FIELD(vproc_mmap, offset, 32);

CHECK_SIZE(vproc_allocate, 24);
CHECK_FIELD(vproc_allocate, size, 0);
CHECK_FIELD(vproc_allocate, prot, 8);
CHECK_FIELD(vproc_allocate, reserved, 12);
CHECK_FIELD(vproc_allocate, addr, 16);

CHECK_SIZE(vproc_range, 16);
CHECK_FIELD(vproc_range, addr, 0);
CHECK_FIELD(vproc_range, size, 8);

CHECK_SIZE(vproc_map_physical, 32);
CHECK_FIELD(vproc_map_physical, phys, 0);
CHECK_FIELD(vproc_map_physical, addr, 8);
CHECK_FIELD(vproc_map_physical, size, 16);
CHECK_FIELD(vproc_map_physical, prot, 24);
CHECK_FIELD(vproc_map_physical, reserved, 28);

CHECK_SIZE(vproc_mprotect, 24);
CHECK_FIELD(vproc_mprotect, addr, 0);
CHECK_FIELD(vproc_mprotect, size, 8);
CHECK_FIELD(vproc_mprotect, prot, 16);
CHECK_FIELD(vproc_mprotect, reserved, 20);

CHECK_SIZE(vproc_mremap, 40);
CHECK_FIELD(vproc_mremap, addr, 0);
CHECK_FIELD(vproc_mremap, old_size, 8);
CHECK_FIELD(vproc_mremap, new_size, 16);
CHECK_FIELD(vproc_mremap, new_addr, 24);
CHECK_FIELD(vproc_mremap, flags, 32);
CHECK_FIELD(vproc_mremap, reserved, 36);

CHECK_SIZE(vproc_brk, 8);
CHECK_FIELD(vproc_brk, brk, 0);

CHECK_SIZE(vproc_stack_new, 32);
CHECK_FIELD(vproc_stack_new, size, 0);
CHECK_FIELD(vproc_stack_new, limit, 8);
CHECK_FIELD(vproc_stack_new, top, 16);
CHECK_FIELD(vproc_stack_new, id, 24);
CHECK_FIELD(vproc_stack_new, reserved, 28);

CHECK_SIZE(vproc_stack_info, 72);
CHECK_FIELD(vproc_stack_info, id, 0);
CHECK_FIELD(vproc_stack_info, contains, 4);
CHECK_FIELD(vproc_stack_info, in_guard, 8);
CHECK_FIELD(vproc_stack_info, reserved, 12);
CHECK_FIELD(vproc_stack_info, addr, 16);
CHECK_FIELD(vproc_stack_info, bottom, 24);
CHECK_FIELD(vproc_stack_info, top, 32);
CHECK_FIELD(vproc_stack_info, sp, 40);
CHECK_FIELD(vproc_stack_info, guard_size, 48);
CHECK_FIELD(vproc_stack_info, usable_size, 56);
CHECK_FIELD(vproc_stack_info, limit, 64);

CHECK_SIZE(vproc_stack_op, 16);
CHECK_FIELD(vproc_stack_op, id, 0);
CHECK_FIELD(vproc_stack_op, reserved, 4);
CHECK_FIELD(vproc_stack_op, value, 8);

CHECK_SIZE(vproc_touch, 16);
CHECK_FIELD(vproc_touch, addr, 0);
CHECK_FIELD(vproc_touch, access, 8);
CHECK_FIELD(vproc_touch, reserved, 12);

CHECK_SIZE(vproc_fork, 8);
CHECK_FIELD(vproc_fork, flags, 0);
CHECK_FIELD(vproc_fork, fd, 4);

CHECK_SIZE(vproc_cow_info, 24);
CHECK_FIELD(vproc_cow_info, addr, 0);
CHECK_FIELD(vproc_cow_info, page, 8);
CHECK_FIELD(vproc_cow_info, count, 16);

CHECK_SIZE(vproc_page_info, 32);
CHECK_FIELD(vproc_page_info, addr, 0);
CHECK_FIELD(vproc_page_info, page_flags, 8);
CHECK_FIELD(vproc_page_info, phys, 16);
CHECK_FIELD(vproc_page_info, type, 24);
CHECK_FIELD(vproc_page_info, perm, 28);

CHECK_VALUE(VPROC_CREATE, 0xc058bc01u);
CHECK_VALUE(VPROC_MAP, 0xc028bc02u);
CHECK_VALUE(VPROC_ALLOCATE, 0xc018bc03u);
CHECK_VALUE(VPROC_FREE, 0x4010bc04u);
CHECK_VALUE(VPROC_UNMAP, 0x4010bc05u);
CHECK_VALUE(VPROC_MAP_PHYSICAL, 0x4020bc06u);
CHECK_VALUE(VPROC_PROTECT, 0x4018bc07u);
CHECK_VALUE(VPROC_MREMAP, 0xc028bc08u);
CHECK_VALUE(VPROC_BRK, 0xc008bc09u);
CHECK_VALUE(VPROC_GROW_HEAP, 0xc008bc0au);
CHECK_VALUE(VPROC_STACK_NEW, 0xc020bc0bu);
CHECK_VALUE(VPROC_STACK_INFO, 0xc048bc0cu);
CHECK_VALUE(VPROC_STACK_SP, 0x4010bc0du);
CHECK_VALUE(VPROC_GROW_STACK, 0x4010bc0eu);
CHECK_VALUE(VPROC_STACK_FREE, 0x4010bc0fu);
CHECK_VALUE(VPROC_TOUCH, 0x4010bc10u);
CHECK_VALUE(VPROC_WRITE, 0x4010bc11u);
CHECK_VALUE(VPROC_FORK, 0xc008bc12u);
CHECK_VALUE(VPROC_COW_INFO, 0xc018bc13u);
CHECK_VALUE(VPROC_PAGE_INFO, 0xc020bc14u);

FIXTURE(self)
{
	int fd;
	__u64 id;
};

FIXTURE_SETUP(self)
{
	struct vproc_attach attach = { .flags = VPROC_ATTACH_FORK };

	self->fd = vproc_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ioctl(self->fd, VPROC_ATTACH, &attach));
	EXPECT_NE(0, attach.id);
	self->id = attach.id;
}

FIXTURE_TEARDOWN(self)
{
	close(self->fd);
}

TEST_F(self, info)
{
	const __u32 essential = VPROC_HOOK_MMAP | VPROC_HOOK_NOTIFIER;
	const struct vproc_info zero = { 0 };
	struct vproc_info info;

	memset(&info, 0xff, sizeof(info));
	ASSERT_EQ(0, ioctl(self->fd, VPROC_INFO, &info));
	EXPECT_EQ(VPROC_API_VERSION, info.api_version);
	EXPECT_EQ(PAGE, info.page_size);
	EXPECT_EQ(essential, info.hooks & essential);
	EXPECT_EQ(0, info.hooks_missing & essential);
	EXPECT_LE(1, info.trackers);
	EXPECT_LE(1000, info.max_regions);
	EXPECT_LE(16384, info.max_ring);
	EXPECT_LE(1, info.max_children);
	EXPECT_EQ(0, memcmp(info.reserved, zero.reserved,
			    sizeof(zero.reserved)));
}

TEST_F(self, compare)
{
	EXPECT_SAME(self->fd, 0);
}

TEST_F(self, query)
{
	char name[PATH_MAX];
	struct vproc_query query = {
		.addr = (uintptr_t)&vproc_open,
		.name_addr = (uintptr_t)name,
		.name_size = sizeof(name),
	};
	char exe[PATH_MAX] = "";

	ASSERT_EQ(0, ioctl(self->fd, VPROC_QUERY, &query));
	EXPECT_LE(query.region.start, (uintptr_t)&vproc_open);
	EXPECT_LT((uintptr_t)&vproc_open, query.region.end);
	EXPECT_EQ(VPROC_PERM_READ | VPROC_PERM_EXEC, query.region.perm);
	EXPECT_EQ(VPROC_TYPE_CODE, query.region.type);
	EXPECT_EQ(PAGE, query.region.page_size);
	EXPECT_EQ(0, query.region.reserved);
	ASSERT_LT(0, readlink("/proc/self/exe", exe, sizeof(exe) - 1));
	EXPECT_STREQ(exe, name);
	EXPECT_EQ(strlen(exe) + 1, query.name_size);
}

TEST_F(self, regions_and_file)
{
	static struct vproc_map map;
	const struct vproc_region *region;
	struct vproc_file file;
	char name[PATH_MAX];

	ASSERT_EQ(0, vproc_read_map(self->fd, &map));
	EXPECT_EQ(map.head.total, map.head.count);
	region = vproc_find(&map, (uintptr_t)&vproc_open);
	ASSERT_NE(NULL, region);
	ASSERT_EQ(0, vproc_file(self->fd, region->name, &file, name,
				sizeof(name)));
	EXPECT_EQ(VPROC_FILE_PATH, file.kind);
	EXPECT_EQ(region->inode, file.inode);
	EXPECT_EQ(region->dev_major, file.dev_major);
	EXPECT_EQ(region->dev_minor, file.dev_minor);
	EXPECT_EQ(strlen(name) + 1, file.name_size);
}

TEST_F(self, stats_and_heap)
{
	const struct vproc_stats zero = { 0 };
	struct vproc_stats stats;
	struct vproc_heap heap;
	void *brk = (void *)syscall(SYS_brk, 0);

	memset(&stats, 0xff, sizeof(stats));
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(self->id, stats.id);
	EXPECT_EQ(getpid(), stats.pid);
	EXPECT_EQ(VPROC_STATE_LIVE, stats.state);
	EXPECT_EQ(0, stats.end_cause);
	EXPECT_EQ(0, stats.missed);
	EXPECT_EQ(0, memcmp(stats.reserved, zero.reserved,
			    sizeof(zero.reserved)));

	memset(&heap, 0xff, sizeof(heap));
	ASSERT_EQ(0, vproc_heap(self->fd, &heap));
	EXPECT_EQ((uintptr_t)brk, heap.brk);
	EXPECT_EQ(heap.brk - heap.start, heap.size);
	EXPECT_EQ(0, heap.reserved);
}

TEST_F(self, verify)
{
	struct vproc_verify verify;

	ASSERT_EQ(0, vproc_verify(self->fd, &verify));
	EXPECT_LT(0, verify.regions);
	EXPECT_EQ(0, verify.differences);
	EXPECT_EQ(0, verify.missed);
	EXPECT_EQ(0, verify.first);
	EXPECT_EQ(0, verify.reserved2);
}

TEST_F(self, read)
{
	struct vproc_event event;

	ASSERT_EQ(sizeof(event), read(self->fd, &event, sizeof(event)));
	EXPECT_EQ(1, event.seq);
	EXPECT_EQ(VPROC_EV_ATTACH, event.op);
	EXPECT_EQ(VPROC_CAUSE_ATTACH, event.cause);
	EXPECT_EQ(self->id, event.start);
	EXPECT_EQ(getpid(), event.end);
}

TEST_F(self, open_child)
{
	struct vproc_open_child child = { .flags = O_CLOEXEC };
	struct target target;

	ASSERT_EQ(0, target_start(&target));
	/* The child has run user code now, so it has its tracker. */
	ASSERT_EQ(target.pid, target_syscall(&target, SYS_getpid));
	ASSERT_EQ(0, ioctl(self->fd, VPROC_OPEN_CHILD, &child));
	EXPECT_EQ(FD_CLOEXEC, fcntl(child.fd, F_GETFD));
	EXPECT_SAME(child.fd, target.pid);
	EXPECT_EQ(0, target_stop(&target));
	close(child.fd);
}

TEST_F(self, detach)
{
	struct vproc_stats stats;

	ASSERT_EQ(0, ioctl(self->fd, VPROC_DETACH));
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(VPROC_STATE_ENDED, stats.state);
	EXPECT_EQ(VPROC_CAUSE_DETACH, stats.end_cause);
}

TEST_HARNESS_MAIN
