// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping, unmapping and protecting memory of a model, by the rules of mmap(2),
 * munmap(2) and mprotect(2).
 *
 * Linux merges what an operation has touched with what lies beside it, and
 * nothing else: two regions that look the same can stay apart for good. So
 * merging is done here, where it is known what was touched, and not in the
 * space.
 */
#include <linux/mm.h>
#include <linux/mman.h>

#include "live/compat.h"
#include "model/export.h"
#include "model/map.h"
#include "model/place.h"

static_assert(VPROC_PERM_READ == PROT_READ);
static_assert(VPROC_PERM_WRITE == PROT_WRITE);
static_assert(VPROC_PERM_EXEC == PROT_EXEC);

/* The region that covers @addr, if it can be one with what has @traits. */
static bool vproc_mergeable(struct vproc_model *model, unsigned long addr,
			    const struct vproc_traits *traits,
			    struct vproc_span *span)
{
	return traits->kind != VPROC_KIND_PHYSICAL &&
	       vproc_space_find(&model->space, addr, span) &&
	       vproc_span_contains(span, addr) &&
	       vproc_traits_equal(&span->attr->traits, traits);
}

/**
 * vproc_map_set - make a range one region, merged with its neighbours
 * @model: the model
 * @start: first address, page-aligned
 * @end: first address after it, page-aligned
 * @traits: its attributes
 *
 *	LLLL****RRRR	L and R have the same attributes as *: LLLLLLLLLLLL
 *	LLLL****RRRR	only L has them:		       LLLLLLLLRRRR
 *	LLLL****RRRR	only R has them:		       LLLLRRRRRRRR
 *
 * What the range covered is gone; L and R may each be parts of a region that
 * reached into it. Pages stay as they are, and the limit on regions is the
 * caller's to check.
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0 or -ENOMEM.
 */
int vproc_map_set(struct vproc_model *model, unsigned long start,
		  unsigned long end, const struct vproc_traits *traits)
{
	struct vproc_attr *attr = NULL;
	struct vproc_span span;
	int ret;

	if (vproc_mergeable(model, end, traits, &span)) {
		attr = span.attr;
		end = span.end;
	}
	if (vproc_mergeable(model, start - 1, traits, &span)) {
		attr = span.attr;
		start = span.start;
	}
	attr = attr ? vproc_attr_get(attr) : vproc_attr_new(traits);
	if (!attr)
		return -ENOMEM;
	ret = vproc_space_set(&model->space, start, end, attr);
	vproc_attr_put(attr);
	if (!ret)
		model->seq++;
	return ret;
}
EXPORT_SYMBOL_VPROC(vproc_map_set);

/* Would this cut a region in two where there must be no more of them? */
static bool vproc_cuts_too_many(struct vproc_model *model, unsigned long start,
				unsigned long end)
{
	struct vproc_span span;

	return model->space.nr >= model->max_regions &&
	       vproc_space_find(&model->space, start, &span) &&
	       span.start < start && span.end > end;
}

/**
 * vproc_map_clear - make a range empty, and drop its pages
 * @model: the model
 * @start: first address, page-aligned
 * @end: first address after it, page-aligned, and not @start
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0; -ENOMEM: no memory, or a region would be cut in two where there
 * are the most regions already.
 */
int vproc_map_clear(struct vproc_model *model, unsigned long start,
		    unsigned long end)
{
	int ret;

	if (vproc_place_free(model, start, end))
		return 0;
	if (vproc_cuts_too_many(model, start, end))
		return -ENOMEM;
	ret = vproc_space_clear(&model->space, start, end);
	if (ret)
		return ret;
	vproc_pages_drop(&model->pages, start, end);
	model->seq++;
	return 0;
}
EXPORT_SYMBOL_VPROC(vproc_map_clear);

/* As accountable_mapping(): is this private and writable, and reserved? */
static bool vproc_accountable(const struct vproc_traits *traits)
{
	return traits->perm & VPROC_PERM_WRITE &&
	       !(traits->perm & VPROC_PERM_SHARED) &&
	       !(traits->flags & VPROC_TRAIT_NO_RESERVE);
}

/**
 * vproc_map_anonymous - the attributes of new private anonymous memory
 * @traits: out
 * @prot: PROT_*
 * @flags: MAP_NORESERVE, MAP_GROWSDOWN; others are not looked at
 */
void vproc_map_anonymous(struct vproc_traits *traits, u32 prot, u32 flags)
{
	*traits = (struct vproc_traits) {
		.perm = prot,
		.kind = VPROC_KIND_ANON,
		.flags = VPROC_TRAIT_MAY_ALL,
	};
	if (flags & MAP_NORESERVE)
		traits->flags |= VPROC_TRAIT_NO_RESERVE;
	if (flags & MAP_GROWSDOWN) {
		traits->flags |= VPROC_TRAIT_GROWS_DOWN;
		traits->type = VPROC_TYPE_STACK;
	}
	if (vproc_accountable(traits))
		traits->flags |= VPROC_TRAIT_ACCOUNT;
	vproc_traits_derive(traits);
}
EXPORT_SYMBOL_VPROC(vproc_map_anonymous);

static void vproc_map_backed(struct vproc_traits *traits,
			     const struct vproc_map_request *request,
			     unsigned long addr)
{
	bool shared = (request->flags & MAP_TYPE) != MAP_PRIVATE;

	*traits = (struct vproc_traits) {
		.origin = request->offset - addr,
		.backing = request->backing,
		.perm = request->prot,
		.kind = VPROC_KIND_FILE,
		.flags = request->may,
	};
	if (shared)
		traits->perm |= VPROC_PERM_SHARED;
	if (shared || request->type == VPROC_TYPE_DEVICE)
		traits->type = request->type;
	if (request->flags & MAP_NORESERVE)
		traits->flags |= VPROC_TRAIT_NO_RESERVE;
	if (vproc_accountable(traits))
		traits->flags |= VPROC_TRAIT_ACCOUNT;
	vproc_traits_derive(traits);
}

/* The checks that do_mmap() makes before it looks for an address. */
static int vproc_map_check(struct vproc_model *model, unsigned long size)
{
	if (!size)
		return -EINVAL;
	if (!PAGE_ALIGN(size))
		return -ENOMEM;
	if (model->space.nr > model->max_regions)
		return -ENOMEM;
	return 0;
}

/* Those that it makes once it has one. */
static int vproc_map_check_type(const struct vproc_map_request *request)
{
	u32 type = request->flags & MAP_TYPE;

	if (request->refusal)
		return request->refusal;
	if (type != MAP_PRIVATE && type != MAP_SHARED &&
	    (type != MAP_SHARED_VALIDATE || request->flags & MAP_ANONYMOUS))
		return -EINVAL;
	return request->flags & MAP_GROWSDOWN && request->backing ? -EINVAL : 0;
}

/* Put a new region where others may be, which then go with their pages. */
static int vproc_map_replace(struct vproc_model *model, unsigned long start,
			     unsigned long end,
			     const struct vproc_traits *traits)
{
	int ret;

	if (vproc_cuts_too_many(model, start, end))
		return -ENOMEM;
	ret = vproc_map_set(model, start, end, traits);
	if (!ret)
		vproc_pages_drop(&model->pages, start, end);
	return ret;
}

/**
 * vproc_model_map - mmap(2)
 * @model: the model
 * @request: what to map
 * @addr: out: where it is
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0, or an error of struct vproc_mmap, in the order listed there.
 */
int vproc_model_map(struct vproc_model *model,
		    const struct vproc_map_request *request,
		    unsigned long *addr)
{
	const u32 fixed = MAP_FIXED | MAP_FIXED_NOREPLACE;
	unsigned long size = PAGE_ALIGN(request->size);
	unsigned long start = request->addr;
	struct vproc_traits traits;
	int ret;

	ret = vproc_map_check(model, request->size);
	if (ret)
		return ret;
	ret = vproc_place(model, &start, size, request->flags & fixed);
	if (ret)
		return ret;
	if (request->flags & MAP_FIXED_NOREPLACE &&
	    !vproc_place_free(model, start, start + size))
		return -EEXIST;
	ret = vproc_map_check_type(request);
	if (ret)
		return ret;

	if (request->backing)
		vproc_map_backed(&traits, request, start);
	else
		vproc_map_anonymous(&traits, request->prot, request->flags);
	ret = vproc_map_replace(model, start, start + size, &traits);
	if (!ret)
		*addr = start;
	return ret;
}
EXPORT_SYMBOL_VPROC(vproc_model_map);

/**
 * vproc_model_map_physical - physical memory at a given address
 * @model: the model
 * @phys: physical address
 * @addr: the address
 * @size: bytes, not rounded
 * @prot: PROT_*
 *
 * Nothing is mapped for real.
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0, or an error of struct vproc_map_physical.
 */
int vproc_model_map_physical(struct vproc_model *model, u64 phys,
			     unsigned long addr, unsigned long size, u32 prot)
{
	struct vproc_traits traits = {
		.origin = phys - addr,
		.type = VPROC_TYPE_DEVICE,
		.perm = prot | VPROC_PERM_SHARED,
		.kind = VPROC_KIND_PHYSICAL,
		.flags = VPROC_TRAIT_MAY_ALL,
	};
	u64 end;
	int ret;

	if (!PAGE_ALIGNED(phys) || !PAGE_ALIGNED(addr) || !size)
		return -EINVAL;
	ret = vproc_map_check(model, size);
	if (ret)
		return ret;
	size = PAGE_ALIGN(size);
	if (check_add_overflow(phys, (u64)size, &end))
		return -EOVERFLOW;
	ret = vproc_place(model, &addr, size, true);
	if (ret)
		return ret;
	if (!vproc_place_free(model, addr, addr + size))
		return -EEXIST;
	vproc_traits_derive(&traits);
	return vproc_map_set(model, addr, addr + size, &traits);
}
EXPORT_SYMBOL_VPROC(vproc_model_map_physical);

/* The checks of munmap(). On success @end is the first address after the range. */
static int vproc_unmap_check(struct vproc_model *model, unsigned long addr,
			     unsigned long size, unsigned long *end)
{
	unsigned long user_end = model->layout.user_end;

	if (!PAGE_ALIGNED(addr) || addr > user_end || size > user_end - addr ||
	    !size)
		return -EINVAL;
	*end = addr + PAGE_ALIGN(size);
	return 0;
}

/**
 * vproc_model_unmap - munmap(2)
 * @model: the model
 * @addr: first address
 * @size: bytes, not rounded
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0; -EINVAL: not aligned, empty, or beyond user space; -ENOMEM: see
 * vproc_map_clear().
 */
int vproc_model_unmap(struct vproc_model *model, unsigned long addr,
		      unsigned long size)
{
	unsigned long end;
	int ret;

	ret = vproc_unmap_check(model, addr, size, &end);
	return ret ?: vproc_map_clear(model, addr, end);
}
EXPORT_SYMBOL_VPROC(vproc_model_unmap);

/**
 * vproc_model_free - give private anonymous memory back
 * @model: the model
 * @addr: first address
 * @size: bytes, not rounded
 *
 * Context: the space's lock is held; may sleep.
 * Return: as vproc_model_unmap(); -EINVAL also if the range has a hole, or
 * anything but private anonymous memory.
 */
int vproc_model_free(struct vproc_model *model, unsigned long addr,
		     unsigned long size)
{
	unsigned long end, at;
	struct vproc_span span;
	int ret;

	ret = vproc_unmap_check(model, addr, size, &end);
	if (ret)
		return ret;
	for (at = addr; at < end; at = span.end) {
		if (!vproc_space_find(&model->space, at, &span) ||
		    !vproc_span_contains(&span, at) ||
		    span.attr->traits.kind != VPROC_KIND_ANON)
			return -EINVAL;
	}
	return vproc_map_clear(model, addr, end);
}
EXPORT_SYMBOL_VPROC(vproc_model_free);

/* What mprotect_fixup() makes of a region's attributes. */
static void vproc_protect_traits(struct vproc_traits *traits, u32 prot)
{
	const u8 counted = VPROC_TRAIT_ACCOUNT | VPROC_TRAIT_NO_RESERVE;
	const u8 excluded = VPROC_PERM_WRITE | VPROC_PERM_SHARED;
	u8 perm = traits->perm;

	traits->perm = prot | (perm & VPROC_PERM_SHARED);
	if (prot & PROT_WRITE) {
		if (!(traits->flags & counted) && !(perm & excluded))
			traits->flags |= VPROC_TRAIT_ACCOUNT;
	} else if (VPROC_UNACCOUNTS && traits->kind == VPROC_KIND_ANON) {
		traits->flags &= ~VPROC_TRAIT_ACCOUNT;
	}
	vproc_traits_derive(traits);
}

/*
 * Protecting a part of a region cuts it, at one end or at both, unless the part
 * becomes one with what lies beside it. split_vma() wants room for each cut.
 */
static bool vproc_protect_fits(struct vproc_model *model,
			       const struct vproc_span *span,
			       unsigned long start, unsigned long end,
			       const struct vproc_traits *traits)
{
	struct vproc_span other;
	unsigned long cuts = (start > span->start) + (end < span->end);

	return !cuts || model->space.nr + cuts <= model->max_regions ||
	       vproc_mergeable(model, start - 1, traits, &other) ||
	       vproc_mergeable(model, end, traits, &other);
}

/* Protect [start, end), which lies in one region. */
static int vproc_protect_span(struct vproc_model *model,
			      const struct vproc_span *span,
			      unsigned long start, unsigned long end, u32 prot)
{
	struct vproc_traits traits = span->attr->traits;

	if (prot & ~traits.flags)
		return -EACCES;
	vproc_protect_traits(&traits, prot);
	if (vproc_traits_equal(&traits, &span->attr->traits))
		return 0;
	if (!vproc_protect_fits(model, span, start, end, &traits))
		return -ENOMEM;
	return vproc_map_set(model, start, end, &traits);
}

/**
 * vproc_model_protect - mprotect(2)
 * @model: the model
 * @addr: first address
 * @size: bytes, not rounded; 0 does nothing
 * @prot: PROT_*
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0; -EINVAL: @addr is not aligned; -ENOMEM: the range wraps, begins in
 * a hole or has one, or there is no memory, or too many regions; -EACCES: a
 * file does not allow it. After -EACCES and -ENOMEM what lies before the
 * obstacle is changed, as in Linux.
 */
int vproc_model_protect(struct vproc_model *model, unsigned long addr,
			unsigned long size, u32 prot)
{
	unsigned long end = addr + PAGE_ALIGN(size);
	struct vproc_span span;
	int ret;

	if (!PAGE_ALIGNED(addr))
		return -EINVAL;
	if (!size)
		return 0;
	if (end <= addr)
		return -ENOMEM;

	for (; addr < end; addr = min(span.end, end)) {
		if (!vproc_space_find(&model->space, addr, &span) ||
		    !vproc_span_contains(&span, addr))
			return -ENOMEM;
		ret = vproc_protect_span(model, &span, addr,
					 min(span.end, end), prot);
		if (ret)
			return ret;
	}
	return 0;
}
EXPORT_SYMBOL_VPROC(vproc_model_protect);
