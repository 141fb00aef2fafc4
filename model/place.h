/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_MODEL_PLACE_H
#define _VPROC_MODEL_PLACE_H

#include "model/model.h"

unsigned long vproc_place_start(const struct vproc_span *span);
bool vproc_place_free(struct vproc_model *model, unsigned long start,
		      unsigned long end);
int vproc_place(struct vproc_model *model, unsigned long *addr,
		unsigned long size, bool fixed);

#endif /* _VPROC_MODEL_PLACE_H */
