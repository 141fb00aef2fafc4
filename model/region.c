// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions: their attributes. Each region has an object of its own: the nodes of
 * the tree are not charged to anybody, so that this is what a region is paid with.
 */
#include <linux/slab.h>

#include "model/export.h"
#include "model/region.h"

static struct kmem_cache *vproc_attr_cache;

static struct vproc_attr *vproc_attr_make(const struct vproc_traits *traits,
					  u64 since, gfp_t gfp)
{
	struct vproc_attr *attr;

	attr = kmem_cache_alloc(vproc_attr_cache, gfp);
	if (!attr)
		return NULL;

	attr->traits = *traits;
	attr->since = since;
	refcount_set(&attr->refs, 1);
	if (traits->backing)
		refcount_inc(&traits->backing->refs);
	return attr;
}

/**
 * vproc_attr_new - make an attribute object
 * @traits: its values; a reference to the backing is taken
 *
 * Context: may sleep.
 * Return: the object, with one reference, or NULL without memory.
 */
struct vproc_attr *vproc_attr_new(const struct vproc_traits *traits)
{
	return vproc_attr_make(traits, 0, GFP_KERNEL_ACCOUNT);
}
EXPORT_SYMBOL_VPROC(vproc_attr_new);

/**
 * vproc_attr_copy - the same attributes, for another region
 * @attr: the object
 * @gfp: how to allocate
 *
 * Context: may sleep.
 * Return: an object with one reference, or NULL without memory.
 */
struct vproc_attr *vproc_attr_copy(const struct vproc_attr *attr, gfp_t gfp)
{
	return vproc_attr_make(&attr->traits, attr->since, gfp);
}

/**
 * vproc_attr_put - give a reference back
 * @attr: the object
 *
 * Context: may sleep, since the last reference lets go of the backing.
 */
void vproc_attr_put(struct vproc_attr *attr)
{
	if (!refcount_dec_and_test(&attr->refs))
		return;

	if (attr->traits.backing)
		vproc_backing_put(attr->traits.backing);
	kmem_cache_free(vproc_attr_cache, attr);
}
EXPORT_SYMBOL_VPROC(vproc_attr_put);

/**
 * vproc_traits_equal - can two adjacent regions be told apart?
 * @a: one
 * @b: the other
 *
 * Origins are compared too: with the same origin, adjacent regions of one file
 * have contiguous offsets.
 *
 * Return: true if nothing but the bounds can differ.
 */
bool vproc_traits_equal(const struct vproc_traits *a,
			const struct vproc_traits *b)
{
	return a->origin == b->origin && a->backing == b->backing &&
	       a->type == b->type && a->perm == b->perm &&
	       a->kind == b->kind && a->account == b->account &&
	       a->flags == b->flags;
}
EXPORT_SYMBOL_VPROC(vproc_traits_equal);

static u8 vproc_derived_account(const struct vproc_traits *traits)
{
	bool write = traits->perm & VPROC_PERM_WRITE;

	if (traits->flags & VPROC_TRAIT_GROWS_DOWN)
		return VPROC_ACCOUNT_STACK;
	if (traits->perm & VPROC_PERM_EXEC && !write)
		return VPROC_ACCOUNT_EXEC;
	if (write && !(traits->perm & VPROC_PERM_SHARED))
		return VPROC_ACCOUNT_DATA;
	return VPROC_ACCOUNT_OTHER;
}

/**
 * vproc_traits_derive - set what follows from the rest
 * @traits: type and account are set from the permissions, flags and kind; a
 *	type that does not depend on permissions stays
 *
 * The types are those of enum vproc_type, the accounts those that
 * vm_stat_account() keeps.
 */
void vproc_traits_derive(struct vproc_traits *traits)
{
	traits->account = vproc_derived_account(traits);
	switch (traits->type) {
	case VPROC_TYPE_STACK:
	case VPROC_TYPE_MAPPED_FILE:
	case VPROC_TYPE_SHARED:
	case VPROC_TYPE_DEVICE:
		return;
	}
	if (traits->perm & VPROC_PERM_EXEC)
		traits->type = VPROC_TYPE_CODE;
	else if (traits->perm & VPROC_PERM_WRITE)
		traits->type = VPROC_TYPE_DATA;
	else
		traits->type = VPROC_TYPE_RODATA;
}
EXPORT_SYMBOL_VPROC(vproc_traits_derive);

/**
 * vproc_page_flags - the flags of a page table entry for a protection
 * @prot: PROT_*, or VPROC_PERM_*, whose lower bits are the same
 *
 * The reference's prot_to_page_flags.
 *
 * Return: VPROC_PAGE_*.
 */
u64 vproc_page_flags(u32 prot)
{
	u64 flags = VPROC_PAGE_PRESENT | VPROC_PAGE_USER;

	if (prot & VPROC_PERM_WRITE)
		flags |= VPROC_PAGE_WRITABLE;
	if (!(prot & VPROC_PERM_EXEC))
		flags |= VPROC_PAGE_NO_EXECUTE;
	return flags;
}
EXPORT_SYMBOL_VPROC(vproc_page_flags);

/**
 * vproc_backing_put - give a reference back
 * @backing: the file or name
 *
 * Context: may sleep.
 */
void vproc_backing_put(struct vproc_backing *backing)
{
	if (refcount_dec_and_test(&backing->refs))
		backing->release(backing);
}
EXPORT_SYMBOL_VPROC(vproc_backing_put);

/**
 * vproc_region_init - set up what all models share
 *
 * Return: 0 or -ENOMEM.
 */
int __init vproc_region_init(void)
{
	vproc_attr_cache = KMEM_CACHE(vproc_attr, SLAB_ACCOUNT);
	return vproc_attr_cache ? 0 : -ENOMEM;
}

/**
 * vproc_region_exit - the reverse of vproc_region_init()
 *
 * Context: every attribute object must be gone.
 */
void vproc_region_exit(void)
{
	kmem_cache_destroy(vproc_attr_cache);
}
