/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_MODEL_SPACE_H
#define _VPROC_MODEL_SPACE_H

#include <linux/maple_tree.h>
#include <linux/mutex.h>

#include "model/heap.h"
#include "model/region.h"

/* Sixteen times the kernel's default for vm.max_map_count. */
#define VPROC_MAX_REGIONS	1048576U

/**
 * struct vproc_space - an address space: its regions
 * @lock: protects all of it. Taken inside of the mmap_lock of the task that the
 *	space mirrors, if any, and held while memory is allocated, but never
 *	while user memory is touched: a fault there could wait for the very task
 * @tree: the regions' attributes, by address
 * @nr: number of regions
 * @nr_peak: highest @nr so far
 * @bytes: sizes by the type in the attributes
 * @account: sizes by enum vproc_account
 * @total: size of all regions
 * @total_peak: highest @total so far
 * @heap: start and break of the heap
 * @start_stack: the address that the main stack started at
 */
struct vproc_space {
	struct mutex lock;	/* all of it */
	struct maple_tree tree;
	unsigned long nr;
	unsigned long nr_peak;
	u64 bytes[VPROC_NR_TYPES];
	u64 account[VPROC_NR_ACCOUNTS];
	u64 total;
	u64 total_peak;
	struct vproc_heap_state heap;
	unsigned long start_stack;
};

void vproc_space_init(struct vproc_space *space);
void vproc_space_init_gaps(struct vproc_space *space);
void vproc_space_destroy(struct vproc_space *space);
void vproc_space_empty(struct vproc_space *space);

bool vproc_space_find(struct vproc_space *space, unsigned long addr,
		      struct vproc_span *span);
bool vproc_space_find_below(struct vproc_space *space, unsigned long addr,
			    struct vproc_span *span);
int vproc_space_set(struct vproc_space *space, unsigned long start,
		    unsigned long end, struct vproc_attr *attr);
int vproc_space_clear(struct vproc_space *space, unsigned long start,
		      unsigned long end);
int vproc_space_trim(struct vproc_space *space, unsigned long *start,
		     unsigned long *end);
void vproc_space_alter(struct vproc_space *space, const struct vproc_span *span,
		       const struct vproc_traits *traits);
void vproc_space_clear_nofail(struct vproc_space *space, unsigned long start,
			      unsigned long end);
int vproc_space_gap(struct vproc_space *space, unsigned long low,
		    unsigned long high, unsigned long size, bool topdown,
		    unsigned long *start, unsigned long *end);

enum vproc_type vproc_space_type(const struct vproc_space *space,
				 const struct vproc_span *span);
u32 vproc_space_name(const struct vproc_space *space,
		     const struct vproc_span *span);
void vproc_space_export(const struct vproc_space *space,
			const struct vproc_span *span,
			struct vproc_region *region);
void vproc_space_bytes(struct vproc_space *space, u64 bytes[VPROC_NR_TYPES]);

/**
 * struct vproc_walk - a walk through regions that stay as they are
 * @mas: where it is in the tree
 */
struct vproc_walk {
	struct ma_state mas;
};

void vproc_walk_begin(struct vproc_walk *walk, struct vproc_space *space,
		      unsigned long addr);
bool vproc_walk_next(struct vproc_walk *walk, struct vproc_span *span);

/**
 * vproc_space_for_each - walk the regions from an address on
 * @space: the space, whose lock is held
 * @span: a struct vproc_span *, set to each region in turn
 * @addr: regions that end at or before it are left out
 *
 * The space may be changed in the body: the walk goes on at span->end. That takes
 * a descent of the tree for each; struct vproc_walk does without.
 */
#define vproc_space_for_each(space, span, addr)				\
	for ((span)->end = (addr);					\
	     vproc_space_find((space), (span)->end, (span));)

#endif /* _VPROC_MODEL_SPACE_H */
