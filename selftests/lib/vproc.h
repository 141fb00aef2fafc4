/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every selftest needs of /dev/vproc_mem: open, attach, read the regions
 * and compare them with /proc/PID/maps.
 *
 * Programs that track themselves use this too. So nothing here changes the
 * caller's map: buffers are static, stdio and malloc are not used. It also
 * means that no function here may run in two threads at once, those on top
 * that only wrap a system call excepted.
 */
#ifndef _SELFTESTS_VPROC_H
#define _SELFTESTS_VPROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "vproc_mem.h"

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#endif

/* More than any test maps. */
#define VPROC_MAP_REGIONS	16384
#define VPROC_TEXT_SIZE		(4u << 20)

/**
 * struct vproc_map - one coherent answer of VPROC_REGIONS
 * @head: all but the regions
 * @regions: the first @head.count are valid
 */
struct vproc_map {
	struct vproc_regions head;
	struct vproc_region regions[VPROC_MAP_REGIONS];
};

/* These wrap one system call each: -1 and errno on error. */
int vproc_open(void);
int vproc_attach(int fd, pid_t pid, __u32 flags);
int vproc_attach_ring(int fd, pid_t pid, __u32 flags, __u32 ring);
int vproc_verify(int fd, struct vproc_verify *verify);
int vproc_stats(int fd, struct vproc_stats *stats);
int vproc_heap(int fd, struct vproc_heap *heap);
int vproc_file(int fd, __u32 id, struct vproc_file *file, char *name,
	       size_t size);
int vproc_query(int fd, __u64 addr, __u64 flags, struct vproc_region *region,
		char *name, size_t size);

/* How many address spaces are attached, in the whole system. -1 on error. */
int vproc_trackers(int fd);

/* Wait for the hooks to go. Returns false if something is tracked. */
bool vproc_wait_for_disarm(int fd, struct vproc_info *info);

/**
 * vproc_open_attached() - open the device and attach to a process
 *
 * Return: the file, or -1 and errno.
 */
int vproc_open_attached(pid_t pid, __u32 flags);

/**
 * vproc_differences() - VPROC_VERIFY, for tests that want one number
 *
 * Return: the differences, plus the changes that no hook saw, or -1 and errno.
 */
long vproc_differences(int fd);

/**
 * vproc_read_map() - all regions, in one coherent state
 *
 * Return: 0, or -1 and errno: E2BIG if there are more than VPROC_MAP_REGIONS.
 */
int vproc_read_map(int fd, struct vproc_map *map);

/**
 * vproc_find() - the region that covers an address
 *
 * Return: the region, in @map, or NULL.
 */
const struct vproc_region *vproc_find(const struct vproc_map *map, __u64 addr);

/**
 * vproc_escape_path() - what /proc/PID/maps makes of a path
 *
 * Return: the length of @out without the terminating zero, or -1 if @size is
 * too small.
 */
ssize_t vproc_escape_path(const char *path, char *out, size_t size);

/**
 * vproc_render_map() - print regions as /proc/PID/maps does
 *
 * Return: the length of the text, which ends in a zero, or -1 and errno.
 */
ssize_t vproc_render_map(int fd, const struct vproc_map *map, char *text,
			 size_t size);

/**
 * vproc_read_proc() - read a whole file of /proc/PID, "maps" for one
 * @pid: 0: the caller
 *
 * /proc/PID/maps comes a page at a time, so the process must be at rest.
 *
 * Return: the length of the text, which ends in a zero, or -1 and errno.
 */
ssize_t vproc_read_proc(pid_t pid, const char *name, char *text, size_t size);

/**
 * vproc_compare() - compare vproc's regions with /proc/PID/maps
 * @pid: the process that @fd tracks, at rest; 0: the caller
 *
 * Shows on standard error what differs, and the last unread events.
 *
 * Return: the number of lines that differ, or -1 and errno.
 */
int vproc_compare(int fd, pid_t pid);

/**
 * vproc_check() - compare with /proc/PID/maps and with the kernel's VMAs
 *
 * Return: 0 if all agree; else the number of differences, or -1 and errno.
 */
int vproc_check(int fd, pid_t pid);

/**
 * vproc_compare_text() - compare vproc's regions with a text kept from before
 *
 * Return: as vproc_compare().
 */
int vproc_compare_text(int fd, const char *text);

/* As vproc_compare_text(), of regions that came from elsewhere. */
int vproc_compare_map(int fd, const struct vproc_map *map, const char *text);

/* Show an event, or the two sides of a difference, on standard error. */
void vproc_show_event(const struct vproc_event *event);
void vproc_show_verify(const struct vproc_verify *verify);

#endif /* _SELFTESTS_VPROC_H */
