// SPDX-License-Identifier: GPL-2.0-only
/*
 * A report as an object to be printed.
 */
#include "reportobject.h"
#include "words.h"

static void add_amount(struct json_object *object, const struct amount *amount)
{
	output_number(object, "changes", amount->changes);
	output_number(object, "mapped", amount->mapped);
	output_number(object, "unmapped", amount->unmapped);
	output_number(object, "protected", amount->protected);
}

static void add_causes(struct json_object *object,
		       const struct figures *figures)
{
	struct json_object *array = output_array(object, "causes");
	unsigned int cause;

	for (cause = 0; cause < VPROC_NR_CAUSES; cause++) {
		struct json_object *element;

		if (!figures->causes[cause].changes)
			continue;
		element = output_element(array);
		output_string(element, "cause", word_cause(cause));
		add_amount(element, &figures->causes[cause]);
	}
}

static void add_sites(struct json_object *object, const struct report *report,
		      const struct figures *figures)
{
	struct json_object *array = output_array(object, "sites");
	size_t i;

	for (i = 0; i < figures->site_numbers.count && i < report->top; i++) {
		const struct site_use *use = &figures->sites[i];
		struct json_object *element = output_element(array);

		output_string(element, "cause", word_cause(use->cause));
		add_amount(element, &use->amount);
		sites_put(report->sites, element, "site", use->site);
	}
}

static void add_files(struct json_object *object, const struct report *report,
		      const struct figures *figures)
{
	struct json_object *array = output_array(object, "files");
	size_t i;

	for (i = 0; i < figures->file_numbers.count && i < report->top; i++) {
		const struct file_use *use = &figures->files[i];
		struct json_object *element = output_element(array);

		output_string(element, "name",
			      sites_file_name(report->sites, use->file));
		output_number(element, "maps", use->maps);
		output_number(element, "unmaps", use->unmaps);
		output_number(element, "mapped", use->mapped);
		output_number(element, "unmapped", use->unmapped);
	}
}

static void add_executed(struct json_object *array, const struct report *report,
			 const struct executed *executed)
{
	struct json_object *element = output_element(array);
	const struct vproc_event *event = executed->event;
	struct vproc_history_info info;

	vproc_history_info(executed->history, &info);
	output_address(element, "start", executed->start);
	output_address(element, "end", executed->end);
	output_bool(element, "still_writable",
		    event->perm & VPROC_PERM_WRITE);
	output_float(element, "time", past_seconds(report->past, event->time));
	output_number(element, "seq", event->seq);
	output_signed(element, "pid", info.pid);
	output_number(element, "id", info.id);
	output_number(element, "tid", event->tid);
	output_string(element, "cause", word_cause(event->cause));
	sites_put(report->sites, element, "site", executed->site);
}

static void add_all_executed(struct json_object *object,
			     const struct report *report,
			     const struct figures *figures)
{
	struct json_object *array;
	size_t i;

	output_number(object, "written_then_executable", figures->nr_executed);
	output_number(object, "written_then_executable_bytes",
		      figures->executed_bytes);
	array = output_array(object, "executable");
	for (i = 0; i < figures->nr_executed && i < report->top; i++)
		add_executed(array, report, &figures->executed[i]);
}

static void add_leaks(struct json_object *object, const struct report *report,
		      const struct figures *figures)
{
	struct json_object *array;
	size_t i;

	output_number(object, "left", figures->leak_mappings);
	output_number(object, "left_bytes", figures->leak_bytes);
	array = output_array(object, "leaks");
	for (i = 0; i < figures->leak_numbers.count && i < report->top; i++) {
		const struct leak *leak = &figures->leaks[i];
		struct json_object *element = output_element(array);

		output_number(element, "mappings", leak->mappings);
		output_number(element, "bytes", leak->bytes);
		output_float(element, "first",
			     past_seconds(report->past, leak->first));
		output_float(element, "last",
			     past_seconds(report->past, leak->last));
		sites_put(report->sites, element, "site", leak->site);
	}
}

static void add_figures(struct json_object *object, const struct report *report,
			const struct figures *figures)
{
	output_number(object, "events", figures->events);
	output_number(object, "repeated", figures->repeated);
	add_amount(object, &figures->total);
	add_causes(object, figures);
	add_sites(object, report, figures);
	add_files(object, report, figures);
	add_all_executed(object, report, figures);
	add_leaks(object, report, figures);
}

static void add_extent(struct json_object *object, const char *key,
		       const struct extent *extent, bool known)
{
	struct json_object *member = output_member(object, key);

	output_number(member, "peak", extent->peak);
	if (known)
		output_number(member, "final", extent->last);
	else
		output_null(member, "final");
}

static void add_sizes(struct json_object *object, const struct image *image)
{
	struct json_object *types = output_member(object, "bytes");
	unsigned int type;

	for (type = VPROC_TYPE_CODE; type < VPROC_NR_TYPES; type++)
		add_extent(types, word_type(type), &image->types[type],
			   image->known);
	add_extent(object, "total_bytes", &image->all, image->known);
	add_extent(object, "regions", &image->regions, image->known);
	add_extent(object, "heap", &image->heap, image->known);
	add_extent(object, "stack", &image->stack, image->known);
}

static void add_image(struct json_object *object, const struct report *report,
		      const struct image *image)
{
	struct vproc_history_info info;

	vproc_history_info(image->history, &info);
	output_signed(object, "pid", info.pid);
	output_number(object, "id", info.id);
	output_number(object, "image", image->number);
	if (image->program)
		output_string(object, "program",
			      sites_file_name(report->sites, image->program));
	else
		output_null(object, "program");
	output_float(object, "start", past_seconds(report->past, image->start));
	output_float(object, "end", past_seconds(report->past, image->end));
	if (image->end_cause)
		output_string(object, "end_cause",
			      word_cause(image->end_cause));
	else
		output_null(object, "end_cause");
	output_number(object, "lost", image->lost);
	add_sizes(object, image);
	add_figures(object, report, &image->figures);
}

void report_to_object(struct json_object *object, const struct report *report)
{
	struct json_object *images;
	__u64 lost = 0;
	size_t i, processes = 0;

	for (i = 0; i < report->images.count; i++) {
		processes += report->images.list[i].number == 1;
		lost += report->images.list[i].lost;
	}
	output_number(object, "processes", processes);
	output_number(object, "lost", lost);
	add_figures(object, report, &report->sum);
	images = output_array(object, "images");
	for (i = 0; i < report->images.count; i++)
		add_image(output_element(images), report,
			  &report->images.list[i]);
	sites_put_complaints(report->sites, object, "no_symbols");
}
