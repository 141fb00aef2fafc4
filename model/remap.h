/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_MODEL_REMAP_H
#define _VPROC_MODEL_REMAP_H

#include "model/model.h"

/**
 * struct vproc_remap_request - what to remap
 * @addr: old address
 * @old_size: bytes, not rounded
 * @new_size: bytes, not rounded
 * @new_addr: where to, or a hint
 * @flags: MREMAP_*
 */
struct vproc_remap_request {
	unsigned long addr;
	unsigned long old_size;
	unsigned long new_size;
	unsigned long new_addr;
	u32 flags;
};

int vproc_model_remap(struct vproc_model *model,
		      const struct vproc_remap_request *request,
		      unsigned long *addr);

#endif /* _VPROC_MODEL_REMAP_H */
