// SPDX-License-Identifier: GPL-2.0-only
/*
 * The spans of an address space: an array of short sorted arrays, so that a
 * change moves a few kilobytes at the most, however many there are. Where they
 * end is kept apart, so that a search looks at few cache lines.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "spans.h"

#define IS_EXTENT(type)							\
	(offsetof(type, start) == offsetof(struct vproc_extent, start) && \
	 offsetof(type, end) == offsetof(struct vproc_extent, end) &&	\
	 offsetof(type, offset) == offsetof(struct vproc_extent, offset))

static_assert(IS_EXTENT(struct vproc_span), "struct vproc_span");
static_assert(IS_EXTENT(struct vproc_region), "struct vproc_region");

void vproc_spans_empty(struct vproc_spans *spans)
{
	while (spans->nr_chunks)
		free(spans->chunks[--spans->nr_chunks]);
	free(spans->chunks);
	free(spans->ends);
	*spans = (struct vproc_spans){ .size = spans->size };
}

static void cut_head(struct vproc_extent *extent, __u64 at)
{
	extent->offset += at - extent->start;
	extent->start = at;
}

void vproc_span_cut_head(struct vproc_span *span, __u64 at)
{
	cut_head((struct vproc_extent *)span, at);
}

void vproc_span_cut_tail(struct vproc_span *span, __u64 at)
{
	span->end = at;
}

/* What is said of a chunk's end beside it. */
static void note_end(struct vproc_spans *spans, size_t at)
{
	const struct vproc_spans_chunk *chunk = spans->chunks[at];

	spans->ends[at] = chunk->ends[chunk->count - 1];
}

/*
 * Makes @place->extent what its numbers say, at the start of the next chunk if
 * it is behind one.
 */
static void settle(const struct vproc_spans *spans,
		   struct vproc_spans_place *place)
{
	place->extent = NULL;
	if (place->chunk < spans->nr_chunks &&
	    place->index == spans->chunks[place->chunk]->count) {
		place->chunk++;
		place->index = 0;
	}
	if (place->chunk < spans->nr_chunks)
		place->extent = vproc_spans_element(spans,
						    spans->chunks[place->chunk],
						    place->index);
}

void vproc_spans_find(const struct vproc_spans *spans, __u64 addr,
		      struct vproc_spans_place *place)
{
	place->chunk = 0;
	place->index = 0;
	if (spans->nr_chunks)
		place->chunk = vproc_ends_below(spans->ends, spans->room, addr);
	if (place->chunk < spans->nr_chunks)
		place->index =
			vproc_ends_below(spans->chunks[place->chunk]->ends,
					 VPROC_CHUNK_ELEMENTS, addr);
	settle(spans, place);
}

void vproc_spans_next(const struct vproc_spans *spans,
		      struct vproc_spans_place *place)
{
	place->index++;
	settle(spans, place);
}

/* One of each array is always left over, for a search that finds nothing. */
static int need_room(struct vproc_spans *spans)
{
	size_t room = spans->room ? 2 * spans->room : VPROC_CHUNK_ELEMENTS;
	struct vproc_spans_chunk **chunks;
	__u64 *ends;

	if (spans->nr_chunks + 1 < spans->room)
		return 0;
	chunks = reallocarray(spans->chunks, room, sizeof(*chunks));
	if (!chunks)
		return -1;
	spans->chunks = chunks;
	ends = reallocarray(spans->ends, room, sizeof(*ends));
	if (!ends)
		return -1;
	memset(&ends[spans->nr_chunks], 0xff,
	       (room - spans->nr_chunks) * sizeof(*ends));
	spans->ends = ends;
	spans->room = room;
	return 0;
}

/* An empty chunk, as number @at. */
static struct vproc_spans_chunk *add_chunk(struct vproc_spans *spans, size_t at)
{
	const size_t after = spans->nr_chunks - at;
	struct vproc_spans_chunk *chunk;

	if (!spans->size)
		spans->size = sizeof(struct vproc_span);
	if (need_room(spans))
		return NULL;
	chunk = malloc(sizeof(*chunk) + VPROC_CHUNK_ELEMENTS * spans->size);
	if (!chunk)
		return NULL;
	memset(chunk->ends, 0xff, sizeof(chunk->ends));
	chunk->count = 0;
	memmove(&spans->chunks[at + 1], &spans->chunks[at],
		after * sizeof(spans->chunks[0]));
	memmove(&spans->ends[at + 1], &spans->ends[at],
		after * sizeof(spans->ends[0]));
	spans->chunks[at] = chunk;
	spans->nr_chunks++;
	return chunk;
}

static void remove_chunk(struct vproc_spans *spans, size_t at)
{
	const size_t after = --spans->nr_chunks - at;

	free(spans->chunks[at]);
	memmove(&spans->chunks[at], &spans->chunks[at + 1],
		after * sizeof(spans->chunks[0]));
	memmove(&spans->ends[at], &spans->ends[at + 1],
		after * sizeof(spans->ends[0]));
	spans->ends[spans->nr_chunks] = ~0ull;
}

/* Moves the elements of a chunk from number @from on behind those of another. */
static void move_elements(struct vproc_spans *spans, size_t to, size_t source,
			  size_t from)
{
	struct vproc_spans_chunk *target = spans->chunks[to];
	struct vproc_spans_chunk *chunk = spans->chunks[source];
	const size_t count = chunk->count - from;

	memcpy(vproc_spans_element(spans, target, target->count),
	       vproc_spans_element(spans, chunk, from), count * spans->size);
	memcpy(&target->ends[target->count], &chunk->ends[from],
	       count * sizeof(chunk->ends[0]));
	memset(&chunk->ends[from], 0xff, count * sizeof(chunk->ends[0]));
	target->count += count;
	chunk->count = from;
	note_end(spans, to);
}

/* Moves the upper half of a full chunk into one of its own. */
static int divide_chunk(struct vproc_spans *spans, size_t at)
{
	if (!add_chunk(spans, at + 1))
		return -1;
	move_elements(spans, at + 1, at, VPROC_CHUNK_ELEMENTS / 2);
	note_end(spans, at);
	return 0;
}

/* Has a place in chunk number @at + 1 be in the one before, with all of it. */
static void join_chunks(struct vproc_spans *spans, size_t at,
			struct vproc_spans_place *place)
{
	if (place->chunk > at) {
		place->chunk--;
		place->index += spans->chunks[at]->count;
	}
	move_elements(spans, at, at + 1, 0);
	remove_chunk(spans, at + 1);
}

/* Two chunks in a row that are both rather empty would be a waste. */
static bool can_join(const struct vproc_spans *spans, size_t at)
{
	return at + 1 < spans->nr_chunks &&
	       spans->chunks[at]->count + spans->chunks[at + 1]->count <=
	       VPROC_CHUNK_ELEMENTS / 2;
}

/* Moves what is in a chunk from number @from on so that it is at @to. */
static void shift(struct vproc_spans *spans, struct vproc_spans_chunk *chunk,
		  size_t from, size_t to)
{
	const size_t count = chunk->count - from;

	memmove(vproc_spans_element(spans, chunk, to),
		vproc_spans_element(spans, chunk, from), count * spans->size);
	memmove(&chunk->ends[to], &chunk->ends[from],
		count * sizeof(chunk->ends[0]));
	chunk->count = to + count;
}

/* Puts an element before @place; that is then the place of the new one. */
static int insert(struct vproc_spans *spans, struct vproc_spans_place *place,
		  const struct vproc_extent *element)
{
	struct vproc_spans_chunk *chunk;

	if (!spans->nr_chunks && !add_chunk(spans, 0))
		return -1;
	/* Rather at the end of a chunk than in a new one. */
	if (!place->index && place->chunk) {
		place->chunk--;
		place->index = spans->chunks[place->chunk]->count;
	}
	if (spans->chunks[place->chunk]->count == VPROC_CHUNK_ELEMENTS) {
		if (divide_chunk(spans, place->chunk))
			return -1;
		chunk = spans->chunks[place->chunk];
		if (place->index > chunk->count) {
			place->index -= chunk->count;
			place->chunk++;
		}
	}
	chunk = spans->chunks[place->chunk];
	shift(spans, chunk, place->index, place->index + 1);
	memcpy(vproc_spans_element(spans, chunk, place->index), element,
	       spans->size);
	chunk->ends[place->index] = element->end;
	note_end(spans, place->chunk);
	spans->count++;
	settle(spans, place);
	return 0;
}

/*
 * Takes the element at @place away, and those after it in its chunk that do not
 * reach beyond @end; the next one is there then.
 */
static void delete(struct vproc_spans *spans, struct vproc_spans_place *place,
		   __u64 end)
{
	struct vproc_spans_chunk *chunk = spans->chunks[place->chunk];
	const size_t before = chunk->count;
	size_t until = place->index + 1;

	while (until < before && chunk->ends[until] <= end)
		until++;
	shift(spans, chunk, until, place->index);
	memset(&chunk->ends[chunk->count], 0xff,
	       (before - chunk->count) * sizeof(chunk->ends[0]));
	spans->count -= before - chunk->count;
	if (!chunk->count) {
		remove_chunk(spans, place->chunk);
	} else {
		note_end(spans, place->chunk);
		if (can_join(spans, place->chunk))
			join_chunks(spans, place->chunk, place);
		if (place->chunk && can_join(spans, place->chunk - 1))
			join_chunks(spans, place->chunk - 1, place);
	}
	settle(spans, place);
}

/* Has an element end elsewhere. */
static void set_end(struct vproc_spans *spans,
		    const struct vproc_spans_place *place, __u64 at)
{
	place->extent->end = at;
	spans->chunks[place->chunk]->ends[place->index] = at;
	note_end(spans, place->chunk);
}

/*
 * An element that reaches beyond both ends of what is cleared: its first part
 * stays, and what is behind is inserted, of a copy.
 */
static int split(struct vproc_spans *spans, __u64 start, __u64 end,
		 struct vproc_spans_place *place)
{
	struct vproc_region copy;	/* the largest that there is */
	struct vproc_extent *tail = (struct vproc_extent *)&copy;

	memcpy(&copy, place->extent, spans->size);
	cut_head(tail, end);
	set_end(spans, place, start);
	vproc_spans_next(spans, place);
	return insert(spans, place, tail);
}

/* Leaves nothing in [start, end); @place is where something there would be. */
static int carve(struct vproc_spans *spans, __u64 start, __u64 end,
		 struct vproc_spans_place *place)
{
	vproc_spans_find(spans, start, place);
	while (place->extent && place->extent->start < end) {
		struct vproc_extent *extent = place->extent;

		if (extent->start < start && extent->end > end)
			return split(spans, start, end, place);
		if (extent->start < start) {
			set_end(spans, place, start);
			vproc_spans_next(spans, place);
			continue;
		}
		if (extent->end > end) {
			cut_head(extent, end);
			break;
		}
		delete(spans, place, end);
	}
	return 0;
}

int vproc_spans_clear(struct vproc_spans *spans, __u64 start, __u64 end)
{
	struct vproc_spans_place place;

	return carve(spans, start, end, &place);
}

/*
 * Puts an element in the place of the first one of those that it covers. Few
 * others have to be moved then; mostly there are none, as what a region is
 * changes, or where a heap or a stack ends.
 */
static void replace(struct vproc_spans *spans, struct vproc_spans_place *place,
		    const struct vproc_extent *element)
{
	const __u64 covered = place->extent->end;

	if (covered < element->end) {
		/* None reaches from before to behind: no memory is needed. */
		carve(spans, covered, element->end, place);
		vproc_spans_find(spans, element->start, place);
	}
	memcpy(place->extent, element, spans->size);
	set_end(spans, place, element->end);
}

int vproc_spans_set(struct vproc_spans *spans, const void *element)
{
	const struct vproc_extent *extent = element;
	struct vproc_spans_place place;

	vproc_spans_find(spans, extent->start, &place);
	if (place.extent && place.extent->start >= extent->start &&
	    place.extent->end <= extent->end) {
		replace(spans, &place, extent);
		return 0;
	}
	if (carve(spans, extent->start, extent->end, &place))
		return -1;
	return insert(spans, &place, extent);
}

void vproc_spans_save(const struct vproc_spans *spans, void *array)
{
	unsigned char *to = array;
	size_t i;

	for (i = 0; i < spans->nr_chunks; i++) {
		const struct vproc_spans_chunk *chunk = spans->chunks[i];

		memcpy(to, chunk->elements, chunk->count * spans->size);
		to += chunk->count * spans->size;
	}
}

int vproc_spans_load(struct vproc_spans *spans, const void *array, size_t count)
{
	const unsigned char *from = array;
	size_t i;

	vproc_spans_empty(spans);
	while (count) {
		size_t part = count < VPROC_CHUNK_ELEMENTS ?
			count : VPROC_CHUNK_ELEMENTS;
		struct vproc_spans_chunk *chunk =
			add_chunk(spans, spans->nr_chunks);

		if (!chunk)
			return -1;
		memcpy(chunk->elements, from, part * spans->size);
		chunk->count = part;
		for (i = 0; i < part; i++) {
			const struct vproc_extent *extent =
				vproc_spans_element(spans, chunk, i);

			chunk->ends[i] = extent->end;
		}
		note_end(spans, spans->nr_chunks - 1);
		spans->count += part;
		from += part * spans->size;
		count -= part;
	}
	return 0;
}
