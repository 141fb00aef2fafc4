// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run what was typed, print what comes of it, and report what goes wrong.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "lexer.h"
#include "meanings.h"
#include "memory.h"
#include "run.h"

atomic_int session_interrupted;

void call_begin(struct call *call, struct session *session,
		const struct command *command, char **words)
{
	*call = (struct call){
		.session = session,
		.command = command,
		.words = words,
		.object = output_object(),
		.text = command->text,
	};
}

void call_end(struct call *call)
{
	json_object_put(call->object);
	free(call->message);
}

/* "$name = 64K": no command, but a number. */
static enum outcome run_number(struct call *call)
{
	__u64 value;

	if (take_number(call, "the value", NUMBER_EITHER, &value) ||
	    take_end(call))
		return OUTCOME_MISUSED;
	call->value = value;
	return OUTCOME_DONE;
}

static const struct command number_command = {
	.name = "numbers",
	.run = run_number,
	.result = "the number",
};

static void print(FILE *out, const struct json_object *object,
		  const void *context)
{
	const struct call *call = context;

	if (output_get(object, "variable"))
		fprintf(out, "%s = %s\n", output_get_string(object, "variable"),
			output_get_string(object, "value"));
	if (call->text)
		call->text(out, object);
}

static void put(struct call *call)
{
	struct json_object *object = call->object;

	call->object = NULL;
	output_put(&call->session->output, object, print, call);
}

/* "FILE:LINE: " of a script; nothing at the prompt. */
static void report(const struct session *session, const char *name,
		   const char *text, const char *more, const char *end)
{
	const struct position *position = &session->position;

	/* What was printed before is to be seen before. */
	fflush(stdout);
	if (position->file)
		fprintf(stderr, "%s:%lu: ", position->file, position->line);
	fprintf(stderr, "%s%s%s%s%s%s\n", name, *name ? ": " : "", text,
		*more ? ": " : "", more, end);
}

static void report_call(const struct call *call, const char *input)
{
	const char *name = call->command->name;

	if (call->reported)
		return;
	switch (call->outcome) {
	case OUTCOME_FAILED:
		report(call->session, name, error_name(call->error),
		       error_meaning(call->command, call->error),
		       call->changed ? "; what came before that was done" :
		       "");
		break;
	case OUTCOME_MISUSED:
		report(call->session, name, call->message, "", "");
		break;
	case OUTCOME_DIFFERENT:
		report(call->session, input, call->message, "", "");
		break;
	case OUTCOME_DONE:
	case OUTCOME_QUIT:
		break;
	}
}

/* What is there already when the command adds its own. */
static void describe(struct call *call, const char *input,
		     const char *variable)
{
	const struct session *session = call->session;

	output_string(call->object, "command", call->command->name);
	output_string(call->object, "input", input);
	output_string(call->object, "space",
		      spaces_current(&session->spaces)->name);
	if (variable)
		output_string(call->object, "variable", variable);
	else
		output_null(call->object, "variable");
	output_null(call->object, "value");
}

static void keep_result(struct call *call, const char *variable)
{
	if (!variable)
		return;
	variables_set(&call->session->variables, variable + 1, call->value);
	output_address(call->object, "value", call->value);
}

static enum outcome run_call(struct session *session, struct words *words,
			     const struct command *command, char **arguments,
			     const char *variable)
{
	enum outcome outcome;
	struct call call;

	call_begin(&call, session, command, arguments);
	describe(&call, words->input, variable);
	if (variable && !command->result) {
		call.outcome = call_misused(&call, "there is no result that could be kept in %s",
					    variable);
	} else {
		call.outcome = command->run(&call);
	}
	if (call.outcome == OUTCOME_DONE) {
		keep_result(&call, variable);
		put(&call);
	} else {
		report_call(&call, words->input);
	}
	outcome = call.outcome;
	call_end(&call);
	return outcome;
}

/* "$name" */
static bool is_variable(const char *word)
{
	size_t length = variable_name(word + 1);

	return *word == '$' && length && !word[1 + length];
}

static enum outcome run_words(struct session *session, struct words *words)
{
	char **word = words->array;
	const struct command *command;
	const char *variable = NULL;

	if (**word == '$') {
		if (!is_variable(word[0]) || words->count < 3 ||
		    strcmp(word[1], "=")) {
			report(session, words->input, "write $name = COMMAND, or $name = NUMBER",
			       "", "");
			return OUTCOME_MISUSED;
		}
		variable = word[0];
		word += 2;
	}
	command = command_find(*word);
	if (session->verbose && !session->output.json &&
	    !(command && command->says_itself))
		printf("> %s\n", words->input);
	if (command)
		return run_call(session, words, command, word + 1, variable);
	if (variable)
		return run_call(session, words, &number_command, word,
				variable);
	report(session, *word, "no such command: see 'help'", "", "");
	return OUTCOME_MISUSED;
}

enum outcome session_line(struct session *session, const char *line)
{
	enum outcome outcome = OUTCOME_DONE;
	struct words words = {};
	const char *error;
	int ret = 1;

	while (!outcome && !ferror(stdout)) {
		ret = words_next(&words, &line, &error);
		if (ret <= 0)
			break;
		if (session_interrupted) {
			report(session, "", "interrupted", "", "");
			outcome = OUTCOME_MISUSED;
			break;
		}
		outcome = run_words(session, &words);
	}
	if (ret < 0) {
		report(session, "", error, "", "");
		outcome = OUTCOME_MISUSED;
	}
	words_clear(&words);
	return outcome;
}

static enum outcome run_file_line(struct session *session, char *line,
				  size_t length)
{
	session->position.line++;
	if (strlen(line) == length)
		return session_line(session, line);
	report(session, "", "a zero byte: this is no script", "", "");
	return OUTCOME_MISUSED;
}

/* What is to be done about it, with --keep-going. */
static enum outcome go_on(struct session *session, enum outcome outcome)
{
	if (!session->keep_going || session_interrupted ||
	    outcome <= OUTCOME_QUIT)
		return outcome;
	if (outcome > session->worst)
		session->worst = outcome;
	return OUTCOME_DONE;
}

enum outcome session_file(struct session *session, FILE *in, const char *name)
{
	const struct position position = session->position;
	enum outcome outcome = OUTCOME_DONE;
	char *line = NULL;
	size_t room = 0;
	ssize_t length;

	session->position = (struct position){ .file = name };
	while (!outcome && !ferror(stdout)) {
		length = getline(&line, &room, in);
		if (length < 0)
			break;
		outcome = go_on(session, run_file_line(session, line, length));
	}
	if (ferror(in)) {
		session->position = position;
		report(session, name, "cannot be read", strerror(errno), "");
		outcome = OUTCOME_MISUSED;
	}
	free(line);
	session->position = position;
	return outcome;
}
