/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MODEL_SESSION_H
#define _MODEL_SESSION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../output.h"
#include "pages.h"
#include "spaces.h"
#include "variables.h"

/* Where a command stands. */
struct position {
	const char *file;	/* NULL: typed at the prompt */
	unsigned long line;
};

/* How a command ended, and with it what comes after; the worst is the last. */
enum outcome {
	OUTCOME_DONE,
	OUTCOME_QUIT,		/* no more commands */
	OUTCOME_DIFFERENT,	/* what was asserted is not so */
	OUTCOME_FAILED,		/* the call was refused */
	OUTCOME_MISUSED,	/* it could not be called at all */
};

/* All that outlasts a command. */
struct session {
	struct output output;
	bool verbose;
	bool keep_going;	/* with the next line of a file */
	enum outcome worst;	/* of what was gone on after */
	uint64_t page_size;
	struct spaces spaces;
	struct variables variables;
	struct pages pages;
	struct position position;
	unsigned int depth;	/* of files that read files */
};

/* Set by ^C at the prompt: what runs is to end. */
extern atomic_int session_interrupted;

/*
 * Begins with one empty space, "main". Returns 0, or -1 after an error message.
 */
int session_start(struct session *session);
void session_end(struct session *session);

/* Runs the commands of a line; all but OUTCOME_DONE have been reported. */
enum outcome session_line(struct session *session, const char *line);

/* The same with all lines of a file, whose name is for messages. */
enum outcome session_file(struct session *session, FILE *in, const char *name);

/* Runs commands that are typed, until there are no more. */
void session_prompt(struct session *session);

#endif /* _MODEL_SESSION_H */
