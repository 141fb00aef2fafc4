/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_MODEL_MODEL_H
#define _VPROC_MODEL_MODEL_H

#include <linux/list.h>

#include "model/cow.h"
#include "model/layout.h"
#include "model/space.h"

/**
 * struct vproc_model - an address space that belongs to no task
 * @space: its regions and heap. Its lock protects all that follows
 * @layout: where things are; never changes
 * @max_regions: as vm.max_map_count; never changes
 * @pages: the private pages that exist
 * @stacks: struct vproc_stack_state, by id
 * @nr_stacks: how many
 * @next_stack: the id to give next
 * @seq: number of the last change
 *
 * Every operation but vproc_model_init() and vproc_model_destroy() wants the
 * space's lock held, and leaves the model as it was if it fails, unless it says
 * otherwise.
 */
struct vproc_model {
	struct vproc_space space;
	struct vproc_layout layout;
	unsigned long max_regions;
	struct vproc_pages pages;
	struct list_head stacks;
	unsigned int nr_stacks;
	u32 next_stack;
	u64 seq;
};

/**
 * struct vproc_translation - how a copy of a model comes by its backings
 * @translate: gives the copy's backing, with a reference, for one of the
 *	original's; or NULL without memory
 * @data: handed to @translate
 */
struct vproc_translation {
	struct vproc_backing *(*translate)(void *data,
					   struct vproc_backing *backing);
	void *data;
};

void vproc_model_init(struct vproc_model *model,
		      const struct vproc_layout *layout,
		      unsigned long max_regions);
void vproc_model_destroy(struct vproc_model *model);
int vproc_model_fork(struct vproc_model *child, struct vproc_model *parent,
		     const struct vproc_translation *how);

#endif /* _VPROC_MODEL_MODEL_H */
