// SPDX-License-Identifier: GPL-2.0-only
/*
 * Heap and stack: where they are, and what is called so by where it lies. The
 * rules are those of model/space.c.
 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "place.h"

void vproc_place_apply(struct vproc_place *place,
		       const struct vproc_event *event)
{
	switch (event->op) {
	case VPROC_EV_LAYOUT:
		place->start_brk = event->start;
		place->brk = event->end;
		place->start_stack = event->offset;
		break;
	case VPROC_EV_ATTACH:
	case VPROC_EV_EXEC:
		place->image = event->seq;
		place->known = true;
		break;
	case VPROC_EV_LOST:
		place->known = false;
		break;
	}
}

/*
 * Until 6.5 Linux called [heap] what has a boundary in common with the heap,
 * since then what has a byte in common.
 */
bool vproc_place_touching(const char *release)
{
	unsigned int major, minor;
	struct utsname name;

	if (!release && !uname(&name))
		release = name.release;
	if (!release || sscanf(release, "%u.%u", &major, &minor) != 2)
		return false;
	return major < 6 || (major == 6 && minor < 5);
}

bool vproc_is_anonymous(__u32 id, const struct vproc_name *name)
{
	static const char prefix[] = "[anon:";

	if (id == VPROC_NAME_NONE)
		return true;
	/* If need be, with a name that the process gave. */
	return name && name->kind == VPROC_FILE_NAME && !name->inode &&
	       !strncmp(name->text, prefix, strlen(prefix));
}

static bool in_heap(const struct vproc_place *place, __u64 start, __u64 end)
{
	return start < place->brk && end > place->start_brk;
}

static bool at_heap(const struct vproc_place *place, __u64 start, __u64 end)
{
	return start <= place->brk && end >= place->start_brk;
}

static bool at_stack(const struct vproc_place *place, __u64 start, __u64 end)
{
	return start <= place->start_stack && end >= place->start_stack;
}

__u32 vproc_place_name(const struct vproc_place *place, bool touching,
		       __u64 start, __u64 end)
{
	if (touching ? at_heap(place, start, end) : in_heap(place, start, end))
		return VPROC_NAME_HEAP;
	return at_stack(place, start, end) ? VPROC_NAME_STACK : VPROC_NAME_NONE;
}

void vproc_place_region(const struct vproc_place *place, bool touching,
			struct vproc_region *region)
{
	const __u64 start = region->start, end = region->end;
	__u32 name = vproc_place_name(place, touching, start, end);

	if (name != VPROC_NAME_NONE)
		region->name = name;
	if (region->type == VPROC_TYPE_STACK)
		return;
	if (in_heap(place, start, end))
		region->type = VPROC_TYPE_HEAP;
	else if (at_stack(place, start, end))
		region->type = VPROC_TYPE_STACK;
}

__u8 vproc_own_type(const struct vproc_region *region)
{
	if (region->type != VPROC_TYPE_HEAP)
		return region->type;
	if (region->perm & VPROC_PERM_EXEC)
		return VPROC_TYPE_CODE;
	return region->perm & VPROC_PERM_WRITE ? VPROC_TYPE_DATA :
						 VPROC_TYPE_RODATA;
}
