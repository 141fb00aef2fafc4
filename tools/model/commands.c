// SPDX-License-Identifier: GPL-2.0-only
/*
 * All commands, to be found by their names.
 */
#include <string.h>

#include "commands.h"

const struct command *const all_commands[] = {
	map_commands, heap_commands, stack_commands, page_commands,
	space_commands, layout_commands, show_commands, assert_commands,
	session_commands, NULL
};

const struct command *command_find(const char *name)
{
	const struct command *const *group;
	const struct command *command;

	for (group = all_commands; *group; group++)
		for (command = *group; command->name; command++)
			if (!strcmp(command->name, name))
				return command;
	return NULL;
}
