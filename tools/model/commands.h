/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MODEL_COMMANDS_H
#define _MODEL_COMMANDS_H

#include "call.h"

/* Arrays of commands, the last of each all zero, one for each file of them. */
extern const struct command map_commands[];
extern const struct command heap_commands[];
extern const struct command stack_commands[];
extern const struct command page_commands[];
extern const struct command space_commands[];
extern const struct command layout_commands[];
extern const struct command show_commands[];
extern const struct command assert_commands[];
extern const struct command session_commands[];

/* All of them, the last NULL, in the order of the help. */
extern const struct command *const all_commands[];

/* NULL if there is none. */
const struct command *command_find(const char *name);

#endif /* _MODEL_COMMANDS_H */
