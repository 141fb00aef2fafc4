// SPDX-License-Identifier: GPL-2.0-only
/*
 * A picture as SVG: its scales, the holes, and how much happens when.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "markup.h"
#include "memory.h"
#include "picturesvg.h"
#include "sizes.h"

/* Pixels: an address, from its panel; the group's line; the group's label. */
#define ADDRESS		7
#define GROUP_LINE	83
#define GROUP_LABEL	88
#define GROUP_WIDTH	70

/* Two addresses, and two times, are at least so far apart. */
#define ADDRESS_STEP	12
#define KNOT_STEP	40
#define TIME_STEP	90

/* The bars below the panels. */
#define BARS_TOP	12
#define BARS_HEIGHT	32
#define BAR		2
#define TIMES		60

/* What sums of numbers with a fraction may be wrong by. */
#define ROUNDING	0.000000001

/* The least of 1, 2 and 5, with zeros, that is not below @least. */
static double round_step(double least)
{
	double power = pow(10, floor(log10(least)));

	if (least <= power)
		return power;
	if (least <= 2 * power)
		return 2 * power;
	return least <= 5 * power ? 5 * power : 10 * power;
}

static void write_tick(const struct drawing *drawing, const struct panel *panel,
		       __u64 addr, double y)
{
	fprintf(drawing->out,
		"<path class='line' d='M%.1f %.1fh-4'/><text class='addr right' x='%.1f' y='%.1f'>%llx</text>\n",
		panel->left, y, panel->left - ADDRESS, y + 3.5, addr);
}

/* Some of the knots of a group, from the bottom up; @last is the tick below. */
static double write_ticks(const struct drawing *drawing,
			  const struct panel *panel,
			  const struct axis_group *group, double last)
{
	const struct axis *axis = &drawing->picture->axes[panel->image];
	const double end = svg_y(drawing, panel, group->end);
	size_t i;

	for (i = 0; i < axis->nr_knots; i++) {
		const __u64 addr = axis->knots[i].addr;
		const double y = svg_y(drawing, panel, addr);
		double step = KNOT_STEP;

		if (addr < group->start || addr > group->end)
			continue;
		if (addr == group->start || addr == group->end)
			step = ADDRESS_STEP;
		else if (y - end < ADDRESS_STEP)
			continue;
		if (last - y < step)
			continue;
		write_tick(drawing, panel, addr, y);
		last = y;
	}
	return last;
}

/*
 * In one line, or where there is room in one for each word. A low one that is
 * like that below it has none.
 */
static void label_group(const struct drawing *drawing,
			const struct panel *panel,
			const struct axis_group *group, bool is_alike)
{
	const double low = svg_y(drawing, panel, group->start);
	const double high = svg_y(drawing, panel, group->end);
	const double x = panel->left - GROUP_LABEL;
	const char *word = group->label;
	double y = (low + high) / 2 + 4;
	char text[sizeof(group->label)];
	size_t length, words = 1;

	fprintf(drawing->out, "<path class='line' d='M%.1f %.1fV%.1f'/>\n",
		panel->left - GROUP_LINE, low, high);
	for (; *word; word++)
		words += *word == ',';
	if (low - high < (is_alike ? 24 : 9))
		return;
	if (low - high < 12 * words)
		words = 1;
	y -= 6 * (words - 1);
	for (word = group->label; *word && words; words--, y += 12) {
		length = strcspn(word, ",");
		snprintf(text, sizeof(text), "%.*s", (int)length, word);
		svg_text(drawing, "right bold", x, y, GROUP_WIDTH, text);
		word += length + strspn(word + length, ", ");
	}
}

static void write_hole(const struct drawing *drawing, const struct panel *panel,
		       __u64 start, __u64 end)
{
	const double low = svg_y(drawing, panel, start);
	const double high = svg_y(drawing, panel, end);
	const struct sizes sizes = {};
	char size[SIZE_TEXT];

	fprintf(drawing->out,
		"<g><title>%llx-%llx %s\nnothing was ever mapped here</title>",
		start, end, size_text(size, end - start, &sizes));
	fprintf(drawing->out,
		"<rect class='ground' x='%.1f' y='%.1f' width='%.1f' height='%.1f'/>",
		panel->left, high, panel->right - panel->left, low - high);
	fprintf(drawing->out, "<path class='hole' d='M%.1f %.1fH%.1f'/></g>\n",
		panel->left - (panel->has_axis ? ADDRESS : 0), (low + high) / 2,
		panel->right);
}

static void write_addresses(const struct drawing *drawing,
			    const struct panel *panel)
{
	const struct axis *axis = &drawing->picture->axes[panel->image];
	double last = drawing->bottom + ADDRESS_STEP;
	size_t i;

	for (i = 0; i < axis->nr_groups; i++) {
		const struct axis_group *group = &axis->groups[i];

		if (i)
			write_hole(drawing, panel, group[-1].end,
				   group->start);
		if (!panel->has_axis)
			continue;
		last = write_ticks(drawing, panel, group, last);
		label_group(drawing, panel, group, i &&
			    !strcmp(group[-1].label, group->label));
	}
}

static void write_ground(const struct drawing *drawing,
			 const struct panel *panel)
{
	char *program = picture_program(drawing->picture, panel->image);

	fprintf(drawing->out, "<g><title>");
	markup_text(drawing->out, program);
	fprintf(drawing->out,
		"</title><rect class='panel' x='%.1f' y='%u' width='%.1f' height='%u'/></g>\n",
		panel->left, drawing->top, panel->right - panel->left,
		drawing->bottom - drawing->top);
	svg_text(drawing, "bold", panel->left, drawing->top - 7,
		 panel->right - panel->left, program);
	free(program);
}

static double to_seconds(const struct picture *picture, double across)
{
	return picture->by_events ? across :
	       across / 1e9 + past_seconds(picture->past, picture->from);
}

static void write_time(const struct drawing *drawing, double x, double at,
		       double step)
{
	int digits = step < 1 ? ceil(-log10(step) - ROUNDING) : 0;
	char text[48];

	if (drawing->picture->by_events)
		snprintf(text, sizeof(text), "@%.0f", at);
	else
		snprintf(text, sizeof(text), "%.*f s", digits, at);
	fprintf(drawing->out,
		"<path class='rule' d='M%.1f %uV%u'/><text class='middle' x='%.1f' y='%u'>%s</text>\n",
		x, drawing->top, drawing->bottom + BARS_TOP + BARS_HEIGHT + 4,
		x, drawing->bottom + TIMES, text);
}

static void write_times(const struct drawing *drawing)
{
	const struct picture *picture = drawing->picture;
	double unit = picture->by_events ? 1 : 1e9, last = 0;
	double step = round_step(TIME_STEP / drawing->scale / unit);
	size_t i;

	if (picture->by_events && step < 1)
		step = 1;
	for (i = 0; i < drawing->nr_panels; i++) {
		const struct panel *panel = &drawing->panels[i];
		const double from = to_seconds(picture, panel->from);
		/* Not -0. */
		double at = ceil(from / step - ROUNDING) * step + 0.0;

		for (; at <= to_seconds(picture, panel->to); at += step) {
			double x = panel->left +
				   (at - from) * unit * drawing->scale;

			if (last && x - last < TIME_STEP / 2)
				continue;
			write_time(drawing, x, at, step);
			last = x;
		}
	}
}

/* How many events there are in each bar; returns the most. */
static unsigned int count_events(const struct drawing *drawing,
				 const struct panel *panel,
				 unsigned int *counts)
{
	const struct picture *picture = drawing->picture;
	const struct vproc_history *history = picture->past->history;
	const struct spells_image *image =
		&picture->spells.images[panel->image];
	size_t at = vproc_history_index(history, image->from_seq - 1);
	const struct vproc_event *event;
	unsigned int most = 0;

	for (; (event = vproc_history_event(history, at)); at++) {
		size_t bar;

		if (event->seq < picture->from_seq)
			continue;
		if (event->seq >= image->to_seq ||
		    event->seq > picture->to_seq)
			break;
		bar = (svg_x(drawing, panel, event->time, event->seq) -
		       drawing->left) / BAR;
		if (++counts[bar] > most)
			most = counts[bar];
	}
	return most;
}

static void write_bars(const struct drawing *drawing)
{
	const unsigned int bottom = drawing->bottom + BARS_TOP + BARS_HEIGHT;
	const size_t count = (drawing->right - drawing->left) / BAR + 1;
	unsigned int *counts = memory_need(calloc(count + 1, sizeof(*counts)));
	unsigned int most = 1;
	char text[64];
	size_t i;

	for (i = 0; i < drawing->nr_panels; i++) {
		unsigned int here = count_events(drawing, &drawing->panels[i],
						 counts);

		if (here > most)
			most = here;
	}
	fputs("<g shape-rendering='crispEdges'><path class='bars' d='",
	      drawing->out);
	for (i = 0; i < count; i++) {
		/* One event is seen, too. */
		double height = ceil((double)BARS_HEIGHT * counts[i] / most);

		if (counts[i])
			fprintf(drawing->out, "M%zu %uv-%.0fh%uv%.0fz",
				drawing->left + i * BAR, bottom, height, BAR,
				height);
	}
	fputs("'/></g>\n", drawing->out);
	snprintf(text, sizeof(text), "events, up to %u", most);
	svg_text(drawing, "muted right",
		 drawing->panels[0].left - ADDRESS, bottom, 144, text);
	free(counts);
}

static void write_gaps(const struct drawing *drawing,
		       const struct panel *panel)
{
	const struct spells *spells = &drawing->picture->spells;
	const struct spells_image *image = &spells->images[panel->image];
	size_t i;

	for (i = 0; i < spells->nr_gaps; i++) {
		const struct spells_gap *gap = &spells->gaps[i];
		double left, right;

		if (gap->from >= image->to || gap->to <= image->from ||
		    drawing->picture->by_events)
			continue;
		left = svg_x(drawing, panel, gap->from, 0);
		right = svg_x(drawing, panel, gap->to, 0);
		if (right - left < 2)
			right = left + 2;
		fprintf(drawing->out,
			"<rect class='unknown' x='%.1f' y='%u' width='%.1f' height='%u'><title>%s</title></rect>\n",
			left, drawing->top, right - left,
			drawing->bottom - drawing->top,
			gap->lost ? "events were lost: what was mapped is not known" :
			"something changed that was noticed only at the end of this");
	}
}

void svg_axes(const struct drawing *drawing)
{
	size_t i;

	for (i = 0; i < drawing->nr_panels; i++) {
		write_ground(drawing, &drawing->panels[i]);
		write_addresses(drawing, &drawing->panels[i]);
	}
	write_bars(drawing);
	write_times(drawing);
	for (i = 0; i < drawing->nr_panels; i++)
		write_gaps(drawing, &drawing->panels[i]);
}
