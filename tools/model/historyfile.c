// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the history of the prompt is kept.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "historyfile.h"

/* Into @path, of PATH_MAX bytes. Returns 0, or -1 if there is no such place. */
static int find_path(char *path)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	int length;

	/* A relative one is to be ignored, says the specification. */
	if (state && *state == '/')
		length = snprintf(path, PATH_MAX, "%s/vproc/history", state);
	else if (home && *home == '/')
		length = snprintf(path, PATH_MAX,
				  "%s/.local/state/vproc/history", home);
	else
		return -1;
	return length < PATH_MAX ? 0 : -1;
}

/* Makes the directories that lead to @path. */
static void make_directories(char *path)
{
	char *slash = path;

	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
}

void historyfile_load(struct history *lines)
{
	char path[PATH_MAX];
	HistEvent event;

	if (!find_path(path))
		history(lines, &event, H_LOAD, path);
}

void historyfile_save(struct history *lines)
{
	char path[PATH_MAX];
	HistEvent event;

	if (find_path(path))
		return;
	make_directories(path);
	history(lines, &event, H_SAVE, path);
}
