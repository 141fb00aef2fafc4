// SPDX-License-Identifier: GPL-2.0-only
/*
 * A picture as a page: its data as JSON, and the viewer of tools/picture/, which
 * is linked into the program.
 */
#include <stdlib.h>

#include "column.h"
#include "intern.h"
#include "markup.h"
#include "memory.h"
#include "output.h"
#include "picture.h"
#include "pictureparts.h"
#include "words.h"

/* A height is told as so many parts of the whole. */
#define HEIGHT_UNIT	16777216

/**
 * struct page - what is numbered in the data
 * @picture: the picture
 * @names: the names, by where they are
 * @attributes: name, type, permissions and kind
 * @actors: thread and cause
 */
struct page {
	const struct picture *picture;
	struct intern names;
	struct intern attributes;
	struct intern actors;
};

static void add_string(struct json_object *array, const char *text)
{
	json_object_array_add(array,
			      memory_need(json_object_new_string(text)));
}

static void add_number(struct json_object *array, __u64 number)
{
	json_object_array_add(array,
			      memory_need(json_object_new_int64(number)));
}

/* From the left of the picture, in ns; may be negative. */
static __s64 time_at(const struct picture *picture, __u64 time)
{
	return time - picture->from;
}

static __u64 page_of(const struct picture *picture, __u64 addr)
{
	return addr / picture->past->recording->system.page_size;
}

/* The index of an event plus one; 0 if there is none. */
static size_t event_number(const struct picture *picture,
			   const struct vproc_event *event)
{
	return event ? vproc_history_index(picture->past->history, event->seq) :
		       0;
}

static void add_events(struct page *page, struct json_object *object)
{
	const struct picture *picture = page->picture;
	struct column times = {}, seqs = {}, actors = {};
	const struct vproc_event *event;
	size_t i;

	for (i = 0; (event = vproc_history_event(picture->past->history, i));
	     i++) {
		column_add_signed_step(&times, time_at(picture, event->time));
		column_add_step(&seqs, event->seq);
		column_add(&actors,
			   intern_number(&page->actors,
					 (__u64)event->tid << 8 |
					 event->cause));
	}
	column_put(object, "times", &times);
	column_put(object, "seqs", &seqs);
	column_put(object, "actors", &actors);
}

static size_t name_number(struct page *page, const struct spell *spell)
{
	const struct vproc_name *name =
		vproc_history_name(page->picture->past->history,
				   spell->region.name, spell->to_seq - 1);

	return intern_number(&page->names, (uintptr_t)name);
}

static size_t attribute_number(struct page *page, const struct spell *spell)
{
	const struct vproc_region *region = &spell->region;

	return intern_number(&page->attributes,
			     (__u64)name_number(page, spell) << 32 |
			     region->type << 24 | region->perm << 8 |
			     picture_kind(region));
}

/* What it is, and where. */
static void add_regions(struct page *page, struct json_object *object)
{
	const struct picture *picture = page->picture;
	struct column image = {}, start = {}, pages = {}, attribute = {};
	size_t i;

	for (i = 0; i < picture->spells.count; i++) {
		const struct spell *spell = &picture->spells.list[i];
		const struct vproc_region *region = &spell->region;
		__u64 first = page_of(picture, region->start);

		column_add_step(&image, spell->image);
		column_add_signed_step(&start, first);
		column_add(&pages, page_of(picture, region->end) - first);
		column_add(&attribute, attribute_number(page, spell));
	}
	column_put(object, "image", &image);
	column_put(object, "start", &start);
	column_put(object, "pages", &pages);
	column_put(object, "attribute", &attribute);
}

/* Since when, and until when. */
static void add_times(const struct page *page, struct json_object *object)
{
	const struct picture *picture = page->picture;
	struct column from = {}, duration = {}, seq = {}, moments = {};
	size_t i;

	for (i = 0; i < picture->spells.count; i++) {
		const struct spell *spell = &picture->spells.list[i];

		column_add_signed_step(&from, time_at(picture, spell->from));
		column_add(&duration, spell->to - spell->from);
		column_add_step(&seq, spell->from_seq);
		column_add(&moments, spell->to_seq - spell->from_seq);
	}
	column_put(object, "from", &from);
	column_put(object, "duration", &duration);
	column_put(object, "from_seq", &seq);
	column_put(object, "moments", &moments);
}

/* By which events; those that map and end it by how far they are away. */
static void add_causes(const struct page *page, struct json_object *object)
{
	const struct picture *picture = page->picture;
	struct column set = {}, mapped = {}, end = {}, how = {};
	size_t i;

	for (i = 0; i < picture->spells.count; i++) {
		const struct spell *spell = &picture->spells.list[i];
		size_t number = event_number(picture, spell->set);

		column_add_signed_step(&set, number);
		column_add(&mapped, spell->mapped ? 1 + number -
			   event_number(picture, spell->mapped) : 0);
		column_add(&end, spell->end ? 1 +
			   event_number(picture, spell->end) - number : 0);
		column_add(&how, picture_end(spell));
	}
	column_put(object, "set", &set);
	column_put(object, "mapped", &mapped);
	column_put(object, "end", &end);
	column_put(object, "how", &how);
}

static void add_axis(const struct picture *picture, struct json_object *object,
		     const struct axis *axis)
{
	struct json_object *groups = output_array(object, "groups");
	struct column addrs = {}, ys = {};
	size_t i;

	for (i = 0; i < axis->nr_knots; i++) {
		column_add_step(&addrs, page_of(picture, axis->knots[i].addr));
		column_add_step(&ys, axis->knots[i].y * HEIGHT_UNIT + 0.5);
	}
	for (i = 0; i < axis->nr_groups; i++) {
		const struct axis_group *group = &axis->groups[i];
		struct json_object *element = output_element(groups);

		output_number(element, "start", page_of(picture, group->start));
		output_number(element, "end", page_of(picture, group->end));
		output_string(element, "label", group->label);
	}
	output_number(object, "unit", HEIGHT_UNIT);
	column_put(object, "addrs", &addrs);
	column_put(object, "ys", &ys);
}

static void add_images(const struct picture *picture,
		       struct json_object *array)
{
	size_t i;

	for (i = 0; i < picture->spells.nr_images; i++) {
		const struct spells_image *image = &picture->spells.images[i];
		struct json_object *element = output_element(array);
		char *program = picture_program(picture, i);

		output_string(element, "program", program);
		output_signed(element, "from", time_at(picture, image->from));
		output_signed(element, "to", time_at(picture, image->to));
		output_number(element, "from_seq", image->from_seq);
		output_number(element, "to_seq", image->to_seq);
		add_axis(picture, output_member(element, "axis"),
			 &picture->axes[i]);
		free(program);
	}
}

static void add_gaps(const struct picture *picture, struct json_object *array)
{
	size_t i;

	for (i = 0; i < picture->spells.nr_gaps; i++) {
		const struct spells_gap *gap = &picture->spells.gaps[i];
		struct json_object *element = output_element(array);

		output_signed(element, "from", time_at(picture, gap->from));
		output_signed(element, "to", time_at(picture, gap->to));
	}
}

static void add_kinds(const struct picture *picture,
		      struct json_object *object)
{
	struct json_object *kinds = output_array(object, "kinds");
	struct json_object *order = output_array(object, "order");
	struct json_object *types = output_array(object, "types");
	__u64 peaks[VPROC_NR_TYPES];
	size_t i;

	picture_peaks(picture, peaks);
	for (i = 0; i < VPROC_NR_TYPES; i++) {
		struct json_object *kind = output_element(kinds);

		output_string(kind, "word", picture_kinds[i].word);
		output_string(kind, "key", word_type(i));
		output_number(kind, "peak", peaks[i]);
		add_string(types, word_type(i));
		add_number(order, picture_order[i]);
	}
}

static void add_limits(struct json_object *object, const char *key, __u64 from,
		       __u64 to)
{
	struct json_object *array = output_array(object, key);

	add_number(array, from);
	add_number(array, to);
}

static void add_words(struct json_object *object)
{
	struct json_object *causes = output_array(object, "causes");
	struct json_object *ways = output_array(object, "ends");
	size_t i;

	for (i = 0; i < VPROC_NR_CAUSES; i++)
		add_string(causes, word_cause(i));
	for (i = 0; i < PICTURE_NR_ENDS; i++)
		add_string(ways, picture_ends[i]);
}

/* What has been numbered: after all else. */
static void add_tables(const struct page *page, struct json_object *object)
{
	struct json_object *names = output_array(object, "names");
	struct column actors = {}, attributes = {};
	size_t i;

	for (i = 0; i < page->names.count; i++) {
		const struct vproc_name *name =
			(const void *)(uintptr_t)page->names.keys[i];
		char *text = markup_printable(name ? name->text : "?");

		add_string(names, text);
		free(text);
	}
	for (i = 0; i < page->actors.count; i++) {
		column_add(&actors, page->actors.keys[i] >> 8);
		column_add(&actors, page->actors.keys[i] & 255);
	}
	for (i = 0; i < page->attributes.count; i++) {
		const uint64_t key = page->attributes.keys[i];

		column_add(&attributes, key & 255);
		column_add(&attributes, key >> 24 & 255);
		column_add(&attributes, key >> 8 & 65535);
		column_add(&attributes, key >> 32);
	}
	column_put(object, "actors", &actors);
	column_put(object, "attributes", &attributes);
}

static struct json_object *make_data(struct page *page)
{
	const struct picture *picture = page->picture;
	struct json_object *object = output_object(), *spells;

	output_string(object, "title", picture->title);
	output_string(object, "subtitle", picture->subtitle);
	output_number(object, "page",
		      picture->past->recording->system.page_size);
	output_float(object, "start",
		     past_seconds(picture->past, picture->from));
	output_bool(object, "by_events", picture->by_events);
	add_limits(object, "times", 0, picture->to - picture->from);
	add_limits(object, "seqs", picture->from_seq, picture->to_seq + 1);
	add_kinds(picture, object);
	add_words(object);
	add_images(picture, output_array(object, "images"));
	add_gaps(picture, output_array(object, "gaps"));
	add_events(page, output_member(object, "events"));
	spells = output_member(object, "spells");
	add_regions(page, spells);
	add_times(page, spells);
	add_causes(page, spells);
	add_tables(page, object);
	return object;
}

static void write_colours(FILE *out, bool dark)
{
	size_t i;

	fputs(":root{", out);
	for (i = 0; i < VPROC_NR_TYPES; i++) {
		const struct picture_kind *kind = &picture_kinds[i];

		fprintf(out, "--%s:%s;--%s-ink:%s;", word_type(i),
			dark ? kind->dark : kind->light, word_type(i),
			dark ? kind->dark_ink : kind->light_ink);
	}
	fputs("}\n", out);
}

static void write_head(const struct picture *picture, FILE *out)
{
	/* It asks for nothing else, and may not. */
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
	      out);
	markup_text(out, picture->title);
	fputs("</title>\n<style>\n", out);
	write_colours(out, false);
	fputs("@media (prefers-color-scheme:dark){\n", out);
	write_colours(out, true);
	fputs("}\n", out);
	PICTURE_PART(viewer_css, out);
	fputs("</style>\n</head>\n<body>\n", out);
}

void picture_html(const struct picture *picture, FILE *out)
{
	struct page page = { .picture = picture };
	struct json_object *object = make_data(&page);

	write_head(picture, out);
	PICTURE_PART(viewer_html, out);
	fputs("<script type=\"application/json\" id=\"data\">", out);
	markup_json(out, memory_need((void *)
		json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
					       JSON_C_TO_STRING_NOSLASHESCAPE)));
	fputs("</script>\n<script>\n", out);
	PICTURE_PART(viewer_js, out);
	fputs("</script>\n</body>\n</html>\n", out);
	json_object_put(object);
	intern_clear(&page.names);
	intern_clear(&page.attributes);
	intern_clear(&page.actors);
}
