/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LIB_PLACE_H
#define _LIB_PLACE_H

#include "vproc.h"

/**
 * struct vproc_place - what an address space is besides its regions
 * @image: number of the ATTACH or EXEC event that the image began with
 * @start_brk: start of the heap
 * @brk: the break
 * @start_stack: start of the main stack
 * @known: no event is missing since the image began, or the last anchor
 */
struct vproc_place {
	__u64 image;
	__u64 start_brk;
	__u64 brk;
	__u64 start_stack;
	bool known;
};

/* What an event does to everything but the regions. */
void vproc_place_apply(struct vproc_place *place,
		       const struct vproc_event *event);

/*
 * Is a region that ends where the heap begins called [heap], too? So it was
 * until Linux 6.5. A release is as uname(2) tells it; NULL: the running one.
 */
bool vproc_place_touching(const char *release);

/* Does a name id stand for anonymous memory? @name is NULL if it is not known. */
bool vproc_is_anonymous(__u32 id, const struct vproc_name *name);

/* The name of an anonymous region by where it lies; or VPROC_NAME_NONE. */
__u32 vproc_place_name(const struct vproc_place *place, bool touching,
		       __u64 start, __u64 end);

/*
 * Give an anonymous region the name and the type that follow from where it lies,
 * if any do. It has those that events tell.
 */
void vproc_place_region(const struct vproc_place *place, bool touching,
			struct vproc_region *region);

/* The other way round: what an event would tell of its type. */
__u8 vproc_own_type(const struct vproc_region *region);

/* May one of these follow, by the bounds alone? */
static inline bool vproc_place_is_near(const struct vproc_place *place,
				       __u64 start, __u64 end)
{
	return (start <= place->brk && end >= place->start_brk) ||
	       (start <= place->start_stack && end >= place->start_stack);
}

#endif /* _LIB_PLACE_H */
