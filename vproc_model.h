/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_MODEL_DEVICE_H
#define _VPROC_MODEL_DEVICE_H

#include "live/files.h"
#include "live/query.h"
#include "model/model.h"

/* Of each open file of the device. */
extern const struct file_operations vproc_fops;

/**
 * struct vproc_sandbox - a model and the files that its regions are of
 * @model: the model
 * @files: files and names; protected by the lock of the model's space
 */
struct vproc_sandbox {
	struct vproc_model model;
	struct vproc_files files;
};

struct vproc_sandbox *vproc_sandbox_create(struct vproc_create *create);
struct vproc_sandbox *vproc_sandbox_fork(struct vproc_sandbox *parent);
void vproc_sandbox_free(struct vproc_sandbox *sandbox);

bool vproc_sandbox_knows(unsigned int cmd);
long vproc_sandbox_ioctl(struct vproc_sandbox *sandbox, unsigned int cmd,
			 void __user *arg);
void vproc_sandbox_view(struct vproc_sandbox *sandbox, struct vproc_view *view);

#endif /* _VPROC_MODEL_DEVICE_H */
