// SPDX-License-Identifier: GPL-2.0-only
/*
 * Variables: numbers that have a name.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "variables.h"

size_t variable_name(const char *text)
{
	size_t length = 0;

	if (isdigit((unsigned char)*text))
		return 0;
	while (isalnum((unsigned char)text[length]) || text[length] == '_')
		length++;
	return length;
}

static struct variable *find(const struct variables *variables,
			     const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < variables->count; i++) {
		struct variable *variable = &variables->array[i];

		if (!strncmp(variable->name, name, length) &&
		    !variable->name[length])
			return variable;
	}
	return NULL;
}

const struct variable *variables_find(const struct variables *variables,
				      const char *name, size_t length)
{
	return find(variables, name, length);
}

static struct variable *add(struct variables *variables, const char *name)
{
	struct variable *variable;

	variables->array = need_memory(reallocarray(variables->array,
						    variables->count + 1,
						    sizeof(*variable)));
	variable = &variables->array[variables->count++];
	variable->name = need_memory(strdup(name));
	return variable;
}

void variables_set(struct variables *variables, const char *name,
		   uint64_t value)
{
	struct variable *variable = find(variables, name, strlen(name));

	if (!variable)
		variable = add(variables, name);
	variable->value = value;
}

void variables_clear(struct variables *variables)
{
	size_t i;

	for (i = 0; i < variables->count; i++)
		free(variables->array[i].name);
	free(variables->array);
	*variables = (struct variables){};
}
