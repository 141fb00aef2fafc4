/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MODEL_RUN_H
#define _MODEL_RUN_H

#include "call.h"

/* A call of @command with these arguments, which must outlive it. */
void call_begin(struct call *call, struct session *session,
		const struct command *command, char **words);
void call_end(struct call *call);

#endif /* _MODEL_RUN_H */
