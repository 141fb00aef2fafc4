// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arguments that several verbs have.
 */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "args.h"

int args_number(struct argp_state *state, const char *text, const char *what)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (!isdigit(*text) || *end || errno || number < 1 || number > INT_MAX)
		errx(argp_err_exit_status, "'%s' is not a %s: see '%s --help'",
		     text, what, state->name);
	return number;
}

double args_seconds(struct argp_state *state, const char *text)
{
	double seconds;
	char *end;

	errno = 0;
	seconds = strtod(text, &end);
	/* Written so that it refuses what is not a number, too. */
	if (!isdigit(*text) || *end || errno ||
	    !(seconds >= 0.01 && seconds <= 86400))
		errx(argp_err_exit_status,
		     "'%s' is not a number of seconds from 0.01 to 86400: see '%s --help'",
		     text, state->name);
	return seconds;
}

static error_t parse_pid(int key, char *arg, struct argp_state *state)
{
	pid_t *pid = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (*pid)
			argp_error(state, "one PID only");
		*pid = args_number(state, arg, "process id");
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a PID is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp args_pid_argp = {
	.parser = parse_pid,
	.args_doc = "PID",
};

pid_t args_pid(int argc, char **argv, const char *doc)
{
	const struct argp argp = {
		.parser = parse_pid,
		.args_doc = "PID",
		.doc = doc,
	};
	pid_t pid = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &pid);
	return pid;
}
