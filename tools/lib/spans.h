/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LIB_SPANS_H
#define _LIB_SPANS_H

#include <stdbool.h>
#include <stddef.h>

#include "vproc_mem.h"

/**
 * struct vproc_span - a region as events tell it
 * @start: first address
 * @end: first address after it
 * @offset: offset in the file of @start; means nothing without a file
 * @file: id of what backs it
 * @type: enum vproc_type, HEAP and STACK by place excepted
 * @perm: VPROC_PERM_*
 */
struct vproc_span {
	__u64 start;
	__u64 end;
	__u64 offset;
	__u32 file;
	__u8 type;
	__u8 perm;
};

struct vproc_spans_chunk;

/**
 * struct vproc_spans - spans that do not overlap, in the order of addresses
 * @chunks: short arrays of them, none of which is empty
 * @nr_chunks: how many
 * @room: how many @chunks has room for
 * @count: spans in all
 *
 * All zero is an empty one. After an error it can only be loaded or emptied.
 */
struct vproc_spans {
	struct vproc_spans_chunk **chunks;
	size_t nr_chunks;
	size_t room;
	size_t count;
};

/* A span and its place; .span is NULL behind the last one. */
struct vproc_spans_place {
	size_t chunk;
	unsigned int index;
	struct vproc_span *span;
};

void vproc_spans_empty(struct vproc_spans *spans);

/* Leave nothing in [start, end). Return 0, or -1 and ENOMEM. */
int vproc_spans_clear(struct vproc_spans *spans, __u64 start, __u64 end);

/* Make [start, end) this one. Return 0, or -1 and ENOMEM. */
int vproc_spans_set(struct vproc_spans *spans, const struct vproc_span *span);

/* Iterate: the first span that ends above an address, and the next one. */
void vproc_spans_find(const struct vproc_spans *spans, __u64 addr,
		      struct vproc_spans_place *place);
void vproc_spans_next(const struct vproc_spans *spans,
		      struct vproc_spans_place *place);

/* Copy all spans out to an array of .count, or in from one. */
void vproc_spans_save(const struct vproc_spans *spans,
		      struct vproc_span *array);
int vproc_spans_load(struct vproc_spans *spans, const struct vproc_span *array,
		     size_t count);

/* Take away the part of @span below, or from, @at on. It is not empty then. */
void vproc_span_cut_head(struct vproc_span *span, __u64 at);
void vproc_span_cut_tail(struct vproc_span *span, __u64 at);

#endif /* _LIB_SPANS_H */
