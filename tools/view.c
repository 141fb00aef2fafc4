// SPDX-License-Identifier: GPL-2.0-only
/*
 * The screen of vproc top: a table of processes, and below it all about the one
 * that is selected.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "bar.h"
#include "screen.h"
#include "sizes.h"
#include "table.h"
#include "view.h"
#include "vproc_mem.h"
#include "words.h"

/* From so many columns on there are two panes beside each other. */
#define WIDE		72

#define MAX_BAR		64
#define MAX_LINE	512

/* Causes that have lines of their own, and events if threads want the room. */
#define MAX_CAUSES	8
#define MIN_EVENTS	4

static const struct sizes sizes;

/* A part of the screen that is filled from above. */
struct area {
	int y;			/* the next line */
	int end;		/* the first below it */
	int x;
	int width;
};

/* Is there room for another line? */
static bool has_room(const struct area *area)
{
	return area->y < area->end;
}

__attribute__((format(printf, 3, 4)))
static void put_line(struct area *area, enum screen_look look,
		     const char *format, ...)
{
	char text[MAX_LINE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (has_room(area))
		screen_put(area->y++, area->x, area->width, look, text);
}

/* "[###+...]" and the share that it shows, at the end of the next line. */
static void put_bar(struct area *area, int x, enum screen_look look,
		    uint64_t used, uint64_t peak, uint64_t whole)
{
	char bar[MAX_BAR + 1], text[MAX_BAR + 16];
	int width = area->x + area->width - x - 7;

	if (!has_room(area) || width < 1)
		return;
	if (width > MAX_BAR)
		width = MAX_BAR;
	snprintf(text, sizeof(text), "[%s] %3u%%",
		 bar_text(bar, width, used, peak, whole),
		 percent(used, whole));
	screen_put(area->y, x, area->width, look, text);
}

static const char *size(char *text, const struct json_object *object,
			const char *key)
{
	return size_text(text, output_get_number(object, key), &sizes);
}

/* The table */

static size_t count_processes(const struct json_object *object)
{
	return json_object_array_length(output_get(object, "processes"));
}

static const struct json_object *process_at(const struct json_object *object,
					    size_t row)
{
	return json_object_array_get_idx(output_get(object, "processes"), row);
}

static pid_t pid_at(const struct json_object *object, size_t row)
{
	return output_get_signed(process_at(object, row), "pid");
}

/* If there is none, or it has gone, the first is selected. */
static size_t selected_row(struct view *view, const struct json_object *object)
{
	size_t i, count = count_processes(object);

	for (i = 0; i < count; i++)
		if (pid_at(object, i) == view->selected)
			return i;
	view->selected = count ? pid_at(object, 0) : 0;
	return 0;
}

void view_move(struct view *view, const struct json_object *object, int by)
{
	const size_t count = count_processes(object);
	const size_t row = selected_row(view, object) + by;

	/* One above the first is a very large number. */
	if (row < count)
		view->selected = pid_at(object, row);
}

static void put_row(struct area *area, const struct json_object *process,
		    bool selected)
{
	char text[TABLE_TEXT];

	table_row(text, area->width - 1, process);
	put_line(area, selected ? SCREEN_REVERSE : SCREEN_PLAIN, "%c%s",
		 selected ? '>' : ' ', text);
}

/* As many rows as there is room for, with the selected one among them. */
static void put_table(struct area *area, struct view *view,
		      const struct json_object *object)
{
	const size_t count = count_processes(object);
	const size_t row = selected_row(view, object);
	size_t i, rows;
	char text[TABLE_TEXT];

	put_line(area, SCREEN_BOLD, " %s", table_head(text, area->width - 1));
	rows = has_room(area) ? area->end - area->y : 0;
	if (rows > count)
		rows = count;
	if (view->first > count - rows)
		view->first = count - rows;
	if (row < view->first)
		view->first = row;
	else if (row >= view->first + rows)
		view->first = row + 1 - rows;
	for (i = view->first; i < view->first + rows; i++)
		put_row(area, process_at(object, i), i == row);
}

/* The selected process */

static void put_title(struct area *area, const struct json_object *process)
{
	const struct json_object *stat = output_get(process, "stat");
	char total[SIZE_TEXT], peak[SIZE_TEXT];

	put_line(area, SCREEN_BOLD,
		 "%" PRId64 " %s: %s%s%s, %" PRIu64 " regions, %s, peak %s",
		 output_get_signed(process, "pid"),
		 output_get_string(process, "name"),
		 output_get_string(stat, "state"),
		 output_get(stat, "end_cause") ? ": " : "",
		 output_get(stat, "end_cause") ?
		 output_get_string(stat, "end_cause") : "",
		 output_get_number(stat, "regions"),
		 size(total, stat, "total_bytes"),
		 size(peak, stat, "peak_bytes"));
}

static void put_heap(struct area *area, const struct json_object *process)
{
	const struct json_object *heap = output_get(process, "heap");
	char now[SIZE_TEXT], peak[SIZE_TEXT];

	put_line(area, SCREEN_PLAIN, "heap %s, peak %s, start %s, brk %s",
		 size(now, heap, "size"), size(peak, heap, "peak_size"),
		 output_get_string(heap, "start"),
		 output_get_string(heap, "brk"));
}

static int count_types(const struct json_object *process)
{
	int count = 0;

	json_object_object_foreach(output_get(process, "types"), type, sum) {
		(void)type;
		count += output_get_number(sum, "bytes") != 0;
	}
	return count;
}

static void put_types(struct area *area, const struct json_object *process)
{
	uint64_t total = 0;
	char text[SIZE_TEXT];

	json_object_object_foreach(output_get(process, "types"), name, each) {
		(void)name;
		total += output_get_number(each, "bytes");
	}
	put_line(area, SCREEN_BOLD, "%-7s %6s %5s", "TYPE", "BYTES", "COUNT");
	json_object_object_foreach(output_get(process, "types"), type, sum) {
		const uint64_t bytes = output_get_number(sum, "bytes");

		if (!bytes)
			continue;
		put_bar(area, area->x + 21, SCREEN_PLAIN, bytes, bytes, total);
		put_line(area, SCREEN_PLAIN, "%-7s %6s %5" PRIu64, type,
			 size_text(text, bytes, &sizes),
			 output_get_number(sum, "regions"));
	}
}

/* Its events so far have these causes, but for that which the attach found. */
static bool is_news(const char *cause)
{
	return strcmp(cause, word_cause(VPROC_CAUSE_ATTACH));
}

static struct json_object *causes_of(const struct json_object *process)
{
	return output_get(output_get(process, "stat"), "causes");
}

static int count_causes(const struct json_object *process)
{
	int count = 0;

	json_object_object_foreach(causes_of(process), cause, number) {
		(void)number;
		count += is_news(cause);
	}
	return count;
}

static const char *rate_text(char *text, size_t room,
			     const struct json_object *process,
			     const char *cause)
{
	struct json_object *rates = output_get(process, "rates");
	struct json_object *rate;

	if (!rates)
		snprintf(text, room, "-");
	else if (json_object_object_get_ex(rates, cause, &rate))
		snprintf(text, room, "%.1f", json_object_get_double(rate));
	else
		snprintf(text, room, "0.0");
	return text;
}

static void put_rates(struct area *area, const struct json_object *process)
{
	char rate[32];

	put_line(area, SCREEN_BOLD, "%-8s %9s %9s", "CAUSE", "EVENTS/S",
		 "SO FAR");
	json_object_object_foreach(causes_of(process), cause, count) {
		if (is_news(cause))
			put_line(area, SCREEN_PLAIN, "%-8s %9s %9" PRIu64,
				 cause,
				 rate_text(rate, sizeof(rate), process, cause),
				 json_object_get_uint64(count));
	}
}

/* The same in a line. */
static void put_rates_line(struct area *area,
			   const struct json_object *process)
{
	char text[MAX_LINE] = "events/s", rate[32];
	size_t used = strlen(text);

	json_object_object_foreach(causes_of(process), cause, count) {
		(void)count;
		if (!is_news(cause) || used > sizeof(text) - 64)
			continue;
		used += sprintf(text + used, " %s %s", cause,
				rate_text(rate, sizeof(rate), process, cause));
	}
	put_line(area, SCREEN_PLAIN, "%s", text);
}

/* Types, and beside or below them the rates. */
static void put_figures(struct area *area, const struct json_object *process)
{
	struct area left = *area, right = *area;
	int causes = count_causes(process);

	if (area->width < WIDE) {
		put_types(area, process);
		put_rates_line(area, process);
		return;
	}
	left.width = area->width / 2 - 1;
	right.x += left.width + 2;
	right.width -= left.width + 2;
	if (causes > MAX_CAUSES)
		causes = MAX_CAUSES;
	if (causes < count_types(process))
		causes = count_types(process);
	if (right.end > area->y + 1 + causes)
		right.end = area->y + 1 + causes;
	put_types(&left, process);
	put_rates(&right, process);
	area->y = left.y > right.y ? left.y : right.y;
}

/* The share of its stack that a thread was seen to use at most. */
static double deepest_share(const struct json_object *thread)
{
	const uint64_t whole = output_get_number(thread, "used") +
			       output_get_number(thread, "headroom");

	return whole ? (double)output_get_number(thread, "deepest") / whole : 0;
}

static int compare_threads(const void *a, const void *b)
{
	const struct json_object *one = *(const struct json_object *const *)a;
	const struct json_object *two = *(const struct json_object *const *)b;
	const double shares[] = { deepest_share(one), deepest_share(two) };

	if (shares[0] != shares[1])
		return shares[0] > shares[1] ? -1 : 1;
	return output_get_number(one, "tid") < output_get_number(two, "tid") ?
	       -1 : 1;
}

static enum screen_look stack_look(unsigned int share)
{
	return share < 60 ? SCREEN_GOOD : share < 85 ? SCREEN_FAIR :
	       SCREEN_POOR;
}

static void put_thread(struct area *area, const struct json_object *thread)
{
	const uint64_t used = output_get_number(thread, "used");
	const uint64_t whole = used + output_get_number(thread, "headroom");
	char text[MAX_LINE], now[SIZE_TEXT], left[SIZE_TEXT];
	int width;

	width = snprintf(text, sizeof(text), "%7" PRIu64 " %-15.15s ",
			 output_get_number(thread, "tid"),
			 output_get_string(thread, "name"));
	if (!whole) {
		put_line(area, SCREEN_PLAIN, "%s on no stack", text);
		return;
	}
	if (area->width >= WIDE)
		width += snprintf(text + width, sizeof(text) - width,
				  "%6s %8s ", size_text(now, used, &sizes),
				  size(left, thread, "headroom"));
	put_bar(area, area->x + width, stack_look(percent(used, whole)), used,
		output_get_number(thread, "deepest"), whole);
	put_line(area, SCREEN_PLAIN, "%s", text);
}

/* The @room threads that are or were nearest to the end of their stacks. */
static void put_threads(struct area *area, const struct json_object *process,
			size_t room)
{
	const struct json_object *threads =
		output_get(output_get(process, "stacks"), "threads");
	size_t i, count = json_object_array_length(threads);
	const struct json_object *order[count + 1];

	for (i = 0; i < count; i++)
		order[i] = json_object_array_get_idx(threads, i);
	qsort(order, count, sizeof(order[0]), compare_threads);
	if (room > count)
		room = count;
	put_line(area, SCREEN_BOLD, "%7s %-15s %s%zu of %zu", "TID", "STACK OF",
		 area->width >= WIDE ? "  USED HEADROOM  " : "", room, count);
	for (i = 0; i < room; i++)
		put_thread(area, order[i]);
}

/* The end of a name, if there is no room for all of it. */
static const char *end_of(const char *name, int room)
{
	const int length = strlen(name);

	return length > room && room > 0 ? name + length - room : name;
}

static void put_event(struct area *area, const struct json_object *event)
{
	char text[MAX_LINE], bytes[SIZE_TEXT];
	int width;

	width = snprintf(text, sizeof(text),
			 "%9.3f %7" PRIu64 " %-8s %-6s ",
			 output_get_float(event, "time"),
			 output_get_number(event, "tid"),
			 output_get_string(event, "cause"),
			 output_get_string(event, "op"));
	if (output_get(event, "start"))
		width += snprintf(text + width, sizeof(text) - width,
				  "%012" PRIx64 " %6s ",
				  output_get_address(event, "start"),
				  size_text(bytes,
					    output_get_address(event, "end") -
					    output_get_address(event, "start"),
					    &sizes));
	if (output_get(event, "perm"))
		width += snprintf(text + width, sizeof(text) - width,
				  "%s %-6s ", output_get_string(event, "perm"),
				  output_get_string(event, "type"));
	if (output_get(event, "name"))
		snprintf(text + width, sizeof(text) - width, "%s",
			 end_of(output_get_string(event, "name"),
				area->width - width));
	put_line(area, SCREEN_PLAIN, "%s", text);
}

/* As many of the last as there is room for, the last of all at the end. */
static void put_events(struct area *area, const struct json_object *process)
{
	const struct json_object *events = output_get(process, "recent");
	size_t i, room, count = json_object_array_length(events);

	put_line(area, SCREEN_BOLD, "%9s %7s %-8s %-6s %-12s %6s", "TIME", "TID",
		 "CAUSE", "LAST", "ADDRESS", "BYTES");
	room = has_room(area) ? area->end - area->y : 0;
	for (i = count > room ? count - room : 0; i < count; i++)
		put_event(area, json_object_array_get_idx(events, i));
}

static void put_process(struct area *area, const struct json_object *process)
{
	const size_t events =
		json_object_array_length(output_get(process, "recent"));
	int rows;

	put_title(area, process);
	put_heap(area, process);
	put_figures(area, process);
	/* Two headings, and as many events as there are, up to some. */
	rows = area->end - area->y - 2 -
	       (int)(events < MIN_EVENTS ? events : MIN_EVENTS);
	put_threads(area, process, rows < 1 ? 1 : rows);
	put_events(area, process);
}

static void put_help(struct area *area)
{
	static const char *const lines[] = {
		"",
		"  arrows, j k   select the process that is shown below the table",
		"  s             sort the table by the next column",
		"  + -           look more seldom, more often",
		"  p             pause, and go on",
		"  space         look now",
		"  h ?           this, and back",
		"  q, ^C         quit",
		"",
		"In a bar, # is in use, + was in use at most, . is left.",
		"MISSED: changes that were noticed late. LOST: events unread.",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines); i++)
		put_line(area, SCREEN_PLAIN, "%s", lines[i]);
}

static void put_status(struct area *area, const struct view *view,
		       const struct json_object *object)
{
	const size_t count = count_processes(object);
	char text[MAX_LINE], line[MAX_LINE];

	snprintf(text, sizeof(text),
		 "vproc top: %zu %s, by %s, every %g s%s   h help  q quit",
		 count, count == 1 ? "process" : "processes",
		 table_name(view->sort), view->interval,
		 view->paused ? ", PAUSED" : "");
	snprintf(line, sizeof(line), "%-*s", area->width, text);
	put_line(area, SCREEN_REVERSE, "%s", line);
}

void view_draw(struct view *view, const struct json_object *object)
{
	struct area all = {
		.end = screen_rows(),
		.width = screen_columns(),
	};
	struct area table;

	screen_clear();
	put_status(&all, view, object);
	/* Of what is left, a third; but one row at least. */
	table = all;
	if (table.end > table.y + 2)
		table.end = table.y + 1 + (all.end - all.y) / 3;
	put_table(&table, view, object);
	all.y = table.y;
	if (view->help)
		put_help(&all);
	else if (count_processes(object))
		put_process(&all, process_at(object,
					     selected_row(view, object)));
	screen_show();
}
