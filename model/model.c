// SPDX-License-Identifier: GPL-2.0-only
/*
 * A model: an address space that lives in the module alone. What it is made of
 * and how it is copied; what can be done with it is in map.c, remap.c, heap.c,
 * stack.c and fault.c.
 */
#include <linux/slab.h>

#include "model/export.h"
#include "model/model.h"
#include "model/stack.h"

/**
 * vproc_model_init - an empty model
 * @model: the model
 * @layout: its layout, which vproc_layout_check() accepts
 * @max_regions: most regions
 */
void vproc_model_init(struct vproc_model *model,
		      const struct vproc_layout *layout,
		      unsigned long max_regions)
{
	vproc_space_init_gaps(&model->space);
	vproc_heap_init(&model->space.heap, layout->heap_start,
			layout->heap_start, false);
	vproc_pages_init(&model->pages);
	INIT_LIST_HEAD(&model->stacks);
	model->layout = *layout;
	model->max_regions = max_regions;
	model->nr_stacks = 0;
	model->next_stack = 1;
	model->seq = 0;
}
EXPORT_SYMBOL_VPROC(vproc_model_init);

/**
 * vproc_model_destroy - the end of a model
 * @model: the model, which nobody else can reach any more
 *
 * Context: may sleep; takes the space's lock.
 */
void vproc_model_destroy(struct vproc_model *model)
{
	vproc_stacks_destroy(model);
	vproc_pages_destroy(&model->pages);
	vproc_space_destroy(&model->space);
}
EXPORT_SYMBOL_VPROC(vproc_model_destroy);

/* The attributes of a region, for a copy of its model. */
static struct vproc_attr *
vproc_attr_translate(struct vproc_attr *attr,
		     const struct vproc_translation *how)
{
	struct vproc_traits traits = attr->traits;
	struct vproc_attr *copy;

	if (!traits.backing)
		return vproc_attr_copy(attr, GFP_KERNEL_ACCOUNT);
	traits.backing = how->translate(how->data, traits.backing);
	if (!traits.backing)
		return NULL;
	copy = vproc_attr_new(&traits);
	vproc_backing_put(traits.backing);
	return copy;
}

static int vproc_regions_copy(struct vproc_space *child,
			      struct vproc_space *parent,
			      const struct vproc_translation *how)
{
	struct vproc_attr *attr;
	struct vproc_span span;
	int ret;

	vproc_space_for_each(parent, &span, 0) {
		attr = vproc_attr_translate(span.attr, how);
		if (!attr)
			return -ENOMEM;
		ret = vproc_space_set(child, span.start, span.end, attr);
		vproc_attr_put(attr);
		if (ret)
			return ret;
	}
	child->heap = parent->heap;
	child->start_stack = parent->start_stack;
	return 0;
}

/**
 * vproc_model_fork - make a model a copy of another
 * @child: a new model, with nothing in it, of the same layout
 * @parent: the model to copy
 * @how: gives the child's backing for each of the parent's
 *
 * Private pages are shared from now on.
 *
 * Context: the locks of both spaces are held; may sleep.
 * Return: 0 or -ENOMEM: the child is then to be destroyed.
 */
int vproc_model_fork(struct vproc_model *child, struct vproc_model *parent,
		     const struct vproc_translation *how)
{
	int ret;

	ret = vproc_regions_copy(&child->space, &parent->space, how);
	if (!ret)
		ret = vproc_stacks_copy(child, parent);
	if (!ret)
		ret = vproc_pages_share(&child->pages, &parent->pages);
	child->seq = parent->seq;
	return ret;
}
EXPORT_SYMBOL_VPROC(vproc_model_fork);
