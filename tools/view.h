/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_VIEW_H
#define _TOOLS_VIEW_H

#include "output.h"

/* What vproc top shows on a screen, and how. */
struct view {
	double interval;	/* in seconds */
	int sort;		/* column of the table */
	bool paused;
	bool help;
	pid_t selected;		/* 0: the first */
	size_t first;		/* row that the table begins with */
};

/* Draws what was seen; that is an object as Documentation/json.rst has it. */
void view_draw(struct view *view, const struct json_object *object);

/* Selects the process @by rows below, or above. */
void view_move(struct view *view, const struct json_object *object, int by);

#endif /* _TOOLS_VIEW_H */
