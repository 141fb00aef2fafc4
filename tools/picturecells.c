// SPDX-License-Identifier: GPL-2.0-only
/*
 * Density marks of a picture: the size of what is written depends on that of the
 * picture, however many boxes there are.
 */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "picture.h"
#include "picturecells.h"

/* Side of a field, in pixels, at least; and how many fields there are at most. */
#define FIELD		12
#define MAX_FIELDS	5000

/* Shades of a colour. */
#define SHADES		4

/* What takes less than this of a pixel would hardly be seen. */
#define MIN_WIDTH	0.3
#define MIN_HEIGHT	0.3

/*
 * Areas are in so many parts of a cell, each way: as whole numbers, that sum up to
 * what they are.
 */
#define PART		64
#define FULL		(PART * PART)

/* Beside the kinds. */
#define COVERED		VPROC_NR_TYPES
#define HIDDEN		(VPROC_NR_TYPES + 1)

static size_t fields(const struct cells *cells, size_t length)
{
	return (length + cells->field - 1) / cells->field;
}

void cells_make(struct cells *cells, double width, double height,
		unsigned int side)
{
	double field = sqrt(width * height / MAX_FIELDS);

	if (field < FIELD)
		field = FIELD;
	*cells = (struct cells){
		.side = side,
		.columns = ceil(width / side),
		.rows = ceil(height / side),
		.field = ceil(field / side),
	};
	cells->area = memory_need(calloc((cells->columns + 2) *
					 (cells->rows + 2),
					 sizeof(*cells->area)));
	cells->counts = memory_need(calloc(fields(cells, cells->columns),
					   fields(cells, cells->rows) *
					   sizeof(*cells->counts)));
}

void cells_clear(struct cells *cells)
{
	free(cells->area);
	free(cells->counts);
	*cells = (struct cells){};
}

static size_t place_of(const struct cells *cells, size_t x, size_t y)
{
	return y * (cells->columns + 2) + x;
}

static size_t clamp(double at, size_t count)
{
	if (at < 0)
		return 0;
	return at < count ? at : count - 1;
}

/* The fields that a box touches, from the first to the last. */
struct range {
	size_t left;
	size_t top;
	size_t right;
	size_t bottom;
};

static struct range find_range(const struct cells *cells, const struct box *box)
{
	return (struct range){
		.left = clamp(box->left, cells->columns) / cells->field,
		.top = clamp(box->top, cells->rows) / cells->field,
		.right = clamp(box->right, cells->columns) / cells->field,
		.bottom = clamp(box->bottom, cells->rows) / cells->field,
	};
}

/* An edge, in parts, that is within the plane. */
static unsigned int edge(double at, size_t count)
{
	if (at < 0)
		return 0;
	return (at < count ? at : count) * PART;
}

/* From this point on, to the right and down, all is covered, or no more so. */
static void add_corner(struct cells *cells, unsigned int x, unsigned int y,
		       unsigned int kind, int sign)
{
	const size_t at = place_of(cells, x / PART, y / PART);
	const size_t below = place_of(cells, x / PART, y / PART + 1);
	const int right = x % PART, left = PART - right;
	const int low = y % PART * sign, high = PART * sign - low;

	cells->area[at][kind] += left * high;
	cells->area[at + 1][kind] += right * high;
	cells->area[below][kind] += left * low;
	cells->area[below + 1][kind] += right * low;
}

static void cover(struct cells *cells, const struct box *box, unsigned int kind)
{
	const unsigned int left = edge(box->left, cells->columns);
	const unsigned int right = edge(box->right, cells->columns);
	const unsigned int top = edge(box->top, cells->rows);
	const unsigned int bottom = edge(box->bottom, cells->rows);

	add_corner(cells, left, top, kind, 1);
	add_corner(cells, right, top, kind, -1);
	add_corner(cells, left, bottom, kind, -1);
	add_corner(cells, right, bottom, kind, 1);
}

/* From differences to what they are the differences of. */
static void sum_up(struct cells *cells)
{
	const size_t columns = cells->columns + 2, rows = cells->rows + 2;
	size_t x, y, kind;

	for (y = 0; y < rows; y++) {
		int (*row)[VPROC_NR_TYPES + 2] = &cells->area[y * columns];

		for (x = 1; x < columns; x++) {
			for (kind = 0; kind <= HIDDEN; kind++)
				row[x][kind] += row[x - 1][kind];
		}
		for (x = 0; y && x < columns; x++) {
			for (kind = 0; kind <= HIDDEN; kind++)
				row[x][kind] += (row - columns)[x][kind];
		}
	}
}

static struct box in_cells(const struct cells *cells, const struct box *box)
{
	return (struct box){
		.left = box->left / cells->side,
		.top = box->top / cells->side,
		.right = box->right / cells->side,
		.bottom = box->bottom / cells->side,
	};
}

static void count(struct cells *cells, const struct box *box, unsigned int kind)
{
	const struct range range = find_range(cells, box);
	const size_t columns = fields(cells, cells->columns);
	size_t x, y;

	for (y = range.top; y <= range.bottom; y++) {
		for (x = range.left; x <= range.right; x++)
			cells->counts[y * columns + x][kind]++;
	}
}

void cells_add(struct cells *cells, const struct box *box, unsigned int kind)
{
	struct box wide = *box;

	if (wide.right - wide.left < MIN_WIDTH)
		wide.right = wide.left + MIN_WIDTH;
	if (wide.bottom - wide.top < MIN_HEIGHT)
		wide.bottom = wide.top + MIN_HEIGHT;
	wide = in_cells(cells, &wide);
	cover(cells, &wide, kind);
	wide = in_cells(cells, box);
	cover(cells, &wide, COVERED);
	count(cells, &wide, kind);
}

void cells_hide(struct cells *cells, const struct box *box)
{
	const struct box hidden = in_cells(cells, box);

	cover(cells, &hidden, HIDDEN);
}

/* What a cell looks like: a kind and a shade, or 0 if nothing is seen of it. */
static unsigned int look(const struct cells *cells, size_t x, size_t y)
{
	const int *area = cells->area[place_of(cells, x, y)];
	const int open = FULL - area[HIDDEN];
	unsigned int kind, most = 0;
	int sum = 0, shade;

	for (kind = 0; kind < VPROC_NR_TYPES; kind++) {
		sum += area[kind];
		if (area[kind] > area[most])
			most = kind;
	}
	if (sum <= 0 || open <= 0)
		return 0;
	/* Anything at all is the lightest shade; rounding may leave out a bit. */
	shade = (SHADES * area[COVERED] + open - open / 16 - 1) / open;
	if (shade < 1)
		shade = 1;
	return 1 + most * SHADES + (shade < SHADES ? shade - 1 : SHADES - 1);
}

static bool is_row(const unsigned char *row, size_t length, unsigned int look)
{
	while (length && row[length - 1] == look)
		length--;
	return !length;
}

/* Writes a rectangle of cells that look alike, and takes them away. */
static void write_patch(const struct cells *cells, FILE *out,
			unsigned char *looks, size_t x, size_t y)
{
	const size_t side = cells->side, columns = cells->columns;
	unsigned char *row = looks + y * columns + x, look = *row;
	size_t width = 1, height = 0;

	while (x + width < columns && row[width] == look)
		width++;
	do {
		memset(row, 0, width);
		row += columns;
		height++;
	} while (y + height < cells->rows && is_row(row, width, look));
	fprintf(out, "M%zu %zuh%zuv%zuh-%zuz", x * side, y * side,
		width * side, height * side, width * side);
}

static void write_look(const struct cells *cells, FILE *out,
		       unsigned char *looks, unsigned int look)
{
	bool any = false;
	size_t i;

	for (i = 0; i < cells->rows * cells->columns; i++) {
		if (looks[i] != look)
			continue;
		if (!any)
			fprintf(out,
				"<path class='k%u' fill-opacity='%.2g' d='",
				(look - 1) / SHADES,
				((look - 1) % SHADES + 1.0) / SHADES);
		any = true;
		write_patch(cells, out, looks, i % cells->columns,
			    i / cells->columns);
	}
	if (any)
		fputs("'/>\n", out);
}

static void write_looks(const struct cells *cells, FILE *out)
{
	unsigned char *looks = memory_need(calloc(cells->columns, cells->rows));
	unsigned int wanted;
	size_t x, y;

	for (y = 0; y < cells->rows; y++) {
		for (x = 0; x < cells->columns; x++)
			looks[y * cells->columns + x] = look(cells, x, y);
	}
	for (wanted = 1; wanted <= VPROC_NR_TYPES * SHADES; wanted++)
		write_look(cells, out, looks, wanted);
	free(looks);
}

static void write_field(const struct cells *cells, FILE *out, size_t x,
			size_t y, const unsigned int *counts)
{
	const unsigned int side = cells->side * cells->field;
	unsigned int sum = 0, i;

	for (i = 0; i < VPROC_NR_TYPES; i++)
		sum += counts[i];
	if (!sum)
		return;
	fprintf(out,
		"<rect x='%zu' y='%zu' width='%u' height='%u'><title>%u too small to be drawn:",
		x * side, y * side, side, side, sum);
	for (i = 0; i < VPROC_NR_TYPES; i++) {
		const unsigned int kind = picture_order[i];

		if (counts[kind])
			fprintf(out, "\n%u %s", counts[kind],
				picture_kinds[kind].word);
	}
	fputs("</title></rect>\n", out);
}

void cells_write(struct cells *cells, FILE *out, unsigned int left,
		 unsigned int top)
{
	const size_t columns = fields(cells, cells->columns);
	size_t x, y;

	sum_up(cells);
	fprintf(out,
		"<g transform='translate(%u %u)' shape-rendering='crispEdges'>\n",
		left, top);
	write_looks(cells, out);
	fputs("<g fill='none' pointer-events='all'>\n", out);
	for (y = 0; y < fields(cells, cells->rows); y++) {
		for (x = 0; x < columns; x++)
			write_field(cells, out, x, y,
				    cells->counts[y * columns + x]);
	}
	fputs("</g>\n</g>\n", out);
}
