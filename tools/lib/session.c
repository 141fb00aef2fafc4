// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions: the histories that belong together, and what they have in common.
 */
#include <errno.h>
#include <stdlib.h>

#include "history.h"
#include "session.h"

struct vproc_session *vproc_session_new(const char *release)
{
	struct vproc_session *session = calloc(1, sizeof(*session));

	if (session)
		session->touching = vproc_place_touching(release);
	return session;
}

void vproc_session_free(struct vproc_session *session)
{
	size_t i;

	if (!session)
		return;
	for (i = 0; i < session->count; i++)
		vproc_history_free(session->list[i]);
	free(session->list);
	free(session->relatives);
	free(session);
}

/* Where an id is in the table, or would be. */
static struct vproc_relative *find_place(const struct vproc_session *session,
					 __u64 id)
{
	/* Fibonacci hashing: ids are mostly numbers in a row. */
	size_t at = (id * 0x9e3779b97f4a7c15ull) >> 32;

	for (;; at++) {
		struct vproc_relative *relative =
			&session->relatives[at & (session->room - 1)];

		if (!relative->used || relative->id == id)
			return relative;
	}
}

static int grow_table(struct vproc_session *session)
{
	struct vproc_session grown = { .room = 2 * session->room };
	size_t i;

	if (!grown.room)
		grown.room = 16;
	grown.relatives = calloc(grown.room, sizeof(*grown.relatives));
	if (!grown.relatives)
		return -1;
	for (i = 0; i < session->room; i++) {
		if (session->relatives[i].used)
			*find_place(&grown, session->relatives[i].id) =
				session->relatives[i];
	}
	free(session->relatives);
	session->relatives = grown.relatives;
	session->room = grown.room;
	return 0;
}

static const struct vproc_relative *
find_relative(const struct vproc_session *session, __u64 id)
{
	const struct vproc_relative *relative;

	if (!session->room)
		return NULL;
	relative = find_place(session, id);
	return relative->used ? relative : NULL;
}

/* The same, which is made if there is none; at least a quarter stays empty. */
static struct vproc_relative *need_relative(struct vproc_session *session,
					    __u64 id)
{
	struct vproc_relative *relative;

	if (4 * (session->nr_relatives + 1) > 3 * session->room &&
	    grow_table(session))
		return NULL;
	relative = find_place(session, id);
	if (!relative->used) {
		*relative = (struct vproc_relative){ .id = id, .used = true };
		session->nr_relatives++;
	}
	return relative;
}

struct vproc_history *vproc_session_find(const struct vproc_session *session,
					 __u64 id)
{
	const struct vproc_relative *relative = find_relative(session, id);

	return relative ? relative->history : NULL;
}

struct vproc_history *vproc_session_add(struct vproc_session *session, __u64 id)
{
	struct vproc_relative *relative = need_relative(session, id);
	struct vproc_history **list;

	if (!relative || relative->history)
		return relative ? relative->history : NULL;
	list = reallocarray(session->list, session->count + 1, sizeof(*list));
	if (!list)
		return NULL;
	session->list = list;
	relative->history = vproc_history_new(session, id);
	if (relative->history)
		list[session->count++] = relative->history;
	return relative->history;
}

size_t vproc_session_count(const struct vproc_session *session)
{
	return session->count;
}

struct vproc_history *vproc_session_at(const struct vproc_session *session,
				       size_t index)
{
	return index < session->count ? session->list[index] : NULL;
}

__u64 vproc_session_start(const struct vproc_session *session)
{
	__u64 start = 0;
	size_t i;

	for (i = 0; i < session->count; i++) {
		const struct vproc_history *history = session->list[i];

		if (!history->count)
			continue;
		if (!start || vproc_history_at(history, 0)->time < start)
			start = vproc_history_at(history, 0)->time;
	}
	return start;
}

__u64 vproc_session_end(const struct vproc_session *session)
{
	__u64 end = 0;
	size_t i;

	for (i = 0; i < session->count; i++) {
		if (session->list[i]->latest > end)
			end = session->list[i]->latest;
	}
	return end;
}

int vproc_session_note_birth(struct vproc_session *session, __u64 child,
			     __u64 parent)
{
	struct vproc_relative *relative = need_relative(session, child);

	if (!relative)
		return -1;
	/* Ids do not come again: the first one is right. */
	if (!relative->parent)
		relative->parent = parent;
	return 0;
}

__u64 vproc_session_parent(const struct vproc_session *session, __u64 child)
{
	const struct vproc_relative *relative = find_relative(session, child);

	return relative ? relative->parent : 0;
}
