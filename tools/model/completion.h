/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MODEL_COMPLETION_H
#define _MODEL_COMPLETION_H

#include <histedit.h>

#include "session.h"

/*
 * Completes the word before the cursor as far as it is clear how, or lists what
 * it could become: commands, variables, names of spaces, words of the command.
 * Returns what a function of libedit returns.
 */
unsigned char completion_offer(struct editline *line, const struct session *session);

#endif /* _MODEL_COMPLETION_H */
