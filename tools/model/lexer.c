// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines into commands, and commands into words.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lexer.h"
#include "memory.h"

/* A carriage return, too: a script may come from elsewhere. */
static bool is_blank(char byte)
{
	return byte && strchr(" \t\r\n", byte);
}

static void add_word(struct words *words, char *word)
{
	if (words->count + 1 >= words->room) {
		words->room = 2 * words->room + 8;
		words->array = need_memory(reallocarray(words->array,
							words->room,
							sizeof(char *)));
	}
	words->array[words->count++] = word;
	words->array[words->count] = NULL;
}

/* Is the word that comes, or the one being read, before the sign of "$a = b"? */
static bool is_assigned(const struct words *words, const char *start)
{
	return words->count == 0 && *start == '$';
}

static bool is_sign(const struct words *words, const char *text)
{
	return *text == '=' && words->count == 1 && *words->array[0] == '$';
}

/*
 * Copies what stands before a blank, a ';' or one of @ends, without its quotes,
 * to @word. Returns the quote that is not closed, or 0.
 */
static char copy_word(char *word, const char **text, const char *ends)
{
	char quote = '\0';

	for (; **text; (*text)++) {
		if (!quote && (is_blank(**text) || strchr(ends, **text)))
			break;
		if (quote && **text == quote)
			quote = '\0';
		else if (!quote && (**text == '"' || **text == '\''))
			quote = **text;
		else
			*word++ = **text;
	}
	*word = '\0';
	return quote;
}

static int read_word(struct words *words, const char **text, const char **error)
{
	char *word = need_memory(malloc(strlen(*text) + 1));
	char quote = '\0';

	if (is_sign(words, *text)) {
		strcpy(word, "=");
		(*text)++;
	} else {
		quote = copy_word(word, text,
				  is_assigned(words, *text) ? ";=" : ";");
	}
	add_word(words, word);
	if (!quote)
		return 0;
	*error = "a quote is not closed";
	return -1;
}

int words_next(struct words *words, const char **text, const char **error)
{
	const char *at = *text, *start, *end;

	words_clear(words);
	while (is_blank(*at) || *at == ';')
		at++;
	start = at;
	end = at;
	while (*at && *at != ';' && *at != '#') {
		if (read_word(words, &at, error))
			return -1;
		end = at;
		while (is_blank(*at))
			at++;
	}
	*text = *at == '#' ? at + strlen(at) : at;
	words->input = need_memory(strndup(start, end - start));
	return words->count > 0;
}

void words_clear(struct words *words)
{
	size_t i;

	for (i = 0; i < words->count; i++)
		free(words->array[i]);
	free(words->array);
	free(words->input);
	*words = (struct words){};
}
