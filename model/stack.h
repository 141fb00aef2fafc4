/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_MODEL_STACK_H
#define _VPROC_MODEL_STACK_H

#include "model/model.h"

/**
 * struct vproc_stack_state - a stack of a model
 * @node: in vproc_model.stacks
 * @id: its id
 * @bottom: lowest address, of the guard page
 * @top: first address above it
 * @sp: the stack pointer
 * @lowest: the lowest that it has been
 * @guard_size: bytes of guard page, at @bottom; nothing is mapped there
 * @limit: most bytes that the region may grow to
 */
struct vproc_stack_state {
	struct list_head node;
	u32 id;
	unsigned long bottom;
	unsigned long top;
	unsigned long sp;
	unsigned long lowest;
	unsigned long guard_size;
	unsigned long limit;
};

static inline unsigned long
vproc_stack_usable(const struct vproc_stack_state *stack)
{
	return stack->top - stack->bottom - stack->guard_size;
}

/* The top counts: the stack pointer of an empty stack is there. */
static inline bool vproc_stack_contains(const struct vproc_stack_state *stack,
					unsigned long addr)
{
	return addr >= stack->bottom && addr <= stack->top;
}

static inline bool vproc_stack_in_guard(const struct vproc_stack_state *stack,
					unsigned long addr)
{
	return addr >= stack->bottom && addr - stack->bottom < stack->guard_size;
}

struct vproc_stack_state *vproc_stack_find(struct vproc_model *model, u32 id);
struct vproc_stack_state *vproc_model_stack_new(struct vproc_model *model,
						unsigned long size,
						unsigned long limit,
						unsigned long top);
int vproc_model_stack_free(struct vproc_model *model,
			   struct vproc_stack_state *stack);
int vproc_model_grow_stack(struct vproc_model *model,
			   struct vproc_stack_state *stack,
			   unsigned long increment);
int vproc_stack_expand(struct vproc_model *model, const struct vproc_span *span,
		       unsigned long addr);

void vproc_stack_export(const struct vproc_model *model,
			const struct vproc_stack_state *stack,
			struct vproc_thread *thread);
int vproc_stacks_copy(struct vproc_model *child, struct vproc_model *parent);
void vproc_stacks_destroy(struct vproc_model *model);

#endif /* _VPROC_MODEL_STACK_H */
