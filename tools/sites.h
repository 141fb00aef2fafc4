/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_SITES_H
#define _TOOLS_SITES_H

#include "lib/vproc.h"
#include "output.h"

/*
 * Call sites: the instructions that changed maps, by file and offset, so that
 * the same one in several processes is one. They and the files that they are in
 * have small numbers. No memory ends the program with a message.
 */
struct sites;

/* The site of what has none, as what the kernel does by itself. */
#define SITE_NONE	0

/* @recording has to stay. */
struct sites *sites_new(const struct vproc_recording *recording);
void sites_free(struct sites *sites);

/**
 * sites_find() - the site of an event
 * @event: the event
 * @region: the region that its instruction was in; NULL if there was none
 */
size_t sites_find(struct sites *sites, const struct vproc_history *history,
		  const struct vproc_event *event,
		  const struct vproc_region *region);

/* The same, where the region has yet to be found. */
size_t sites_look_up(struct sites *sites, const struct vproc_history *history,
		     const struct vproc_event *event);

/* The number of the file, or whatever has the name, that backs a region. */
size_t sites_file(struct sites *sites, const struct vproc_history *history,
		  const struct vproc_region *region, __u64 seq);

/* Its name, as /proc/PID/maps prints it; valid until the next call. */
const char *sites_file_name(const struct sites *sites, size_t file);

/* Is it a file, and not a name that the kernel or the process gave? */
bool sites_is_file(const struct sites *sites, size_t file);

/*
 * A site, with its function and source line, as @key of @object; null for
 * SITE_NONE.
 */
void sites_put(struct sites *sites, struct json_object *object,
	       const char *key, size_t site);

/*
 * Why there are no symbols of some of the files in which sites_put() has looked
 * for one, as the array @key of @object.
 */
void sites_put_complaints(const struct sites *sites, struct json_object *object,
			  const char *key);

/* A site's object as text, on one line; NULL: "-". */
void site_object_print(FILE *out, const struct json_object *site);

#endif /* _TOOLS_SITES_H */
