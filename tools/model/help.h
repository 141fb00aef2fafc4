/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MODEL_HELP_H
#define _MODEL_HELP_H

#include "call.h"

/* The command "help". */
enum outcome run_help(struct call *call);
void print_help(FILE *out, const struct json_object *object);

#endif /* _MODEL_HELP_H */
