/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MODEL_PAGES_H
#define _MODEL_PAGES_H

#include <stdint.h>

/*
 * The pages that a session has seen, numbered from 1 on in the order in which it
 * did: the device numbers those of everybody. All zero is a valid start.
 */
struct pages {
	void *tree;
	uint64_t count;
};

/* The number here of a page that the device calls @page; 0 remains 0. */
uint64_t pages_number(struct pages *pages, uint64_t page);

void pages_clear(struct pages *pages);

#endif /* _MODEL_PAGES_H */
