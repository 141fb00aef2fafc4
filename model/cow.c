// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copy on write: the pages of private memory, each with a count of the models
 * that have it.
 *
 * As in Linux a page exists once it was written; only such pages are kept, so
 * that a model's memory is bounded by what was written to it, not by what is
 * mapped.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "model/cow.h"
#include "model/export.h"
#include "vproc_mem.h"

static atomic64_t vproc_page_number = ATOMIC64_INIT(0);

static struct vproc_page *vproc_page_new(void)
{
	struct vproc_page *page;

	page = kmalloc(sizeof(*page), GFP_KERNEL_ACCOUNT);
	if (!page)
		return NULL;
	refcount_set(&page->refs, 1);
	page->number = atomic64_inc_return(&vproc_page_number);
	return page;
}

static void vproc_page_put(struct vproc_page *page)
{
	if (refcount_dec_and_test(&page->refs))
		kfree(page);
}

/**
 * vproc_pages_init - no pages
 * @pages: the pages of a new model
 */
void vproc_pages_init(struct vproc_pages *pages)
{
	xa_init_flags(&pages->tree, XA_FLAGS_ACCOUNT);
	pages->nr = 0;
}
EXPORT_SYMBOL_VPROC(vproc_pages_init);

/**
 * vproc_pages_destroy - give back all references
 * @pages: the pages of a model that goes
 *
 * Context: may sleep.
 */
void vproc_pages_destroy(struct vproc_pages *pages)
{
	vproc_pages_drop(pages, 0, ULONG_MAX);
	xa_destroy(&pages->tree);
}
EXPORT_SYMBOL_VPROC(vproc_pages_destroy);

/**
 * vproc_pages_find - the page behind an address
 * @pages: the pages
 * @addr: the address
 *
 * Context: the space's lock is held.
 * Return: the page, or NULL if none exists.
 */
const struct vproc_page *vproc_pages_find(struct vproc_pages *pages,
					  unsigned long addr)
{
	return xa_load(&pages->tree, addr >> PAGE_SHIFT);
}
EXPORT_SYMBOL_VPROC(vproc_pages_find);

/**
 * vproc_pages_write - a write to private memory
 * @pages: the pages
 * @addr: the address, in a private region
 *
 * The page exists afterwards, and no other model has it.
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0; -ENOMEM: no memory, or VPROC_MODEL_PAGES exist. Nothing has changed
 * then.
 */
int vproc_pages_write(struct vproc_pages *pages, unsigned long addr)
{
	unsigned long index = addr >> PAGE_SHIFT;
	struct vproc_page *old = xa_load(&pages->tree, index);
	struct vproc_page *page;

	/* With one reference it is ours: only we could make it more. */
	if (old && refcount_read(&old->refs) == 1)
		return 0;
	if (!old && pages->nr >= VPROC_MODEL_PAGES)
		return -ENOMEM;

	page = vproc_page_new();
	if (!page)
		return -ENOMEM;
	if (xa_err(xa_store(&pages->tree, index, page, GFP_KERNEL_ACCOUNT))) {
		vproc_page_put(page);
		return -ENOMEM;
	}
	if (old)
		vproc_page_put(old);
	else
		pages->nr++;
	return 0;
}
EXPORT_SYMBOL_VPROC(vproc_pages_write);

/**
 * vproc_pages_drop - the pages of a range are not mapped any more
 * @pages: the pages
 * @start: first address
 * @end: first address after it
 *
 * Context: the space's lock is held, or nobody else knows the model.
 */
void vproc_pages_drop(struct vproc_pages *pages, unsigned long start,
		      unsigned long end)
{
	struct vproc_page *page;
	unsigned long index;

	xa_for_each_range(&pages->tree, index, page, start >> PAGE_SHIFT,
			  (end - 1) >> PAGE_SHIFT) {
		xa_erase(&pages->tree, index);
		vproc_page_put(page);
		pages->nr--;
	}
}
EXPORT_SYMBOL_VPROC(vproc_pages_drop);

/**
 * vproc_pages_share - what fork() does
 * @pages: the pages of a new model: none
 * @from: those of the model that forks
 *
 * Context: the locks of both spaces are held; may sleep.
 * Return: 0; -ENOMEM: without memory, and @pages are to be destroyed.
 */
int vproc_pages_share(struct vproc_pages *pages, struct vproc_pages *from)
{
	struct vproc_page *page;
	unsigned long index;

	xa_for_each(&from->tree, index, page) {
		if (xa_err(xa_store(&pages->tree, index, page,
				    GFP_KERNEL_ACCOUNT)))
			return -ENOMEM;
		refcount_inc(&page->refs);
		pages->nr++;
	}
	return 0;
}
EXPORT_SYMBOL_VPROC(vproc_pages_share);

/**
 * vproc_pages_reserve - get all that vproc_pages_move() needs
 * @pages: the pages
 * @from: first address of the pages to move
 * @size: bytes of address space there
 * @to: where they will go; no page exists there
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0 or -ENOMEM, with nothing reserved.
 */
int vproc_pages_reserve(struct vproc_pages *pages, unsigned long from,
			unsigned long size, unsigned long to)
{
	unsigned long first = from >> PAGE_SHIFT;
	struct vproc_page *page;
	unsigned long index;

	if (!size)
		return 0;
	xa_for_each_range(&pages->tree, index, page, first,
			  (from + size - 1) >> PAGE_SHIFT) {
		if (!xa_reserve(&pages->tree, (to >> PAGE_SHIFT) + index - first,
				GFP_KERNEL_ACCOUNT))
			continue;
		vproc_pages_release(pages, to, size);
		return -ENOMEM;
	}
	return 0;
}
EXPORT_SYMBOL_VPROC(vproc_pages_reserve);

/**
 * vproc_pages_release - the reverse of vproc_pages_reserve()
 * @pages: the pages
 * @to: as there
 * @size: as there
 *
 * Context: the space's lock is held.
 */
void vproc_pages_release(struct vproc_pages *pages, unsigned long to,
			 unsigned long size)
{
	XA_STATE(xas, &pages->tree, to >> PAGE_SHIFT);
	void *entry;

	if (!size)
		return;
	xas_lock(&xas);
	xas_for_each(&xas, entry, (to + size - 1) >> PAGE_SHIFT) {
		if (xa_is_zero(entry))
			xas_store(&xas, NULL);
	}
	xas_unlock(&xas);
}
EXPORT_SYMBOL_VPROC(vproc_pages_release);

/**
 * vproc_pages_move - what mremap() does to pages
 * @pages: the pages, for which vproc_pages_reserve() has succeeded
 * @from: as there
 * @size: as there
 * @to: as there
 *
 * Context: the space's lock is held. Cannot fail.
 */
void vproc_pages_move(struct vproc_pages *pages, unsigned long from,
		      unsigned long size, unsigned long to)
{
	unsigned long first = from >> PAGE_SHIFT;
	struct vproc_page *page;
	unsigned long index;

	if (!size)
		return;
	xa_for_each_range(&pages->tree, index, page, first,
			  (from + size - 1) >> PAGE_SHIFT) {
		xa_erase(&pages->tree, index);
		xa_store(&pages->tree, (to >> PAGE_SHIFT) + index - first, page,
			 GFP_KERNEL_ACCOUNT);
	}
}
EXPORT_SYMBOL_VPROC(vproc_pages_move);
