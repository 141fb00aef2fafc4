// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names behind ids. A name may change, so each id has a short history.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "tools/array.h"

/**
 * struct vproc_names_entry - an id
 * @id: the id
 * @count: how many names it has had, at least one
 * @versions: these, the oldest first
 */
struct vproc_names_entry {
	__u32 id;
	size_t count;
	struct vproc_name *versions;
};

static const struct vproc_name places[] = {
	[VPROC_NAME_NONE] = { .id = VPROC_NAME_NONE, .kind = VPROC_FILE_NAME,
			      .text = "" },
	[VPROC_NAME_HEAP] = { .id = VPROC_NAME_HEAP, .kind = VPROC_FILE_NAME,
			      .text = "[heap]" },
	[VPROC_NAME_STACK] = { .id = VPROC_NAME_STACK, .kind = VPROC_FILE_NAME,
			       .text = "[stack]" },
	[VPROC_NAME_VSYSCALL] = { .id = VPROC_NAME_VSYSCALL,
				  .kind = VPROC_FILE_NAME,
				  .text = "[vsyscall]" },
};

/* The place of an id in the order: where it is, or would be. */
static size_t find_entry(const struct vproc_names *names, __u64 id)
{
	size_t low = 0, high = names->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (names->entries[middle].id >= id)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static bool has_entry(const struct vproc_names *names, size_t at, __u64 id)
{
	return at < names->count && names->entries[at].id == id;
}

static int insert_entry(struct vproc_names *names, size_t at, __u32 id)
{
	struct vproc_names_entry *entries = names->entries;
	size_t room = 2 * names->room + 16;

	if (names->count == names->room) {
		entries = reallocarray(entries, room, sizeof(*entries));
		if (!entries)
			return -1;
		names->entries = entries;
		names->room = room;
	}
	memmove(&entries[at + 1], &entries[at],
		(names->count - at) * sizeof(*entries));
	entries[at] = (struct vproc_names_entry){ .id = id };
	names->count++;
	return 0;
}

static void delete_entry(struct vproc_names *names, size_t at)
{
	names->count--;
	memmove(&names->entries[at], &names->entries[at + 1],
		(names->count - at) * sizeof(names->entries[0]));
}

static bool same_name(const struct vproc_name *a, const struct vproc_name *b)
{
	return a->kind == b->kind && a->inode == b->inode &&
	       a->dev_major == b->dev_major && a->dev_minor == b->dev_minor &&
	       a->build_id_size == b->build_id_size &&
	       (!a->build_id_size ||
		!memcmp(a->build_id, b->build_id, a->build_id_size)) &&
	       !strcmp(a->text, b->text);
}

/* Makes what a name points to its own; all of it is one piece of memory. */
static int own(struct vproc_name *name)
{
	const size_t size = strlen(name->text) + 1;
	char *text = malloc(size + name->build_id_size);

	if (!text)
		return -1;
	memcpy(text, name->text, size);
	name->text = text;
	if (name->build_id_size) {
		memcpy(text + size, name->build_id, name->build_id_size);
		name->build_id = (unsigned char *)text + size;
	}
	return 0;
}

static int add_version(struct vproc_names_entry *entry,
		       const struct vproc_name *name)
{
	struct vproc_name *versions, *last;

	last = entry->count ? &entry->versions[entry->count - 1] : NULL;
	if (last && same_name(last, name))
		return 0;
	versions = reallocarray(entry->versions, entry->count + 1,
				sizeof(*versions));
	if (!versions)
		return -1;
	entry->versions = versions;
	last = &versions[entry->count];
	*last = *name;
	if (entry->count && last->since < last[-1].since)
		last->since = last[-1].since;
	if (own(last))
		return -1;
	entry->count++;
	return 0;
}

int vproc_names_add(struct vproc_names *names, const struct vproc_name *name)
{
	size_t at = find_entry(names, name->id);
	struct vproc_names_entry *entry;

	if (name->id < VPROC_NAME_FIRST) {
		errno = EINVAL;
		return -1;
	}
	if (!has_entry(names, at, name->id) &&
	    insert_entry(names, at, name->id))
		return -1;
	entry = &names->entries[at];
	if (!add_version(entry, name))
		return 0;
	if (!entry->count) {
		free(entry->versions);
		delete_entry(names, at);
	}
	return -1;
}

const struct vproc_name *vproc_names_find(const struct vproc_names *names,
					  __u64 id, __u64 seq)
{
	const struct vproc_names_entry *entry;
	size_t at, i;

	if (id < ARRAY_SIZE(places))
		return &places[id];
	at = find_entry(names, id);
	if (!has_entry(names, at, id))
		return NULL;
	entry = &names->entries[at];
	for (i = entry->count - 1; i && entry->versions[i].since > seq; i--)
		;
	return &entry->versions[i];
}

void vproc_names_clear(struct vproc_names *names)
{
	size_t i, j;

	for (i = 0; i < names->count; i++) {
		struct vproc_names_entry *entry = &names->entries[i];

		for (j = 0; j < entry->count; j++)
			free((char *)entry->versions[j].text);
		free(entry->versions);
	}
	free(names->entries);
	*names = (struct vproc_names){};
}
