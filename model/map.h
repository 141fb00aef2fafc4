/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_MODEL_MAP_H
#define _VPROC_MODEL_MAP_H

#include "model/model.h"

/* The flags of mmap() that a model knows. */
#define VPROC_MAP_FLAGS		(MAP_TYPE | MAP_FIXED | MAP_FIXED_NOREPLACE | \
				 MAP_ANONYMOUS | MAP_NORESERVE | MAP_GROWSDOWN)
#define VPROC_PROT_ALL		(PROT_READ | PROT_WRITE | PROT_EXEC)

/**
 * struct vproc_map_request - what to map
 * @addr: the hint or address
 * @size: bytes, not rounded
 * @prot: PROT_*
 * @flags: MAP_*
 * @offset: offset in the file, of whole pages
 * @backing: the file, or the object behind shared anonymous memory; or NULL
 * @type: with a backing: VPROC_TYPE_DEVICE, _SHARED or _MAPPED_FILE, which is
 *	what a shared mapping of it is
 * @may: with a file: VPROC_TRAIT_MAY_* that it allows
 * @refusal: with a file: the error that it gives for this request, or 0
 */
struct vproc_map_request {
	unsigned long addr;
	unsigned long size;
	u32 prot;
	u32 flags;
	u64 offset;
	struct vproc_backing *backing;
	u8 type;
	u8 may;
	int refusal;
};

int vproc_model_map(struct vproc_model *model,
		    const struct vproc_map_request *request,
		    unsigned long *addr);
int vproc_model_map_physical(struct vproc_model *model, u64 phys,
			     unsigned long addr, unsigned long size, u32 prot);
int vproc_model_unmap(struct vproc_model *model, unsigned long addr,
		      unsigned long size);
int vproc_model_free(struct vproc_model *model, unsigned long addr,
		     unsigned long size);
int vproc_model_protect(struct vproc_model *model, unsigned long addr,
			unsigned long size, u32 prot);

int vproc_map_set(struct vproc_model *model, unsigned long start,
		  unsigned long end, const struct vproc_traits *traits);
int vproc_map_clear(struct vproc_model *model, unsigned long start,
		    unsigned long end);
void vproc_map_anonymous(struct vproc_traits *traits, u32 prot, u32 flags);

#endif /* _VPROC_MODEL_MAP_H */
