// SPDX-License-Identifier: GPL-2.0-only
/*
 * A session, and the commands that are about it.
 */
#include <errno.h>
#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "commands.h"
#include "help.h"
#include "memory.h"

/* Files that read files: a file that reads itself comes to an end. */
#define MAX_DEPTH	16

int session_start(struct session *session)
{
	struct vproc_create layout = {};
	struct vproc_info info;
	int fd = space_create(&layout);

	if (fd < 0) {
		if (errno)
			warn("cannot make a model");
		return -1;
	}
	spaces_add(&session->spaces, "main", fd, layout);
	if (ioctl(fd, VPROC_INFO, &info)) {
		warn("cannot ask for the page size");
		session_end(session);
		return -1;
	}
	session->page_size = info.page_size;
	return 0;
}

void session_end(struct session *session)
{
	spaces_clear(&session->spaces);
	variables_clear(&session->variables);
	pages_clear(&session->pages);
}

static enum outcome run_variables(struct call *call)
{
	const struct variables *variables = &call->session->variables;
	struct json_object *values = output_member(call->object, "variables");
	size_t i;

	if (take_end(call))
		return OUTCOME_MISUSED;
	for (i = 0; i < variables->count; i++)
		output_address(values, variables->array[i].name,
			       variables->array[i].value);
	return OUTCOME_DONE;
}

static void print_variables(FILE *out, const struct json_object *object)
{
	struct json_object *values = output_get(object, "variables");

	json_object_object_foreach(values, name, value)
		fprintf(out, "$%s = %s\n", name, json_object_get_string(value));
	if (!json_object_object_length(values))
		fputs("no variables\n", out);
}

/* Writes a word of which each $name is replaced. */
static int put_word(struct call *call, FILE *out, const char *word)
{
	const struct variable *variable;
	size_t length;

	while (*word) {
		length = *word == '$' ? variable_name(word + 1) : 0;
		if (!length) {
			fputc(*word++, out);
			continue;
		}
		variable = variables_find(&call->session->variables, word + 1,
					  length);
		if (!variable) {
			call_misused(call, "there is no variable '%.*s'",
				     (int)length + 1, word);
			return -1;
		}
		fprintf(out, "0x%" PRIx64, variable->value);
		word += 1 + length;
	}
	return 0;
}

static enum outcome run_echo(struct call *call)
{
	char *text = NULL;
	size_t size;
	FILE *out = need_memory(open_memstream(&text, &size));
	char **word = call->words;
	int ret = 0;

	for (; *word && !ret; word++) {
		if (word > call->words)
			fputc(' ', out);
		ret = put_word(call, out, *word);
	}
	if (fclose(out))
		need_memory(NULL);
	if (!ret)
		output_string(call->object, "text", text);
	free(text);
	return ret ? OUTCOME_MISUSED : OUTCOME_DONE;
}

static void print_text(FILE *out, const struct json_object *object)
{
	fprintf(out, "%s\n", output_get_string(object, "text"));
}

static enum outcome run_source(struct call *call)
{
	struct session *session = call->session;
	enum outcome outcome;
	const char *path;
	FILE *in;

	if (take_word(call, "the name of the file", &path) || take_end(call))
		return OUTCOME_MISUSED;
	if (session->depth >= MAX_DEPTH)
		return call_misused(call, "files read files %u deep: not '%s', too",
				    MAX_DEPTH, path);
	in = fopen(path, "re");
	if (!in)
		return call_misused(call, "cannot open '%s': %s", path,
				    strerror(errno));
	session->depth++;
	outcome = session_file(session, in, path);
	session->depth--;
	fclose(in);
	call->reported = true;
	return outcome;
}

static enum outcome run_quit(struct call *call)
{
	return take_end(call) ? OUTCOME_MISUSED : OUTCOME_QUIT;
}

const struct command session_commands[] = {
	{
		.name = "variables",
		.run = run_variables,
		.text = print_variables,
		.forms = "",
		.summary = "list the variables",
		.details =
			"'$name = COMMAND' keeps the result of a command, '$name = NUMBER' a number: see 'help numbers'.",
	}, {
		.name = "echo",
		.run = run_echo,
		.text = print_text,
		.forms = "WORD...",
		.summary = "print words, with variables replaced",
		.says_itself = true,
	}, {
		.name = "source",
		.run = run_source,
		.forms = "FILE",
		.summary = "run the commands of a file",
	}, {
		.name = "help",
		.run = run_help,
		.text = print_help,
		.forms = "[COMMAND|numbers]",
		.summary = "print this, or the help of a command",
	}, {
		.name = "quit",
		.run = run_quit,
		.forms = "",
		.summary = "end, as does the end of the input (^D)",
	},
	{}
};
