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

void region_print(FILE *out, const struct vproc_region *region,
		  const char *name)
{
	char perm[5];
	int width;

	region_perm(perm, region->perm);
	width = fprintf(out, "%08llx-%08llx %s %08llx %02x:%02x %llu ",
			region->start, region->end, perm, region->offset,
			region->dev_major, region->dev_minor, region->inode);
	if (*name) {
		width = width < NAME_COLUMN ? NAME_COLUMN - width : 0;
		fprintf(out, "%*s %s", width, "", name);
	}
	putc('\n', out);
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

int regions_fetch(struct regions *regions, int fd)
{
	for (;;) {
		struct vproc_regions arg = {
			.regions_addr = (uintptr_t)regions->array,
			.count = regions->room,
		};

		if (ioctl(fd, VPROC_REGIONS, &arg))
			return -1;
		if (arg.total <= regions->room) {
			regions->count = arg.count;
			regions->seq = arg.seq;
			return 0;
		}
		if (grow(regions, arg.total))
			return -1;
	}
}

static int print_all(FILE *out, const struct regions *regions, int fd)
{
	struct names names = {};
	uint32_t i;
	int ret = 0;

	for (i = 0; i < regions->count; i++) {
		const struct vproc_region *region = &regions->array[i];
		const char *name = names_find(&names, fd, region->name);

		if (!name) {
			ret = -1;
			break;
		}
		region_print(out, region, name);
	}
	names_clear(&names);
	return ret;
}

/* One try; the regions may change before their names have been looked up. */
static int try_read_text(struct regions_text *text, int fd)
{
	struct regions regions = {};
	FILE *out;
	int ret;

	out = open_memstream(&text->text, &text->size);
	if (!out)
		return -1;
	ret = regions_fetch(&regions, fd);
	if (!ret)
		ret = print_all(out, &regions, fd);
	text->count = regions.count;
	text->seq = regions.seq;
	free(regions.array);
	if (fclose(out))
		ret = -1;
	return ret;
}

int regions_read_text(struct regions_text *text, int fd)
{
	int tries, error;

	for (tries = 0; tries < 10; tries++) {
		if (!try_read_text(text, fd))
			return 0;
		error = errno;
		free(text->text);
		text->text = NULL;
		errno = error;
		/* A name that is no longer known belonged to an old state. */
		if (error != ENOENT)
			break;
	}
	return -1;
}
