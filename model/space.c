// SPDX-License-Identifier: GPL-2.0-only
/*
 * An address space: a maple tree from addresses to attributes.
 *
 * The tree holds the bounds, so carving a range out of the regions that lie in
 * it is one store: it splits what it cuts and covers what it hides, and it
 * either succeeds or changes nothing. What remains to be done by hand is the
 * counting, and the references of what was covered. Both are gathered before
 * the store and carried out after it.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "model/export.h"
#include "model/space.h"

/* How many regions are gathered without allocating. */
#define VPROC_CARVE_INLINE	8

/**
 * struct vproc_hidden - a region that a store into the tree is going to hide
 * @attr: its attributes
 * @bytes: how much of it
 * @whole: all of it
 */
struct vproc_hidden {
	struct vproc_attr *attr;
	unsigned long bytes;
	bool whole;
};

/**
 * struct vproc_carve - what a store into the tree is going to hide
 * @hidden: the regions, in order
 * @nr: how many
 * @nr_whole: how many of them vanish
 * @first: first address that is hidden
 * @last: first address after the last that is hidden
 * @above: attributes for what lies above the range of the one region that it cuts
 *	a hole into, which is two regions afterwards; or NULL
 * @above_end: where that region ends, or 0
 * @room: @hidden points here while there is room
 */
struct vproc_carve {
	struct vproc_hidden *hidden;
	unsigned long nr;
	unsigned long nr_whole;
	unsigned long first;
	unsigned long last;
	struct vproc_attr *above;
	unsigned long above_end;
	struct vproc_hidden room[VPROC_CARVE_INLINE];
};

/* @flags: 0 or MT_FLAGS_ALLOC_RANGE */
static void vproc_space_init_tree(struct vproc_space *space,
				  unsigned int flags)
{
	mt_init_flags(&space->tree, MT_FLAGS_LOCK_EXTERN | flags);
	mt_set_external_lock(&space->tree, &space->lock);
}

static void vproc_space_init_flags(struct vproc_space *space,
				   unsigned int flags)
{
	memset(space, 0, sizeof(*space));
	mutex_init(&space->lock);
	vproc_space_init_tree(space, flags);
}

/**
 * vproc_space_init - an empty address space
 * @space: the space
 */
void vproc_space_init(struct vproc_space *space)
{
	vproc_space_init_flags(space, 0);
}
EXPORT_SYMBOL_VPROC(vproc_space_init);

/**
 * vproc_space_init_gaps - an empty address space that vproc_space_gap() works on
 * @space: the space
 */
void vproc_space_init_gaps(struct vproc_space *space)
{
	vproc_space_init_flags(space, MT_FLAGS_ALLOC_RANGE);
}
EXPORT_SYMBOL_VPROC(vproc_space_init_gaps);

/**
 * vproc_space_find - the region that covers an address, else the next one
 * @space: the space
 * @addr: the address
 * @span: where to put the region
 *
 * Context: the space's lock is held.
 * Return: false if no region ends above @addr; @span is then left alone.
 */
bool vproc_space_find(struct vproc_space *space, unsigned long addr,
		      struct vproc_span *span)
{
	MA_STATE(mas, &space->tree, addr, addr);
	struct vproc_attr *attr;

	lockdep_assert_held(&space->lock);
	attr = mas_find(&mas, ULONG_MAX);
	if (!attr)
		return false;

	span->start = mas.index;
	span->end = mas.last + 1;
	span->attr = attr;
	return true;
}
EXPORT_SYMBOL_VPROC(vproc_space_find);

/**
 * vproc_walk_begin - begin to walk regions, none of which will change
 * @walk: the walk
 * @space: the space
 * @addr: regions that end at or before it are left out
 *
 * Context: the space's lock is held, until the walk is over.
 */
void vproc_walk_begin(struct vproc_walk *walk, struct vproc_space *space,
		      unsigned long addr)
{
	MA_STATE(mas, &space->tree, addr, addr);

	lockdep_assert_held(&space->lock);
	walk->mas = mas;
}
EXPORT_SYMBOL_VPROC(vproc_walk_begin);

/**
 * vproc_walk_next - the next region of a walk
 * @walk: the walk
 * @span: where to put the region
 *
 * Context: the space's lock is held.
 * Return: false if there is no further region.
 */
bool vproc_walk_next(struct vproc_walk *walk, struct vproc_span *span)
{
	struct vproc_attr *attr = mas_find(&walk->mas, ULONG_MAX);

	if (!attr)
		return false;
	span->start = walk->mas.index;
	span->end = walk->mas.last + 1;
	span->attr = attr;
	return true;
}
EXPORT_SYMBOL_VPROC(vproc_walk_next);

/**
 * vproc_space_find_below - the region that lies next below an address
 * @space: the space
 * @addr: the address
 * @span: where to put the region
 *
 * Context: the space's lock is held.
 * Return: false if no region ends at or below @addr; @span is then left alone.
 */
bool vproc_space_find_below(struct vproc_space *space, unsigned long addr,
			    struct vproc_span *span)
{
	MA_STATE(mas, &space->tree, addr, addr);
	struct vproc_attr *attr;

	lockdep_assert_held(&space->lock);
	attr = mas_prev(&mas, 0);
	if (!attr)
		return false;

	span->start = mas.index;
	span->end = mas.last + 1;
	span->attr = attr;
	return true;
}
EXPORT_SYMBOL_VPROC(vproc_space_find_below);

/* Gather what [start, end) hides, as far as there is @room; count all of it. */
static void vproc_carve_gather(struct vproc_space *space, unsigned long start,
			       unsigned long end, struct vproc_carve *carve,
			       unsigned long room)
{
	struct vproc_walk walk;
	struct vproc_span span;

	carve->nr = 0;
	carve->nr_whole = 0;
	carve->above_end = 0;
	vproc_walk_begin(&walk, space, start);
	while (vproc_walk_next(&walk, &span) && span.start < end) {
		unsigned long from = max(span.start, start);
		unsigned long to = min(span.end, end);
		bool whole = vproc_span_size(&span) == to - from;

		if (!carve->nr)
			carve->first = from;
		carve->last = to;
		if (span.start < start && span.end > end)
			carve->above_end = span.end;
		carve->nr_whole += whole;
		if (carve->nr++ < room)
			carve->hidden[carve->nr - 1] = (struct vproc_hidden) {
				.attr = span.attr,
				.bytes = to - from,
				.whole = whole,
			};
	}
}

/* Gather what [start, end) hides. Changes nothing but @carve. */
static int vproc_carve_prepare(struct vproc_space *space, unsigned long start,
			       unsigned long end, gfp_t gfp,
			       struct vproc_carve *carve)
{
	lockdep_assert_held(&space->lock);
	if (start >= end || !PAGE_ALIGNED(start | end))
		return -EINVAL;

	carve->hidden = carve->room;
	carve->above = NULL;
	vproc_carve_gather(space, start, end, carve, VPROC_CARVE_INLINE);
	if (carve->above_end) {
		carve->above = vproc_attr_copy(carve->hidden[0].attr, gfp);
		return carve->above ? 0 : -ENOMEM;
	}
	if (carve->nr <= VPROC_CARVE_INLINE)
		return 0;

	carve->hidden = kvmalloc_array(carve->nr, sizeof(*carve->hidden), gfp);
	if (!carve->hidden)
		return -ENOMEM;
	vproc_carve_gather(space, start, end, carve, carve->nr);
	return 0;
}

static void vproc_carve_free(struct vproc_carve *carve)
{
	if (carve->above)
		vproc_attr_put(carve->above);
	if (carve->hidden != carve->room)
		kvfree(carve->hidden);
}

static void vproc_space_count(struct vproc_space *space,
			      const struct vproc_attr *attr, u64 bytes)
{
	space->bytes[attr->traits.type] += bytes;
	space->account[attr->traits.account] += bytes;
	space->total += bytes;
}

/* Give a region other attributes. In the tree that is the change of a pointer. */
static void vproc_space_replace(struct vproc_space *space, unsigned long start,
				unsigned long end, struct vproc_attr *attr,
				gfp_t gfp)
{
	MA_STATE(mas, &space->tree, start, end - 1);

	WARN_ON_ONCE(mas_store_gfp(&mas, attr, gfp));
}

/* Store @attr, or nothing if it is NULL, over the range that was gathered for. */
static int vproc_carve_store(struct vproc_space *space,
			     struct vproc_carve *carve, unsigned long start,
			     unsigned long end, struct vproc_attr *attr,
			     gfp_t gfp)
{
	MA_STATE(mas, &space->tree, start, end - 1);
	unsigned long i, nr;
	int ret;

	nr = space->nr - carve->nr_whole + !!carve->above + !!attr;
	if (nr > VPROC_MAX_REGIONS)
		return -ENOMEM;
	ret = mas_store_gfp(&mas, attr, gfp);
	if (ret)
		return ret;

	if (carve->above) {
		vproc_space_replace(space, end, carve->above_end, carve->above,
				    gfp);
		carve->above = NULL;
	}
	if (attr)
		vproc_space_count(space, vproc_attr_get(attr), end - start);
	for (i = 0; i < carve->nr; i++) {
		vproc_space_count(space, carve->hidden[i].attr,
				  -carve->hidden[i].bytes);
		if (carve->hidden[i].whole)
			vproc_attr_put(carve->hidden[i].attr);
	}
	space->nr = nr;
	space->nr_peak = max(space->nr_peak, space->nr);
	space->total_peak = max(space->total_peak, space->total);
	return 0;
}

/* Store @attr, or nothing if it is NULL, over [start, end). */
static int vproc_space_store(struct vproc_space *space, unsigned long start,
			     unsigned long end, struct vproc_attr *attr,
			     gfp_t gfp)
{
	struct vproc_carve carve;
	int ret;

	ret = vproc_carve_prepare(space, start, end, gfp, &carve);
	if (ret)
		return ret;
	ret = vproc_carve_store(space, &carve, start, end, attr, gfp);
	vproc_carve_free(&carve);
	return ret;
}

/**
 * vproc_space_set - make a range one region
 * @space: the space
 * @start: first address, page-aligned
 * @end: first address after it, page-aligned
 * @attr: the attributes; the space takes a reference of its own
 *
 * Whatever the range covered before is gone, whatever it cuts is split. It is
 * not merged with a neighbour, even one that looks the same: in a space that
 * mirrors a process the kernel's bounds rule, and it keeps such VMAs apart for
 * reasons of its own (anon_vma, memory policy, VM_ACCOUNT).
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0; -EINVAL: empty or unaligned; -ENOMEM: no memory, or there would be
 * more than VPROC_MAX_REGIONS. After an error nothing has changed.
 */
int vproc_space_set(struct vproc_space *space, unsigned long start,
		    unsigned long end, struct vproc_attr *attr)
{
	return vproc_space_store(space, start, end, attr, GFP_KERNEL_ACCOUNT);
}
EXPORT_SYMBOL_VPROC(vproc_space_set);

/**
 * vproc_space_clear - make a range empty
 * @space: the space
 * @start: first address, page-aligned
 * @end: first address after it, page-aligned
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0; -EINVAL: empty or unaligned; -ENOMEM: no memory, or a split would
 * make more than VPROC_MAX_REGIONS. After an error nothing has changed.
 */
int vproc_space_clear(struct vproc_space *space, unsigned long start,
		      unsigned long end)
{
	return vproc_space_store(space, start, end, NULL, GFP_KERNEL_ACCOUNT);
}
EXPORT_SYMBOL_VPROC(vproc_space_clear);

/**
 * vproc_space_trim - make a range empty, and tell where it was not
 * @space: the space
 * @start: first address, page-aligned; out: the first that had a region
 * @end: first address after it, page-aligned; out: the first after all regions
 *
 * Context and errors: as vproc_space_clear().
 * Return: 1; 0: there was no region, and @start and @end are as they were.
 */
int vproc_space_trim(struct vproc_space *space, unsigned long *start,
		     unsigned long *end)
{
	struct vproc_carve carve;
	int ret;

	ret = vproc_carve_prepare(space, *start, *end, GFP_KERNEL_ACCOUNT,
				  &carve);
	if (ret || !carve.nr)
		return ret;
	ret = vproc_carve_store(space, &carve, carve.first, carve.last, NULL,
				GFP_KERNEL_ACCOUNT);
	if (!ret) {
		*start = carve.first;
		*end = carve.last;
		ret = 1;
	}
	vproc_carve_free(&carve);
	return ret;
}
EXPORT_SYMBOL_VPROC(vproc_space_trim);

/**
 * vproc_space_alter - give a region other attributes, within its bounds
 * @space: the space
 * @span: the region
 * @traits: the attributes; the reference to their backing is taken over
 *
 * Context: the space's lock is held; may sleep.
 */
void vproc_space_alter(struct vproc_space *space, const struct vproc_span *span,
		       const struct vproc_traits *traits)
{
	struct vproc_attr *attr = span->attr;
	struct vproc_backing *backing = attr->traits.backing;

	lockdep_assert_held(&space->lock);
	vproc_space_count(space, attr, -vproc_span_size(span));
	attr->traits = *traits;
	vproc_space_count(space, attr, vproc_span_size(span));
	if (backing)
		vproc_backing_put(backing);
}
EXPORT_SYMBOL_VPROC(vproc_space_alter);

/**
 * vproc_space_clear_nofail - make a range empty, where there is no way back
 * @space: the space, which has at least one region less than VPROC_MAX_REGIONS
 * @start: first address, page-aligned
 * @end: first address after it, page-aligned, and not @start
 *
 * Context: the space's lock is held; waits for memory as long as it takes.
 */
void vproc_space_clear_nofail(struct vproc_space *space, unsigned long start,
			      unsigned long end)
{
	int ret = vproc_space_store(space, start, end, NULL,
				    GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);

	WARN_ON_ONCE(ret);
}
EXPORT_SYMBOL_VPROC(vproc_space_clear_nofail);

/**
 * vproc_space_gap - a range without regions
 * @space: the space, from vproc_space_init_gaps()
 * @low: it must not start below
 * @high: it must not end above
 * @size: bytes that it must have at least, not 0
 * @topdown: the highest, else the lowest
 * @start: out: the first address of @size bytes at its upper, or lower, end
 * @end: out: the first address after these
 *
 * Context: the space's lock is held.
 * Return: 0 or -ENOMEM: there is none.
 */
int vproc_space_gap(struct vproc_space *space, unsigned long low,
		    unsigned long high, unsigned long size, bool topdown,
		    unsigned long *start, unsigned long *end)
{
	MA_STATE(mas, &space->tree, 0, 0);

	lockdep_assert_held(&space->lock);
	if (low >= high || high - low < size)
		return -ENOMEM;
	if (topdown) {
		if (mas_empty_area_rev(&mas, low, high - 1, size))
			return -ENOMEM;
		*end = mas.last + 1;
		*start = *end - size;
	} else {
		if (mas_empty_area(&mas, low, high - 1, size))
			return -ENOMEM;
		*start = mas.index;
		*end = *start + size;
	}
	return 0;
}
EXPORT_SYMBOL_VPROC(vproc_space_gap);

/**
 * vproc_space_empty - let go of all regions
 * @space: the space
 *
 * Peaks and heap stay as they are.
 *
 * Context: the space's lock is held; may sleep. Cannot fail: a tree is torn
 * down without allocating.
 */
void vproc_space_empty(struct vproc_space *space)
{
	struct vproc_span span;
	unsigned int flags;

	lockdep_assert_held(&space->lock);
	vproc_space_for_each(space, &span, 0)
		vproc_attr_put(span.attr);
	/* Until 6.8 this also forgets the flags. */
	flags = space->tree.ma_flags & MT_FLAGS_ALLOC_RANGE;
	__mt_destroy(&space->tree);
	vproc_space_init_tree(space, flags);
	space->nr = 0;
	space->total = 0;
	memset(space->bytes, 0, sizeof(space->bytes));
	memset(space->account, 0, sizeof(space->account));
}
EXPORT_SYMBOL_VPROC(vproc_space_empty);

/**
 * vproc_space_destroy - the end of an address space
 * @space: the space, which nobody else can reach any more
 *
 * Context: may sleep.
 */
void vproc_space_destroy(struct vproc_space *space)
{
	mutex_lock(&space->lock);
	vproc_space_empty(space);
	mutex_unlock(&space->lock);
	mutex_destroy(&space->lock);
}
EXPORT_SYMBOL_VPROC(vproc_space_destroy);

static bool vproc_is_heap(const struct vproc_space *space,
			  const struct vproc_span *span)
{
	return vproc_span_overlaps(span, space->heap.start, space->heap.brk);
}

static bool vproc_is_stack(const struct vproc_space *space,
			   const struct vproc_span *span)
{
	return span->start <= space->start_stack &&
	       span->end >= space->start_stack;
}

/*
 * The type in the attributes says what the region itself can tell; that it is
 * the heap or the main stack follows from where it lies.
 */
static inline enum vproc_type vproc_type_of(const struct vproc_space *space,
					    const struct vproc_span *span)
{
	const struct vproc_traits *traits = &span->attr->traits;

	if (traits->kind != VPROC_KIND_ANON || traits->type == VPROC_TYPE_STACK)
		return traits->type;
	if (vproc_is_heap(space, span))
		return VPROC_TYPE_HEAP;
	if (vproc_is_stack(space, span))
		return VPROC_TYPE_STACK;
	return traits->type;
}

/* The order of the rules is that of show_map_vma(). */
static inline u32 vproc_name_of(const struct vproc_space *space,
				const struct vproc_span *span)
{
	const struct vproc_traits *traits = &span->attr->traits;

	if (traits->kind == VPROC_KIND_ANON) {
		if (vproc_heap_names(&space->heap, span->start, span->end))
			return VPROC_NAME_HEAP;
		if (vproc_is_stack(space, span))
			return VPROC_NAME_STACK;
	}
	return traits->backing ? traits->backing->id : VPROC_NAME_NONE;
}

/**
 * vproc_space_type - the type of a region
 * @space: the space
 * @span: the region
 *
 * Context: the space's lock is held.
 * Return: the type; see enum vproc_type for the rules.
 */
enum vproc_type vproc_space_type(const struct vproc_space *space,
				 const struct vproc_span *span)
{
	return vproc_type_of(space, span);
}
EXPORT_SYMBOL_VPROC(vproc_space_type);

/**
 * vproc_space_name - the id of the name that /proc/PID/maps prints
 * @space: the space
 * @span: the region
 *
 * Context: the space's lock is held.
 * Return: a name id; VPROC_NAME_NONE if the column is empty.
 */
u32 vproc_space_name(const struct vproc_space *space,
		     const struct vproc_span *span)
{
	return vproc_name_of(space, span);
}
EXPORT_SYMBOL_VPROC(vproc_space_name);

/**
 * vproc_space_export - a region in the form that user space sees
 * @space: the space
 * @span: the region
 * @region: where to put it
 *
 * All of @region is written, field by field: this is what a reader of all
 * regions waits for.
 *
 * Context: the space's lock is held.
 */
void vproc_space_export(const struct vproc_space *space,
			const struct vproc_span *span,
			struct vproc_region *region)
{
	const struct vproc_traits *traits = &span->attr->traits;
	const struct vproc_backing *backing = traits->backing;

	region->start = span->start;
	region->end = span->end;
	region->offset = vproc_span_offset(span);
	region->inode = backing ? backing->inode : 0;
	region->dev_major = backing ? backing->dev_major : 0;
	region->dev_minor = backing ? backing->dev_minor : 0;
	region->name = vproc_name_of(space, span);
	region->file = backing ? backing->id : VPROC_NAME_NONE;
	region->perm = traits->perm;
	region->type = vproc_type_of(space, span);
	region->page_size = backing ? 1U << backing->page_shift : PAGE_SIZE;
	region->flags = 0;
	region->reserved = 0;
}
EXPORT_SYMBOL_VPROC(vproc_space_export);

/**
 * vproc_space_bytes - sizes by type
 * @space: the space
 * @bytes: where to put them
 *
 * Context: the space's lock is held. Looks at the regions of heap and main
 * stack only: those are the types that the attributes alone do not tell.
 */
void vproc_space_bytes(struct vproc_space *space, u64 bytes[VPROC_NR_TYPES])
{
	struct vproc_span span;
	enum vproc_type type;

	memcpy(bytes, space->bytes, sizeof(space->bytes));
	vproc_space_for_each(space, &span, space->heap.start) {
		if (span.start >= space->heap.brk)
			break;
		type = vproc_space_type(space, &span);
		bytes[span.attr->traits.type] -= vproc_span_size(&span);
		bytes[type] += vproc_span_size(&span);
	}

	/* The stack's region may also end where the stack starts. */
	if (!vproc_space_find(space, space->start_stack - 1, &span))
		return;
	type = vproc_space_type(space, &span);
	if (type == VPROC_TYPE_STACK) {
		bytes[span.attr->traits.type] -= vproc_span_size(&span);
		bytes[type] += vproc_span_size(&span);
	}
}
EXPORT_SYMBOL_VPROC(vproc_space_bytes);
