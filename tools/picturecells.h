/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_PICTURECELLS_H
#define _TOOLS_PICTURECELLS_H

#include <stddef.h>
#include <stdio.h>

#include "vproc_mem.h"

/* A rectangle, in pixels. */
struct box {
	double left;
	double top;
	double right;
	double bottom;
};

/**
 * struct cells - what is too small to be drawn for itself, on a grid
 * @columns: of cells
 * @rows: of cells
 * @side: of a cell, in pixels
 * @area: of each cell, and two more in each row and column, the part that each
 *	kind takes of it, where what is hardly seen is taken for larger; what they
 *	really take; what is drawn over it. Until all boxes are there these are
 *	differences: to the left and, of these, to above
 * @field: side of a field, in cells
 * @counts: of each field, boxes of each kind
 *
 * A cell has the colour of the kind that takes most of it, the lighter the less
 * there is; a field says how many there are.
 */
struct cells {
	size_t columns;
	size_t rows;
	unsigned int side;
	int (*area)[VPROC_NR_TYPES + 2];
	unsigned int field;
	unsigned int (*counts)[VPROC_NR_TYPES];
};

/* For a plane of this size. No memory ends the program with a message. */
void cells_make(struct cells *cells, double width, double height,
		unsigned int side);

/* Adds a box of a kind, in the plane. */
void cells_add(struct cells *cells, const struct box *box, unsigned int kind);

/* Notes a box that will be drawn over the cells. */
void cells_hide(struct cells *cells, const struct box *box);

/* Writes SVG, with the plane's corner at (@left, @top), after all has been added. */
void cells_write(struct cells *cells, FILE *out, unsigned int left,
		 unsigned int top);

void cells_clear(struct cells *cells);

#endif /* _TOOLS_PICTURECELLS_H */
