// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read the regions of a tracker and print them as the kernel does.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "names.h"
#include "regions.h"

/* Where /proc/PID/maps starts the name, see show_vma_header_prefix(). */
#define NAME_COLUMN	72

void region_perm(char *text, unsigned int perm)
{
	text[0] = perm & VPROC_PERM_READ ? 'r' : '-';
	text[1] = perm & VPROC_PERM_WRITE ? 'w' : '-';
	text[2] = perm & VPROC_PERM_EXEC ? 'x' : '-';
	text[3] = perm & VPROC_PERM_SHARED ? 's' : 'p';
	text[4] = '\0';
}

void region_print_fields(FILE *out, __u64 start, __u64 end, const char *perm,
			 __u64 offset, const char *dev, __u64 inode,
			 const char *name)
{
	int width;

	width = fprintf(out, "%08llx-%08llx %s %08llx %s %llu ", start, end,
			perm, offset, dev, inode);
	if (*name) {
		width = width < NAME_COLUMN ? NAME_COLUMN - width : 0;
		fprintf(out, "%*s %s", width, "", name);
	}
	putc('\n', out);
}

void region_print(FILE *out, const struct vproc_region *region,
		  const char *name)
{
	char perm[5], dev[32];

	region_perm(perm, region->perm);
	snprintf(dev, sizeof(dev), "%02x:%02x", region->dev_major,
		 region->dev_minor);
	region_print_fields(out, region->start, region->end, perm,
			    region->offset, dev, region->inode, name);
}

/* Makes room for @count regions, and for some that may come meanwhile. */
static int grow(struct regions *regions, uint32_t count)
{
	uint32_t room = count + count / 8 + 16;
	struct vproc_region *array;

	array = reallocarray(regions->array, room, sizeof(*array));
	if (!array)
		return -1;
	regions->array = array;
	regions->room = room;
	return 0;
}

int regions_fetch_head(struct regions *regions, int fd,
		       struct vproc_regions *head)
{
	for (;;) {
		*head = (struct vproc_regions){
			.regions_addr = (uintptr_t)regions->array,
			.count = regions->room,
		};
		if (ioctl(fd, VPROC_REGIONS, head)) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		if (head->total <= regions->room) {
			regions->count = head->count;
			regions->seq = head->seq;
			return 0;
		}
		if (grow(regions, head->total))
			return -1;
	}
}

int regions_fetch(struct regions *regions, int fd)
{
	struct vproc_regions head;

	return regions_fetch_head(regions, fd, &head);
}

/* All names are looked up before the first is shown. */
static int name_all(const struct regions *regions, struct names *names, int fd)
{
	uint32_t i;

	for (i = 0; i < regions->count; i++) {
		if (!names_find(names, fd, regions->array[i].name))
			return -1;
	}
	return 0;
}

/* One try; the regions may change before their names have been looked up. */
static int try_each(struct regions *regions, int fd, struct names *names)
{
	if (regions_fetch(regions, fd))
		return -1;
	return name_all(regions, names, fd);
}

int regions_each(struct regions *regions, int fd,
		 void (*each)(const struct vproc_region *region,
			      const char *name, void *context),
		 void *context)
{
	struct names names = {};
	int tries = 10, ret;
	uint32_t i;

	/* A name that is no longer known belonged to an old state. */
	do {
		names_clear(&names);
		ret = try_each(regions, fd, &names);
	} while (ret && errno == ENOENT && --tries);

	for (i = 0; !ret && i < regions->count; i++) {
		const struct vproc_region *region = &regions->array[i];

		each(region, names_find(&names, fd, region->name), context);
	}
	names_clear(&names);
	return ret;
}

static void print_line(const struct vproc_region *region, const char *name,
		       void *context)
{
	region_print(context, region, name);
}

int regions_read_text(struct regions_text *text, int fd)
{
	struct regions regions = {};
	FILE *out = open_memstream(&text->text, &text->size);
	int ret, error;

	if (!out)
		return -1;
	ret = regions_each(&regions, fd, print_line, out);
	error = errno;
	text->count = regions.count;
	text->seq = regions.seq;
	free(regions.array);
	if (fclose(out))
		ret = -1;
	if (!ret)
		return 0;
	free(text->text);
	text->text = NULL;
	errno = error;
	return -1;
}
