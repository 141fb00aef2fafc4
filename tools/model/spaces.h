/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MODEL_SPACES_H
#define _MODEL_SPACES_H

#include <stddef.h>

#include "vproc_mem.h"

/* An address space: a file of the device that is a model. */
struct space {
	char *name;
	int fd;
	struct vproc_create layout;
};

struct spaces {
	struct space *array;
	size_t count;
	size_t current;
};

/* The one that commands act on; there always is one. */
struct space *spaces_current(const struct spaces *spaces);

/* NULL if there is none of that name. */
struct space *spaces_find(const struct spaces *spaces, const char *name);

/*
 * A new model; @create is in and out. Returns its file, or -1 with errno set:
 * 0 if what is wrong was said already.
 */
int space_create(struct vproc_create *create);

void spaces_add(struct spaces *spaces, const char *name, int fd,
		struct vproc_create layout);
void spaces_remove(struct spaces *spaces, struct space *space);
void spaces_clear(struct spaces *spaces);

#endif /* _MODEL_SPACES_H */
