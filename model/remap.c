// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving and resizing regions of a model, by the rules of mremap(2). The order
 * of the checks, and what has happened by then, are those of mm/mremap.c.
 */
#include <linux/mm.h>
#include <linux/mman.h>

#include "model/export.h"
#include "model/map.h"
#include "model/place.h"
#include "model/remap.h"

#define VPROC_REMAP_FLAGS	(MREMAP_MAYMOVE | MREMAP_FIXED | \
				 MREMAP_DONTUNMAP)

/**
 * struct vproc_remap - a remap under way
 * @span: the region that has the old address
 * @addr: old address
 * @old_size: bytes, of whole pages
 * @new_size: bytes, of whole pages
 * @new_addr: new address, or a hint
 * @flags: MREMAP_*
 */
struct vproc_remap {
	struct vproc_span span;
	unsigned long addr;
	unsigned long old_size;
	unsigned long new_size;
	unsigned long new_addr;
	u32 flags;
};

static int vproc_remap_check(const struct vproc_remap_request *request)
{
	u32 flags = request->flags;

	if (flags & ~VPROC_REMAP_FLAGS)
		return -EINVAL;
	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) &&
	    !(flags & MREMAP_MAYMOVE))
		return -EINVAL;
	if (flags & MREMAP_DONTUNMAP && request->old_size != request->new_size)
		return -EINVAL;
	if (!PAGE_ALIGNED(request->addr) || !PAGE_ALIGN(request->new_size))
		return -EINVAL;
	return 0;
}

static int vproc_remap_find(struct vproc_model *model,
			    struct vproc_remap *remap)
{
	if (!vproc_space_find(&model->space, remap->addr, &remap->span) ||
	    !vproc_span_contains(&remap->span, remap->addr))
		return -EFAULT;
	return 0;
}

/* Can the region be resized at all? As vma_to_resize(). */
static int vproc_remap_resizable(struct vproc_model *model,
				 struct vproc_remap *remap)
{
	const struct vproc_traits *traits;
	int ret;

	ret = vproc_remap_find(model, remap);
	if (ret)
		return ret;
	traits = &remap->span.attr->traits;
	if (!remap->old_size && !(traits->perm & VPROC_PERM_SHARED))
		return -EINVAL;
	if (remap->flags & MREMAP_DONTUNMAP &&
	    traits->kind == VPROC_KIND_PHYSICAL)
		return -EINVAL;
	if (remap->old_size > remap->span.end - remap->addr)
		return -EFAULT;
	if (remap->new_size == remap->old_size)
		return 0;
	return traits->kind == VPROC_KIND_PHYSICAL ? -EFAULT : 0;
}

/*
 * With MREMAP_DONTUNMAP the source stays a region of its own: the copy is not
 * merged with it, and then with nothing.
 */
static bool vproc_remap_keeps_apart(const struct vproc_remap *remap)
{
	return remap->flags & MREMAP_DONTUNMAP &&
	       remap->span.attr->traits.kind == VPROC_KIND_ANON &&
	       (remap->new_addr == remap->span.end ||
		remap->new_addr + remap->new_size == remap->span.start);
}

/* The attributes at the new place. */
static void vproc_remap_traits(const struct vproc_remap *remap,
			       struct vproc_traits *traits)
{
	*traits = remap->span.attr->traits;
	if (traits->kind != VPROC_KIND_ANON)
		traits->origin += remap->addr - remap->new_addr;
}

static int vproc_remap_copy(struct vproc_model *model,
			    const struct vproc_remap *remap)
{
	unsigned long end = remap->new_addr + remap->new_size;
	struct vproc_traits traits;
	struct vproc_attr *attr;
	int ret;

	vproc_remap_traits(remap, &traits);
	if (!vproc_remap_keeps_apart(remap))
		return vproc_map_set(model, remap->new_addr, end, &traits);

	attr = vproc_attr_new(&traits);
	if (!attr)
		return -ENOMEM;
	ret = vproc_space_set(&model->space, remap->new_addr, end, attr);
	vproc_attr_put(attr);
	if (!ret)
		model->seq++;
	return ret;
}

/* As move_vma(): copy the region to its new, free place; leave the old one. */
static int vproc_remap_move(struct vproc_model *model,
			    const struct vproc_remap *remap)
{
	unsigned long from = remap->addr, size = remap->old_size;
	int ret;

	if (model->space.nr + 3 >= model->max_regions)
		return -ENOMEM;
	ret = vproc_pages_reserve(&model->pages, from, size, remap->new_addr);
	if (ret)
		return ret;
	ret = vproc_remap_copy(model, remap);
	if (ret) {
		vproc_pages_release(&model->pages, remap->new_addr, size);
		return ret;
	}
	vproc_pages_move(&model->pages, from, size, remap->new_addr);
	if (size && !(remap->flags & MREMAP_DONTUNMAP))
		vproc_space_clear_nofail(&model->space, from, from + size);
	return 0;
}

/* The checks on the new place; those of mremap_to(). */
static int vproc_remap_check_target(struct vproc_model *model,
				    const struct vproc_remap *remap)
{
	unsigned long user_end = model->layout.user_end;

	if (!PAGE_ALIGNED(remap->new_addr) || remap->new_size > user_end ||
	    remap->new_addr > user_end - remap->new_size)
		return -EINVAL;
	if (remap->addr + remap->old_size > remap->new_addr &&
	    remap->new_addr + remap->new_size > remap->addr)
		return -EINVAL;
	return model->space.nr + 5 >= model->max_regions ? -ENOMEM : 0;
}

/* As mremap_to(): to a given place, or leaving the source mapped. */
static int vproc_remap_to(struct vproc_model *model, struct vproc_remap *remap)
{
	bool fixed = remap->flags & MREMAP_FIXED;
	int ret;

	ret = vproc_remap_check_target(model, remap);
	if (ret)
		return ret;
	if (fixed) {
		ret = vproc_model_unmap(model, remap->new_addr,
					remap->new_size);
		if (ret)
			return ret;
	}
	if (remap->old_size > remap->new_size) {
		ret = vproc_model_unmap(model, remap->addr + remap->new_size,
					remap->old_size - remap->new_size);
		if (ret)
			return ret;
		remap->old_size = remap->new_size;
	}
	ret = vproc_remap_resizable(model, remap);
	if (ret)
		return ret;
	ret = vproc_place(model, &remap->new_addr, remap->new_size, fixed);
	return ret ?: vproc_remap_move(model, remap);
}

static int vproc_remap_shrink(struct vproc_model *model,
			      struct vproc_remap *remap)
{
	remap->new_addr = remap->addr;
	if (remap->old_size == remap->new_size)
		return 0;
	return vproc_model_unmap(model, remap->addr + remap->new_size,
				 remap->old_size - remap->new_size);
}

/* Is there room above the region, and user space? As vma_expandable(). */
static bool vproc_remap_expandable(struct vproc_model *model,
				   const struct vproc_remap *remap)
{
	unsigned long end = remap->addr + remap->new_size;

	return remap->addr + remap->old_size == remap->span.end &&
	       end > remap->addr && end <= model->layout.user_end &&
	       vproc_place_free(model, remap->span.end, end);
}

static int vproc_remap_grow(struct vproc_model *model,
			    struct vproc_remap *remap)
{
	int ret;

	ret = vproc_remap_resizable(model, remap);
	if (ret)
		return ret;
	if (vproc_remap_expandable(model, remap)) {
		remap->new_addr = remap->addr;
		return vproc_map_set(model, remap->span.end,
				     remap->addr + remap->new_size,
				     &remap->span.attr->traits);
	}
	if (!(remap->flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	remap->new_addr = 0;
	ret = vproc_place(model, &remap->new_addr, remap->new_size, false);
	return ret ?: vproc_remap_move(model, remap);
}

/**
 * vproc_model_remap - mremap(2)
 * @model: the model
 * @request: what to remap
 * @addr: out: where it is
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0, or an error of struct vproc_mremap. With MREMAP_FIXED the target
 * range, and what the old range loses, may be unmapped then, as in Linux.
 */
int vproc_model_remap(struct vproc_model *model,
		      const struct vproc_remap_request *request,
		      unsigned long *addr)
{
	struct vproc_remap remap = {
		.addr = request->addr,
		.old_size = PAGE_ALIGN(request->old_size),
		.new_size = PAGE_ALIGN(request->new_size),
		.new_addr = request->new_addr,
		.flags = request->flags,
	};
	int ret;

	ret = vproc_remap_check(request);
	if (!ret)
		ret = vproc_remap_find(model, &remap);
	if (ret)
		return ret;

	if (remap.flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		ret = vproc_remap_to(model, &remap);
	else if (remap.old_size >= remap.new_size)
		ret = vproc_remap_shrink(model, &remap);
	else
		ret = vproc_remap_grow(model, &remap);
	if (!ret)
		*addr = remap.new_addr;
	return ret;
}
EXPORT_SYMBOL_VPROC(vproc_model_remap);
