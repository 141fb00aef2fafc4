/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_LIVE_QUERY_H
#define _VPROC_LIVE_QUERY_H

#include "live/tracker.h"

/**
 * struct vproc_view - an address space that can be asked
 * @space: its regions
 * @files: its files
 * @seq: number of its last change; protected by the space's lock
 * @tracker: the tracker that it is of; NULL: it is a model
 * @model: the model that it is; NULL: it is of a tracker
 */
struct vproc_view {
	struct vproc_space *space;
	struct vproc_files *files;
	const u64 *seq;
	struct vproc_tracker *tracker;
	struct vproc_model *model;
};

void vproc_export(const struct vproc_tracker *tracker,
		  const struct vproc_span *span, struct vproc_region *region);

int vproc_query(const struct vproc_view *view, struct vproc_query *query);
int vproc_query_regions(const struct vproc_view *view,
			struct vproc_regions *regions);
int vproc_query_lookup(const struct vproc_view *view,
		       struct vproc_lookup *lookup);
int vproc_query_file(const struct vproc_view *view, struct vproc_file *file);
int vproc_query_stats(const struct vproc_view *view, struct vproc_stats *stats);
int vproc_query_stacks(const struct vproc_view *view,
		       struct vproc_stacks *stacks,
		       struct vproc_thread **array);
int vproc_query_heap(const struct vproc_view *view, struct vproc_heap *heap);

#endif /* _VPROC_LIVE_QUERY_H */
