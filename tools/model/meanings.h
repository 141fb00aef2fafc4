/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MODEL_MEANINGS_H
#define _MODEL_MEANINGS_H

#include "call.h"

/* "EINVAL". */
const char *error_name(int error);

/* The error of a name; 0 if there is none. */
int error_find(const char *name);

/* What an error means where @command reports it. */
const char *error_meaning(const struct command *command, int error);

#endif /* _MODEL_MEANINGS_H */
