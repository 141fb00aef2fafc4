// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accesses to a model's memory, as the page fault handler decides them.
 */
#include <linux/mm.h>
#include <linux/mman.h>

#include "model/export.h"
#include "model/fault.h"
#include "model/stack.h"

/**
 * vproc_model_touch - an access
 * @model: the model
 * @addr: the address
 * @access: one of PROT_READ, PROT_WRITE, PROT_EXEC
 *
 * A region that grows down does so before the permission is looked at, as in
 * Linux: after -EACCES it may have grown.
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0, or an error of struct vproc_touch.
 */
int vproc_model_touch(struct vproc_model *model, unsigned long addr, u32 access)
{
	struct vproc_span span;
	int ret;

	if (!vproc_space_find(&model->space, addr, &span))
		return -EFAULT;
	if (addr < span.start) {
		ret = vproc_stack_expand(model, &span, addr);
		if (ret)
			return ret;
	}
	return span.attr->traits.perm & access ? 0 : -EACCES;
}
EXPORT_SYMBOL_VPROC(vproc_model_touch);

/**
 * vproc_model_write - a write
 * @model: the model
 * @addr: the address
 *
 * A page of private memory exists afterwards, and belongs to this model alone.
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0, or an error of struct vproc_touch.
 */
int vproc_model_write(struct vproc_model *model, unsigned long addr)
{
	struct vproc_span span;
	int ret;

	ret = vproc_model_touch(model, addr, PROT_WRITE);
	if (ret)
		return ret;
	vproc_space_find(&model->space, addr, &span);
	if (span.attr->traits.perm & VPROC_PERM_SHARED)
		return 0;
	ret = vproc_pages_write(&model->pages, addr);
	if (!ret)
		model->seq++;
	return ret;
}
EXPORT_SYMBOL_VPROC(vproc_model_write);
