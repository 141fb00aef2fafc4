// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers for pages that are the same each time a script runs.
 */
#define _GNU_SOURCE	/* tdestroy() */
#include <search.h>
#include <stdlib.h>

#include "memory.h"
#include "pages.h"

struct page {
	uint64_t page;
	uint64_t number;
};

static int compare(const void *a, const void *b)
{
	const struct page *one = a, *two = b;

	return (one->page > two->page) - (one->page < two->page);
}

static uint64_t add(struct pages *pages, uint64_t page)
{
	struct page *new = need_memory(malloc(sizeof(*new)));

	*new = (struct page){ .page = page, .number = ++pages->count };
	need_memory(tsearch(new, &pages->tree, compare));
	return new->number;
}

uint64_t pages_number(struct pages *pages, uint64_t page)
{
	const struct page key = { .page = page };
	struct page **found;

	if (!page)
		return 0;
	found = tfind(&key, &pages->tree, compare);
	return found ? (*found)->number : add(pages, page);
}

void pages_clear(struct pages *pages)
{
	tdestroy(pages->tree, free);
	*pages = (struct pages){};
}
