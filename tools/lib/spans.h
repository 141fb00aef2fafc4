/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LIB_SPANS_H
#define _LIB_SPANS_H

#include <stdbool.h>
#include <stddef.h>

#include "vproc_mem.h"

/**
 * struct vproc_extent - what each element of a struct vproc_spans begins with
 * @start: first address
 * @end: first address after it
 * @offset: offset in the file of @start; moves with it
 */
struct vproc_extent {
	__u64 start;
	__u64 end;
	__u64 offset;
} __attribute__((may_alias));

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

/* Most elements of a chunk, a power of two. */
#define VPROC_CHUNK_ELEMENTS	64

/**
 * struct vproc_spans_chunk - a short sorted array
 * @ends: where each element ends, apart from them, as that is what is searched;
 *	~0 behind the last
 * @count: how many there are, at least one
 * @elements: the elements
 */
struct vproc_spans_chunk {
	__u64 ends[VPROC_CHUNK_ELEMENTS];
	__u64 count;
	unsigned char elements[];
};

/**
 * struct vproc_spans - elements that do not overlap, in the order of addresses
 * @ends: where the last element of each chunk ends; ~0 behind the last chunk
 * @chunks: the chunks
 * @nr_chunks: how many
 * @room: how many there is room for: 0, or a power of two above @nr_chunks that
 *	is VPROC_CHUNK_ELEMENTS at least
 * @count: elements in all
 * @size: bytes of an element: a struct vproc_span, or another that begins as
 *	struct vproc_extent does
 *
 * All zero is an empty one of struct vproc_span; for another, @size is set
 * before there is anything in it. After an error it can only be loaded or
 * emptied.
 */
struct vproc_spans {
	__u64 *ends;
	struct vproc_spans_chunk **chunks;
	size_t nr_chunks;
	size_t room;
	size_t count;
	size_t size;
};

/* An element and its place; NULL behind the last one. */
struct vproc_spans_place {
	size_t chunk;
	unsigned int index;
	union {
		struct vproc_extent *extent;
		struct vproc_span *span;
		struct vproc_region *region;
	};
};

void vproc_spans_empty(struct vproc_spans *spans);

/* Leave nothing in [start, end). Return 0, or -1 and ENOMEM. */
int vproc_spans_clear(struct vproc_spans *spans, __u64 start, __u64 end);

/* Make its range this one, an element. Return 0, or -1 and ENOMEM. */
int vproc_spans_set(struct vproc_spans *spans, const void *element);

/* Iterate: the first element that ends above an address, and the next one. */
void vproc_spans_find(const struct vproc_spans *spans, __u64 addr,
		      struct vproc_spans_place *place);
void vproc_spans_next(const struct vproc_spans *spans,
		      struct vproc_spans_place *place);

/* Copy all elements out to an array of .count, or in from one. */
void vproc_spans_save(const struct vproc_spans *spans, void *array);
int vproc_spans_load(struct vproc_spans *spans, const void *array,
		     size_t count);

/* Take away the part of @span below, or from, @at on. It is not empty then. */
void vproc_span_cut_head(struct vproc_span *span, __u64 at);
void vproc_span_cut_tail(struct vproc_span *span, __u64 at);

/*
 * How many ends are not above an address, of a power of two, the last excepted.
 * There is no branch in it that could be foreseen wrongly. As most processes have
 * few regions, the number of steps is mostly known when this is compiled.
 */
static inline size_t vproc_ends_below(const __u64 *ends, size_t room,
				      __u64 addr)
{
	size_t at = 0, half;

	for (half = room / 2; half >= VPROC_CHUNK_ELEMENTS; half /= 2)
		at = ends[at + half - 1] <= addr ? at + half : at;
#pragma GCC unroll 6
	for (half = VPROC_CHUNK_ELEMENTS / 2; half; half /= 2)
		at = ends[at + half - 1] <= addr ? at + half : at;
	return at;
}

static inline void *vproc_spans_element(const struct vproc_spans *spans,
					struct vproc_spans_chunk *chunk,
					size_t index)
{
	return chunk->elements + index * spans->size;
}

/* The first element that ends above an address, or NULL. */
static inline void *vproc_spans_first(const struct vproc_spans *spans,
				      __u64 addr)
{
	struct vproc_spans_chunk *chunk;
	size_t at;

	if (!spans->nr_chunks)
		return NULL;
	at = vproc_ends_below(spans->ends, spans->room, addr);
	if (at >= spans->nr_chunks)
		return NULL;
	chunk = spans->chunks[at];
	at = vproc_ends_below(chunk->ends, VPROC_CHUNK_ELEMENTS, addr);
	return vproc_spans_element(spans, chunk, at);
}

#endif /* _LIB_SPANS_H */
