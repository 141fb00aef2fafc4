/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MODEL_STACK_H
#define _MODEL_STACK_H

#include "call.h"

/* A stack as keys of @object, and such an object as a line without its end. */
void stack_to_object(struct json_object *object,
		     const struct vproc_stack_info *info);
void stack_object_print(FILE *out, const struct json_object *object);

/* As call_ask(), of a stack and an address. */
enum outcome stack_ask(struct call *call, uint32_t id, uint64_t addr,
		       struct vproc_stack_info *info);

#endif /* _MODEL_STACK_H */
