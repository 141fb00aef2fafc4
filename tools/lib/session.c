// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions: the histories that belong together, and what they have in common.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "history.h"
#include "session.h"

/*
 * Until 6.5 Linux called [heap] what has a boundary in common with the heap,
 * since then what has a byte in common.
 */
static bool heap_is_touching(const char *release)
{
	unsigned int major, minor;

	if (sscanf(release, "%u.%u", &major, &minor) != 2)
		return false;
	return major < 6 || (major == 6 && minor < 5);
}

struct vproc_session *vproc_session_new(const char *release)
{
	struct vproc_session *session = calloc(1, sizeof(*session));
	struct utsname name;

	if (!session)
		return NULL;
	if (!release && !uname(&name))
		release = name.release;
	session->touching = heap_is_touching(release ? release : "");
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
	free(session->births);
	free(session);
}

struct vproc_history *vproc_session_find(const struct vproc_session *session,
					 __u64 id)
{
	size_t i = session->count;

	/* The latest are asked for most often. */
	while (i--) {
		if (session->list[i]->id == id)
			return session->list[i];
	}
	return NULL;
}

struct vproc_history *vproc_session_add(struct vproc_session *session, __u64 id)
{
	struct vproc_history *history = vproc_session_find(session, id);
	struct vproc_history **list;

	if (history)
		return history;
	list = reallocarray(session->list, session->count + 1, sizeof(*list));
	if (!list)
		return NULL;
	session->list = list;
	history = vproc_history_new(session, id);
	if (history)
		list[session->count++] = history;
	return history;
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
	struct vproc_birth *births;

	births = reallocarray(session->births, session->nr_births + 1,
			      sizeof(*births));
	if (!births)
		return -1;
	births[session->nr_births++] = (struct vproc_birth){ child, parent };
	session->births = births;
	return 0;
}

__u64 vproc_session_parent(const struct vproc_session *session, __u64 child)
{
	size_t i;

	for (i = 0; i < session->nr_births; i++) {
		if (session->births[i].child == child)
			return session->births[i].parent;
	}
	return 0;
}
