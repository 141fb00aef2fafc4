// SPDX-License-Identifier: GPL-2.0-only
/*
 * Access to /dev/vproc_mem, and the comparison with /proc/PID/maps.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vproc.h"

int vproc_open(void)
{
	return open(VPROC_DEVICE, O_RDWR | O_CLOEXEC);
}

int vproc_attach_ring(int fd, pid_t pid, __u32 flags, __u32 ring)
{
	struct vproc_attach attach = {
		.flags = flags,
		.pid = pid,
		.ring = ring,
	};

	return ioctl(fd, VPROC_ATTACH, &attach);
}

int vproc_attach(int fd, pid_t pid, __u32 flags)
{
	return vproc_attach_ring(fd, pid, flags, 0);
}

int vproc_open_attached(pid_t pid, __u32 flags)
{
	int fd = vproc_open();

	if (fd >= 0 && vproc_attach(fd, pid, flags)) {
		int err = errno;

		close(fd);
		errno = err;
		return -1;
	}
	return fd;
}

int vproc_trackers(int fd)
{
	struct vproc_info info;

	return ioctl(fd, VPROC_INFO, &info) ? -1 : (int)info.trackers;
}

bool vproc_wait_for_disarm(int fd, struct vproc_info *info)
{
	for (int i = 0; i < 1000; i++) {
		if (ioctl(fd, VPROC_INFO, info) || info->trackers)
			return false;
		if (!info->hooks)
			break;
		usleep(10 * 1000);
	}
	return true;
}

int vproc_verify(int fd, struct vproc_verify *verify)
{
	memset(verify, 0, sizeof(*verify));
	return ioctl(fd, VPROC_VERIFY, verify);
}

long vproc_differences(int fd)
{
	struct vproc_verify verify;

	if (vproc_verify(fd, &verify)) {
		printf("# VPROC_VERIFY: %m\n");
		return -1;
	}
	if (verify.differences)
		vproc_show_verify(&verify);
	return verify.differences + verify.missed;
}

int vproc_stats(int fd, struct vproc_stats *stats)
{
	return ioctl(fd, VPROC_STATS, stats);
}

int vproc_heap(int fd, struct vproc_heap *heap)
{
	return ioctl(fd, VPROC_HEAP, heap);
}

int vproc_file(int fd, __u32 id, struct vproc_file *file, char *name,
	       size_t size)
{
	memset(file, 0, sizeof(*file));
	file->id = id;
	file->name_addr = (uintptr_t)name;
	file->name_size = size;
	return ioctl(fd, VPROC_FILE, file);
}

int vproc_query(int fd, __u64 addr, __u64 flags, struct vproc_region *region,
		char *name, size_t size)
{
	struct vproc_query query = {
		.flags = flags,
		.addr = addr,
		.name_addr = (uintptr_t)name,
		.name_size = size,
	};

	if (ioctl(fd, VPROC_QUERY, &query))
		return -1;
	*region = query.region;
	if (name && !query.name_size)
		name[0] = 0;
	return 0;
}

int vproc_read_map(int fd, struct vproc_map *map)
{
	memset(&map->head, 0, sizeof(map->head));
	map->head.regions_addr = (uintptr_t)map->regions;
	map->head.count = VPROC_MAP_REGIONS;
	if (ioctl(fd, VPROC_REGIONS, &map->head))
		return -1;
	if (map->head.total > map->head.count) {
		errno = E2BIG;
		return -1;
	}
	return 0;
}

const struct vproc_region *vproc_find(const struct vproc_map *map, __u64 addr)
{
	for (unsigned int i = 0; i < map->head.count; i++) {
		const struct vproc_region *region = &map->regions[i];

		if (addr >= region->start && addr < region->end)
			return region;
	}
	return NULL;
}

/* A text under construction. One that has no room left stays full. */
struct text {
	char *buf;
	size_t size;
	size_t len;
};

static void put_char(struct text *text, char c)
{
	if (text->len < text->size)
		text->buf[text->len++] = c;
}

static void put_string(struct text *text, const char *s)
{
	while (*s)
		put_char(text, *s++);
}

static void put_number(struct text *text, __u64 value, unsigned int base,
		       unsigned int width)
{
	char digits[24];
	unsigned int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (width > n) {
		put_char(text, '0');
		width--;
	}
	while (n)
		put_char(text, digits[--n]);
}

static ssize_t finish_text(struct text *text)
{
	put_char(text, 0);
	if (text->len == text->size && text->buf[text->len - 1]) {
		errno = E2BIG;
		return -1;
	}
	return text->len - 1;
}

ssize_t vproc_escape_path(const char *path, char *out, size_t size)
{
	struct text text = { .buf = out, .size = size };

	for (; *path; path++) {
		if (*path == '\n')
			put_string(&text, "\\012");
		else
			put_char(&text, *path);
	}
	return finish_text(&text);
}

/*
 * The names that one rendering has already asked for. Maps have few names and
 * many regions, and neighbours often share theirs.
 */
struct name_cache {
	unsigned int count;
	size_t used;
	struct {
		__u32 id;
		const char *name;
	} names[256];
	char pool[256 * 1024];
};

static const char *cached_name(const struct name_cache *cache, __u32 id)
{
	for (unsigned int i = cache->count; i--;) {
		if (cache->names[i].id == id)
			return cache->names[i].name;
	}
	return NULL;
}

/* The name as /proc/PID/maps prints it, or NULL and errno. */
static const char *printed_name(struct name_cache *cache, int fd, __u32 id)
{
	const char *known = cached_name(cache, id);
	char raw[PATH_MAX];
	struct vproc_file file;
	char *name;

	if (known)
		return known;
	if (vproc_file(fd, id, &file, raw, sizeof(raw)))
		return NULL;

	if (cache->count == ARRAY_SIZE(cache->names) ||
	    cache->used + 4 * sizeof(raw) > sizeof(cache->pool)) {
		cache->count = 0;
		cache->used = 0;
	}
	name = cache->pool + cache->used;
	if (file.kind == VPROC_FILE_PATH)
		vproc_escape_path(raw, name, 4 * sizeof(raw));
	else
		strcpy(name, raw);
	cache->used += strlen(name) + 1;
	cache->names[cache->count].id = id;
	cache->names[cache->count].name = name;
	cache->count++;
	return name;
}

/* See show_vma_header_prefix() and show_map_vma() in fs/proc/task_mmu.c. */
static void put_region(struct text *text, const struct vproc_region *region,
		       const char *name)
{
	/* The kernel's own pointers count, not those of a 32-bit caller. */
	const size_t name_column = 25 + 8 * 6 - 1;
	size_t line = text->len;

	put_number(text, region->start, 16, 8);
	put_char(text, '-');
	put_number(text, region->end, 16, 8);
	put_char(text, ' ');
	put_char(text, region->perm & VPROC_PERM_READ ? 'r' : '-');
	put_char(text, region->perm & VPROC_PERM_WRITE ? 'w' : '-');
	put_char(text, region->perm & VPROC_PERM_EXEC ? 'x' : '-');
	put_char(text, region->perm & VPROC_PERM_SHARED ? 's' : 'p');
	put_char(text, ' ');
	put_number(text, region->offset, 16, 8);
	put_char(text, ' ');
	put_number(text, region->dev_major, 16, 2);
	put_char(text, ':');
	put_number(text, region->dev_minor, 16, 2);
	put_char(text, ' ');
	put_number(text, region->inode, 10, 0);
	put_char(text, ' ');
	if (name) {
		while (text->len < text->size && text->len - line < name_column)
			put_char(text, ' ');
		put_char(text, ' ');
		put_string(text, name);
	}
	put_char(text, '\n');
}

ssize_t vproc_render_map(int fd, const struct vproc_map *map, char *buf,
			 size_t size)
{
	static struct name_cache cache;
	struct text text = { .buf = buf, .size = size };

	cache.count = 0;
	cache.used = 0;
	for (unsigned int i = 0; i < map->head.count; i++) {
		const struct vproc_region *region = &map->regions[i];
		const char *name = NULL;

		if (region->name != VPROC_NAME_NONE) {
			name = printed_name(&cache, fd, region->name);
			if (!name)
				return -1;
		}
		put_region(&text, region, name);
	}
	return finish_text(&text);
}

ssize_t vproc_read_proc(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	size_t len = 0;
	ssize_t got;
	int fd;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	else
		snprintf(path, sizeof(path), "/proc/self/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while ((got = read(fd, text + len, size - 1 - len)) > 0)
		len += got;
	close(fd);
	if (got < 0)
		return -1;
	if (len == size - 1) {
		errno = E2BIG;
		return -1;
	}
	text[len] = 0;
	return len;
}

static size_t line_length(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? (size_t)(end - line) : strlen(line);
}

static const char *next_line(const char *line)
{
	line += line_length(line);
	return *line ? line + 1 : line;
}

static void show_line(const char *whose, const char *line)
{
	dprintf(STDERR_FILENO, "# %s %.*s\n", whose, (int)line_length(line),
		line);
}

/*
 * Show the lines of the two texts that differ. Both are in the order of their
 * addresses, so a merge keeps what belongs together side by side.
 */
static int show_differences(const char *kernel, const char *model)
{
	int differences = 0;

	while (*kernel || *model) {
		size_t len = line_length(kernel);
		__u64 at[2];

		if (*kernel && *model && len == line_length(model) &&
		    !memcmp(kernel, model, len)) {
			kernel = next_line(kernel);
			model = next_line(model);
			continue;
		}
		at[0] = *kernel ? strtoull(kernel, NULL, 16) : ULLONG_MAX;
		at[1] = *model ? strtoull(model, NULL, 16) : ULLONG_MAX;
		if (*kernel && at[0] <= at[1]) {
			show_line("kernel", kernel);
			kernel = next_line(kernel);
		}
		if (*model && at[1] <= at[0]) {
			show_line("vproc ", model);
			model = next_line(model);
		}
		differences++;
	}
	return differences;
}

/* The last events that wait to be read; they are gone afterwards. */
static void show_unread_events(int fd)
{
	static struct vproc_event last[32];
	const size_t room = ARRAY_SIZE(last);
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	size_t n = 0;

	while (poll(&pollfd, 1, 0) > 0 && (pollfd.revents & POLLIN)) {
		if (read(fd, &last[n % room], sizeof(last[0])) <= 0)
			break;
		n++;
	}
	for (size_t i = n > room ? n - room : 0; i < n; i++)
		vproc_show_event(&last[i % room]);
}

static struct vproc_map compared_map;
static char model_text[VPROC_TEXT_SIZE];
static char kernel_text[VPROC_TEXT_SIZE];

int vproc_compare_map(int fd, const struct vproc_map *map, const char *text)
{
	int differences;

	if (vproc_render_map(fd, map, model_text, sizeof(model_text)) < 0)
		return -1;
	if (!strcmp(text, model_text))
		return 0;
	differences = show_differences(text, model_text);
	show_unread_events(fd);
	return differences;
}

int vproc_compare_text(int fd, const char *text)
{
	return vproc_read_map(fd, &compared_map) ? -1 :
	       vproc_compare_map(fd, &compared_map, text);
}

int vproc_compare(int fd, pid_t pid)
{
	if (vproc_read_proc(pid, "maps", kernel_text, sizeof(kernel_text)) < 0)
		return -1;
	return vproc_compare_text(fd, kernel_text);
}

int vproc_check(int fd, pid_t pid)
{
	int differences = vproc_compare(fd, pid);

	return differences ? differences : vproc_differences(fd);
}

static const char *op_name(unsigned int op)
{
	static const char * const names[] = {
		[VPROC_EV_SET] = "SET",
		[VPROC_EV_CLEAR] = "CLEAR",
		[VPROC_EV_LAYOUT] = "LAYOUT",
		[VPROC_EV_ATTACH] = "ATTACH",
		[VPROC_EV_EXEC] = "EXEC",
		[VPROC_EV_FORK] = "FORK",
		[VPROC_EV_RESYNC] = "RESYNC",
		[VPROC_EV_LOST] = "LOST",
		[VPROC_EV_END] = "END",
	};

	if (op < ARRAY_SIZE(names) && names[op])
		return names[op];
	return "?";
}

void vproc_show_event(const struct vproc_event *event)
{
	dprintf(STDERR_FILENO,
		"# %6llu %-6s %llx-%llx offset %llx file %u perm %x type %u cause %u syscall %d tid %u ip %llx\n",
		(unsigned long long)event->seq, op_name(event->op),
		(unsigned long long)event->start,
		(unsigned long long)event->end,
		(unsigned long long)event->offset, event->file, event->perm,
		event->type, event->cause, event->syscall, event->tid,
		(unsigned long long)event->ip);
}

static void show_region(const char *whose, const struct vproc_region *region)
{
	dprintf(STDERR_FILENO,
		"# %s %llx-%llx perm %x offset %llx %x:%x %llu name %u file %u type %u page size %x\n",
		whose, (unsigned long long)region->start,
		(unsigned long long)region->end, region->perm,
		(unsigned long long)region->offset, region->dev_major,
		region->dev_minor, (unsigned long long)region->inode,
		region->name, region->file, region->type, region->page_size);
}

void vproc_show_verify(const struct vproc_verify *verify)
{
	dprintf(STDERR_FILENO,
		"# %llu differences in %llu regions at %llu, missed %llu, first 0x%x\n",
		(unsigned long long)verify->differences,
		(unsigned long long)verify->regions,
		(unsigned long long)verify->seq,
		(unsigned long long)verify->missed, verify->first);
	show_region("kernel", &verify->kernel);
	show_region("vproc ", &verify->model);
}
