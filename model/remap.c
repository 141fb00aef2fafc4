// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving and resizing regions of a model, by the rules of mremap(2). The order
 * of the checks, and what has happened by then, are those of mm/mremap.c.
 */
#include <linux/mm.h>
#include <linux/mman.h>

#include "live/compat.h"
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

/* What is refused whatever is mapped. */
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

/* Can the region be resized or moved at all? As check_prep_vma(). */
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
	/* What is cut off may lie in other regions. */
	if (min(remap->old_size, remap->new_size) >
	    remap->span.end - remap->addr)
		return -EFAULT;
	if (remap->new_size <= remap->old_size)
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

/*
 * Is there room for the regions that a move makes for a while, and for @more?
 * Before VPROC_REMAP_COUNTS it had to be for two more than there are.
 */
static bool vproc_remap_fits(struct vproc_model *model, unsigned long more)
{
	unsigned long made = VPROC_REMAP_COUNTS ? 2 : 4;

	return model->space.nr + made + more <= model->max_regions;
}

/* As move_vma(): copy the region to its new, free place; leave the old one. */
static int vproc_remap_move(struct vproc_model *model,
			    const struct vproc_remap *remap)
{
	unsigned long from = remap->addr, size = remap->old_size;
	int ret;

	if (!vproc_remap_fits(model, 0))
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
	return 0;
}

/* As mremap_to(): to a given place, or leaving the source mapped. */
static int vproc_remap_to(struct vproc_model *model, struct vproc_remap *remap)
{
	bool fixed = remap->flags & MREMAP_FIXED;
	int ret;

	if (VPROC_REMAP_MANY) {
		ret = vproc_remap_resizable(model, remap);
		if (ret)
			return ret;
	}
	if (!VPROC_REMAP_COUNTS && !vproc_remap_fits(model, 2))
		return -ENOMEM;
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
	/* What was just unmapped may have been a part of the region. */
	ret = vproc_remap_resizable(model, remap);
	if (ret)
		return ret;
	ret = vproc_place(model, &remap->new_addr, remap->new_size, fixed);
	return ret ?: vproc_remap_move(model, remap);
}

/*
 * As remap_move(): to a given place, in their present size, all regions of a
 * range, with the gaps between them. What was moved before one that cannot be
 * moved stays so.
 */
static int vproc_remap_many(struct vproc_model *model,
			    const struct vproc_remap *remap)
{
	unsigned long end = remap->addr + remap->old_size;
	unsigned long at = remap->addr;
	struct vproc_remap one = *remap;
	int ret;

	ret = vproc_remap_find(model, &one);
	while (!ret && at < end &&
	       vproc_space_find(&model->space, at, &one.span) &&
	       one.span.start < end) {
		/* Devices may want a place of their own choice. */
		if (one.span.attr->traits.type == VPROC_TYPE_DEVICE &&
		    (at > remap->addr || one.span.end < end))
			return -EFAULT;
		one.addr = max(one.span.start, at);
		one.old_size = min(one.span.end, end) - one.addr;
		one.new_size = one.old_size;
		one.new_addr = remap->new_addr + (one.addr - remap->addr);
		at = one.addr + one.old_size;
		ret = vproc_remap_to(model, &one);
	}
	return ret;
}

static int vproc_remap_shrink(struct vproc_model *model,
			      struct vproc_remap *remap)
{
	int ret = vproc_remap_find(model, remap);

	if (ret)
		return ret;
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

/* Is there a new place, with the source unmapped or not? */
static bool vproc_remap_is_placed(const struct vproc_remap *remap)
{
	return remap->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP);
}

/* What is looked at, from VPROC_REMAP_MANY on, before any region is. */
static int vproc_remap_check_room(struct vproc_model *model,
				  const struct vproc_remap *remap)
{
	bool keeps = remap->flags & MREMAP_DONTUNMAP;

	if (remap->new_size > model->layout.user_end)
		return -EINVAL;
	if (VPROC_REMAP_COUNTS && !vproc_remap_fits(model, 2 + keeps))
		return -ENOMEM;
	return 0;
}

/* Once the request itself is in order. */
static int vproc_remap_do(struct vproc_model *model, struct vproc_remap *remap)
{
	if (VPROC_REMAP_MANY && remap->flags & MREMAP_FIXED &&
	    remap->old_size == remap->new_size)
		return vproc_remap_many(model, remap);
	if (vproc_remap_is_placed(remap))
		return vproc_remap_to(model, remap);
	if (remap->old_size >= remap->new_size)
		return vproc_remap_shrink(model, remap);
	return vproc_remap_grow(model, remap);
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
	if (!ret && !VPROC_REMAP_MANY)
		ret = vproc_remap_find(model, &remap);
	if (!ret && vproc_remap_is_placed(&remap))
		ret = vproc_remap_check_target(model, &remap);
	if (!ret && VPROC_REMAP_MANY)
		ret = vproc_remap_check_room(model, &remap);
	if (!ret)
		ret = vproc_remap_do(model, &remap);
	if (!ret)
		*addr = remap.new_addr;
	return ret;
}
EXPORT_SYMBOL_VPROC(vproc_model_remap);
