/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_ARGS_H
#define _TOOLS_ARGS_H

#include <argp.h>
#include <sys/types.h>

/*
 * For an argp parser: the number in @text, which @what names; one that is
 * malformed or not in 1..INT_MAX ends the program with a message.
 */
int args_number(struct argp_state *state, const char *text, const char *what);

/* As args_number(), for a time that is to pass: 0.01 to 86400 seconds. */
double args_seconds(struct argp_state *state, const char *text);

/* For a verb's argp, as a child: the one argument PID. Its input: a pid_t. */
extern const struct argp args_pid_argp;

/* The one argument PID of a verb whose --help text is @doc. */
pid_t args_pid(int argc, char **argv, const char *doc);

#endif /* _TOOLS_ARGS_H */
