// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command that tells about the others, from their tables.
 */
#include <string.h>

#include "commands.h"
#include "help.h"
#include "meanings.h"

/* The width of the text. */
#define COLUMNS	79

static const char numbers[] =
	"Numbers are sums, without blanks, of:\n"
	"\n"
	"  $name      a variable\n"
	"  0x1f000    hexadecimal\n"
	"  16K 2M 1G  bytes: K, M, G and T are powers of 1024; 2p are two pages\n"
	"  7f001000   hexadecimal too, where an address begins\n"
	"  4096       decimal, in a size or a count\n"
	"\n"
	"What is added to an address, or kept in a variable, could be meant either way: there write 0x or a unit, as in $a+0x10 or $a+2p.\n"
	"\n"
	"A RANGE is ADDR SIZE, or in one word ADDR-END, as /proc/PID/maps writes it: $a 8K, $a-$a+8K, 20000000-20002000. A size with a unit after '-' is subtracted: $a-8K 8K.\n"
	"\n"
	"A PROT is made of the letters rwx (rw, r-x, ---), or is 'none'.\n"
	"\n"
	"';' ends a command, '#' begins a comment, quotes keep a word together.\n";

static void add_meanings(struct json_object *object,
			 const struct meaning *meaning)
{
	struct json_object *errors = output_member(object, "errors");

	for (; meaning && meaning->error; meaning++)
		output_string(errors, error_name(meaning->error),
			      meaning->text);
}

static void add_text(struct json_object *object, const char *key,
		     const char *text)
{
	if (text)
		output_string(object, key, text);
	else
		output_null(object, key);
}

static void add_command(struct json_object *object,
			const struct command *command)
{
	output_string(object, "name", command->name);
	output_string(object, "forms", command->forms);
	output_string(object, "summary", command->summary);
	add_text(object, "details", command->details);
	add_text(object, "result", command->result);
	add_meanings(object, command->errors);
}

static void add_all(struct json_object *array)
{
	const struct command *const *group;
	const struct command *command;

	for (group = all_commands; *group; group++)
		for (command = *group; command->name; command++)
			add_command(output_element(array), command);
}

enum outcome run_help(struct call *call)
{
	const struct command *command;
	struct json_object *array;
	const char *word;

	array = output_array(call->object, "commands");
	if (!*call->words) {
		output_null(call->object, "text");
		add_all(array);
		return OUTCOME_DONE;
	}
	if (take_word(call, "", &word) || take_end(call))
		return OUTCOME_MISUSED;
	if (!strcmp(word, "numbers")) {
		output_string(call->object, "text", numbers);
		return OUTCOME_DONE;
	}
	command = command_find(word);
	if (!command)
		return call_misused(call, "there is no command '%s'", word);
	output_null(call->object, "text");
	add_command(output_element(array), command);
	return OUTCOME_DONE;
}

/* Prints a paragraph, every line of which begins at column @indent. */
static void print_paragraph(FILE *out, const char *text, size_t length,
			    int indent, int column)
{
	const char *end = text + length, *word = text, *next;

	while (word < end) {
		next = memchr(word, ' ', end - word);
		if (!next)
			next = end;
		if (column > indent && column + 1 + (next - word) > COLUMNS) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
		} else if (word > text) {
			fputc(' ', out);
			column++;
		}
		fwrite(word, 1, next - word, out);
		column += next - word;
		word = next + 1;
	}
	fputc('\n', out);
}

/* Prints lines; one that begins with a blank is kept as it is. */
static void print_lines(FILE *out, const char *text)
{
	size_t length;

	while (*text) {
		length = strcspn(text, "\n");
		if (*text == ' ')
			fprintf(out, "%.*s\n", (int)length, text);
		else
			print_paragraph(out, text, length, 0, 0);
		text += length;
		text += *text == '\n';
	}
}

static void print_forms(FILE *out, const char *name, const char *forms)
{
	size_t length;
	int column;

	do {
		length = strcspn(forms, "\n");
		column = fprintf(out, "  %s ", name);
		print_paragraph(out, forms, length, 6, column);
		forms += length;
	} while (*forms++);
}

static void print_errors(FILE *out, struct json_object *errors)
{
	if (json_object_object_length(errors))
		fputs("\nErrors:\n", out);
	json_object_object_foreach(errors, name, text) {
		const char *meaning = json_object_get_string(text);
		int column = fprintf(out, "  %-11s ", name);

		print_paragraph(out, meaning, strlen(meaning), 14, column);
	}
}

static void print_result(FILE *out, const char *name, const char *result)
{
	fprintf(out, "\nResult, for '$name = %s ...':\n  ", name);
	print_paragraph(out, result, strlen(result), 2, 2);
}

static void print_command(FILE *out, const struct json_object *object)
{
	const char *name = output_get_string(object, "name");

	fprintf(out, "%s: %s\n\n", name, output_get_string(object, "summary"));
	print_forms(out, name, output_get_string(object, "forms"));
	if (output_get(object, "details")) {
		fputc('\n', out);
		print_lines(out, output_get_string(object, "details"));
	}
	if (output_get(object, "result"))
		print_result(out, name, output_get_string(object, "result"));
	print_errors(out, output_get(object, "errors"));
}

static void print_summaries(FILE *out, struct json_object *array)
{
	const struct json_object *command;
	size_t i;

	for (i = 0; i < json_object_array_length(array); i++) {
		command = json_object_array_get_idx(array, i);
		fprintf(out, "  %-10s %s\n", output_get_string(command, "name"),
			output_get_string(command, "summary"));
	}
	fputs("\n'help COMMAND' tells more, 'help numbers' how numbers and ranges are written.\n",
	      out);
}

void print_help(FILE *out, const struct json_object *object)
{
	struct json_object *array = output_get(object, "commands");
	size_t count = json_object_array_length(array);

	if (!count)
		print_lines(out, output_get_string(object, "text"));
	else if (count == 1)
		print_command(out, json_object_array_get_idx(array, 0));
	else
		print_summaries(out, array);
}
