// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an event has really done, piece by piece: an event tells of a whole
 * region, of which most may have been the same before.
 */
#include "pieces.h"

bool region_has_file(const struct vproc_history *history,
		     const struct vproc_region *region, __u64 seq)
{
	const struct vproc_name *name;

	if (region->file < VPROC_NAME_FIRST)
		return false;
	name = vproc_history_name(history, region->file, seq);
	return !name || name->kind == VPROC_FILE_PATH;
}

/* Memory without a file can be given a name, and is the same. */
static bool is_same_backing(const struct vproc_history *history,
			    const struct vproc_region *a,
			    const struct vproc_region *b, __u64 seq)
{
	bool has_file = region_has_file(history, a, seq);

	if (has_file != region_has_file(history, b, seq) ||
	    (a->perm ^ b->perm) & VPROC_PERM_SHARED)
		return false;
	return !has_file ||
	       (a->file == b->file &&
		a->offset - a->start == b->offset - b->start);
}

static const struct vproc_region *covering(const struct vproc_region *regions,
					   size_t count, __u64 addr)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (regions[i].start <= addr && regions[i].end > addr)
			return &regions[i];
	}
	return NULL;
}

void pieces_each(const struct vproc_history *history,
		 const struct vproc_step *step,
		 void (*each)(const struct piece *piece, void *context),
		 void *context)
{
	const struct vproc_event *event = step->event;
	struct piece piece = { .end = event->start };
	size_t i = 0;

	if (!step->known ||
	    (event->op != VPROC_EV_SET && event->op != VPROC_EV_CLEAR))
		return;
	piece.after = covering(step->after, step->nr_after, event->start);
	while (piece.end < event->end) {
		const struct vproc_region *next =
			i < step->nr_before ? &step->before[i] : NULL;

		piece.start = piece.end;
		piece.before = next && next->start <= piece.start ? next : NULL;
		if (piece.before) {
			piece.end = next->end;
			i++;
		} else {
			piece.end = next ? next->start : event->end;
		}
		if (piece.end > event->end)
			piece.end = event->end;
		piece.remapped = !piece.before || !piece.after ||
				 !is_same_backing(history, piece.before,
						  piece.after, event->seq);
		if (piece.before || piece.after)
			each(&piece, context);
	}
}
