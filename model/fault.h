/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_MODEL_FAULT_H
#define _VPROC_MODEL_FAULT_H

#include "model/model.h"

int vproc_model_touch(struct vproc_model *model, unsigned long addr,
		      u32 access);
int vproc_model_write(struct vproc_model *model, unsigned long addr);

#endif /* _VPROC_MODEL_FAULT_H */
