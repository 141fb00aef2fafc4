/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_FIGURES_H
#define _TOOLS_FIGURES_H

#include "lib/vproc.h"
#include "numbering.h"

/**
 * struct amount - changes of a map
 * @changes: events after which the regions were not what they had been
 * @mapped: bytes where there was nothing, or something else, before
 * @unmapped: bytes that are gone
 * @protected: bytes that have another protection
 */
struct amount {
	__u64 changes;
	__u64 mapped;
	__u64 unmapped;
	__u64 protected;
};

/* What was done from one call site; there and below by its number in sites.h. */
struct site_use {
	size_t site;
	unsigned int cause;
	struct amount amount;
};

/* How often a file was mapped and unmapped. */
struct file_use {
	size_t file;
	__u64 maps;
	__u64 unmaps;
	__u64 mapped;
	__u64 unmapped;
};

/**
 * struct executed - memory that was writable became executable
 * @history: of this process
 * @event: by this event
 * @start: first address
 * @end: first address after it
 * @site: where it was called
 */
struct executed {
	const struct vproc_history *history;
	const struct vproc_event *event;
	__u64 start;
	__u64 end;
	size_t site;
};

/* What was mapped from one site and is there at the end; times. */
struct leak {
	size_t site;
	__u64 mappings;
	__u64 bytes;
	__u64 first;
	__u64 last;
};

/**
 * struct figures - what happened, in one image or in several
 * @events: events, those that tell the state at the start among them
 * @repeated: of these, those that told nothing new
 * @causes: the changes, by cause
 * @total: all of them
 * @sites: by site and cause
 * @files: by file
 * @executed: what was executable after it was writable
 * @leaks: what is there at the end, by site
 *
 * All zero is nothing. No memory ends the program with a message.
 */
struct figures {
	__u64 events;
	__u64 repeated;
	struct amount causes[VPROC_NR_CAUSES];
	struct amount total;

	struct site_use *sites;
	struct numbering site_numbers;
	size_t site_room;

	struct file_use *files;
	struct numbering file_numbers;
	size_t file_room;

	struct executed *executed;
	size_t nr_executed;
	size_t executed_room;
	__u64 executed_bytes;

	struct leak *leaks;
	struct numbering leak_numbers;
	size_t leak_room;
	__u64 leak_mappings;
	__u64 leak_bytes;
};

/* These add one thing; what is told of the same site or file is put together. */
void figures_add_use(struct figures *figures, const struct site_use *use);
void figures_add_file(struct figures *figures, const struct file_use *use);
void figures_add_executed(struct figures *figures,
			  const struct executed *executed);
void figures_add_leak(struct figures *figures, const struct leak *leak);

/* Adds all the figures of an image to those of others. */
void figures_add(struct figures *sum, const struct figures *figures);

/*
 * Puts the lists in order: first what changed, churned or leaked most, and what
 * became executable earliest. Nothing can be added then any more.
 */
void figures_sort(struct figures *figures);

void figures_clear(struct figures *figures);

#endif /* _TOOLS_FIGURES_H */
