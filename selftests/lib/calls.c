// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each call of the device, as an example.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calls.h"
#include "vproc.h"

#define PAGE	4096ul
#define RW	(PROT_READ | PROT_WRITE)
#define PRIVATE	(MAP_PRIVATE | MAP_ANONYMOUS)
#define AT	CALLS_AT
#define REGIONS	CALLS_REGIONS

int calls_file = -1;
__u64 calls_since;
/* For a region to have the path of. */
static int calls_socket = -1;

static int map_at(int fd, __u64 addr, __u64 size, int flags)
{
	struct vproc_mmap map = {
		.addr = addr, .size = size, .prot = RW, .flags = flags,
		.fd = calls_file,
	};

	return ioctl(fd, VPROC_MAP, &map);
}

static int act_map(int fd)
{
	return map_at(fd, AT + 0x100 * PAGE, 4 * PAGE, PRIVATE | MAP_FIXED);
}

static int act_map_over(int fd)
{
	return map_at(fd, AT, 0x90 * PAGE, PRIVATE | MAP_FIXED);
}

static int act_map_file(int fd)
{
	return map_at(fd, AT + 2 * PAGE, 2 * PAGE, MAP_SHARED | MAP_FIXED);
}

static int act_map_socket(int fd)
{
	struct vproc_mmap map = {
		.size = PAGE, .prot = RW, .flags = MAP_PRIVATE,
		.fd = calls_socket,
	};

	return ioctl(fd, VPROC_MAP, &map);
}

static int act_map_shared(int fd)
{
	return map_at(fd, 0, 4 * PAGE, MAP_SHARED | MAP_ANONYMOUS);
}

static int act_allocate(int fd)
{
	struct vproc_allocate allocate = { .size = 3 * PAGE, .prot = RW };

	return ioctl(fd, VPROC_ALLOCATE, &allocate);
}

static int act_free(int fd)
{
	struct vproc_range range = { AT + 4 * PAGE, 2 * PAGE };

	return ioctl(fd, VPROC_FREE, &range);
}

static int act_unmap(int fd)
{
	struct vproc_range range = { AT + 8 * PAGE, 0x80 * PAGE };

	return ioctl(fd, VPROC_UNMAP, &range);
}

static int act_physical(int fd)
{
	struct vproc_map_physical physical = {
		.phys = 0x1000, .addr = AT + 0x100 * PAGE, .size = PAGE,
		.prot = RW,
	};

	return ioctl(fd, VPROC_MAP_PHYSICAL, &physical);
}

static int act_protect(int fd)
{
	struct vproc_mprotect protect = {
		.addr = AT + 4 * PAGE, .size = 2 * PAGE, .prot = PROT_READ,
	};

	return ioctl(fd, VPROC_PROTECT, &protect);
}

static int remap(int fd, __u64 new_size, __u64 new_addr, int flags)
{
	struct vproc_mremap remap = {
		.addr = AT, .old_size = 8 * PAGE, .new_size = new_size,
		.new_addr = new_addr, .flags = flags,
	};

	return ioctl(fd, VPROC_MREMAP, &remap);
}

static int act_shrink(int fd)
{
	return remap(fd, 3 * PAGE, 0, 0);
}

static int act_grow(int fd)
{
	return remap(fd, 40 * PAGE, 0, MREMAP_MAYMOVE);
}

static int act_move(int fd)
{
	return remap(fd, 8 * PAGE, AT + 0x100 * PAGE,
		     MREMAP_MAYMOVE | MREMAP_FIXED);
}

static int act_keep(int fd)
{
	return remap(fd, 8 * PAGE, 0, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
}

static int act_brk(int fd)
{
	struct vproc_brk brk = { VPROC_HEAP_START + 5 * PAGE };

	return ioctl(fd, VPROC_BRK, &brk);
}

static int act_grow_heap(int fd)
{
	struct vproc_brk brk = { 3 * PAGE };

	return ioctl(fd, VPROC_GROW_HEAP, &brk);
}

static int act_stack_new(int fd)
{
	struct vproc_stack_new stack = { .size = 4 * PAGE };

	return ioctl(fd, VPROC_STACK_NEW, &stack);
}

static int act_stack_info(int fd)
{
	struct vproc_stack_info info = { .id = 1 };

	return ioctl(fd, VPROC_STACK_INFO, &info);
}

static int act_stack_sp(int fd)
{
	struct vproc_stack_op op = { 1, 0, VPROC_STACK_END - 64 };

	return ioctl(fd, VPROC_STACK_SP, &op);
}

static int act_grow_stack(int fd)
{
	struct vproc_stack_op op = { 1, 0, 2 * PAGE };

	return ioctl(fd, VPROC_GROW_STACK, &op);
}

static int act_stack_free(int fd)
{
	struct vproc_stack_op op = { 1, 0, 0 };

	return ioctl(fd, VPROC_STACK_FREE, &op);
}

static int act_touch(int fd)
{
	struct vproc_touch touch = {
		.addr = VPROC_STACK_END - 6 * PAGE, .access = PROT_READ,
	};

	return ioctl(fd, VPROC_TOUCH, &touch);
}

static int act_write(int fd)
{
	struct vproc_touch touch = { .addr = AT + 5 * PAGE };

	return ioctl(fd, VPROC_WRITE, &touch);
}

static int act_write_shared(int fd)
{
	struct vproc_touch touch = { .addr = AT + PAGE };

	return ioctl(fd, VPROC_WRITE, &touch);
}

static int act_fork(int fd)
{
	struct vproc_fork fork = { .flags = O_CLOEXEC };

	if (ioctl(fd, VPROC_FORK, &fork))
		return -1;
	return close(fork.fd);
}

static int act_page_info(int fd)
{
	struct vproc_page_info info = { .addr = AT };

	return ioctl(fd, VPROC_PAGE_INFO, &info);
}

static int act_cow_info(int fd)
{
	struct vproc_cow_info info = { .addr = AT + PAGE };

	return ioctl(fd, VPROC_COW_INFO, &info);
}

/* Of models and trackers alike. */

static int act_query(int fd)
{
	struct vproc_region region;
	char name[256];

	return vproc_query(fd, 0, VPROC_QUERY_NEXT | VPROC_QUERY_FILE, &region,
			   name, sizeof(name));
}

static int act_regions(int fd)
{
	static struct vproc_region room[REGIONS];
	struct vproc_regions regions = {
		.regions_addr = (uintptr_t)room, .count = REGIONS,
	};

	return ioctl(fd, VPROC_REGIONS, &regions);
}

static int act_since(int fd)
{
	static struct vproc_region room[REGIONS];
	struct vproc_regions regions = {
		.flags = VPROC_REGIONS_SINCE, .seq = calls_since,
		.regions_addr = (uintptr_t)room, .count = REGIONS,
	};

	return ioctl(fd, VPROC_REGIONS, &regions);
}

static int act_lookup(int fd)
{
	static struct vproc_region room[REGIONS];
	static __u64 addrs[REGIONS];
	struct vproc_lookup lookup = {
		.addrs_addr = (uintptr_t)addrs,
		.regions_addr = (uintptr_t)room, .count = REGIONS,
	};

	return ioctl(fd, VPROC_LOOKUP, &lookup);
}

static int act_file(int fd)
{
	struct vproc_file file;
	char name[4096];

	return vproc_file(fd, VPROC_NAME_FIRST, &file, name, sizeof(name));
}

static int act_stats(int fd)
{
	struct vproc_stats stats;

	return vproc_stats(fd, &stats);
}

static int act_heap(int fd)
{
	struct vproc_heap heap;

	return vproc_heap(fd, &heap);
}

static int act_stacks(int fd)
{
	struct vproc_thread threads[4];
	struct vproc_stacks stacks = {
		.threads_addr = (uintptr_t)threads, .count = 4,
	};

	return ioctl(fd, VPROC_STACKS, &stacks);
}

static int act_info(int fd)
{
	struct vproc_info info;

	return ioctl(fd, VPROC_INFO, &info);
}

const struct call calls_of_models[] = {
	{ "MAP", act_map },
	{ "MAP over others", act_map_over },
	{ "MAP of a file", act_map_file },
	{ "MAP of a socket", act_map_socket },
	{ "MAP of shared memory", act_map_shared },
	{ "ALLOCATE", act_allocate },
	{ "FREE", act_free },
	{ "UNMAP", act_unmap },
	{ "MAP_PHYSICAL", act_physical },
	{ "PROTECT", act_protect },
	{ "MREMAP, smaller", act_shrink },
	{ "MREMAP, larger", act_grow },
	{ "MREMAP, moved", act_move },
	{ "MREMAP, kept", act_keep },
	{ "BRK", act_brk },
	{ "GROW_HEAP", act_grow_heap },
	{ "STACK_NEW", act_stack_new },
	{ "STACK_INFO", act_stack_info },
	{ "STACK_SP", act_stack_sp },
	{ "GROW_STACK", act_grow_stack },
	{ "STACK_FREE", act_stack_free },
	{ "TOUCH", act_touch },
	{ "WRITE", act_write },
	{ "WRITE, shared", act_write_shared },
	{ "FORK", act_fork },
	{ "COW_INFO", act_cow_info },
	{ "PAGE_INFO", act_page_info },
	{ "INFO", act_info },
	{ "QUERY", act_query },
	{ "REGIONS", act_regions },
	{ "REGIONS since", act_since },
	{ "LOOKUP", act_lookup },
	{ "FILE", act_file },
	{ "STATS", act_stats },
	{ "HEAP", act_heap },
	{ "STACKS", act_stacks },
	{ NULL, NULL },
};

/* And of trackers alone. */

static int act_verify(int fd)
{
	struct vproc_verify verify;
	int ret = vproc_verify(fd, &verify);

	if (!ret && (verify.differences || verify.missed)) {
		vproc_show_verify(&verify);
		errno = EPROTO;
		return -1;
	}
	return ret;
}

static int act_poll(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	return poll(&pollfd, 1, 0) < 0;
}

static int act_read(int fd)
{
	struct vproc_event event;

	return read(fd, &event, sizeof(event)) < 0 && errno != EAGAIN;
}

const struct call calls_of_trackers[] = {
	{ "INFO", act_info },
	{ "QUERY", act_query },
	{ "REGIONS", act_regions },
	{ "REGIONS since", act_since },
	{ "LOOKUP", act_lookup },
	{ "FILE", act_file },
	{ "STATS", act_stats },
	{ "HEAP", act_heap },
	{ "STACKS", act_stacks },
	{ "VERIFY", act_verify },
	{ "poll", act_poll },
	{ "read", act_read },
	{ NULL, NULL },
};

int calls_start_model(int *copy)
{
	struct vproc_stack_new stack = { .size = 4 * PAGE };
	struct vproc_brk brk = { VPROC_HEAP_START + PAGE };
	struct vproc_touch touch = { .addr = AT + PAGE };
	struct vproc_create create = {};
	struct vproc_fork fork = {};
	int fd = vproc_open();

	if (calls_socket < 0)
		calls_socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || calls_socket < 0 || ioctl(fd, VPROC_CREATE, &create) ||
	    map_at(fd, AT, 8 * PAGE, PRIVATE | MAP_FIXED) ||
	    ioctl(fd, VPROC_BRK, &brk) || ioctl(fd, VPROC_WRITE, &touch) ||
	    map_at(fd, AT + 0x60 * PAGE, 2 * PAGE, MAP_SHARED | MAP_FIXED) ||
	    ioctl(fd, VPROC_STACK_NEW, &stack) || ioctl(fd, VPROC_FORK, &fork))
		return -1;
	/* More than what is gathered without memory. */
	for (unsigned int i = 0; i < 20; i++) {
		if (map_at(fd, AT + (16 + 3 * i) * PAGE, PAGE,
			   PRIVATE | MAP_FIXED))
			return -1;
	}
	*copy = fork.fd;
	return fd;
}
