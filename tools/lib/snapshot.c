// SPDX-License-Identifier: GPL-2.0-only
/*
 * Snapshots, and what is different between two of them.
 */
#include <stdlib.h>

#include "snapshot.h"

void vproc_snapshot_clear(struct vproc_snapshot *snapshot)
{
	free(snapshot->regions);
	*snapshot = (struct vproc_snapshot){};
}

int vproc_snapshot_need(struct vproc_snapshot *snapshot, size_t count)
{
	struct vproc_region *regions;

	if (snapshot->room >= count)
		return 0;
	regions = reallocarray(snapshot->regions, count, sizeof(*regions));
	if (!regions)
		return -1;
	snapshot->regions = regions;
	snapshot->room = count;
	return 0;
}

bool vproc_region_same(const struct vproc_region *a,
		       const struct vproc_region *b)
{
	return a->start == b->start && a->end == b->end &&
	       a->offset == b->offset && a->inode == b->inode &&
	       a->dev_major == b->dev_major && a->dev_minor == b->dev_minor &&
	       a->name == b->name && a->file == b->file &&
	       a->perm == b->perm && a->type == b->type;
}

int vproc_snapshot_diff(const struct vproc_snapshot *before,
			const struct vproc_snapshot *after,
			int (*differs)(const struct vproc_region *before,
				       const struct vproc_region *after,
				       void *context),
			void *context)
{
	size_t i = 0, j = 0;
	int ret = 0;

	while (!ret && (i < before->count || j < after->count)) {
		const struct vproc_region *a = NULL, *b = NULL;

		if (i < before->count)
			a = &before->regions[i];
		if (j < after->count)
			b = &after->regions[j];
		if (a && b && a->start < b->start)
			b = NULL;
		else if (a && b && b->start < a->start)
			a = NULL;
		if (!a || !b || !vproc_region_same(a, b))
			ret = differs(a, b, context);
		i += !!a;
		j += !!b;
	}
	return ret;
}
