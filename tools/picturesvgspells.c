// SPDX-License-Identifier: GPL-2.0-only
/*
 * A picture as SVG: the regions. The largest are elements of their own, as many
 * as a limit allows; the rest become density marks.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "markup.h"
#include "memory.h"
#include "picturecells.h"
#include "picturesvg.h"
#include "regions.h"
#include "sizes.h"
#include "words.h"

/* What the elements for regions may take, and the density marks, in bytes. */
#define BUDGET		2200000
#define CELLS_BUDGET	2200000

/* More cells than this are not even tried. */
#define MAX_CELLS	2000000

/* Smaller than this, in pixels, a region is no element of its own. */
#define MIN_AREA	6
#define MIN_SIDE	0.8

/* Characters of a name. */
#define NAME_LENGTH	200

/*
 * A region is labelled if it is at least so large, or if all regions of its name
 * together are; and there are not more labels than so many.
 */
#define LABEL_WIDTH	34
#define LABEL_HEIGHT	11
#define EXTENT_HEIGHT	9
#define MAX_LABELS	400

/* A region in the picture. */
struct place {
	const struct spell *spell;
	const struct panel *panel;
	struct box box;
	double area;
};

/* What has a label. */
struct labels {
	const struct spell *list[MAX_LABELS];
	size_t count;
};

static int compare_areas(const void *a, const void *b)
{
	const struct place *one = a, *two = b;

	if (one->area != two->area)
		return one->area > two->area ? -1 : 1;
	return one->spell < two->spell ? -1 : one->spell > two->spell;
}

static const struct panel *find_panel(const struct drawing *drawing,
				      size_t image)
{
	size_t i = 0;

	while (drawing->panels[i].image != image)
		i++;
	return &drawing->panels[i];
}

static struct place *find_places(const struct drawing *drawing)
{
	const struct spells *spells = &drawing->picture->spells;
	struct place *places = memory_need(calloc(spells->count + 1,
						  sizeof(*places)));
	const struct panel *panel = NULL;
	size_t i;

	for (i = 0; i < spells->count; i++) {
		const struct spell *spell = &spells->list[i];
		struct box *box = &places[i].box;

		if (!panel || panel->image != spell->image)
			panel = find_panel(drawing, spell->image);
		box->left = svg_x(drawing, panel, spell->from, spell->from_seq);
		box->right = svg_x(drawing, panel, spell->to, spell->to_seq);
		box->bottom = svg_y(drawing, panel, spell->region.start);
		box->top = svg_y(drawing, panel, spell->region.end);
		places[i].spell = spell;
		places[i].panel = panel;
		places[i].area = (box->right - box->left) *
				 (box->bottom - box->top);
	}
	qsort(places, spells->count, sizeof(*places), compare_areas);
	return places;
}

static bool is_large(const struct place *place)
{
	return place->area >= MIN_AREA &&
	       place->box.right - place->box.left >= MIN_SIDE &&
	       place->box.bottom - place->box.top >= MIN_SIDE;
}

static void describe_event(const struct drawing *drawing, FILE *out,
			   const char *what, const struct vproc_event *event)
{
	fprintf(out, "\n%s %.6f s, @%llu, by thread %u, %s", what,
		past_seconds(drawing->picture->past, event->time), event->seq,
		event->tid, word_cause(event->cause));
}

static void describe_end(const struct drawing *drawing, FILE *out,
			 const struct spell *spell)
{
	if (!spell->end)
		fputs("\nstill there when the recording ended", out);
	else
		describe_event(drawing, out, picture_ends[picture_end(spell)],
			       spell->end);
}

static void describe(const struct drawing *drawing, FILE *out,
		     const struct spell *spell)
{
	const struct vproc_region *region = &spell->region;
	char *name = picture_name(drawing->picture, spell), *elided;
	const struct sizes sizes = {};
	char perm[5], size[SIZE_TEXT];

	region_perm(perm, region->perm);
	fprintf(out, "%llx-%llx %s %s %s", region->start, region->end, perm,
		size_text(size, region->end - region->start, &sizes),
		word_type(region->type));
	elided = markup_elide(name, NAME_LENGTH);
	if (*name)
		putc('\n', out);
	markup_text(out, elided);
	if (spell->mapped)
		describe_event(drawing, out, "mapped", spell->mapped);
	else
		fputs("\nmapped when events were lost", out);
	if (spell->set && spell->set != spell->mapped)
		describe_event(drawing, out, "so since", spell->set);
	describe_end(drawing, out, spell);
	free(elided);
	free(name);
}

static void write_place(const struct drawing *drawing, FILE *out,
			const struct place *place)
{
	const struct box *box = &place->box;

	fprintf(out,
		"<rect class='k%u' x='%.1f' y='%.1f' width='%.1f' height='%.1f'><title>",
		picture_kind(&place->spell->region), box->left, box->top,
		box->right - box->left, box->bottom - box->top);
	describe(drawing, out, place->spell);
	fputs("</title></rect>\n", out);
}

/* A line on which a region that is not too low rests. */
static void write_edge(FILE *out, const struct box *box)
{
	if (box->bottom - box->top >= 4)
		fprintf(out, "M%.1f %.1fH%.1f", box->left, box->bottom,
			box->right);
}

/* One label is for all regions of a name. */
static bool has_label(const struct labels *labels, const struct spell *spell)
{
	size_t i;

	for (i = 0; i < labels->count; i++) {
		const struct spell *other = labels->list[i];

		if (other->image == spell->image &&
		    other->region.name == spell->region.name)
			return true;
	}
	return labels->count == MAX_LABELS;
}

/* From the top to the bottom of all of a name that is there at the same time. */
static struct box find_extent(const struct place *places, size_t count,
			      const struct place *place)
{
	struct box box = place->box;
	size_t i;

	for (i = 0; i < count; i++) {
		const struct place *other = &places[i];

		if (other->spell->image != place->spell->image ||
		    other->spell->region.name != place->spell->region.name ||
		    other->box.left >= box.right ||
		    other->box.right <= box.left)
			continue;
		if (other->box.top < box.top)
			box.top = other->box.top;
		if (other->box.bottom > box.bottom)
			box.bottom = other->box.bottom;
	}
	return box;
}

static void put_label(const struct drawing *drawing, FILE *out,
		      const struct place *place, const struct box *box,
		      const char *how)
{
	const struct drawing to = { .picture = drawing->picture, .out = out };
	char *name = picture_name(drawing->picture, place->spell);
	const char *slash = strrchr(name, '/');
	char class[16];

	if (*how)
		snprintf(class, sizeof(class), "%s", how);
	else
		snprintf(class, sizeof(class), "i%u",
			 picture_kind(&place->spell->region));
	svg_text(&to, class, place->box.left + 4,
		 (box->top + box->bottom) / 2 + 3.8,
		 place->box.right - place->box.left - 8,
		 slash && slash[1] ? slash + 1 : name);
	free(name);
}

static void write_labels(const struct drawing *drawing, FILE *out,
			 const struct place *places, size_t count)
{
	struct labels labels = {};
	size_t i;

	for (i = 0; i < count; i++) {
		const struct place *place = &places[i];
		struct box box = place->box;
		bool high = box.bottom - box.top >= LABEL_HEIGHT;

		if (box.right - box.left < LABEL_WIDTH ||
		    place->spell->region.name == VPROC_NAME_NONE ||
		    has_label(&labels, place->spell))
			continue;
		if (!high)
			box = find_extent(places, count, place);
		if (box.bottom - box.top < EXTENT_HEIGHT)
			continue;
		put_label(drawing, out, place, &box, high ? "" : "halo");
		labels.list[labels.count++] = place->spell;
	}
}

/* Writes as many as may be; returns how many. */
static size_t write_places(const struct drawing *drawing,
			   const struct place *places, FILE *out)
{
	const size_t count = drawing->picture->spells.count;
	size_t i, large;

	large = 0;
	while (large < count && is_large(&places[large]) && ftell(out) < BUDGET)
		write_place(drawing, out, &places[large++]);
	fputs("<path class='edge' d='", out);
	for (i = 0; i < large; i++)
		write_edge(out, &places[i].box);
	fputs("'/>\n", out);
	write_labels(drawing, out, places, large);
	return large;
}

/* Density marks for those from @large on. */
static void fill_cells(const struct drawing *drawing,
		       const struct place *places, size_t large,
		       struct cells *cells)
{
	size_t i;

	for (i = 0; i < drawing->picture->spells.count; i++) {
		struct box box = places[i].box;

		box.left -= drawing->left;
		box.right -= drawing->left;
		box.top -= drawing->top;
		box.bottom -= drawing->top;
		if (i < large)
			cells_hide(cells, &box);
		else
			cells_add(cells, &box,
				  picture_kind(&places[i].spell->region));
	}
}

/* They are as fine as can be without being too many. */
static void write_cells(const struct drawing *drawing,
			const struct place *places, size_t large)
{
	const double width = drawing->right - drawing->left;
	const double height = drawing->bottom - drawing->top;
	unsigned int side = ceil(sqrt(width * height / MAX_CELLS));
	char *text = NULL;
	size_t size = 0;

	for (;; side += (side + 1) / 2) {
		struct cells cells;
		FILE *out;

		out = memory_need(open_memstream(&text, &size));
		cells_make(&cells, width, height, side);
		fill_cells(drawing, places, large, &cells);
		cells_write(&cells, out, drawing->left, drawing->top);
		cells_clear(&cells);
		if (fclose(out))
			memory_need(NULL);
		if (size <= CELLS_BUDGET)
			break;
		free(text);
	}
	fwrite(text, 1, size, drawing->out);
	free(text);
}

/* The elements come last, since they are to lie over the marks. */
void svg_spells(const struct drawing *drawing)
{
	struct place *places = find_places(drawing);
	char *text = NULL;
	size_t size, large;
	FILE *out = memory_need(open_memstream(&text, &size));

	large = write_places(drawing, places, out);
	if (fclose(out))
		memory_need(NULL);
	write_cells(drawing, places, large);
	fprintf(drawing->out,
		"<g class='boxes' shape-rendering='crispEdges'>\n%s</g>\n",
		text);
	free(places);
	free(text);
}
