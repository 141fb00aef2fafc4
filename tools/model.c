// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc model: an address space that belongs to no process, to try things on,
 * at a prompt or from a script. tools/model/ has the commands.
 */
#include <argp.h>
#include <err.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "model/memory.h"
#include "model/session.h"
#include "verbs.h"

static const char doc[] =
	"Make an address space that belongs to no process, and run commands on it that map, unmap, protect, fork and so on, by the rules of Linux: those in SCRIPT, or those that are typed.\n"
	"\vThe command 'help' lists the commands. A script ends at the first command that fails, with exit status 2, and at the first assertion that does not hold, with exit status 1; 'FILE:LINE:' says where.\n"
	"\n"
	"Examples:\n"
	"  vproc model\n"
	"  vproc model -c 'map 64K rw; show'\n"
	"  vproc model -v Documentation/examples/fork-cow.vproc";

static const struct argp_option options[] = {
	{ "command", 'c', "COMMANDS", 0,
	  "Run these, separated by ';', and no others", 0 },
	{ "keep-going", 'k', NULL, 0,
	  "After a failure go on with the next line; the exit status tells of the worst one",
	  0 },
	{ "verbose", 'v', NULL, 0,
	  "Print each command of a script before what comes of it", 0 },
	{}
};

struct settings {
	const char *script;	/* NULL: the standard input */
	const char *commands;	/* NULL: none were given */
	struct session session;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct settings *settings = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &settings->session.output;
		return 0;
	case 'c':
		settings->commands = arg;
		return 0;
	case 'k':
		settings->session.keep_going = true;
		return 0;
	case 'v':
		settings->session.verbose = true;
		return 0;
	case ARGP_KEY_ARG:
		if (settings->script)
			argp_error(state, "one SCRIPT only");
		settings->script = arg;
		return 0;
	case ARGP_KEY_SUCCESS:
		if (settings->script && settings->commands)
			argp_error(state, "a SCRIPT or --command, not both");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static enum outcome run_commands(struct settings *settings)
{
	const size_t length = strlen(settings->commands);
	enum outcome outcome;
	FILE *in;

	if (!length)
		return OUTCOME_DONE;
	in = need_memory(fmemopen((void *)settings->commands, length, "r"));
	outcome = session_file(&settings->session, in, "-c");
	fclose(in);
	return outcome;
}

static enum outcome run_script(struct settings *settings)
{
	const char *path = settings->script;
	enum outcome outcome;
	FILE *in;

	if (!path || !strcmp(path, "-")) {
		/* Who writes to a pipe may wait for the answer to each line. */
		setvbuf(stdout, NULL, _IOLBF, 0);
		return session_file(&settings->session, stdin, "stdin");
	}
	in = fopen(path, "re");
	if (!in) {
		warn("cannot open '%s'", path);
		return OUTCOME_MISUSED;
	}
	outcome = session_file(&settings->session, in, path);
	fclose(in);
	return outcome;
}

static enum outcome run(struct settings *settings)
{
	if (settings->commands)
		return run_commands(settings);
	if (settings->script || !isatty(STDIN_FILENO) ||
	    !isatty(STDOUT_FILENO))
		return run_script(settings);
	session_prompt(&settings->session);
	return OUTCOME_DONE;
}

static int status_of(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_DONE:
	case OUTCOME_QUIT:
		return STATUS_OK;
	case OUTCOME_DIFFERENT:
		return STATUS_DIFFERENT;
	default:
		return STATUS_ERROR;
	}
}

int model_main(int argc, char **argv)
{
	const struct argp_child children[] = {
		{ .argp = &output_argp },
		{}
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "[SCRIPT]",
		.doc = doc,
		.children = children,
	};
	struct settings settings = {};
	enum outcome outcome;

	argp_parse(&argp, argc, argv, 0, NULL, &settings);
	if (session_start(&settings.session))
		return STATUS_ERROR;
	outcome = run(&settings);
	if (outcome < settings.session.worst)
		outcome = settings.session.worst;
	session_end(&settings.session);
	return status_of(outcome);
}
