/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A naive reader of events: an array of pages. It needs PAGES, how many. And
 * numbers at random, for events that it can read.
 */
#ifndef _TESTS_NAIVE_H
#define _TESTS_NAIVE_H

#include <string.h>

#include "tools/lib/vproc.h"

#define PAGE	4096ull
#define BASE	0x10000000ull

static __u64 random_state;

static unsigned int any(unsigned int limit)
{
	random_state = random_state * 6364136223846793005ull +
		       1442695040888963407ull;
	return (random_state >> 33) % limit;
}

/* A page: a number for its region, where that begins, and its attributes. */
struct page {
	__u32 set;
	__u32 file;
	__u64 start;
	__u64 offset;
	__u8 type;
	__u8 perm;
};

struct moment {
	struct page pages[PAGES];
	__u64 start_brk;
	__u64 brk;
	__u64 start_stack;
	bool known;
};

/* The rest of a region that is cut has a start, and a number, of its own. */
static void naive_split(struct moment *moment, __u32 at, __u32 number)
{
	const __u32 set = at < PAGES ? moment->pages[at].set : 0;
	__u64 start = BASE + at * PAGE;

	if (!set || moment->pages[at].start == start)
		return;
	for (; at < PAGES && moment->pages[at].set == set; at++) {
		moment->pages[at].set = number;
		moment->pages[at].start = start;
	}
}

static void naive_apply(struct moment *moment,
			const struct vproc_event *event)
{
	__u32 first = (event->start - BASE) / PAGE;
	__u32 end = (event->end - BASE) / PAGE;
	__u32 i;

	switch (event->op) {
	case VPROC_EV_SET:
	case VPROC_EV_CLEAR:
		naive_split(moment, first, 3 * event->seq);
		naive_split(moment, end, 3 * event->seq + 1);
		for (i = first; i < end; i++) {
			struct page page = {
				.set = 3 * event->seq + 2,
				.file = event->file,
				.start = event->start,
				.offset = event->offset + (i - first) * PAGE,
				.type = event->type,
				.perm = event->perm,
			};

			if (event->op == VPROC_EV_CLEAR)
				page = (struct page){};
			moment->pages[i] = page;
		}
		break;
	case VPROC_EV_LAYOUT:
		moment->start_brk = event->start;
		moment->brk = event->end;
		moment->start_stack = event->offset;
		break;
	case VPROC_EV_ATTACH:
	case VPROC_EV_EXEC:
		moment->known = true;
		memset(moment->pages, 0, sizeof(moment->pages));
		break;
	case VPROC_EV_LOST:
		moment->known = false;
		break;
	}
}

/*
 * The regions of the naive reader, in so many pages; bounds and what the events
 * say.
 */
static size_t naive_regions(const struct moment *moment, size_t pages,
			    struct vproc_region *regions)
{
	size_t count = 0, i;

	for (i = 0; i < pages; i++) {
		const struct page *page = &moment->pages[i];

		if (!page->set)
			continue;
		if (i && moment->pages[i - 1].set == page->set) {
			regions[count - 1].end += PAGE;
			continue;
		}
		regions[count++] = (struct vproc_region){
			.start = BASE + i * PAGE,
			.end = BASE + (i + 1) * PAGE,
			.offset = page->file ? page->offset : 0,
			.name = page->file,
			.file = page->file,
			.perm = page->perm,
			.type = page->type,
		};
	}
	return count;
}

/*
 * Types and names of anonymous memory by place, as written in vproc_mem.h and,
 * since Linux 6.5, in show_map_vma().
 */
static void naive_place(const struct moment *moment,
			struct vproc_region *region)
{
	bool in_heap = region->start < moment->brk &&
		       region->end > moment->start_brk;
	bool in_stack = region->start <= moment->start_stack &&
			region->end >= moment->start_stack;

	if (in_heap)
		region->name = VPROC_NAME_HEAP;
	else if (in_stack)
		region->name = VPROC_NAME_STACK;
	if (region->type == VPROC_TYPE_STACK)
		return;
	if (in_heap)
		region->type = VPROC_TYPE_HEAP;
	else if (in_stack)
		region->type = VPROC_TYPE_STACK;
}

#endif /* _TESTS_NAIVE_H */
