// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands for whole address spaces.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"

/* Room for "child" and a number. */
#define NAME_ROOM	32

/* "child", "child2", ...: the first that is free. */
static void choose_name(const struct spaces *spaces, char *name)
{
	unsigned int i;

	strcpy(name, "child");
	for (i = 2; spaces_find(spaces, name); i++)
		snprintf(name, NAME_ROOM, "child%u", i);
}

/* A new name, for a space. */
static int take_name(struct call *call, const char **name)
{
	if (take_word(call, "the name", name))
		return -1;
	if (!variable_name(*name) || (*name)[variable_name(*name)]) {
		call_misused(call, "'%s' is not a name: use letters, digits and _",
			     *name);
		return -1;
	}
	if (spaces_find(&call->session->spaces, *name)) {
		call_misused(call, "there is a space '%s' already", *name);
		return -1;
	}
	return 0;
}

static int take_space(struct call *call, struct space **space)
{
	const char *name;

	if (take_word(call, "the name of a space", &name))
		return -1;
	*space = spaces_find(&call->session->spaces, name);
	if (*space)
		return 0;
	call_misused(call, "there is no space '%s': see 'spaces'", name);
	return -1;
}

static enum outcome run_fork(struct call *call)
{
	struct spaces *spaces = &call->session->spaces;
	struct vproc_fork fork = { .flags = O_CLOEXEC };
	char chosen[NAME_ROOM];
	const char *name = chosen;
	enum outcome outcome;

	choose_name(spaces, chosen);
	if (*call->words && (take_name(call, &name) || take_end(call)))
		return OUTCOME_MISUSED;
	outcome = call_ask(call, VPROC_FORK, &fork);
	if (outcome)
		return outcome;
	spaces_add(spaces, name, fork.fd, spaces_current(spaces)->layout);
	output_string(call->object, "child", name);
	return OUTCOME_DONE;
}

static void print_forked(FILE *out, const struct json_object *object)
{
	fprintf(out, "%s is a copy of %s: 'use %s' to go there\n",
		output_get_string(object, "child"),
		output_get_string(object, "space"),
		output_get_string(object, "child"));
}

static enum outcome run_use(struct call *call)
{
	struct spaces *spaces = &call->session->spaces;
	struct space *space;

	if (take_space(call, &space) || take_end(call))
		return OUTCOME_MISUSED;
	spaces->current = space - spaces->array;
	output_string(call->object, "used", space->name);
	return OUTCOME_DONE;
}

static void print_used(FILE *out, const struct json_object *object)
{
	fprintf(out, "in %s now\n", output_get_string(object, "used"));
}

static enum outcome run_close(struct call *call)
{
	struct spaces *spaces = &call->session->spaces;
	struct space *space;

	if (take_space(call, &space) || take_end(call))
		return OUTCOME_MISUSED;
	if (space == spaces_current(spaces))
		return call_misused(call, "'%s' is in use: go to another one first",
				    space->name);
	output_string(call->object, "closed", space->name);
	spaces_remove(spaces, space);
	return OUTCOME_DONE;
}

static void print_closed(FILE *out, const struct json_object *object)
{
	fprintf(out, "%s is no more, as after exit(2)\n",
		output_get_string(object, "closed"));
}

/* Figures of any space; the current one is changed for that moment. */
static enum outcome add_space(struct call *call, struct json_object *object,
			      size_t i)
{
	struct spaces *spaces = &call->session->spaces;
	const size_t current = spaces->current;
	struct vproc_stats stats;
	enum outcome outcome;

	spaces->current = i;
	outcome = call_ask(call, VPROC_STATS, &stats);
	spaces->current = current;
	if (outcome)
		return outcome;
	output_string(object, "name", spaces->array[i].name);
	output_bool(object, "current", i == current);
	output_number(object, "regions", stats.regions);
	output_number(object, "bytes", stats.total_bytes);
	return OUTCOME_DONE;
}

static enum outcome run_spaces(struct call *call)
{
	struct json_object *array = output_array(call->object, "spaces");
	enum outcome outcome = OUTCOME_DONE;
	size_t i;

	if (take_end(call))
		return OUTCOME_MISUSED;
	for (i = 0; !outcome && i < call->session->spaces.count; i++)
		outcome = add_space(call, output_element(array), i);
	return outcome;
}

static void print_spaces(FILE *out, const struct json_object *object)
{
	struct json_object *array = output_get(object, "spaces");
	const struct json_object *space;
	size_t i;

	for (i = 0; i < json_object_array_length(array); i++) {
		space = json_object_array_get_idx(array, i);
		fprintf(out, "%c %-12s ",
			output_get_bool(space, "current") ? '*' : ' ',
			output_get_string(space, "name"));
		print_count(out, output_get_number(space, "regions"), "region");
		fputs(", ", out);
		print_count(out, output_get_number(space, "bytes"), "byte");
		fputc('\n', out);
	}
}

/* What is begun anew is begun before the old is given up. */
static enum outcome run_reset(struct call *call)
{
	struct session *session = call->session;
	struct vproc_create layout = {};
	int fd;

	if (take_end(call))
		return OUTCOME_MISUSED;
	fd = space_create(&layout);
	if (fd < 0) {
		call->error = errno;
		call->reported = !errno;
		return OUTCOME_FAILED;
	}
	spaces_clear(&session->spaces);
	variables_clear(&session->variables);
	pages_clear(&session->pages);
	spaces_add(&session->spaces, "main", fd, layout);
	return OUTCOME_DONE;
}

static void print_reset(FILE *out, const struct json_object *object)
{
	(void)object;
	fputs("one empty space, main, and no variables\n", out);
}

static const struct meaning fork_errors[] = {
	{ EMFILE, "too many spaces: each is an open file, see 'ulimit -n'" },
	{ ENFILE, "too many open files in the system" },
	{ ENOMEM, "no memory, or its limit is reached" },
	{}
};

static const struct meaning reset_errors[] = {
	{ ENOMEM, "no memory, or its limit is reached" },
	{}
};

const struct command space_commands[] = {
	{
		.name = "fork",
		.run = run_fork,
		.text = print_forked,
		.forms = "[NAME]",
		.summary = "copy the space, as fork(2) does: pages are shared",
		.details = "Its name is NAME, or child, child2, and so on. 'use NAME' goes there.",
		.errors = fork_errors,
	}, {
		.name = "use",
		.run = run_use,
		.text = print_used,
		.forms = "NAME",
		.summary = "go to another space",
	}, {
		.name = "spaces",
		.run = run_spaces,
		.text = print_spaces,
		.forms = "",
		.summary = "list the spaces; * is the one in use",
	}, {
		.name = "close",
		.run = run_close,
		.text = print_closed,
		.forms = "NAME",
		.summary = "end another space: its pages are shared by one less",
	}, {
		.name = "reset",
		.run = run_reset,
		.text = print_reset,
		.forms = "",
		.summary = "begin anew: one empty space, no variables",
		.errors = reset_errors,
	},
	{}
};
