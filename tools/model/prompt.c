// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands that are typed: a line that can be edited, its history, ^C.
 */
#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "completion.h"
#include "historyfile.h"
#include "memory.h"
#include "session.h"

/* Lines that are remembered. */
#define MAX_HISTORY	1000

/* Room for a prompt. */
#define PROMPT_ROOM	64

struct prompt {
	struct session *session;
	struct editline *line;
	struct history *history;
	char text[PROMPT_ROOM];
};

static void interrupt(int signal)
{
	(void)signal;
	session_interrupted = 1;
}

static struct prompt *prompt_of(struct editline *line)
{
	void *prompt;

	el_get(line, EL_CLIENTDATA, &prompt);
	return prompt;
}

/* The space that a command would act on. */
static char *prompt_text(struct editline *line)
{
	struct prompt *prompt = prompt_of(line);

	snprintf(prompt->text, sizeof(prompt->text), "%s> ",
		 spaces_current(&prompt->session->spaces)->name);
	return prompt->text;
}

static unsigned char complete(struct editline *line, int key)
{
	(void)key;
	return completion_offer(line, prompt_of(line)->session);
}

static int start(struct prompt *prompt, struct session *session)
{
	HistEvent event;

	prompt->session = session;
	prompt->line = el_init("vproc", stdin, stdout, stderr);
	prompt->history = history_init();
	if (!prompt->line || !prompt->history)
		return -1;
	history(prompt->history, &event, H_SETSIZE, MAX_HISTORY);
	history(prompt->history, &event, H_SETUNIQUE, 1);
	historyfile_load(prompt->history);

	el_set(prompt->line, EL_CLIENTDATA, prompt);
	el_set(prompt->line, EL_PROMPT, prompt_text);
	el_set(prompt->line, EL_EDITOR, "emacs");
	el_set(prompt->line, EL_SIGNAL, 1);
	el_set(prompt->line, EL_HIST, history, prompt->history);
	el_set(prompt->line, EL_ADDFN, "complete", "Complete a word",
	       complete);
	el_set(prompt->line, EL_BIND, "^I", "complete", NULL);
	el_set(prompt->line, EL_BIND, "^R", "em-inc-search-prev", NULL);
	/* What the user prefers, as vi keys. */
	el_source(prompt->line, NULL);
	return 0;
}

static void end(struct prompt *prompt)
{
	if (prompt->history) {
		historyfile_save(prompt->history);
		history_end(prompt->history);
	}
	if (prompt->line)
		el_end(prompt->line);
}

/* The next line; NULL at the end of the input. ^C gives up the one begun. */
static const char *read_line(struct prompt *prompt)
{
	const char *line;
	int length;

	for (;;) {
		session_interrupted = 0;
		errno = 0;
		line = el_gets(prompt->line, &length);
		if (line && length > 0)
			return line;
		if (!session_interrupted)
			break;
		fputs("^C\n", stdout);
		el_reset(prompt->line);
	}
	fputc('\n', stdout);
	return NULL;
}

static bool is_empty(const char *line)
{
	return !line[strspn(line, " \t\r\n")];
}

void session_prompt(struct session *session)
{
	/* A write that ^C breaks off would be an error of the output. */
	const struct sigaction action = {
		.sa_handler = interrupt,
		.sa_flags = SA_RESTART,
	};
	struct sigaction before;
	enum outcome outcome = OUTCOME_DONE;
	struct prompt prompt = {};
	const char *line;
	HistEvent event;

	setlocale(LC_CTYPE, "");
	sigaction(SIGINT, &action, &before);
	if (start(&prompt, session))
		need_memory(NULL);
	if (!session->output.json)
		puts("An address space to try things on: 'help' lists the commands, ^D ends.");
	while (outcome != OUTCOME_QUIT && !ferror(stdout)) {
		line = read_line(&prompt);
		if (!line)
			break;
		if (is_empty(line))
			continue;
		history(prompt.history, &event, H_ENTER, line);
		outcome = session_line(session, line);
	}
	end(&prompt);
	sigaction(SIGINT, &before, NULL);
}
