// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes the recordings that the tests of the verbs read: the same each time,
 * with all that a verb has to cope with. Usage: sample DIRECTORY
 *
 * basic.rec: process 100, a shell, forks 101, which runs a compiler: heap,
 *	stack, a thread with its guard, a library that is loaded and deleted,
 *	memory that is writable and then executable, memory that is never
 *	unmapped, and names that a file may have but should not.
 * lost.rec: a process whose events are lost for a while, and one that is found
 *	to have changed.
 * twins.rec: two processes that had the same id, one after the other.
 * killed.rec: basic.rec, of a recorder that was killed before the end.
 * large.rec: 100,000 events of four threads.
 */
#define _GNU_SOURCE	/* asprintf() */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/array.h"
#include "tools/lib/vproc.h"

/* System calls by their number on x86-64. */
enum {
	CALL_NONE	= -1,
	CALL_MMAP	= 9,
	CALL_MPROTECT	= 10,
	CALL_MUNMAP	= 11,
	CALL_BRK	= 12,
	CALL_CLONE	= 56,
	CALL_EXECVE	= 59,
	CALL_EXIT	= 231,
};

#define MS		1000000ull
#define KIB		1024ull
#define MIB		(1024 * KIB)
#define START		1000000000ull	/* of the recording, in ns */

#define R		VPROC_PERM_READ
#define RW		(VPROC_PERM_READ | VPROC_PERM_WRITE)
#define RX		(VPROC_PERM_READ | VPROC_PERM_EXEC)

/* Where things are, in every image. */
#define PROGRAM		0x555555554000ull
#define HEAP		0x555555600000ull
#define LIBC		0x7ffff7c00000ull
#define STACK_END	0x7ffffffff000ull
#define STACK_START	0x7fffffffe520ull
#define VDSO		0x7ffff7fc1000ull

/* A tracker whose events are being made up. */
struct maker {
	struct vproc_writer *writer;
	__u64 id;
	__u64 seq;
	__u64 time;
	__u32 tid;
	__u64 ip;
	__s32 syscall;
	__u8 cause;
};

static void check(int ret)
{
	if (ret)
		err(EXIT_FAILURE, "sample");
}

/* What happens next happens @us later, by this thread from this address. */
static void by(struct maker *maker, __u64 us, __u32 tid, __u8 cause,
	       __s32 syscall, __u64 ip)
{
	maker->time += us * 1000;
	maker->tid = tid;
	maker->cause = cause;
	maker->syscall = syscall;
	maker->ip = ip;
}

static void put(struct maker *maker, struct vproc_event event)
{
	event.seq = ++maker->seq;
	event.time = maker->time;
	event.tid = maker->tid;
	event.cause = maker->cause;
	event.syscall = maker->syscall;
	event.ip = maker->ip;
	check(vproc_writer_events(maker->writer, maker->id, &event, 1));
}

static void name(struct maker *maker, __u32 id, __u32 kind, __u64 inode,
		 const char *text)
{
	const struct vproc_name name = {
		.id = id, .kind = kind, .inode = inode, .since = maker->seq,
		.dev_major = inode ? 8 : 0, .dev_minor = inode ? 1 : 0,
		.text = text,
	};

	check(vproc_writer_name(maker->writer, maker->id, &name));
}

static void set(struct maker *maker, __u64 start, __u64 size, __u8 perm,
		__u8 type, __u32 file, __u64 offset)
{
	put(maker, (struct vproc_event){
		.op = VPROC_EV_SET, .start = start, .end = start + size,
		.perm = perm, .type = type, .file = file, .offset = offset,
	});
}

static void set_data(struct maker *maker, __u64 start, __u64 size)
{
	set(maker, start, size, RW, VPROC_TYPE_DATA, 0, 0);
}

static void clear(struct maker *maker, __u64 start, __u64 size)
{
	put(maker, (struct vproc_event){
		.op = VPROC_EV_CLEAR, .start = start, .end = start + size,
	});
}

static void layout(struct maker *maker, __u64 brk)
{
	put(maker, (struct vproc_event){
		.op = VPROC_EV_LAYOUT, .start = HEAP, .end = brk,
		.offset = STACK_START,
	});
}

/* A file with its code, its constants and its data. */
static void set_file(struct maker *maker, __u64 start, __u32 file)
{
	set(maker, start, 16 * KIB, R, VPROC_TYPE_RODATA, file, 0);
	set(maker, start + 16 * KIB, 64 * KIB, RX, VPROC_TYPE_CODE, file,
	    16 * KIB);
	set(maker, start + 80 * KIB, 32 * KIB, R, VPROC_TYPE_RODATA, file,
	    80 * KIB);
	set(maker, start + 112 * KIB, 8 * KIB, RW, VPROC_TYPE_DATA, file,
	    108 * KIB);
}

/* What an image begins with: a program, the C library, the stack, the vdso. */
static void image(struct maker *maker, __u32 program, const char *path,
		  bool heap)
{
	layout(maker, HEAP + (heap ? 132 * KIB : 0));
	set_file(maker, PROGRAM, program);
	if (heap)
		set_data(maker, HEAP, 132 * KIB);
	set_file(maker, LIBC, 17);
	set(maker, VDSO, 8 * KIB, RX, VPROC_TYPE_CODE, 18, 0);
	set(maker, STACK_END - 132 * KIB, 132 * KIB, RW, VPROC_TYPE_STACK, 0, 0);
	name(maker, program, VPROC_FILE_PATH, 1000 + program, path);
	name(maker, 17, VPROC_FILE_PATH, 1017, "/lib/libc.so.6");
	name(maker, 18, VPROC_FILE_NAME, 0, "[vdso]");
}

static void attach(struct maker *maker, __u32 pid)
{
	by(maker, 0, pid, VPROC_CAUSE_ATTACH, CALL_NONE, 0);
	put(maker, (struct vproc_event){
		.op = VPROC_EV_ATTACH, .start = maker->id, .end = pid,
	});
}

static void exec(struct maker *maker, __u64 us, __u32 program, const char *path)
{
	by(maker, us, maker->tid, VPROC_CAUSE_EXEC, CALL_EXECVE, 0);
	put(maker, (struct vproc_event){ .op = VPROC_EV_EXEC });
	image(maker, program, path, false);
}

static void end(struct maker *maker, __u64 us)
{
	by(maker, us, maker->tid, VPROC_CAUSE_EXIT, CALL_EXIT, 0);
	put(maker, (struct vproc_event){ .op = VPROC_EV_END });
}

static void move_brk(struct maker *maker, __u64 us, __u64 from, __u64 to)
{
	by(maker, us, maker->tid, VPROC_CAUSE_BRK, CALL_BRK, LIBC + 20 * KIB);
	if (to > from)
		set_data(maker, HEAP, to);
	else
		clear(maker, HEAP + to, from - to);
	layout(maker, HEAP + to);
}

static void map(struct maker *maker, __u64 us, __u64 ip)
{
	by(maker, us, maker->tid, VPROC_CAUSE_MMAP, CALL_MMAP, ip);
}

static void unmap(struct maker *maker, __u64 us, __u64 ip, __u64 start,
		  __u64 size)
{
	by(maker, us, maker->tid, VPROC_CAUSE_MUNMAP, CALL_MUNMAP, ip);
	clear(maker, start, size);
}

/* A thread's stack: all of it is mapped, then the guard is made. */
static void make_thread(struct maker *maker, __u64 start)
{
	map(maker, 300, LIBC + 24 * KIB);
	set(maker, start, 8 * MIB + 4 * KIB, 0, VPROC_TYPE_RODATA, 0, 0);
	by(maker, 20, maker->tid, VPROC_CAUSE_MPROTECT, CALL_MPROTECT,
	   LIBC + 24 * KIB);
	set_data(maker, start + 4 * KIB, 8 * MIB);
}

/* Code that is made at run time: written first, executable then. */
static void make_code(struct maker *maker, __u64 start)
{
	map(maker, 100, PROGRAM + 20 * KIB);
	set_data(maker, start, 64 * KIB);
	by(maker, 900, maker->tid, VPROC_CAUSE_MPROTECT, CALL_MPROTECT,
	   PROGRAM + 21 * KIB);
	set(maker, start, 16 * KIB, RX, VPROC_TYPE_CODE, 0, 0);
}

static void use_files(struct maker *maker)
{
	static const char *const odd[] = {
		"/tmp/a b\nc", "/tmp/</script>&\"'", "/tmp/\xff\xfe", "/tmp/\xc3\xa9",
	};
	__u64 start = 0x7ffff6000000ull;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(odd); i++) {
		map(maker, 50, PROGRAM + 22 * KIB);
		set(maker, start + i * 64 * KIB, 8 * KIB, R, VPROC_TYPE_RODATA,
		    30 + i, 0);
		name(maker, 30 + i, VPROC_FILE_PATH, 2000 + i, odd[i]);
	}
	map(maker, 50, PROGRAM + 23 * KIB);
	set_file(maker, 0x7ffff7400000ull, 20);
	name(maker, 20, VPROC_FILE_PATH, 1020, "/usr/lib/plugin.so");
	map(maker, 50, PROGRAM + 23 * KIB);
	set(maker, 0x7ffff5000000ull, MIB, RW | VPROC_PERM_SHARED,
	    VPROC_TYPE_SHARED, 21, 0);
	name(maker, 21, VPROC_FILE_PATH, 1021, "/dev/shm/table");
	map(maker, 50, PROGRAM + 23 * KIB);
	set(maker, 0x7ffff4800000ull, 2 * MIB, R | VPROC_PERM_SHARED,
	    VPROC_TYPE_MAPPED_FILE, 22, 4096);
	name(maker, 22, VPROC_FILE_PATH, 1022, "/var/lib/data");
	map(maker, 50, PROGRAM + 23 * KIB);
	set(maker, 0x7ffff4700000ull, 16 * KIB, RW | VPROC_PERM_SHARED,
	    VPROC_TYPE_DEVICE, 23, 0);
	name(maker, 23, VPROC_FILE_PATH, 1023, "/dev/fb0");
	name(maker, 20, VPROC_FILE_PATH, 1020, "/usr/lib/plugin.so (deleted)");
}

/* Memory that comes and goes, some of which stays. */
static void churn(struct maker *maker, unsigned int rounds)
{
	const __u64 base = 0x7ffff0000000ull;
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		__u64 start = base + i % 16 * MIB;

		map(maker, 40, PROGRAM + 24 * KIB);
		set_data(maker, start, 256 * KIB);
		if (i % 8 == 7) {
			map(maker, 5, PROGRAM + 25 * KIB);
			set_data(maker, base - (i + 1) * MIB, 128 * KIB);
		}
		unmap(maker, 60, PROGRAM + 24 * KIB, start, 256 * KIB);
	}
}

static void compile(struct maker *maker)
{
	move_brk(maker, 150, 0, 132 * KIB);
	make_thread(maker, 0x7ffff6800000ull);
	use_files(maker);
	make_code(maker, 0x7ffff7700000ull);
	maker->tid = 102;
	churn(maker, 40);
	maker->tid = 101;
	move_brk(maker, 10, 132 * KIB, 900 * KIB);
	by(maker, 30, maker->tid, VPROC_CAUSE_STACK, CALL_NONE, PROGRAM + 26 * KIB);
	set(maker, STACK_END - 260 * KIB, 260 * KIB, RW, VPROC_TYPE_STACK, 0, 0);
	move_brk(maker, 10, 900 * KIB, 400 * KIB);
	unmap(maker, 10, PROGRAM + 23 * KIB, 0x7ffff7400000ull, 120 * KIB);
}

static void basic(struct vproc_writer *writer, bool whole)
{
	struct maker shell = { .writer = writer, .id = 7, .time = START };
	struct maker child = { .writer = writer, .id = 8 };
	const struct vproc_closing closing = {
		.time = START + 100 * MS, .status = 3,
	};

	attach(&shell, 100);
	image(&shell, 16, "/usr/bin/vproc", true);
	exec(&shell, 2000, 19, "/bin/sh");
	move_brk(&shell, 500, 0, 132 * KIB);

	by(&shell, 1000, 100, VPROC_CAUSE_FORK, CALL_CLONE, LIBC + 28 * KIB);
	put(&shell, (struct vproc_event){
		.op = VPROC_EV_FORK, .start = child.id, .end = 101,
	});
	child.time = shell.time + 50000;
	attach(&child, 101);
	image(&child, 19, "/bin/sh", true);
	exec(&child, 1500, 16, "/usr/lib/cc1");
	compile(&child);
	check(vproc_writer_flush(writer));
	if (!whole)
		return;
	end(&child, 2000);

	shell.time = child.time;
	move_brk(&shell, 700, 132 * KIB, 264 * KIB);
	end(&shell, 400);
	check(vproc_writer_end(writer, &closing));
}

static void lost(struct vproc_writer *writer)
{
	struct maker maker = { .writer = writer, .id = 7, .time = START };
	const struct vproc_closing closing = {
		.time = START + 100 * MS, .status = -1, .missed = 1,
	};

	attach(&maker, 100);
	image(&maker, 16, "/usr/bin/vproc", true);
	by(&maker, 1000, 100, VPROC_CAUSE_UNKNOWN, CALL_NONE, 0);
	maker.seq += 499;
	put(&maker, (struct vproc_event){
		.op = VPROC_EV_LOST, .start = 500,
	});
	map(&maker, 500, PROGRAM + 20 * KIB);
	set_data(&maker, 0x7ffff6000000ull, 64 * KIB);
	exec(&maker, 2000, 19, "/bin/sh");
	by(&maker, 1000, 100, VPROC_CAUSE_MISSED, CALL_NONE, 0);
	put(&maker, (struct vproc_event){ .op = VPROC_EV_RESYNC });
	set_data(&maker, 0x7ffff6000000ull, 64 * KIB);
	by(&maker, 1000, 100, VPROC_CAUSE_DETACH, CALL_NONE, 0);
	put(&maker, (struct vproc_event){ .op = VPROC_EV_END });
	check(vproc_writer_end(writer, &closing));
}

static void twins(struct vproc_writer *writer)
{
	struct maker shell = { .writer = writer, .id = 7, .time = START };
	const struct vproc_closing closing = { .time = START + 100 * MS };
	__u64 id;

	attach(&shell, 100);
	image(&shell, 19, "/bin/sh", true);
	for (id = 8; id <= 9; id++) {
		struct maker child = { .writer = writer, .id = id };

		by(&shell, 5000, 100, VPROC_CAUSE_FORK, CALL_CLONE,
		   LIBC + 28 * KIB);
		put(&shell, (struct vproc_event){
			.op = VPROC_EV_FORK, .start = id, .end = 50,
		});
		child.time = shell.time;
		attach(&child, 50);
		image(&child, 19, "/bin/sh", true);
		exec(&child, 500, 16, id == 8 ? "/bin/true" : "/bin/false");
		end(&child, 1000);
	}
	end(&shell, 5000);
	check(vproc_writer_end(writer, &closing));
}

static unsigned int any(unsigned int limit)
{
	static __u64 state = 1;

	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (state >> 33) % limit;
}

static void large(struct vproc_writer *writer)
{
	struct maker maker = { .writer = writer, .id = 7, .time = START };
	const struct vproc_closing closing = { .time = START + 60000 * MS };
	const __u64 base = 0x7fffe0000000ull;

	attach(&maker, 100);
	image(&maker, 16, "/usr/bin/server", true);
	while (maker.seq < 99999) {
		__u64 start = base + any(4096) * 64 * KIB;
		__u64 size = (1 + any(16)) * 4 * KIB;

		maker.tid = 100 + any(4);
		if (any(2)) {
			map(&maker, 1 + any(1000), PROGRAM + 20 * KIB);
			set_data(&maker, start, size);
		} else {
			unmap(&maker, 1 + any(1000), PROGRAM + 21 * KIB, start,
			      size);
		}
	}
	end(&maker, 1000);
	check(vproc_writer_end(writer, &closing));
}

static struct vproc_writer *begin(const char *directory, const char *file,
				  int *fd)
{
	char *command[4] = { "sh", "-c", "make 'a b'", NULL };
	const struct vproc_system system = {
		.start = START,
		.realtime = 1700000000000000000ll,
		.page_size = 4096,
		.api_version = VPROC_API_VERSION,
		.release = "6.12.0",
		.machine = "x86_64",
		.command = command,
	};
	struct vproc_writer *writer;
	char *path;

	if (asprintf(&path, "%s/%s", directory, file) < 0)
		err(EXIT_FAILURE, "sample");
	*fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (*fd < 0)
		err(EXIT_FAILURE, "%s", path);
	free(path);
	writer = vproc_writer_new(*fd, &system);
	if (!writer)
		err(EXIT_FAILURE, "sample");
	return writer;
}

static void finish(struct vproc_writer *writer, int fd)
{
	vproc_writer_free(writer);
	check(close(fd));
}

int main(int argc, char **argv)
{
	struct vproc_writer *writer;
	int fd;

	if (argc != 2)
		errx(EXIT_FAILURE, "usage: sample DIRECTORY");
	writer = begin(argv[1], "basic.rec", &fd);
	basic(writer, true);
	finish(writer, fd);

	writer = begin(argv[1], "killed.rec", &fd);
	basic(writer, false);
	finish(writer, fd);

	writer = begin(argv[1], "lost.rec", &fd);
	lost(writer);
	finish(writer, fd);

	writer = begin(argv[1], "twins.rec", &fd);
	twins(writer);
	finish(writer, fd);

	writer = begin(argv[1], "large.rec", &fd);
	large(writer);
	finish(writer, fd);
	return EXIT_SUCCESS;
}
