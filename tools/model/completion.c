// SPDX-License-Identifier: GPL-2.0-only
/*
 * Completion of what is typed at the prompt.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "completion.h"
#include "lexer.h"
#include "memory.h"

/* What the word that begins with @start could become. */
struct offers {
	const char *start;
	char **array;
	size_t count;
};

static void offer(struct offers *offers, const char *prefix, const char *word,
		  size_t length)
{
	char *text = need_memory(malloc(strlen(prefix) + length + 1));
	size_t i;

	strcpy(text, prefix);
	strncat(text, word, length);
	for (i = 0; i < offers->count && strcmp(offers->array[i], text); i++)
		;
	if (i < offers->count ||
	    strncmp(text, offers->start, strlen(offers->start))) {
		free(text);
		return;
	}
	offers->array = need_memory(reallocarray(offers->array,
						 offers->count + 1,
						 sizeof(char *)));
	offers->array[offers->count++] = text;
}

static void offer_commands(struct offers *offers)
{
	const struct command *const *group;
	const struct command *command;

	for (group = all_commands; *group; group++)
		for (command = *group; command->name; command++)
			offer(offers, "", command->name,
			      strlen(command->name));
}

static void offer_variables(struct offers *offers,
			    const struct session *session)
{
	size_t i;

	for (i = 0; i < session->variables.count; i++)
		offer(offers, "$", session->variables.array[i].name,
		      strlen(session->variables.array[i].name));
}

static void offer_spaces(struct offers *offers, const struct session *session)
{
	size_t i;

	for (i = 0; i < session->spaces.count; i++)
		offer(offers, "", session->spaces.array[i].name,
		      strlen(session->spaces.array[i].name));
}

/* The words in small letters of a command's forms are what can be typed. */
static void offer_words(struct offers *offers, const char *forms)
{
	size_t length;

	for (; *forms; forms += length) {
		length = strspn(forms, "abcdefghijklmnopqrstuvwxyz_-");
		if (length > 1 && !isupper((unsigned char)forms[length]))
			offer(offers, "", forms, length);
		length += !length;
	}
}

/* The first word that is not "$name", "=", "expect" or an error. */
static size_t find_command(const struct words *words)
{
	size_t i = 0;

	if (words->count > 1 && *words->array[0] == '$')
		i = 2;
	if (i < words->count && !strcmp(words->array[i], "expect"))
		i += 2;
	return i;
}

static void collect(struct offers *offers, const struct words *words,
		    const struct session *session)
{
	const size_t first = find_command(words);
	const struct command *command;

	if (*offers->start == '$') {
		offer_variables(offers, session);
		return;
	}
	if (first >= words->count) {
		offer_commands(offers);
		return;
	}
	command = command_find(words->array[first]);
	if (!command)
		return;
	offer_words(offers, command->forms);
	if (!strcmp(command->name, "use") || !strcmp(command->name, "close"))
		offer_spaces(offers, session);
	if (!strcmp(command->name, "help"))
		offer_commands(offers);
}

/* How many bytes all offers begin with. */
static size_t common_length(const struct offers *offers)
{
	size_t length = strlen(offers->array[0]), i;

	for (i = 1; i < offers->count; i++)
		while (strncmp(offers->array[0], offers->array[i], length))
			length--;
	return length;
}

static unsigned char list(const struct offers *offers)
{
	size_t i;

	fputc('\n', stdout);
	for (i = 0; i < offers->count; i++)
		printf("%s%s", offers->array[i],
		       i + 1 < offers->count ? "  " : "\n");
	return CC_REDISPLAY;
}

static unsigned char insert(struct editline *line, const struct offers *offers)
{
	const size_t typed = strlen(offers->start);
	size_t length;

	if (!offers->count)
		return CC_ERROR;
	length = common_length(offers);
	if (offers->count > 1 && length == typed)
		return list(offers);
	offers->array[0][length] = '\0';
	el_insertstr(line, offers->array[0] + typed);
	if (offers->count == 1)
		el_insertstr(line, " ");
	return CC_REFRESH;
}

/* The command that the cursor is in: the last one of what is before it. */
static void last_words(struct words *words, const char *text)
{
	const char *error;

	while (words_next(words, &text, &error) > 0 && *text)
		;
}

unsigned char completion_offer(struct editline *line, const struct session *session)
{
	const struct lineinfo *info = el_line(line);
	size_t length = info->cursor - info->buffer;
	char *text = need_memory(strndup(info->buffer, length));
	struct words words = {};
	struct offers offers = {};
	unsigned char ret;
	char *start;

	/* The word that is begun: what follows the last blank, ';' or '='. */
	for (start = text + length; start > text &&
	     !strchr(" \t;=+-", start[-1]); start--)
		;
	offers.start = start;
	start = need_memory(strdup(start));
	offers.start = start;
	text[length - strlen(start)] = '\0';
	last_words(&words, text);
	collect(&offers, &words, session);
	ret = insert(line, &offers);
	while (offers.count)
		free(offers.array[--offers.count]);
	free(offers.array);
	words_clear(&words);
	free(start);
	free(text);
	return ret;
}
