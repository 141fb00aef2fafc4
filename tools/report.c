// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc report: what happened in a recording.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "args.h"
#include "reportobject.h"
#include "sizes.h"
#include "verbs.h"

/* How many entries of each list are shown without --top. */
#define TOP	5

static const char doc[] =
	"Print what happened in the recording FILE: in all, and in each image of each process, which is what it was from its attach, or an exec, to the next.\n"
	"\vA change is an event after which the regions were not what they had been. A call site is the instruction that called the kernel, which in most programs is one of the C library. It is shown by file and function, and source line where there is one, if the file is still the one that was recorded; else by file and offset.\n"
	"\n"
	"Examples:\n"
	"  vproc report vproc.rec\n"
	"  vproc report vproc.rec --pid 4711 --top 20\n"
	"  vproc report vproc.rec --json | jq '.leaks[0].site'";

static const struct argp_option options[] = {
	{ "top", 'n', "N", 0, "Show N entries of each list (default: 5)", 0 },
	{ "summary", 's', NULL, 0, "Only what happened in all", 0 },
	{}
};

struct settings {
	struct past past;
	struct output output;
	struct sizes sizes;
	size_t top;
	bool summary;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct settings *settings = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &settings->past;
		state->child_inputs[1] = &settings->output;
		state->child_inputs[2] = &settings->sizes;
		return 0;
	case 'n':
		settings->top = args_number(state, arg, "number of entries");
		return 0;
	case 's':
		settings->summary = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* A size as a column, or what it is instead. */
static void print_size(FILE *out, const struct settings *settings,
		       uint64_t size)
{
	char text[SIZE_TEXT];

	fprintf(out, " %9s", size_text(text, size, &settings->sizes));
}

static void print_key_size(FILE *out, const struct settings *settings,
			   const struct json_object *object, const char *key)
{
	if (output_get(object, key))
		print_size(out, settings, output_get_number(object, key));
	else
		fprintf(out, " %9s", "?");
}

static const struct json_object *
list_entry(const struct json_object *object, const char *key, size_t i)
{
	const struct json_object *array = output_get(object, key);

	if (i < json_object_array_length(array))
		return json_object_array_get_idx(array, i);
	return NULL;
}

static void print_amount(FILE *out, const struct settings *settings,
			 const struct json_object *object)
{
	fprintf(out, "  %-9s %8" PRIu64, output_get_string(object, "cause"),
		output_get_number(object, "changes"));
	print_key_size(out, settings, object, "mapped");
	print_key_size(out, settings, object, "unmapped");
	print_key_size(out, settings, object, "protected");
}

static void print_causes(FILE *out, const struct settings *settings,
			 const struct json_object *object)
{
	const struct json_object *entry;
	size_t i;

	if (!list_entry(object, "causes", 0))
		return;
	fprintf(out, "\n  %-9s %8s %9s %9s %9s\n", "CAUSE", "CHANGES", "MAPPED",
		"UNMAPPED", "PROTECTED");
	for (i = 0; (entry = list_entry(object, "causes", i)); i++) {
		print_amount(out, settings, entry);
		putc('\n', out);
	}
}

static void print_sites(FILE *out, const struct settings *settings,
			const struct json_object *object)
{
	const struct json_object *entry;
	size_t i;

	if (!list_entry(object, "sites", 0))
		return;
	fprintf(out, "\n  %-9s %8s %9s %9s %9s  %s\n", "CAUSE", "CHANGES",
		"MAPPED", "UNMAPPED", "PROTECTED", "BUSIEST CALL SITES");
	for (i = 0; (entry = list_entry(object, "sites", i)); i++) {
		print_amount(out, settings, entry);
		fputs("  ", out);
		site_object_print(out, output_get(entry, "site"));
		putc('\n', out);
	}
}

static void print_files(FILE *out, const struct settings *settings,
			const struct json_object *object)
{
	const struct json_object *entry;
	size_t i;

	if (!list_entry(object, "files", 0))
		return;
	fprintf(out, "\n  %8s %8s %9s %9s  %s\n", "MAPS", "UNMAPS", "MAPPED",
		"UNMAPPED", "MOST CHURNED FILES");
	for (i = 0; (entry = list_entry(object, "files", i)); i++) {
		fprintf(out, "  %8" PRIu64 " %8" PRIu64,
			output_get_number(entry, "maps"),
			output_get_number(entry, "unmaps"));
		print_key_size(out, settings, entry, "mapped");
		print_key_size(out, settings, entry, "unmapped");
		fprintf(out, "  %s\n", output_get_string(entry, "name"));
	}
}

static void print_executable(FILE *out, const struct settings *settings,
			     const struct json_object *object)
{
	const struct json_object *entry;
	char text[SIZE_TEXT];
	size_t i;

	if (!list_entry(object, "executable", 0))
		return;
	fprintf(out, "\n  WRITTEN, THEN EXECUTABLE: %" PRIu64 ", %s\n",
		output_get_number(object, "written_then_executable"),
		size_text(text, output_get_number(object,
						  "written_then_executable_bytes"),
			  &settings->sizes));
	for (i = 0; (entry = list_entry(object, "executable", i)); i++) {
		fprintf(out, "  %012" PRIx64 "-%012" PRIx64 " %11.6f s, thread %"
			PRIu64 ", %s%s  ",
			output_get_address(entry, "start"),
			output_get_address(entry, "end"),
			output_get_float(entry, "time"),
			output_get_number(entry, "tid"),
			output_get_string(entry, "cause"),
			output_get_bool(entry, "still_writable") ?
			", still writable" : "");
		site_object_print(out, output_get(entry, "site"));
		putc('\n', out);
	}
}

static void print_leaks(FILE *out, const struct settings *settings,
			const struct json_object *object)
{
	const struct json_object *entry;
	size_t i;

	if (!list_entry(object, "leaks", 0))
		return;
	fprintf(out, "\n  %8s %9s %11s %11s  %s\n", "MAPPINGS", "SIZE", "FIRST",
		"LAST", "STILL MAPPED AT THE END, WITHOUT A FILE");
	for (i = 0; (entry = list_entry(object, "leaks", i)); i++) {
		fprintf(out, "  %8" PRIu64,
			output_get_number(entry, "mappings"));
		print_key_size(out, settings, entry, "bytes");
		fprintf(out, " %11.6f %11.6f  ", output_get_float(entry, "first"),
			output_get_float(entry, "last"));
		site_object_print(out, output_get(entry, "site"));
		putc('\n', out);
	}
}

static void print_lists(FILE *out, const struct settings *settings,
			const struct json_object *object)
{
	print_causes(out, settings, object);
	print_sites(out, settings, object);
	print_files(out, settings, object);
	print_executable(out, settings, object);
	print_leaks(out, settings, object);
}

static const char *program_of(const struct json_object *image)
{
	return output_get(image, "program") ?
	       output_get_string(image, "program") : "?";
}

static void print_overview_line(FILE *out, const struct settings *settings,
				const struct json_object *image)
{
	fprintf(out, "%8" PRId64 " %5" PRIu64 " %11.6f %11.6f %8" PRIu64,
		output_get_signed(image, "pid"),
		output_get_number(image, "image"),
		output_get_float(image, "start"), output_get_float(image, "end"),
		output_get_number(image, "changes"));
	print_key_size(out, settings, output_get(image, "total_bytes"), "peak");
	print_key_size(out, settings, output_get(image, "heap"), "peak");
	print_key_size(out, settings, output_get(image, "stack"), "peak");
	fprintf(out, "  %s\n", program_of(image));
}

static void print_overview(FILE *out, const struct settings *settings,
			   const struct json_object *object)
{
	const struct json_object *image;
	size_t i;

	fprintf(out, "\n%8s %5s %11s %11s %8s %9s %9s %9s  %s\n", "PID", "IMAGE",
		"START", "END", "CHANGES", "PEAK", "HEAP", "STACK", "PROGRAM");
	for (i = 0; (image = list_entry(object, "images", i)); i++)
		print_overview_line(out, settings, image);
}

static void print_extent(FILE *out, const struct settings *settings,
			 const char *what, const struct json_object *extent)
{
	fprintf(out, "  %-9s", what);
	print_key_size(out, settings, extent, "peak");
	print_key_size(out, settings, extent, "final");
	putc('\n', out);
}

static void print_sizes(FILE *out, const struct settings *settings,
			const struct json_object *image)
{
	struct json_object *types = output_get(image, "bytes");

	fprintf(out, "\n  %-9s %9s %9s\n", "TYPE", "PEAK", "FINAL");
	json_object_object_foreach(types, type, extent)
		if (output_get_number(extent, "peak"))
			print_extent(out, settings, type, extent);
	print_extent(out, settings, "all", output_get(image, "total_bytes"));
	print_extent(out, settings, "[heap]", output_get(image, "heap"));
	print_extent(out, settings, "[stack]", output_get(image, "stack"));
}

static void print_events(FILE *out, const struct json_object *object)
{
	fprintf(out, "%" PRIu64 " changes in %" PRIu64 " events",
		output_get_number(object, "changes"),
		output_get_number(object, "events"));
	if (output_get_number(object, "lost"))
		fprintf(out, ", %" PRIu64 " events are missing",
			output_get_number(object, "lost"));
	putc('\n', out);
}

static void print_image(FILE *out, const struct settings *settings,
			const struct json_object *image)
{
	fprintf(out, "\nprocess %" PRId64 " (id %" PRIu64 "), image %" PRIu64
		": %s\n", output_get_signed(image, "pid"),
		output_get_number(image, "id"),
		output_get_number(image, "image"), program_of(image));
	fprintf(out, "  %.6f to %.6f s, %s; ", output_get_float(image, "start"),
		output_get_float(image, "end"),
		output_get(image, "end_cause") ?
		output_get_string(image, "end_cause") : "no end");
	print_events(out, image);
	print_sizes(out, settings, image);
	print_lists(out, settings, image);
}

static void print_complaints(FILE *out, const struct json_object *object)
{
	const struct json_object *entry;
	size_t i;

	for (i = 0; (entry = list_entry(object, "no_symbols", i)); i++)
		fprintf(out, "%s  %s %s\n", i ? "" : "\n  NO SYMBOLS\n",
			output_get_string(entry, "file"),
			output_get_string(entry, "complaint"));
}

static void print_report(FILE *out, const struct json_object *object,
			 const void *context)
{
	const struct settings *settings = context;
	const struct json_object *image;
	size_t i;

	fprintf(out, "processes %" PRIu64 ", images %zu: ",
		output_get_number(object, "processes"),
		json_object_array_length(output_get(object, "images")));
	print_events(out, object);
	print_overview(out, settings, object);
	print_lists(out, settings, object);
	print_complaints(out, object);
	if (settings->summary)
		return;
	for (i = 0; (image = list_entry(object, "images", i)); i++)
		print_image(out, settings, image);
}

static void analyse(struct report *report)
{
	const struct vproc_history *history;
	size_t at = 0, i;

	while ((history = past_next(report->past, &at)))
		images_add(&report->images, history, report->sites);
	for (i = 0; i < report->images.count; i++) {
		struct figures *figures = &report->images.list[i].figures;

		figures_add(&report->sum, figures);
		figures_sort(figures);
	}
	figures_sort(&report->sum);
}

static void put_report(const struct settings *settings)
{
	struct report report = {
		.past = &settings->past,
		.sites = sites_new(settings->past.recording),
		.top = settings->top,
	};
	struct json_object *object = output_object();

	analyse(&report);
	report_to_object(object, &report);
	output_put(&settings->output, object, print_report, settings);
	figures_clear(&report.sum);
	images_clear(&report.images);
	sites_free(report.sites);
}

int report_main(int argc, char **argv)
{
	const struct argp_child children[] = {
		{ .argp = &past_argp },
		{ .argp = &output_argp },
		{ .argp = &sizes_argp },
		{}
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE",
		.doc = doc,
		.children = children,
	};
	struct settings settings = {
		.past.only_files = true,
		.top = TOP,
	};
	int status = STATUS_ERROR;

	argp_parse(&argp, argc, argv, 0, NULL, &settings);
	if (past_load(&settings.past))
		return STATUS_ERROR;
	if (!past_check_choice(&settings.past)) {
		put_report(&settings);
		status = STATUS_OK;
	}
	past_close(&settings.past);
	return status;
}
