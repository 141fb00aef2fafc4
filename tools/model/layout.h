/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MODEL_LAYOUT_H
#define _MODEL_LAYOUT_H

#include "../output.h"
#include "vproc_mem.h"

/* A layout as keys of @object, and such an object as text. */
void layout_to_object(struct json_object *object, struct vproc_create layout);
void layout_object_print(FILE *out, const struct json_object *object);

#endif /* _MODEL_LAYOUT_H */
