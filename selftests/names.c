// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stands in the name column, and the type of a region, for every kind of
 * mapping there is.
 */
#define _GNU_SOURCE
#include <linux/memfd.h>
#include <linux/perf_event.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/shm.h>

#include "check.h"
#include "lib/file.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA		0x53564d41
#define PR_SET_VMA_ANON_NAME	0
#endif

#define NONE	PROT_NONE
#define READ	PROT_READ
#define RW	(PROT_READ | PROT_WRITE)
#define RX	(PROT_READ | PROT_EXEC)
#define PRIVATE	(MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED	(MAP_SHARED | MAP_ANONYMOUS)

static struct vproc_map map;

/* A tmpfs of its own, and a target in which its files and others are mapped. */
FIXTURE(names)
{
	struct target target;
	int fd;
	char dir[64];
};

FIXTURE_SETUP(names)
{
	strcpy(self->dir, "/tmp/vproc.XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_EQ(0, mount("vproc", self->dir, "tmpfs", 0, ""));
	ASSERT_EQ(0, target_start(&self->target));
	self->fd = vproc_open_attached(self->target.pid, 0);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(names)
{
	close(self->fd);
	target_stop(&self->target);
	umount2(self->dir, MNT_DETACH);
	rmdir(self->dir);
}

/* Map an open file of the target there. Returns the address. */
static long map_fd(struct target *target, int fd, unsigned long size,
		   unsigned long prot, unsigned long flags)
{
	long addr = target_syscall(target, SYS_mmap, 0, size, prot, flags, fd,
				   0);
	int err = errno;

	target_syscall(target, SYS_close, fd);
	errno = err;
	return addr;
}

static long map_path(struct target *target, const char *path, int open_flags,
		     unsigned long prot, unsigned long flags)
{
	int fd = target_open_file(target, path, open_flags);

	return fd < 0 ? -1 : map_fd(target, fd, PAGE, prot, flags);
}

static long map_anonymous(struct target *target, unsigned long prot,
			  unsigned long flags)
{
	return target_syscall(target, SYS_mmap, 0, 3 * PAGE, prot, flags, -1,
			      0);
}

/* Make a file of one page in @dir and map it, shared, for reading. */
static long map_new_file(struct target *target, const char *dir,
			 const char *name, char *path)
{
	int fd;

	snprintf(path, PATH_MAX, "%s/%s", dir, name);
	fd = target_open_file(target, path, O_RDWR | O_CREAT | O_EXCL);
	if (fd < 0 || target_syscall(target, SYS_ftruncate, fd, PAGE))
		return -1;
	return map_fd(target, fd, PAGE, READ, MAP_SHARED);
}

/* The region at an address has this name and this type; NULL and NONE: any. */
static bool region_is(int fd, unsigned long addr, const char *name,
		      enum vproc_type type)
{
	char seen[PATH_MAX];
	struct vproc_region region;

	if (vproc_query(fd, addr, 0, &region, seen, sizeof(seen))) {
		dprintf(STDERR_FILENO, "# nothing at %lx: errno %d\n", addr,
			errno);
		return false;
	}
	if ((!name || !strcmp(name, seen)) &&
	    (type == VPROC_TYPE_NONE || region.type == type))
		return true;
	dprintf(STDERR_FILENO, "# at %lx: type %u, not %u, name %s, not %s\n",
		addr, region.type, type, seen, name ?: "any");
	return false;
}

#define EXPECT_REGION(addr, name, type) do {				\
	EXPECT_TRUE(region_is(self->fd, addr, name, type));		\
	EXPECT_SAME(self->fd, self->target.pid);			\
} while (0)

TEST_F(names, what_every_process_has)
{
	static const struct {
		const char *name;
		enum vproc_type type;
	} cases[] = {
		{ "[heap]", VPROC_TYPE_HEAP },
		{ "[stack]", VPROC_TYPE_STACK },
		{ "[vdso]", VPROC_TYPE_CODE },
		{ "[vvar]", VPROC_TYPE_RODATA },
	};
	char name[PATH_MAX];
	struct vproc_file file;

	ASSERT_EQ(0, vproc_read_map(self->fd, &map));
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned int found = 0;

		for (unsigned int j = 0; j < map.head.count; j++) {
			const struct vproc_region *region = &map.regions[j];

			if (!region->name)
				continue;
			ASSERT_EQ(0, vproc_file(self->fd, region->name, &file,
						name, sizeof(name)));
			if (strcmp(name, cases[i].name))
				continue;
			EXPECT_EQ(cases[i].type, region->type);
			EXPECT_EQ(VPROC_FILE_NAME, file.kind);
			found++;
		}
		EXPECT_LT(0, found) {
			TH_LOG("no %s", cases[i].name);
		}
	}
	EXPECT_SAME(self->fd, self->target.pid);
}

TEST_F(names, vsyscall_comes_last)
{
	const struct vproc_region *last;
	struct vproc_stats stats;

	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	if (!stats.has_vsyscall)
		SKIP(return, "the kernel has no vsyscall page");
	ASSERT_EQ(0, vproc_read_map(self->fd, &map));
	last = &map.regions[map.head.count - 1];
	EXPECT_EQ(0xffffffffff600000, last->start);
	EXPECT_EQ(VPROC_NAME_VSYSCALL, last->name);
	EXPECT_EQ(VPROC_TYPE_CODE, last->type);
	EXPECT_SAME(self->fd, self->target.pid);
}

TEST_F(names, anonymous)
{
	static const struct {
		unsigned long prot;
		unsigned long flags;
		enum vproc_type type;
		const char *name;
	} cases[] = {
		{ RW, PRIVATE, VPROC_TYPE_DATA, "" },
		{ PROT_WRITE, PRIVATE, VPROC_TYPE_DATA, "" },
		{ READ, PRIVATE, VPROC_TYPE_RODATA, "" },
		{ NONE, PRIVATE, VPROC_TYPE_RODATA, "" },
		{ RX, PRIVATE, VPROC_TYPE_CODE, "" },
		{ RW | PROT_EXEC, PRIVATE, VPROC_TYPE_CODE, "" },
		{ RW, PRIVATE | MAP_GROWSDOWN, VPROC_TYPE_STACK, "" },
		{ RW, PRIVATE | MAP_STACK, VPROC_TYPE_DATA, "" },
		{ RW, PRIVATE | MAP_NORESERVE, VPROC_TYPE_DATA, "" },
		{ RW, SHARED, VPROC_TYPE_SHARED, "/dev/zero (deleted)" },
		{ NONE, SHARED, VPROC_TYPE_SHARED, "/dev/zero (deleted)" },
		{ RX, SHARED, VPROC_TYPE_SHARED, "/dev/zero (deleted)" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		long addr = map_anonymous(&self->target, cases[i].prot,
					  cases[i].flags);

		ASSERT_LT(0, addr);
		EXPECT_REGION(addr, cases[i].name, cases[i].type);
	}
}

/* All of the heap's type follows from where it lies. */
TEST_F(names, heap_cut_to_pieces)
{
	unsigned long start, brk;

	ASSERT_EQ(0, vproc_read_map(self->fd, &map));
	start = map.head.brk & -PAGE;
	brk = target_syscall(&self->target, SYS_brk, start + 8 * PAGE + 7);
	ASSERT_EQ(start + 8 * PAGE + 7, brk);
	ASSERT_EQ(0, target_syscall(&self->target, SYS_mprotect,
				    start + 2 * PAGE, PAGE, READ));
	EXPECT_REGION(start + 2 * PAGE, "[heap]", VPROC_TYPE_HEAP);
	ASSERT_EQ(0, target_syscall(&self->target, SYS_munmap,
				    start + 4 * PAGE, PAGE));
	EXPECT_REGION(start + 5 * PAGE, "[heap]", VPROC_TYPE_HEAP);
	/* The break moves below pieces of what was the heap. */
	brk = target_syscall(&self->target, SYS_brk, start + 1);
	EXPECT_SAME(self->fd, self->target.pid);
	/* Not the heap's own, but where the heap is. */
	ASSERT_EQ(start + 6 * PAGE,
		  target_syscall(&self->target, SYS_mmap, start + 6 * PAGE,
				 PAGE, RW, PRIVATE | MAP_FIXED, -1, 0));
	EXPECT_SAME(self->fd, self->target.pid);
}

TEST_F(names, strange_file_names)
{
	static const char * const names[] = {
		"plain", "with space", " leading and trailing ",
		"new\nline", "\n", "tab\tand\\backslash", "quo\"te",
		"x (deleted)", "\xc3\xa4\xff", "[heap]",
	};
	char path[PATH_MAX];

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		long addr = map_new_file(&self->target, self->dir, names[i],
					 path);

		ASSERT_LT(0, addr);
		EXPECT_REGION(addr, path, VPROC_TYPE_SHARED);
	}
}

TEST_F(names, longest_file_name)
{
	char name[NAME_MAX + 1] = "", path[PATH_MAX];
	long addr;

	memset(name, '\n', NAME_MAX);
	addr = map_new_file(&self->target, self->dir, name, path);
	ASSERT_LT(0, addr);
	EXPECT_REGION(addr, path, VPROC_TYPE_SHARED);
}

/* A mapped file that changes its name is shown by the name it has now. */
TEST_F(names, renamed_and_removed)
{
	char path[PATH_MAX], other[PATH_MAX], deleted[PATH_MAX + 16];
	long addr = map_new_file(&self->target, self->dir, "before", path);

	ASSERT_LT(0, addr);
	EXPECT_REGION(addr, path, VPROC_TYPE_SHARED);

	snprintf(other, sizeof(other), "%.60s/after", self->dir);
	ASSERT_EQ(0, rename(path, other));
	EXPECT_REGION(addr, other, VPROC_TYPE_SHARED);

	ASSERT_EQ(0, unlink(other));
	snprintf(deleted, sizeof(deleted), "%s (deleted)", other);
	EXPECT_REGION(addr, deleted, VPROC_TYPE_SHARED);

	/* Another file by this name is another file. */
	addr = map_new_file(&self->target, self->dir, "after", path);
	ASSERT_LT(0, addr);
	EXPECT_REGION(addr, other, VPROC_TYPE_SHARED);
}

TEST_F(names, directory_renamed)
{
	char dir[PATH_MAX], other[PATH_MAX], path[PATH_MAX];
	long addr;

	snprintf(dir, sizeof(dir), "%.60s/dir", self->dir);
	snprintf(other, sizeof(other), "%.60s/other", self->dir);
	ASSERT_EQ(0, mkdir(dir, 0700));
	addr = map_new_file(&self->target, dir, "file", path);
	ASSERT_LT(0, addr);
	ASSERT_EQ(0, rename(dir, other));
	strcat(other, "/file");
	EXPECT_REGION(addr, other, VPROC_TYPE_SHARED);
}

TEST_F(names, private_file)
{
	char path[PATH_MAX];

	ASSERT_LT(0, map_new_file(&self->target, self->dir, "file", path));
	EXPECT_REGION(map_path(&self->target, path, O_RDONLY, READ,
			       MAP_PRIVATE), path, VPROC_TYPE_RODATA);
	EXPECT_REGION(map_path(&self->target, path, O_RDONLY, RW,
			       MAP_PRIVATE), path, VPROC_TYPE_DATA);
	EXPECT_REGION(map_path(&self->target, path, O_RDONLY, RX,
			       MAP_PRIVATE), path, VPROC_TYPE_CODE);
}

/* The root directory, an overlay in the test VM; what lies below is 9p. */
TEST_F(names, root_file_system)
{
	char path[PATH_MAX], created[PATH_MAX];
	long addr;

	ASSERT_NE(NULL, realpath("/bin/true", path));
	EXPECT_REGION(map_path(&self->target, path, O_RDONLY, RX,
			       MAP_PRIVATE), path, VPROC_TYPE_CODE);
	EXPECT_REGION(map_path(&self->target, path, O_RDONLY, READ,
			       MAP_SHARED), path, VPROC_TYPE_MAPPED_FILE);

	/* A file that is new there, in whatever file system takes it. */
	snprintf(created, sizeof(created), "/vproc.%d", getpid());
	addr = map_path(&self->target, created, O_RDWR | O_CREAT | O_EXCL, RW,
			MAP_SHARED);
	ASSERT_LT(0, addr);
	EXPECT_SAME(self->fd, self->target.pid);
	ASSERT_EQ(0, unlink(created));
	EXPECT_SAME(self->fd, self->target.pid);
}

TEST_F(names, network_file_system)
{
	const char *path = "/mnt/9p/etc/passwd";

	if (access(path, R_OK))
		SKIP(return, "no %s", path);
	EXPECT_REGION(map_path(&self->target, path, O_RDONLY, READ,
			       MAP_SHARED), path, VPROC_TYPE_MAPPED_FILE);
	EXPECT_REGION(map_path(&self->target, path, O_RDONLY, READ,
			       MAP_PRIVATE), path, VPROC_TYPE_RODATA);
}

TEST_F(names, memfd)
{
	int fd = target_syscall(&self->target, SYS_memfd_create,
				target_string(&self->target, "a b\nc"), 0);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, target_syscall(&self->target, SYS_ftruncate, fd, PAGE));
	EXPECT_REGION(map_fd(&self->target, fd, PAGE, RW, MAP_SHARED),
		      "/memfd:a b\nc (deleted)", VPROC_TYPE_SHARED);
}

TEST_F(names, huge_pages)
{
	struct vproc_region region;
	char name[PATH_MAX];
	int fd;
	long addr;

	if (huge_pages_reserve(4) < 2)
		SKIP(return, "no huge pages");
	fd = target_syscall(&self->target, SYS_memfd_create,
			    target_string(&self->target, "huge"), MFD_HUGETLB);
	ASSERT_LE(0, fd);
	addr = map_fd(&self->target, fd, 2 * HUGE_PAGE, RW, MAP_SHARED);
	ASSERT_LT(0, addr);
	EXPECT_REGION(addr, "/memfd:huge (deleted)", VPROC_TYPE_SHARED);
	ASSERT_EQ(0, vproc_query(self->fd, addr, 0, &region, name,
				 sizeof(name)));
	EXPECT_EQ(HUGE_PAGE, region.page_size);

	addr = map_anonymous(&self->target, RW, PRIVATE | MAP_HUGETLB);
	if (addr > 0) {
		EXPECT_REGION(addr, NULL, VPROC_TYPE_DATA);
		ASSERT_EQ(0, target_syscall(&self->target, SYS_munmap, addr,
					    HUGE_PAGE));
		EXPECT_SAME(self->fd, self->target.pid);
	}
}

static long attach_shm(const unsigned long *args)
{
	int id = shmget(args[0], 3 * PAGE, IPC_CREAT | 0600);
	void *addr = shmat(id, NULL, args[1]);

	shmctl(id, IPC_RMID, NULL);
	return (long)addr;
}

TEST_F(names, system_v_shared_memory)
{
	const key_t key = 0x7670726f;
	long addr;

	EXPECT_REGION(target_call(&self->target, attach_shm, key, SHM_RDONLY),
		      "/SYSV7670726f (deleted)", VPROC_TYPE_SHARED);
	addr = target_call(&self->target, attach_shm, IPC_PRIVATE, 0);
	EXPECT_REGION(addr, "/SYSV00000000 (deleted)", VPROC_TYPE_SHARED);
	ASSERT_EQ(0, target_syscall(&self->target, SYS_mprotect, addr + PAGE,
				    PAGE, READ));
	EXPECT_SAME(self->fd, self->target.pid);
	ASSERT_EQ(0, target_syscall(&self->target, SYS_shmdt, addr));
	EXPECT_SAME(self->fd, self->target.pid);
}

TEST_F(names, posix_shared_memory)
{
	char name[32], path[PATH_MAX];
	long addr;

	if (access("/dev/shm", W_OK))
		SKIP(return, "no /dev/shm");
	snprintf(name, sizeof(name), "vproc.%d", getpid());
	addr = map_new_file(&self->target, "/dev/shm", name, path);
	ASSERT_LT(0, addr);
	EXPECT_REGION(addr, path, VPROC_TYPE_SHARED);
	unlink(path);
	EXPECT_SAME(self->fd, self->target.pid);
}

TEST_F(names, dev_zero)
{
	/* Private, it keeps the device's name; shared, it is shared memory. */
	EXPECT_REGION(map_path(&self->target, "/dev/zero", O_RDWR, RW,
			       MAP_SHARED),
		      "/dev/zero (deleted)", VPROC_TYPE_SHARED);
	ASSERT_LT(0, map_path(&self->target, "/dev/zero", O_RDWR, RW,
			      MAP_PRIVATE));
	EXPECT_SAME(self->fd, self->target.pid);
}

TEST_F(names, device)
{
	/* The BIOS, which even a strict kernel lets be mapped. */
	int fd = target_open_file(&self->target, "/dev/mem", O_RDONLY);
	long addr;

	if (fd < 0)
		SKIP(return, "no /dev/mem");
	addr = target_syscall(&self->target, SYS_mmap, 0, PAGE, READ,
			      MAP_SHARED, fd, 0xf0000);
	if (addr < 0)
		SKIP(return, "/dev/mem: errno %d", errno);
	EXPECT_REGION(addr, "/dev/mem", VPROC_TYPE_DEVICE);
	addr = target_syscall(&self->target, SYS_mmap, 0, PAGE, READ,
			      MAP_PRIVATE, fd, 0xf0000);
	if (addr > 0)
		EXPECT_REGION(addr, "/dev/mem", VPROC_TYPE_DEVICE);
}

static long open_perf_event(const unsigned long *args)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
	};

	(void)args;
	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

TEST_F(names, perf_events)
{
	int fd = target_call(&self->target, open_perf_event);
	long addr;

	if (fd < 0)
		SKIP(return, "perf_event_open: errno %d", errno);
	addr = map_fd(&self->target, fd, 3 * PAGE, RW, MAP_SHARED);
	ASSERT_LT(0, addr);
	EXPECT_SAME(self->fd, self->target.pid);
}

static long set_up_aio(const unsigned long *args)
{
	unsigned long context = 0;

	if (syscall(SYS_io_setup, args[0], &context))
		return -1;
	return context;
}

TEST_F(names, aio_ring)
{
	long context = target_call(&self->target, set_up_aio, 8);

	if (context < 0)
		SKIP(return, "io_setup: errno %d", errno);
	/* The context is the address of its ring. */
	EXPECT_REGION(context, "/[aio] (deleted)", VPROC_TYPE_NONE);
	ASSERT_EQ(0, target_syscall(&self->target, SYS_io_destroy, context));
	EXPECT_SAME(self->fd, self->target.pid);
}

TEST_F(names, given_names)
{
	long addr = map_anonymous(&self->target, RW, PRIVATE);
	long other = map_anonymous(&self->target, READ, PRIVATE);
	struct vproc_region regions[2];
	char name[PATH_MAX];

	ASSERT_LT(0, addr);
	if (target_syscall(&self->target, SYS_prctl, PR_SET_VMA,
			   PR_SET_VMA_ANON_NAME, addr, PAGE,
			   target_string(&self->target, "a (name)")))
		SKIP(return, "the kernel has no names for memory");
	EXPECT_REGION(addr, "[anon:a (name)]", VPROC_TYPE_DATA);
	EXPECT_REGION(addr + PAGE, "", VPROC_TYPE_DATA);

	/* The same name again is the same id. */
	ASSERT_EQ(0, target_syscall(&self->target, SYS_prctl, PR_SET_VMA,
				    PR_SET_VMA_ANON_NAME, other, PAGE,
				    target_string(&self->target, "a (name)")));
	ASSERT_EQ(0, vproc_query(self->fd, addr, 0, &regions[0], name,
				 sizeof(name)));
	ASSERT_EQ(0, vproc_query(self->fd, other, 0, &regions[1], name,
				 sizeof(name)));
	EXPECT_EQ(regions[0].name, regions[1].name);

	ASSERT_EQ(0, target_syscall(&self->target, SYS_prctl, PR_SET_VMA,
				    PR_SET_VMA_ANON_NAME, addr, PAGE, 0));
	EXPECT_REGION(addr, "", VPROC_TYPE_DATA);
}

/* Of what changes in a region that has a name the hooks tell the name, too. */
TEST_F(names, given_names_stay)
{
	long addr = map_anonymous(&self->target, RW, PRIVATE);

	ASSERT_LT(0, addr);
	if (target_syscall(&self->target, SYS_prctl, PR_SET_VMA,
			   PR_SET_VMA_ANON_NAME, addr, 3 * PAGE,
			   target_string(&self->target, "stays")))
		SKIP(return, "the kernel has no names for memory");
	ASSERT_EQ(0, target_syscall(&self->target, SYS_mprotect, addr + PAGE,
				    PAGE, READ));
	EXPECT_REGION(addr, "[anon:stays]", VPROC_TYPE_DATA);
	EXPECT_REGION(addr + PAGE, "[anon:stays]", VPROC_TYPE_NONE);
	EXPECT_REGION(addr + 2 * PAGE, "[anon:stays]", VPROC_TYPE_DATA);
}

/*
 * Names are asked for long after files have come and gone; an id is never used
 * for two of them.
 */
TEST_F(names, many_files)
{
	char path[PATH_MAX], name[32];
	struct vproc_region region;
	__u32 ids[200], last = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(ids); i++) {
		long addr;

		snprintf(name, sizeof(name), "file%u", i);
		addr = map_new_file(&self->target, self->dir, name, path);
		ASSERT_LT(0, addr);
		ASSERT_EQ(0, vproc_query(self->fd, addr, 0, &region, NULL, 0));
		EXPECT_LT(last, region.file);
		last = region.file;
		ids[i] = region.file;
		ASSERT_EQ(0, target_syscall(&self->target, SYS_munmap, addr,
					    PAGE));
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(ids); i++) {
		struct vproc_file file;

		snprintf(name, sizeof(name), "%.20s/file%u", self->dir, i);
		ASSERT_EQ(0, vproc_file(self->fd, ids[i], &file, path,
					sizeof(path)));
		EXPECT_STREQ(name, path);
	}
	EXPECT_SAME(self->fd, self->target.pid);
}

/* Of what is gone so many bytes are kept, the latest. */
TEST_F(names, forgets_the_oldest)
{
	char dir[PATH_MAX], path[PATH_MAX], name[NAME_MAX + 1];
	struct vproc_region region;
	struct vproc_file file;
	__u32 first = 0;
	int depth;

	memset(name, 'd', NAME_MAX);
	name[NAME_MAX] = '\0';
	strcpy(dir, self->dir);
	for (depth = 0; depth < 15; depth++) {
		strcat(strcat(dir, "/"), name);
		ASSERT_EQ(0, mkdir(dir, 0700));
	}
	for (unsigned int i = 0; i < (1u << 20) / (15 * NAME_MAX) + 1; i++) {
		long addr;

		snprintf(name, sizeof(name), "file%u", i);
		addr = map_new_file(&self->target, dir, name, path);
		ASSERT_LT(0, addr);
		ASSERT_EQ(0, vproc_query(self->fd, addr, 0, &region, NULL, 0));
		first = first ?: region.file;
		ASSERT_EQ(0, target_syscall(&self->target, SYS_munmap, addr,
					    PAGE));
	}
	EXPECT_SAME(self->fd, self->target.pid);
	EXPECT_ERRNO(ENOENT, vproc_file(self->fd, first, &file, dir, sizeof(dir)));
	ASSERT_EQ(0, vproc_file(self->fd, region.file, &file, dir, sizeof(dir)));
	EXPECT_STREQ(path, dir);
}

TEST_HARNESS_MAIN
