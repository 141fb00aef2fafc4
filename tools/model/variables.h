/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MODEL_VARIABLES_H
#define _MODEL_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct variable {
	char *name;		/* without the '$' */
	uint64_t value;
};

/* All zero is a valid start. */
struct variables {
	struct variable *array;
	size_t count;
};

/* The length of the name that @text begins with; 0 if it is none. */
size_t variable_name(const char *text);

/* NULL if there is none. */
const struct variable *variables_find(const struct variables *variables,
				      const char *name, size_t length);
void variables_set(struct variables *variables, const char *name,
		   uint64_t value);
void variables_clear(struct variables *variables);

#endif /* _MODEL_VARIABLES_H */
