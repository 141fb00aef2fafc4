/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_PICTURE_H
#define _TOOLS_PICTURE_H

#include <stdio.h>

#include "addressaxis.h"
#include "past.h"
#include "spells.h"

/**
 * struct picture - an address space over time, as a picture is to show it
 * @past: the process
 * @spells: its spells that are, in part at least, in the picture; all images
 * @axes: an axis for each of the images; empty for one that is not in it
 * @from: time at its left
 * @to: time at its right
 * @from_seq: the moment at its left
 * @to_seq: the moment at its right
 * @by_events: across goes the number of events, not the time
 * @title: a line
 * @subtitle: one more
 * @width: in pixels, where that is not left to who looks at it
 * @height: in pixels
 */
struct picture {
	const struct past *past;
	struct spells spells;
	struct axis *axes;
	__u64 from;
	__u64 to;
	__u64 from_seq;
	__u64 to_seq;
	bool by_events;
	char *title;
	char *subtitle;
	unsigned int width;
	unsigned int height;
};

/*
 * What colours tell: the type, as enum vproc_type has it; in the place of
 * VPROC_TYPE_NONE, that nothing may be done there, as in a guard. The colours
 * are those of Okabe and Ito, which colour-blind people can tell apart, on a
 * light and on a dark ground; the inks are for text on them.
 */
struct picture_kind {
	const char *word;
	const char *light;
	const char *light_ink;
	const char *dark;
	const char *dark_ink;
};

extern const struct picture_kind picture_kinds[VPROC_NR_TYPES];
unsigned int picture_kind(const struct vproc_region *region);

/* The order in which kinds are shown. */
extern const unsigned int picture_order[VPROC_NR_TYPES];

/* The name of a spell's region, or of an image's program; to be freed. */
char *picture_name(const struct picture *picture, const struct spell *spell);
char *picture_program(const struct picture *picture, size_t image);

/* How a spell ended, or was last seen. */
enum picture_end {
	PICTURE_CHANGED,
	PICTURE_UNMAPPED,
	PICTURE_ENDED,
	PICTURE_LOST,
	PICTURE_NR_ENDS,
};

extern const char *const picture_ends[PICTURE_NR_ENDS];
enum picture_end picture_end(const struct spell *spell);

/* The most bytes that there are of each kind, at any moment of the picture. */
void picture_peaks(const struct picture *picture, __u64 *peaks);

/* Write a picture; what cannot be written shows in ferror(). */
void picture_svg(const struct picture *picture, FILE *out);
void picture_html(const struct picture *picture, FILE *out);

#endif /* _TOOLS_PICTURE_H */
