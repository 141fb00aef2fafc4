// SPDX-License-Identifier: GPL-2.0-only
/*
 * The spans of an address space: an array of short sorted arrays, so that a
 * change moves a few kilobytes at the most, however many there are.
 */
#include <stdlib.h>
#include <string.h>

#include "spans.h"

#define CHUNK_SPANS	128

struct vproc_spans_chunk {
	unsigned int count;
	struct vproc_span spans[CHUNK_SPANS];
};

void vproc_spans_empty(struct vproc_spans *spans)
{
	while (spans->nr_chunks)
		free(spans->chunks[--spans->nr_chunks]);
	free(spans->chunks);
	*spans = (struct vproc_spans){};
}

void vproc_span_cut_head(struct vproc_span *span, __u64 at)
{
	span->offset += at - span->start;
	span->start = at;
}

void vproc_span_cut_tail(struct vproc_span *span, __u64 at)
{
	span->end = at;
}

static __u64 chunk_end(const struct vproc_spans_chunk *chunk)
{
	return chunk->spans[chunk->count - 1].end;
}

/* Makes @place->span what its numbers say, at the start of the next chunk if it is behind one. */
static void settle(const struct vproc_spans *spans,
		   struct vproc_spans_place *place)
{
	place->span = NULL;
	if (place->chunk < spans->nr_chunks &&
	    place->index == spans->chunks[place->chunk]->count) {
		place->chunk++;
		place->index = 0;
	}
	if (place->chunk < spans->nr_chunks)
		place->span = &spans->chunks[place->chunk]->spans[place->index];
}

void vproc_spans_find(const struct vproc_spans *spans, __u64 addr,
		      struct vproc_spans_place *place)
{
	size_t low = 0, high = spans->nr_chunks;
	const struct vproc_spans_chunk *chunk;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (chunk_end(spans->chunks[middle]) > addr)
			high = middle;
		else
			low = middle + 1;
	}
	place->chunk = low;
	place->index = 0;
	if (low < spans->nr_chunks) {
		chunk = spans->chunks[low];
		high = chunk->count;
		low = 0;
		while (low < high) {
			size_t middle = low + (high - low) / 2;

			if (chunk->spans[middle].end > addr)
				high = middle;
			else
				low = middle + 1;
		}
		place->index = low;
	}
	settle(spans, place);
}

void vproc_spans_next(const struct vproc_spans *spans,
		      struct vproc_spans_place *place)
{
	place->index++;
	settle(spans, place);
}

/* An empty chunk, as number @at. */
static struct vproc_spans_chunk *add_chunk(struct vproc_spans *spans, size_t at)
{
	struct vproc_spans_chunk **chunks, *chunk;
	size_t room = 2 * spans->room + 4;

	if (spans->nr_chunks == spans->room) {
		chunks = reallocarray(spans->chunks, room, sizeof(*chunks));
		if (!chunks)
			return NULL;
		spans->chunks = chunks;
		spans->room = room;
	}
	chunk = malloc(sizeof(*chunk));
	if (!chunk)
		return NULL;
	chunk->count = 0;
	memmove(&spans->chunks[at + 1], &spans->chunks[at],
		(spans->nr_chunks - at) * sizeof(spans->chunks[0]));
	spans->chunks[at] = chunk;
	spans->nr_chunks++;
	return chunk;
}

/* Moves the upper half of a full chunk into one of its own. */
static int divide_chunk(struct vproc_spans *spans, size_t at)
{
	struct vproc_spans_chunk *upper = add_chunk(spans, at + 1);
	struct vproc_spans_chunk *lower = spans->chunks[at];
	const unsigned int half = CHUNK_SPANS / 2;

	if (!upper)
		return -1;
	memcpy(upper->spans, &lower->spans[half],
	       (CHUNK_SPANS - half) * sizeof(upper->spans[0]));
	upper->count = CHUNK_SPANS - half;
	lower->count = half;
	return 0;
}

/* Puts a span before @place; that is then the place of the new one. */
static int insert(struct vproc_spans *spans, struct vproc_spans_place *place,
		  const struct vproc_span *span)
{
	struct vproc_spans_chunk *chunk;

	if (!spans->nr_chunks && !add_chunk(spans, 0))
		return -1;
	/* Rather at the end of a chunk than in a new one. */
	if (!place->index && place->chunk) {
		place->chunk--;
		place->index = spans->chunks[place->chunk]->count;
	}
	if (spans->chunks[place->chunk]->count == CHUNK_SPANS) {
		if (divide_chunk(spans, place->chunk))
			return -1;
		chunk = spans->chunks[place->chunk];
		if (place->index > chunk->count) {
			place->index -= chunk->count;
			place->chunk++;
		}
	}
	chunk = spans->chunks[place->chunk];
	memmove(&chunk->spans[place->index + 1], &chunk->spans[place->index],
		(chunk->count - place->index) * sizeof(chunk->spans[0]));
	chunk->spans[place->index] = *span;
	chunk->count++;
	spans->count++;
	settle(spans, place);
	return 0;
}

/* Takes the span at @place away; the next one is there then. */
static void delete(struct vproc_spans *spans, struct vproc_spans_place *place)
{
	struct vproc_spans_chunk *chunk = spans->chunks[place->chunk];

	chunk->count--;
	spans->count--;
	memmove(&chunk->spans[place->index], &chunk->spans[place->index + 1],
		(chunk->count - place->index) * sizeof(chunk->spans[0]));
	if (!chunk->count) {
		spans->nr_chunks--;
		memmove(&spans->chunks[place->chunk],
			&spans->chunks[place->chunk + 1],
			(spans->nr_chunks - place->chunk) *
			sizeof(spans->chunks[0]));
		free(chunk);
	}
	settle(spans, place);
}

/* Leaves nothing in [start, end); @place is where something there would be. */
static int carve(struct vproc_spans *spans, __u64 start, __u64 end,
		 struct vproc_spans_place *place)
{
	vproc_spans_find(spans, start, place);
	while (place->span && place->span->start < end) {
		struct vproc_span *span = place->span;
		struct vproc_span tail = *span;

		if (span->start < start) {
			vproc_span_cut_tail(span, start);
			vproc_spans_next(spans, place);
			if (tail.end <= end)
				continue;
			vproc_span_cut_head(&tail, end);
			return insert(spans, place, &tail);
		}
		if (span->end > end) {
			vproc_span_cut_head(span, end);
			return 0;
		}
		delete(spans, place);
	}
	return 0;
}

int vproc_spans_clear(struct vproc_spans *spans, __u64 start, __u64 end)
{
	struct vproc_spans_place place;

	return carve(spans, start, end, &place);
}

int vproc_spans_set(struct vproc_spans *spans, const struct vproc_span *span)
{
	struct vproc_spans_place place;

	if (carve(spans, span->start, span->end, &place))
		return -1;
	return insert(spans, &place, span);
}

void vproc_spans_save(const struct vproc_spans *spans, struct vproc_span *array)
{
	size_t i;

	for (i = 0; i < spans->nr_chunks; i++) {
		const struct vproc_spans_chunk *chunk = spans->chunks[i];

		memcpy(array, chunk->spans,
		       chunk->count * sizeof(chunk->spans[0]));
		array += chunk->count;
	}
}

int vproc_spans_load(struct vproc_spans *spans, const struct vproc_span *array,
		     size_t count)
{
	vproc_spans_empty(spans);
	while (count) {
		struct vproc_spans_chunk *chunk =
			add_chunk(spans, spans->nr_chunks);
		size_t part = count < CHUNK_SPANS ? count : CHUNK_SPANS;

		if (!chunk)
			return -1;
		memcpy(chunk->spans, array, part * sizeof(array[0]));
		chunk->count = part;
		spans->count += part;
		array += part;
		count -= part;
	}
	return 0;
}
