// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stacks: regions that grow down, and what is known of those that VPROC_STACK_NEW
 * made.
 *
 * A stack of the reference spans [bottom, top), of which the lowest page is its
 * guard. Here the guard page is not mapped, and [bottom + guard, top) is one
 * region that grows down, so that Linux's rules for such a region and the
 * reference's for a stack hold together: the guard page is always the one below
 * the region, and moves with it.
 */
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/slab.h>

#include "model/export.h"
#include "model/map.h"
#include "model/place.h"
#include "model/stack.h"

/**
 * vproc_stack_find - a stack by its id
 * @model: the model
 * @id: the id
 *
 * Context: the space's lock is held.
 * Return: the stack, or NULL if there is none.
 */
struct vproc_stack_state *vproc_stack_find(struct vproc_model *model, u32 id)
{
	struct vproc_stack_state *stack;

	list_for_each_entry(stack, &model->stacks, node) {
		if (stack->id == id)
			return stack;
	}
	return NULL;
}
EXPORT_SYMBOL_VPROC(vproc_stack_find);

/* Where a new stack of @size bytes starts. */
static int vproc_stack_place(struct vproc_model *model, unsigned long size,
			     unsigned long top, unsigned long *bottom)
{
	unsigned long end = model->layout.stack_end;
	int ret;

	if (!top && list_empty(&model->stacks) && size < end &&
	    end - size >= model->layout.user_start &&
	    vproc_place_free(model, end - size, end)) {
		*bottom = end - size;
		return 0;
	}
	if (!top) {
		*bottom = 0;
		return vproc_place(model, bottom, size, false);
	}
	if (size > top)
		return -ENOMEM;
	*bottom = top - size;
	ret = vproc_place(model, bottom, size, true);
	if (ret)
		return ret;
	return vproc_place_free(model, *bottom, top) ? 0 : -EEXIST;
}

/* The checks that need no address. */
static int vproc_stack_check(struct vproc_model *model, unsigned long size,
			     unsigned long limit, unsigned long top)
{
	if (size < 2 * PAGE_SIZE || !PAGE_ALIGNED(top) ||
	    (limit && limit < size))
		return -EINVAL;
	if (!PAGE_ALIGN(size) || model->nr_stacks >= VPROC_MODEL_STACKS ||
	    model->space.nr > model->max_regions)
		return -ENOMEM;
	return 0;
}

static int vproc_stack_map(struct vproc_model *model,
			   const struct vproc_stack_state *stack)
{
	struct vproc_traits traits;

	vproc_map_anonymous(&traits, PROT_READ | PROT_WRITE, MAP_GROWSDOWN);
	return vproc_map_set(model, stack->bottom + stack->guard_size,
			     stack->top, &traits);
}

/**
 * vproc_model_stack_new - make a stack
 * @model: the model
 * @size: bytes, guard page included; rounded up to pages
 * @limit: most bytes its region may grow to; 0: the layout's, or @size
 * @top: where it ends; 0: to be chosen
 *
 * Context: the space's lock is held; may sleep.
 * Return: the stack, or an error of struct vproc_stack_new.
 */
struct vproc_stack_state *vproc_model_stack_new(struct vproc_model *model,
						unsigned long size,
						unsigned long limit,
						unsigned long top)
{
	struct vproc_stack_state *stack;
	int ret;

	ret = vproc_stack_check(model, size, limit, top);
	if (ret)
		return ERR_PTR(ret);
	size = PAGE_ALIGN(size);
	stack = kzalloc(sizeof(*stack), GFP_KERNEL_ACCOUNT);
	if (!stack)
		return ERR_PTR(-ENOMEM);
	ret = vproc_stack_place(model, size, top, &stack->bottom);
	if (ret)
		goto free;
	stack->top = stack->bottom + size;
	stack->sp = stack->top;
	stack->lowest = stack->top;
	stack->guard_size = PAGE_SIZE;
	stack->limit = limit ?: max(size, model->layout.stack_size);
	ret = vproc_stack_map(model, stack);
	if (ret)
		goto free;

	if (!model->space.start_stack)
		model->space.start_stack = stack->top - 1;
	stack->id = model->next_stack++;
	list_add_tail(&stack->node, &model->stacks);
	model->nr_stacks++;
	return stack;
free:
	kfree(stack);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_VPROC(vproc_model_stack_new);

/**
 * vproc_model_stack_free - unmap what a stack spans, and forget it
 * @model: the model
 * @stack: the stack
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0 or -ENOMEM as vproc_map_clear().
 */
int vproc_model_stack_free(struct vproc_model *model,
			   struct vproc_stack_state *stack)
{
	int ret;

	ret = vproc_map_clear(model, stack->bottom, stack->top);
	if (ret)
		return ret;
	if (model->space.start_stack == stack->top - 1)
		model->space.start_stack = 0;
	list_del(&stack->node);
	kfree(stack);
	model->nr_stacks--;
	return 0;
}
EXPORT_SYMBOL_VPROC(vproc_model_stack_free);

/* The stack that a region is the memory of, or NULL. */
static struct vproc_stack_state *
vproc_stack_of(struct vproc_model *model, const struct vproc_span *span)
{
	struct vproc_stack_state *stack;

	list_for_each_entry(stack, &model->stacks, node) {
		if (span->start > stack->bottom && span->start < stack->top)
			return stack;
	}
	return NULL;
}

/*
 * May a region that grows down reach down to @start? Below it must be nothing,
 * and below that a gap, where what lies there is accessible and does not grow
 * itself: the rule of expand_downwards().
 */
static bool vproc_stack_room(struct vproc_model *model,
			     const struct vproc_span *span, unsigned long start)
{
	const u8 access = VPROC_PERM_READ | VPROC_PERM_WRITE | VPROC_PERM_EXEC;
	const struct vproc_traits *traits;
	struct vproc_span below;
	unsigned long gap;

	if (!vproc_place_free(model, start, span->start))
		return false;
	gap = min_t(unsigned long, start, VPROC_STACK_GUARD_GAP);
	vproc_space_for_each(&model->space, &below, start - gap) {
		if (below.start >= start)
			return true;
		traits = &below.attr->traits;
		if (below.end + gap > start && traits->perm & access &&
		    !(traits->flags & VPROC_TRAIT_GROWS_DOWN) &&
		    vproc_place_free(model, below.end, start))
			return false;
	}
	return true;
}

/**
 * vproc_stack_expand - let a region grow down to an address
 * @model: the model
 * @span: the region
 * @addr: an address below it
 *
 * The rules are those of expand_downwards() and acct_stack_growth().
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0; -EFAULT: the region does not grow down; -EPERM: below user space;
 * -ENOMEM: beyond its limit, no room, or no memory.
 */
int vproc_stack_expand(struct vproc_model *model, const struct vproc_span *span,
		       unsigned long addr)
{
	struct vproc_stack_state *stack = vproc_stack_of(model, span);
	unsigned long limit = stack ? stack->limit : model->layout.stack_size;
	unsigned long start = addr & PAGE_MASK;
	int ret;

	if (!(span->attr->traits.flags & VPROC_TRAIT_GROWS_DOWN))
		return -EFAULT;
	if (start < model->layout.user_start)
		return -EPERM;
	if (!vproc_stack_room(model, span, start) || span->end - start > limit)
		return -ENOMEM;

	ret = vproc_space_set(&model->space, start, span->end, span->attr);
	if (ret)
		return ret;
	if (stack)
		stack->bottom = min(stack->bottom, start - stack->guard_size);
	model->seq++;
	return 0;
}
EXPORT_SYMBOL_VPROC(vproc_stack_expand);

/**
 * vproc_model_grow_stack - make a stack larger
 * @model: the model
 * @stack: the stack
 * @increment: by how many bytes; rounded up to pages
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0, or an error of struct vproc_stack_op.
 */
int vproc_model_grow_stack(struct vproc_model *model,
			   struct vproc_stack_state *stack,
			   unsigned long increment)
{
	unsigned long start = stack->bottom + stack->guard_size;
	struct vproc_span span;

	if (!increment)
		return -EINVAL;
	if (!vproc_space_find(&model->space, start, &span) ||
	    span.start != start)
		return -EFAULT;
	if (!PAGE_ALIGN(increment) || PAGE_ALIGN(increment) > start)
		return -ENOMEM;
	return vproc_stack_expand(model, &span, start - PAGE_ALIGN(increment));
}
EXPORT_SYMBOL_VPROC(vproc_model_grow_stack);

/**
 * vproc_stacks_copy - give a copy of a model the same stacks
 * @child: the copy, which has none
 * @parent: the model
 *
 * Context: the locks of both spaces are held; may sleep.
 * Return: 0 or -ENOMEM, with some of them copied.
 */
int vproc_stacks_copy(struct vproc_model *child, struct vproc_model *parent)
{
	struct vproc_stack_state *stack, *copy;

	list_for_each_entry(stack, &parent->stacks, node) {
		copy = kmemdup(stack, sizeof(*stack), GFP_KERNEL_ACCOUNT);
		if (!copy)
			return -ENOMEM;
		list_add_tail(&copy->node, &child->stacks);
		child->nr_stacks++;
	}
	child->next_stack = parent->next_stack;
	return 0;
}

/**
 * vproc_stacks_destroy - forget all stacks
 * @model: a model that goes
 */
void vproc_stacks_destroy(struct vproc_model *model)
{
	struct vproc_stack_state *stack, *next;

	list_for_each_entry_safe(stack, next, &model->stacks, node)
		kfree(stack);
	INIT_LIST_HEAD(&model->stacks);
	model->nr_stacks = 0;
}

/**
 * vproc_stack_export - a stack in the form that user space sees
 * @model: the model
 * @stack: the stack
 * @thread: where to put it
 *
 * Context: the space's lock is held.
 */
void vproc_stack_export(const struct vproc_model *model,
			const struct vproc_stack_state *stack,
			struct vproc_thread *thread)
{
	unsigned long floor = stack->top - min(stack->top, stack->limit);

	*thread = (struct vproc_thread) {
		.tid = stack->id,
		.flags = VPROC_THREAD_GROWS,
		.sp = stack->sp,
		.bottom = stack->bottom + stack->guard_size,
		.top = stack->top,
		.guard_start = stack->bottom,
		.guard_end = stack->bottom + stack->guard_size,
		.used = stack->top - stack->sp,
		.headroom = stack->sp - min(stack->sp, floor),
		.deepest = stack->top - stack->lowest,
		.limit = stack->limit,
	};
	if (vproc_stack_contains(stack, model->space.start_stack))
		thread->flags |= VPROC_THREAD_MAIN;
}
EXPORT_SYMBOL_VPROC(vproc_stack_export);
