/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_ORIGINS_H
#define _TOOLS_ORIGINS_H

#include "lib/spans.h"
#include "pieces.h"

/**
 * struct origin - an event that mapped something
 * @site: where it was called
 * @time: when
 * @start: it was there when the image began, and has no site
 * @counted: for who walks over all pieces, and wants each origin once
 */
struct origin {
	size_t site;
	__u64 time;
	bool start;
	bool counted;
};

/**
 * struct origins - where all that is mapped comes from
 * @spans: the pieces; .file is the number of an origin, .perm all that the
 *	protection has ever allowed
 * @list: the origins, by number
 * @count: how many
 * @room: how many there is room for
 *
 * All zero is nothing mapped. No memory ends the program with a message.
 */
struct origins {
	struct vproc_spans spans;
	struct origin *list;
	size_t count;
	size_t room;
};

/* Nothing is mapped any more. */
void origins_clear(struct origins *origins);

/* An event maps something: what origins_piece() is told next is from it. */
void origins_begin(struct origins *origins, const struct origin *origin);

/*
 * Takes up a piece. Calls @executable for each part of it that can be executed
 * from now on and was, or is, writable; unless that is NULL.
 */
void origins_piece(struct origins *origins, const struct piece *piece,
		   void (*executable)(__u64 start, __u64 end, void *context),
		   void *context);

#endif /* _TOOLS_ORIGINS_H */
