// SPDX-License-Identifier: GPL-2.0-only
/*
 * The queries, against /proc/PID/maps, /proc/PID/stat and, where the kernel
 * has it, PROCMAP_QUERY.
 */
#define _GNU_SOURCE

#include "check.h"
#include "lib/maps.h"
#include "lib/procmap.h"

#define VSYSCALL	"[vsyscall]"

#define RW	(PROT_READ | PROT_WRITE)
#define PRIVATE	(MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED	(MAP_SHARED | MAP_ANONYMOUS)

/* Every combination of VPROC_QUERY_*. */
#define QUERY_FLAGS	64

static struct maps maps;
static struct vproc_map map;

FIXTURE(query)
{
	struct target target;
	int fd;
	/* 12 pages: shared read-only, nothing, read-write, no access */
	unsigned long base;
};

FIXTURE_SETUP(query)
{
	ASSERT_EQ(0, target_start(&self->target));
	self->base = target_syscall(&self->target, SYS_mmap, 0, 12 * PAGE,
				    PROT_READ, SHARED, -1, 0);
	ASSERT_NE(-1ul, self->base);
	self->fd = vproc_open_attached(self->target.pid, 0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, target_syscall(&self->target, SYS_munmap,
				    self->base + 3 * PAGE, 3 * PAGE));
	ASSERT_EQ(self->base + 6 * PAGE,
		  target_syscall(&self->target, SYS_mmap,
				 self->base + 6 * PAGE, 3 * PAGE, RW,
				 PRIVATE | MAP_FIXED, -1, 0));
	ASSERT_EQ(0, target_syscall(&self->target, SYS_mprotect,
				    self->base + 9 * PAGE, 3 * PAGE,
				    PROT_NONE));
	ASSERT_EQ(0, maps_read(&maps, self->target.pid));
	ASSERT_EQ(0, vproc_read_map(self->fd, &map));
}

FIXTURE_TEARDOWN(query)
{
	close(self->fd);
	target_stop(&self->target);
}

/* The answer that the text of /proc/PID/maps gives. */
static const struct maps_line *expected_answer(__u64 addr, __u64 flags)
{
	const __u64 perm = flags & (VPROC_QUERY_READ | VPROC_QUERY_WRITE |
				    VPROC_QUERY_EXEC | VPROC_QUERY_SHARED);

	for (unsigned int i = 0; i < maps.count; i++) {
		const struct maps_line *line = &maps.lines[i];

		if (line->end <= addr || !strcmp(line->name, VSYSCALL))
			continue;
		if (line->start > addr && !(flags & VPROC_QUERY_NEXT))
			return NULL;
		if ((line->perm & perm) == perm &&
		    (maps_has_file(line) || !(flags & VPROC_QUERY_FILE)))
			return line;
		if (!(flags & VPROC_QUERY_NEXT))
			return NULL;
	}
	return NULL;
}

/* Ask for one address in all ways. Returns the number of wrong answers. */
static int check_address(int fd, __u64 addr)
{
	char name[PATH_MAX], escaped[4 * PATH_MAX];
	struct vproc_region region;
	int wrong = 0;

	for (__u64 flags = 0; flags < QUERY_FLAGS; flags++) {
		const struct maps_line *line = expected_answer(addr, flags);
		int ret = vproc_query(fd, addr, flags, &region, name,
				      sizeof(name));

		if (!line && ret && errno == ENOENT)
			continue;
		if (line && !ret && maps_line_equals(line, &region) &&
		    vproc_escape_path(name, escaped, sizeof(escaped)) >= 0 &&
		    !strcmp(escaped, line->name))
			continue;
		dprintf(STDERR_FILENO,
			"# address %llx flags %llx: %d, errno %d, %llx-%llx %s; expected %llx-%llx %s\n",
			(unsigned long long)addr, (unsigned long long)flags,
			ret, errno, (unsigned long long)region.start,
			(unsigned long long)region.end, name,
			line ? (unsigned long long)line->start : 0,
			line ? (unsigned long long)line->end : 0,
			line ? line->name : "nothing");
		wrong++;
	}
	return wrong;
}

TEST_F(query, every_boundary_with_every_filter)
{
	for (unsigned int i = 0; i < maps.count; i++) {
		const struct maps_line *line = &maps.lines[i];
		const __u64 addresses[] = {
			line->start - 1, line->start,
			line->start + (line->end - line->start) / 2,
			line->end - 1, line->end,
		};

		for (unsigned int j = 0; j < ARRAY_SIZE(addresses); j++)
			EXPECT_EQ(0, check_address(self->fd, addresses[j]));
	}
	EXPECT_EQ(0, check_address(self->fd, 0));
	EXPECT_EQ(0, check_address(self->fd, 1ull << 47));
	EXPECT_EQ(0, check_address(self->fd, ~0ull));
}

/* The fields of the two answers, side by side; names are compared apart. */
static bool answers_equal(const struct procmap_query *kernel,
			  const struct vproc_query *model)
{
	const struct vproc_region *region = &model->region;

	return kernel->vma_start == region->start &&
	       kernel->vma_end == region->end &&
	       kernel->vma_flags == region->perm &&
	       kernel->vma_page_size == region->page_size &&
	       kernel->vma_offset == region->offset &&
	       kernel->inode == region->inode &&
	       kernel->dev_major == region->dev_major &&
	       kernel->dev_minor == region->dev_minor &&
	       kernel->vma_name_size == model->name_size;
}

/* Both are asked the same. Returns whether they answer the same. */
static bool same_as_procmap_query(int maps_fd, int fd, __u64 addr, __u64 flags,
				  __u32 name_size)
{
	char names[2][PATH_MAX] = { "", "" };
	struct procmap_query kernel = {
		.size = sizeof(kernel),
		.query_flags = flags,
		.query_addr = addr,
		.vma_name_addr = name_size ? (uintptr_t)names[0] : 0,
		.vma_name_size = name_size,
	};
	struct vproc_query model = {
		.flags = flags,
		.addr = addr,
		.name_addr = name_size ? (uintptr_t)names[1] : 0,
		.name_size = name_size,
	};
	int kernel_error = ioctl(maps_fd, PROCMAP_QUERY, &kernel) ? errno : 0;
	int model_error = ioctl(fd, VPROC_QUERY, &model) ? errno : 0;

	if (kernel_error == model_error &&
	    (kernel_error || (answers_equal(&kernel, &model) &&
			      !strcmp(names[0], names[1]))))
		return true;
	dprintf(STDERR_FILENO,
		"# address %llx flags %llx name size %u: kernel errno %d %llx-%llx %s, vproc errno %d %llx-%llx %s\n",
		(unsigned long long)addr, (unsigned long long)flags, name_size,
		kernel_error, (unsigned long long)kernel.vma_start,
		(unsigned long long)kernel.vma_end, names[0], model_error,
		(unsigned long long)model.region.start,
		(unsigned long long)model.region.end, names[1]);
	return false;
}

/* One address, with every filter and then with buffers of several sizes. */
static int count_disagreements(int maps_fd, int fd, __u64 addr)
{
	static const __u32 name_sizes[] = { 0, 1, 7, 8, 64, PATH_MAX };
	int count = 0;

	for (__u64 flags = 0; flags < QUERY_FLAGS; flags++)
		count += !same_as_procmap_query(maps_fd, fd, addr, flags,
						PATH_MAX);
	for (unsigned int i = 0; i < ARRAY_SIZE(name_sizes); i++)
		count += !same_as_procmap_query(maps_fd, fd, addr,
						VPROC_QUERY_NEXT,
						name_sizes[i]);
	return count;
}

static int open_maps(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

TEST_F(query, agrees_with_procmap_query)
{
	struct procmap_query probe = { .size = sizeof(probe) };
	int maps_fd = open_maps(self->target.pid);

	ASSERT_LE(0, maps_fd);
	if (ioctl(maps_fd, PROCMAP_QUERY, &probe) && errno == ENOTTY)
		SKIP(return, "the kernel has no PROCMAP_QUERY");
	for (unsigned int i = 0; i < maps.count; i++) {
		const struct maps_line *line = &maps.lines[i];
		const __u64 addresses[] = { line->start - 1, line->start,
					    line->end - 1, line->end };

		for (unsigned int j = 0; j < ARRAY_SIZE(addresses); j++)
			EXPECT_EQ(0, count_disagreements(maps_fd, self->fd,
							 addresses[j]));
	}
	EXPECT_TRUE(same_as_procmap_query(maps_fd, self->fd, 0, 1ull << 20, 0));
	close(maps_fd);
}

TEST_F(query, name_sizes)
{
	const struct maps_line *line = maps_find_name(&maps, "[stack]");
	const size_t needed = sizeof("[stack]");
	char name[PATH_MAX + 1];
	struct vproc_query query;

	ASSERT_NE(NULL, line);
	for (size_t size = 1; size <= sizeof(name); size++) {
		memset(name, 'x', sizeof(name));
		query = (struct vproc_query){
			.addr = line->start,
			.name_addr = (uintptr_t)name,
			.name_size = size,
		};
		if (size < needed) {
			EXPECT_ERRNO(ENAMETOOLONG, ioctl(self->fd, VPROC_QUERY,
							 &query));
			continue;
		}
		ASSERT_EQ(0, ioctl(self->fd, VPROC_QUERY, &query));
		EXPECT_EQ(needed, query.name_size);
		EXPECT_STREQ("[stack]", name);
		EXPECT_EQ('x', name[needed]);
	}
}

TEST_F(query, region_without_a_name)
{
	char name[8] = "xxxxxxx";
	struct vproc_query query = {
		.addr = self->base + 6 * PAGE,
		.name_addr = (uintptr_t)name,
		.name_size = sizeof(name),
	};

	ASSERT_EQ(0, ioctl(self->fd, VPROC_QUERY, &query));
	EXPECT_EQ(0, query.name_size);
	EXPECT_EQ(VPROC_NAME_NONE, query.region.name);
	EXPECT_EQ(VPROC_NAME_NONE, query.region.file);
	EXPECT_STREQ("xxxxxxx", name);
}

/* The answers name the state that they are from. */
TEST_F(query, sequence_numbers)
{
	struct vproc_query query = { .flags = VPROC_QUERY_NEXT };
	struct vproc_stats stats;
	struct vproc_heap heap;
	const __u64 seq = map.head.seq;

	ASSERT_EQ(0, ioctl(self->fd, VPROC_QUERY, &query));
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	ASSERT_EQ(0, vproc_heap(self->fd, &heap));
	EXPECT_EQ(seq, query.seq);
	EXPECT_EQ(seq, stats.seq);
	EXPECT_EQ(seq, heap.seq);
	ASSERT_EQ(0, target_syscall(&self->target, SYS_munmap, self->base,
				    PAGE));
	query = (struct vproc_query){ .flags = VPROC_QUERY_NEXT };
	ASSERT_EQ(0, ioctl(self->fd, VPROC_QUERY, &query));
	EXPECT_LT(seq, query.seq);
}

TEST_F(query, regions_in_parts)
{
	static struct vproc_region part[VPROC_MAP_REGIONS];
	const unsigned int total = map.head.total;

	EXPECT_EQ(maps.count, total);
	for (unsigned int count = 0; count <= total + 1; count++) {
		struct vproc_regions regions = {
			.regions_addr = (uintptr_t)part,
			.count = count,
		};

		memset(part, 0xee, (count + 1) * sizeof(part[0]));
		ASSERT_EQ(0, ioctl(self->fd, VPROC_REGIONS, &regions));
		ASSERT_EQ(count < total ? count : total, regions.count);
		EXPECT_EQ(total, regions.total);
		EXPECT_EQ(map.head.seq, regions.seq);
		EXPECT_EQ(0, memcmp(map.regions, part,
				    regions.count * sizeof(part[0])));
		EXPECT_EQ(0xeeeeeeeeeeeeeeee, part[regions.count].start);
	}
}

/* Memory that has no pages yet, or only some, or may not be written. */
TEST_F(query, regions_into_any_memory)
{
	const size_t size = map.head.total * sizeof(struct vproc_region);
	const size_t room = (size / PAGE + 3) * PAGE;
	struct vproc_regions regions = { .count = map.head.total };
	char *memory = mmap(NULL, room, RW, PRIVATE, -1, 0);
	char *last = memory + room - 2 * PAGE;
	unsigned long bad[] = { 0, PAGE, -PAGE, (uintptr_t)last };

	ASSERT_NE(MAP_FAILED, memory);
	for (size_t at = PAGE - 40; at < PAGE; at += 8) {
		ASSERT_EQ(0, madvise(memory, room, MADV_DONTNEED));
		memory[2 * PAGE] = 1;
		regions.regions_addr = (uintptr_t)memory + at;
		ASSERT_EQ(0, ioctl(self->fd, VPROC_REGIONS, &regions));
		ASSERT_EQ(map.head.total, regions.count);
		EXPECT_EQ(0, memcmp(map.regions, memory + at, size));
	}

	ASSERT_EQ(0, munmap(last + PAGE, PAGE));
	ASSERT_EQ(0, mprotect(last, PAGE, PROT_READ));
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		regions = (struct vproc_regions){
			.regions_addr = bad[i],
			.count = 1,
		};
		EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_REGIONS, &regions));
		EXPECT_EQ(1, regions.count);
		EXPECT_EQ(0, regions.total);
	}
	regions.regions_addr = (uintptr_t)last - sizeof(struct vproc_region);
	ASSERT_EQ(0, ioctl(self->fd, VPROC_REGIONS, &regions));
	EXPECT_EQ(1, regions.count);
	regions.count = 2;
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_REGIONS, &regions));
	munmap(memory, room - PAGE);
}

TEST_F(query, regions_from_an_address_on)
{
	struct vproc_regions regions;
	struct vproc_region region;

	for (unsigned int i = 0; i < map.head.total; i++) {
		const __u64 addresses[] = {
			map.regions[i].start, map.regions[i].end - 1,
		};

		for (unsigned int j = 0; j < ARRAY_SIZE(addresses); j++) {
			regions = (struct vproc_regions){
				.addr = addresses[j],
				.regions_addr = (uintptr_t)&region,
				.count = 1,
			};
			ASSERT_EQ(0, ioctl(self->fd, VPROC_REGIONS, &regions));
			EXPECT_EQ(map.head.total - i, regions.total);
			EXPECT_EQ(1, regions.count);
			EXPECT_EQ(0, memcmp(&map.regions[i], &region,
					    sizeof(region)));
		}
	}
	regions = (struct vproc_regions){
		.addr = ~0ull,
		.regions_addr = (uintptr_t)&region,
		.count = 1,
	};
	ASSERT_EQ(0, ioctl(self->fd, VPROC_REGIONS, &regions));
	EXPECT_EQ(0, regions.total);
	EXPECT_EQ(0, regions.count);
}

/* Each id leads to the name and the file of its region. */
TEST_F(query, files)
{
	char name[PATH_MAX], escaped[4 * PATH_MAX];
	struct vproc_file file;

	for (unsigned int i = 0; i < map.head.count; i++) {
		const struct vproc_region *region = &map.regions[i];
		const struct maps_line *line = &maps.lines[i];

		EXPECT_EQ(!line->name[0], region->name == VPROC_NAME_NONE);
		if (region->name == VPROC_NAME_NONE)
			continue;
		ASSERT_EQ(0, vproc_file(self->fd, region->name, &file, name,
					sizeof(name)));
		EXPECT_EQ(region->name, file.id);
		EXPECT_EQ(strlen(name) + 1, file.name_size);
		EXPECT_LT(0, vproc_escape_path(name, escaped, sizeof(escaped)));
		EXPECT_STREQ(line->name, escaped);
		EXPECT_EQ(maps_has_file(line) ? VPROC_FILE_PATH :
						VPROC_FILE_NAME, file.kind);
		EXPECT_EQ(line->inode, file.inode);
		EXPECT_EQ(line->dev_major, file.dev_major);
		EXPECT_EQ(line->dev_minor, file.dev_minor);
		if (maps_has_file(line))
			EXPECT_EQ(region->file, region->name);
	}
}

/* What is gone from the map keeps its id and its last path. */
TEST_F(query, file_that_is_not_mapped_any_more)
{
	const struct vproc_region *region = vproc_find(&map, self->base);
	struct vproc_file before, after;
	char names[2][PATH_MAX];

	ASSERT_NE(NULL, region);
	ASSERT_EQ(0, vproc_file(self->fd, region->file, &before, names[0],
				PATH_MAX));
	EXPECT_STREQ("/dev/zero (deleted)", names[0]);
	ASSERT_EQ(0, target_syscall(&self->target, SYS_munmap, self->base,
				    12 * PAGE));
	EXPECT_SAME(self->fd, self->target.pid);
	ASSERT_EQ(0, vproc_file(self->fd, region->file, &after, names[1],
				PATH_MAX));
	EXPECT_STREQ(names[0], names[1]);
	EXPECT_EQ(before.inode, after.inode);
	EXPECT_EQ(before.dev_minor, after.dev_minor);
}

static void sum_types(__u64 *bytes)
{
	memset(bytes, 0, VPROC_NR_TYPES * sizeof(bytes[0]));
	for (unsigned int i = 0; i < map.head.count; i++) {
		const struct vproc_region *region = &map.regions[i];

		if (region->name != VPROC_NAME_VSYSCALL &&
		    region->type < VPROC_NR_TYPES)
			bytes[region->type] += region->end - region->start;
	}
}

TEST_F(query, stats)
{
	__u64 bytes[VPROC_NR_TYPES], total = 0;
	struct vproc_stats stats;

	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(self->target.pid, stats.pid);
	EXPECT_EQ(VPROC_STATE_LIVE, stats.state);
	EXPECT_EQ(!!maps_find_name(&maps, VSYSCALL), stats.has_vsyscall);
	EXPECT_EQ(maps.count - stats.has_vsyscall, stats.regions);
	EXPECT_LE(stats.regions, stats.regions_peak);
	sum_types(bytes);
	for (unsigned int type = 0; type < VPROC_NR_TYPES; type++) {
		EXPECT_EQ(bytes[type], stats.bytes[type]);
		total += bytes[type];
	}
	EXPECT_EQ(total, stats.total_bytes);
	EXPECT_LE(total, stats.peak_bytes);
	EXPECT_EQ(0, stats.missed);
	EXPECT_EQ(0, stats.resyncs);
	EXPECT_EQ(0, stats.pending);
}

TEST_F(query, peaks)
{
	const unsigned long more = 64 << 20;
	struct vproc_stats before, during, after;
	long addr;

	ASSERT_EQ(0, vproc_stats(self->fd, &before));
	addr = target_syscall(&self->target, SYS_mmap, 0, more, RW,
			      MAP_NORESERVE | SHARED, -1, 0);
	ASSERT_LT(0, addr);
	ASSERT_EQ(0, vproc_stats(self->fd, &during));
	ASSERT_EQ(0, target_syscall(&self->target, SYS_munmap, addr, more));
	ASSERT_EQ(0, vproc_stats(self->fd, &after));

	EXPECT_EQ(before.total_bytes + more, during.total_bytes);
	EXPECT_EQ(before.bytes[VPROC_TYPE_SHARED] + more,
		  during.bytes[VPROC_TYPE_SHARED]);
	EXPECT_EQ(before.total_bytes + more, during.peak_bytes);
	EXPECT_EQ(before.regions + 1, during.regions);
	EXPECT_EQ(before.total_bytes, after.total_bytes);
	EXPECT_EQ(during.peak_bytes, after.peak_bytes);
	EXPECT_EQ(before.regions, after.regions);
	EXPECT_LE(during.regions, after.regions_peak);
}

TEST_F(query, verify_counts_regions)
{
	struct vproc_stats before, after;
	struct vproc_verify verify;

	ASSERT_EQ(0, vproc_stats(self->fd, &before));
	ASSERT_EQ(0, vproc_verify(self->fd, &verify));
	EXPECT_EQ(before.regions, verify.regions);
	EXPECT_EQ(0, verify.differences);
	ASSERT_EQ(0, vproc_stats(self->fd, &after));
	EXPECT_EQ(before.verified + 1, after.verified);
}

static long set_brk(const unsigned long *args)
{
	return syscall(SYS_brk, args[0]);
}

/* Field 47 of /proc/PID/stat; those from 3 on follow the name. */
static __u64 start_brk_of(pid_t pid)
{
	char text[2048];
	char *field;

	if (vproc_read_proc(pid, "stat", text, sizeof(text)) < 0)
		return 0;
	field = strrchr(text, ')');
	for (int i = 2; field && i < 47; i++)
		field = strchr(field + 1, ' ');
	return field ? strtoull(field + 1, NULL, 10) : 0;
}

TEST_F(query, heap)
{
	/* Each leaves the page that the break was in, or stays in it. */
	static const long steps[] = {
		3 * PAGE + 123, 1, 100, 7 * PAGE, -1, -3 * (long)PAGE - 5,
		-100, 64 * PAGE, -65 * (long)PAGE,
	};
	__u64 brk = target_call(&self->target, set_brk, 0);
	struct vproc_heap heap, before;
	__u64 peak = brk;

	ASSERT_EQ(0, vproc_heap(self->fd, &before));
	EXPECT_EQ(start_brk_of(self->target.pid), before.start);
	EXPECT_EQ(brk, before.brk);
	EXPECT_EQ(brk, before.peak);
	for (unsigned int i = 0; i < ARRAY_SIZE(steps); i++) {
		brk += steps[i];
		peak = brk > peak ? brk : peak;
		ASSERT_EQ(brk, target_call(&self->target, set_brk, brk));
		ASSERT_EQ(0, vproc_heap(self->fd, &heap));
		EXPECT_EQ(before.start, heap.start);
		EXPECT_EQ(brk, heap.brk);
		EXPECT_EQ(brk - heap.start, heap.size);
		EXPECT_EQ(peak, heap.peak);
		EXPECT_EQ(before.grows + (steps[i] > 0), heap.grows);
		EXPECT_EQ(before.shrinks + (steps[i] < 0), heap.shrinks);
		EXPECT_SAME(self->fd, self->target.pid);
		before = heap;
	}
}

/* Up by brk(), and down behind its back, with nobody asking in between. */
static long set_brk_back(const unsigned long *args)
{
	const unsigned long brk = syscall(SYS_brk, 0);

	if (syscall(SYS_brk, brk + args[0]) != (long)(brk + args[0]) ||
	    prctl(PR_SET_MM, PR_SET_MM_BRK, brk, 0, 0))
		return -1;
	return brk;
}

TEST_F(query, heap_whose_break_is_set_back)
{
	__u64 brk = target_call(&self->target, set_brk_back, 4 * PAGE);
	struct vproc_heap heap;

	if (brk == -1ull && errno == EPERM)
		SKIP(return, "needs CAP_SYS_RESOURCE");
	ASSERT_NE(-1ull, brk);
	ASSERT_EQ(0, vproc_heap(self->fd, &heap));
	EXPECT_EQ(brk, heap.brk);
	EXPECT_SAME(self->fd, self->target.pid);
}

/* The heap is gone, and comes back. */
TEST_F(query, heap_that_is_empty)
{
	struct vproc_heap heap;
	__u64 start;

	ASSERT_EQ(0, vproc_heap(self->fd, &heap));
	start = heap.start;
	ASSERT_EQ(start, target_call(&self->target, set_brk, start));
	ASSERT_EQ(0, vproc_heap(self->fd, &heap));
	EXPECT_EQ(start, heap.brk);
	EXPECT_EQ(0, heap.size);
	EXPECT_SAME(self->fd, self->target.pid);
	ASSERT_EQ(start + 1, target_call(&self->target, set_brk, start + 1));
	ASSERT_EQ(0, vproc_heap(self->fd, &heap));
	EXPECT_EQ(1, heap.size);
	EXPECT_SAME(self->fd, self->target.pid);
}

TEST_HARNESS_MAIN
