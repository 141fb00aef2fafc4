// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where memory comes from: which event mapped it, and whether it was writable at
 * any time since. Kept as spans of their own, since one region can be put
 * together from what several events have mapped.
 */
#include <argp.h>
#include <err.h>
#include <stdlib.h>

#include "memory.h"
#include "origins.h"

void origins_clear(struct origins *origins)
{
	vproc_spans_empty(&origins->spans);
	free(origins->list);
	*origins = (struct origins){};
}

void origins_begin(struct origins *origins, const struct origin *origin)
{
	origins->list = memory_grow(origins->list, origins->count,
				    &origins->room, sizeof(*origin));
	origins->list[origins->count++] = *origin;
}

static void need(int ret)
{
	if (ret)
		err(argp_err_exit_status, "cannot keep where memory is from");
}

static void set(struct origins *origins, const struct vproc_span *span)
{
	need(vproc_spans_set(&origins->spans, span));
}

/* The next part of a piece that is one span, from @start on. */
static bool next_part(const struct origins *origins, const struct piece *piece,
		      __u64 start, struct vproc_span *part)
{
	struct vproc_spans_place place;

	if (start >= piece->end)
		return false;
	vproc_spans_find(&origins->spans, start, &place);
	if (!place.span || place.span->start >= piece->end)
		return false;
	*part = *place.span;
	if (part->start < start)
		vproc_span_cut_head(part, start);
	if (part->end > piece->end)
		vproc_span_cut_tail(part, piece->end);
	return true;
}

/* It may be of several origins, each of which keeps what it allowed. */
static void protect(struct origins *origins, const struct piece *piece)
{
	struct vproc_span part = { .end = piece->start };

	while (next_part(origins, piece, part.end, &part)) {
		if ((part.perm | piece->after->perm) == part.perm)
			continue;
		part.perm |= piece->after->perm;
		set(origins, &part);
	}
}

static void map(struct origins *origins, const struct piece *piece)
{
	const struct vproc_span span = {
		.start = piece->start,
		.end = piece->end,
		.file = origins->count - 1,
		.perm = piece->after->perm,
	};

	set(origins, &span);
}

static bool is_allowed(const struct vproc_region *region, __u16 perm)
{
	return (region->perm & perm) == perm;
}

/* Is it news that the piece can be executed, or be written to meanwhile? */
static bool becomes_executable(const struct piece *piece)
{
	const __u16 both = VPROC_PERM_EXEC | VPROC_PERM_WRITE;

	if (!is_allowed(piece->after, VPROC_PERM_EXEC))
		return false;
	if (piece->remapped || !is_allowed(piece->before, VPROC_PERM_EXEC))
		return true;
	return is_allowed(piece->after, both) &&
	       !is_allowed(piece->before, both);
}

void origins_piece(struct origins *origins, const struct piece *piece,
		   void (*executable)(__u64 start, __u64 end, void *context),
		   void *context)
{
	struct vproc_span part = { .end = piece->start };

	if (!piece->after) {
		need(vproc_spans_clear(&origins->spans, piece->start,
				       piece->end));
		return;
	}
	if (piece->remapped)
		map(origins, piece);
	else
		protect(origins, piece);
	if (!executable || !becomes_executable(piece))
		return;
	while (next_part(origins, piece, part.end, &part)) {
		if (part.perm & VPROC_PERM_WRITE)
			executable(part.start, part.end, context);
	}
}
