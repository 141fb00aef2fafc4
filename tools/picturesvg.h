/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_PICTURESVG_H
#define _TOOLS_PICTURESVG_H

#include <stdio.h>

#include "picture.h"

/**
 * struct panel - where an image is drawn
 * @image: which
 * @left: in pixels
 * @right: in pixels
 * @from: what @left is, on the scale of what goes across
 * @to: what @right is
 * @has_axis: there is room for its addresses on its left
 */
struct panel {
	size_t image;
	double left;
	double right;
	double from;
	double to;
	bool has_axis;
};

/**
 * struct drawing - a picture that is being written as SVG
 * @picture: the picture
 * @out: where to
 * @panels: its images, from left to right
 * @nr_panels: how many
 * @scale: pixels for one, on the scale of what goes across
 * @left: of all panels, in pixels
 * @right: of all panels
 * @top: of all panels
 * @bottom: of all panels
 */
struct drawing {
	const struct picture *picture;
	FILE *out;
	struct panel *panels;
	size_t nr_panels;
	double scale;
	unsigned int left;
	unsigned int right;
	unsigned int top;
	unsigned int bottom;
};

/* Pixels from the left, in a panel, of a time that is at a moment. */
double svg_x(const struct drawing *drawing, const struct panel *panel,
	     __u64 time, __u64 seq);

/* Pixels from the top of an address. */
double svg_y(const struct drawing *drawing, const struct panel *panel,
	     __u64 addr);

/* Write the scales, and what is marked on them; and the regions. */
void svg_axes(const struct drawing *drawing);
void svg_spells(const struct drawing *drawing);

/* Text of no more than so many pixels. */
void svg_text(const struct drawing *drawing, const char *class, double x,
	      double y, double width, const char *text);

/* Width of a character, in text of the normal size. */
#define SVG_CHARACTER	6.1

#endif /* _TOOLS_PICTURESVG_H */
