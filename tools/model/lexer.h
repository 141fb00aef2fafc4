/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MODEL_LEXER_H
#define _MODEL_LEXER_H

#include <stddef.h>

/* The words of one command. All zero is a valid start. */
struct words {
	char **array;		/* with a NULL after the last */
	size_t count;
	size_t room;
	char *input;		/* the command as it was typed */
};

/*
 * Takes the next command off the line at *@text, which moves on. Commands end
 * at ';', and the line at '#' where a word could begin. Quotes, double or
 * single, keep blanks and these together. In "$name = ..." the sign is a word
 * of its own, with or without blanks around it.
 *
 * Returns 1; 0 if there is none left; -1 if the line is malformed, and *@error
 * says how.
 */
int words_next(struct words *words, const char **text, const char **error);

void words_clear(struct words *words);

#endif /* _MODEL_LEXER_H */
