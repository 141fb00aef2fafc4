// SPDX-License-Identifier: GPL-2.0-only
/*
 * A picture as SVG: where its parts are, and what is around them.
 */
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "markup.h"
#include "memory.h"
#include "pictureparts.h"
#include "picturesvg.h"
#include "sizes.h"

/* Around the panels, and on the left of one with an axis. */
#define LEFT		10
#define RIGHT		24
#define TOP		96
#define BOTTOM		84
#define GUTTER		160
#define GAP		3

/* Narrower than this a panel has no axis. */
#define MIN_PANEL	120

void svg_text(const struct drawing *drawing, const char *class, double x,
	      double y, double width, const char *text)
{
	size_t room = width / SVG_CHARACTER;
	char *elided;

	if (room < 2)
		return;
	elided = markup_elide(text, room);
	fprintf(drawing->out, "<text class='%s' x='%.1f' y='%.1f'>",
		class, x, y);
	markup_text(drawing->out, elided);
	fputs("</text>\n", drawing->out);
	free(elided);
}

static double across(const struct picture *picture, __u64 time, __u64 seq)
{
	return picture->by_events ? (double)seq :
				    (double)(__s64)(time - picture->from);
}

double svg_x(const struct drawing *drawing, const struct panel *panel,
	     __u64 time, __u64 seq)
{
	double at = across(drawing->picture, time, seq);

	if (at < panel->from)
		return panel->left;
	if (at > panel->to)
		return panel->right;
	return panel->left + (at - panel->from) * drawing->scale;
}

double svg_y(const struct drawing *drawing, const struct panel *panel,
	     __u64 addr)
{
	double y = axis_y(&drawing->picture->axes[panel->image], addr);

	return drawing->bottom - y * (drawing->bottom - drawing->top);
}

/* The images that are in the picture, if only for a moment. */
static void find_panels(struct drawing *drawing)
{
	const struct picture *picture = drawing->picture;
	const double from = across(picture, picture->from, picture->from_seq);
	const double to = across(picture, picture->to, picture->to_seq + 1);
	size_t i;

	drawing->panels = memory_need(calloc(picture->spells.nr_images + 1,
					     sizeof(*drawing->panels)));
	for (i = 0; i < picture->spells.nr_images; i++) {
		const struct spells_image *image = &picture->spells.images[i];
		struct panel *panel = &drawing->panels[drawing->nr_panels];

		if (image->to_seq <= picture->from_seq ||
		    image->from_seq > picture->to_seq)
			continue;
		*panel = (struct panel){
			.image = i,
			.from = across(picture, image->from, image->from_seq),
			.to = across(picture, image->to, image->to_seq),
			.has_axis = true,
		};
		if (panel->from < from)
			panel->from = from;
		if (panel->to > to)
			panel->to = to;
		drawing->nr_panels++;
	}
}

/* The scale, with the axes that there are. */
static void find_scale(struct drawing *drawing)
{
	double room = drawing->right - drawing->left, sum = 0;
	size_t i;

	for (i = 0; i < drawing->nr_panels; i++) {
		const struct panel *panel = &drawing->panels[i];

		sum += panel->to - panel->from;
		room -= panel->has_axis ? GUTTER : GAP;
	}
	drawing->scale = room / (sum > 0 ? sum : 1);
}

/* The narrowest that is too narrow for its axis; NULL if none is. */
static struct panel *find_narrow(const struct drawing *drawing)
{
	struct panel *narrow = NULL;
	size_t i, axes = 0;

	for (i = 0; i < drawing->nr_panels; i++) {
		struct panel *panel = &drawing->panels[i];

		axes += panel->has_axis;
		if (panel->has_axis &&
		    (!narrow ||
		     panel->to - panel->from < narrow->to - narrow->from))
			narrow = panel;
	}
	if (axes < 2 ||
	    (narrow->to - narrow->from) * drawing->scale >= MIN_PANEL)
		return NULL;
	return narrow;
}

static void place_panels(struct drawing *drawing)
{
	struct panel *narrow;
	double x = drawing->left;
	size_t i;

	for (find_scale(drawing); (narrow = find_narrow(drawing));
	     find_scale(drawing))
		narrow->has_axis = false;
	for (i = 0; i < drawing->nr_panels; i++) {
		struct panel *panel = &drawing->panels[i];

		panel->left = x + (panel->has_axis ? GUTTER : GAP);
		panel->right = panel->left +
			       (panel->to - panel->from) * drawing->scale;
		x = panel->right;
	}
}

static void write_kinds(FILE *out, bool dark)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(picture_kinds); i++) {
		const struct picture_kind *kind = &picture_kinds[i];

		fprintf(out, ".k%zu{fill:%s}text.i%zu{fill:%s}\n", i,
			dark ? kind->dark : kind->light, i,
			dark ? kind->dark_ink : kind->light_ink);
	}
}

static void write_style(FILE *out)
{
	fputs("<style>\n", out);
	PICTURE_PART(svg_css, out);
	write_kinds(out, false);
	fputs("@media (prefers-color-scheme:dark){\n", out);
	write_kinds(out, true);
	fputs("}</style>\n"
	      "<defs><pattern id='unknown' width='8' height='8' patternUnits='userSpaceOnUse' patternTransform='rotate(45)'><rect width='3' height='8' fill='#888' fill-opacity='.35'/></pattern></defs>\n",
	      out);
}

static void write_legend(const struct drawing *drawing)
{
	__u64 peaks[VPROC_NR_TYPES] = {};
	char text[64], size[SIZE_TEXT];
	const struct sizes sizes = {};
	double x = drawing->left;
	size_t i;

	picture_peaks(drawing->picture, peaks);
	for (i = 0; i < ARRAY_SIZE(picture_order); i++) {
		const unsigned int kind = picture_order[i];

		if (!peaks[kind])
			continue;
		snprintf(text, sizeof(text), "%s, up to %s",
			 picture_kinds[kind].word,
			 size_text(size, peaks[kind], &sizes));
		fprintf(drawing->out,
			"<rect class='k%u' x='%.1f' y='55' width='12' height='12'/>\n",
			kind, x);
		svg_text(drawing, "legend", x + 17, 65, 200, text);
		x += 17 + strlen(text) * SVG_CHARACTER + 14;
	}
}

static void write_frame(const struct drawing *drawing)
{
	const struct picture *picture = drawing->picture;
	const double width = picture->width - LEFT - RIGHT;
	FILE *out = drawing->out;

	fprintf(out,
		"<svg xmlns='http://www.w3.org/2000/svg' width='%u' height='%u' viewBox='0 0 %u %u'>\n<title>",
		picture->width, picture->height, picture->width,
		picture->height);
	markup_text(out, picture->title);
	fputs("</title>\n", out);
	write_style(out);
	fputs("<rect class='ground' width='100%' height='100%'/>\n", out);
	/* Its characters are larger. */
	svg_text(drawing, "title", LEFT, 25, width / 1.7, picture->title);
	svg_text(drawing, "muted", LEFT, 43, width, picture->subtitle);
	write_legend(drawing);
}

void picture_svg(const struct picture *picture, FILE *out)
{
	struct drawing drawing = {
		.picture = picture,
		.out = out,
		.left = LEFT,
		.right = picture->width - RIGHT,
		.top = TOP,
		.bottom = picture->height - BOTTOM,
	};

	find_panels(&drawing);
	place_panels(&drawing);
	write_frame(&drawing);
	svg_axes(&drawing);
	svg_spells(&drawing);
	fputs("</svg>\n", out);
	free(drawing.panels);
}
