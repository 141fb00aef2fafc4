// SPDX-License-Identifier: GPL-2.0-only
/*
 * A cache of names, so that each id costs one VPROC_FILE.
 */
#define _GNU_SOURCE	/* tdestroy() */
#include <errno.h>
#include <limits.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "names.h"
#include "vproc_mem.h"

struct name {
	uint32_t id;
	char text[];
};

static int compare_ids(const void *a, const void *b)
{
	const struct name *one = a, *two = b;

	return (one->id > two->id) - (one->id < two->id);
}

void names_escape(char *to, const char *from)
{
	for (; *from; from++) {
		if (*from == '\n')
			to = stpcpy(to, "\\012");
		else
			*to++ = *from;
	}
	*to = '\0';
}

static struct name *new_name(const struct vproc_file *file, const char *text)
{
	struct name *name = malloc(sizeof(*name) + 4 * strlen(text) + 1);

	if (!name)
		return NULL;
	name->id = file->id;
	if (file->kind == VPROC_FILE_PATH)
		names_escape(name->text, text);
	else
		strcpy(name->text, text);
	return name;
}

static struct name *look_up(int fd, uint32_t id)
{
	char text[PATH_MAX] = "";
	struct vproc_file file = {
		.id = id,
		.name_addr = (uintptr_t)text,
		.name_size = sizeof(text),
	};

	if (ioctl(fd, VPROC_FILE, &file))
		return NULL;
	return new_name(&file, text);
}

const char *names_find(struct names *names, int fd, uint32_t id)
{
	const struct name key = { .id = id };
	struct name *name;
	void *node;

	if (id == VPROC_NAME_NONE)
		return "";
	node = tfind(&key, &names->tree, compare_ids);
	if (node)
		return (*(struct name **)node)->text;

	name = look_up(fd, id);
	if (!name)
		return NULL;
	if (!tsearch(name, &names->tree, compare_ids)) {
		free(name);
		errno = ENOMEM;
		return NULL;
	}
	names->count++;
	return name->text;
}

void names_clear(struct names *names)
{
	tdestroy(names->tree, free);
	names->tree = NULL;
	names->count = 0;
}
