// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc picture: an address space over time, to look at.
 */
#define _GNU_SOURCE	/* asprintf() */
#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "args.h"
#include "array.h"
#include "markup.h"
#include "memory.h"
#include "output.h"
#include "picture.h"
#include "verbs.h"

static const char doc[] =
	"Draw the address space of a process in the recording FILE over time: time goes across, addresses go up, colours tell the types of regions. OUTPUT ends in .html: a page to zoom, search and point at; or in .svg: a picture. Neither needs anything but a browser.\n"
	"\v"
	PAST_MOMENTS
	" Where nothing is mapped at any time, the addresses are left out; large regions are drawn smaller than they are, small ones larger. Without --from, the picture of a recorded command begins when it had been executed.\n"
	"\n"
	"Examples:\n"
	"  vproc picture vproc.rec -o vproc.html\n"
	"  vproc picture vproc.rec --pid 4711 --from 0.5 --to 0.75 -o start.svg";

enum {
	KEY_FORMAT = 512,
	KEY_TITLE,
	KEY_WIDTH,
	KEY_HEIGHT,
	KEY_SCALE,
};

static const struct argp_option options[] = {
	{ "output", 'o', "OUTPUT", 0, "Write to this file; '-': standard output",
	  0 },
	{ "format", KEY_FORMAT, "FORMAT", 0,
	  "html or svg (default: as OUTPUT ends)", 0 },
	{ "from", 'f', "MOMENT", 0, "Begin at this moment", 0 },
	{ "to", 't', "MOMENT", 0, "End at this moment (default: exit)", 0 },
	{ "scale", KEY_SCALE, "SCALE", 0,
	  "What goes across: time, or events, which shows what happens in bursts",
	  0 },
	{ "title", KEY_TITLE, "TITLE", 0, "The title", 0 },
	{ "width", KEY_WIDTH, "PIXELS", 0, "Width of an SVG (default: 1200)",
	  0 },
	{ "height", KEY_HEIGHT, "PIXELS", 0, "Height of an SVG (default: 760)",
	  0 },
	{}
};

static const struct format {
	const char *name;
	void (*write)(const struct picture *picture, FILE *out);
} formats[] = {
	{ "html", picture_html },
	{ "svg", picture_svg },
};

struct settings {
	struct past past;
	struct output output;
	const char *path;
	const struct format *format;
	const char *from;
	const char *to;
	const char *title;
	bool by_events;
	unsigned int width;
	unsigned int height;
};

const struct picture_kind picture_kinds[VPROC_NR_TYPES] = {
	[VPROC_TYPE_NONE]	= { "no access", "#c6ccd4", "#000",
				    "#3b424b", "#fff" },
	[VPROC_TYPE_CODE]	= { "code", "#0072b2", "#fff",
				    "#2b8fd1", "#000" },
	[VPROC_TYPE_DATA]	= { "data", "#e69f00", "#000",
				    "#e69f00", "#000" },
	[VPROC_TYPE_RODATA]	= { "rodata", "#7cc4ee", "#000",
				    "#a5d8f7", "#000" },
	[VPROC_TYPE_STACK]	= { "stack", "#cc79a7", "#000",
				    "#d68bb5", "#000" },
	[VPROC_TYPE_HEAP]	= { "heap", "#d55e00", "#fff",
				    "#e0661a", "#000" },
	[VPROC_TYPE_MAPPED_FILE] = { "file", "#009e73", "#fff",
				    "#1db58a", "#000" },
	[VPROC_TYPE_SHARED]	= { "shared", "#f0e442", "#000",
				    "#f0e442", "#000" },
	[VPROC_TYPE_DEVICE]	= { "device", "#4b2e83", "#fff",
				    "#a78bfa", "#000" },
};

const unsigned int picture_order[VPROC_NR_TYPES] = {
	VPROC_TYPE_CODE, VPROC_TYPE_RODATA, VPROC_TYPE_DATA, VPROC_TYPE_HEAP,
	VPROC_TYPE_STACK, VPROC_TYPE_MAPPED_FILE, VPROC_TYPE_SHARED,
	VPROC_TYPE_DEVICE, VPROC_TYPE_NONE,
};

unsigned int picture_kind(const struct vproc_region *region)
{
	const unsigned int access = VPROC_PERM_READ | VPROC_PERM_WRITE |
				    VPROC_PERM_EXEC;

	return region->perm & access ? region->type : VPROC_TYPE_NONE;
}

const char *const picture_ends[PICTURE_NR_ENDS] = {
	[PICTURE_CHANGED]	= "changed",
	[PICTURE_UNMAPPED]	= "unmapped",
	[PICTURE_ENDED]		= "ended",
	[PICTURE_LOST]		= "not known from",
};

enum picture_end picture_end(const struct spell *spell)
{
	switch (spell->end ? spell->end->op : VPROC_EV_END) {
	case VPROC_EV_CLEAR:
		return PICTURE_UNMAPPED;
	case VPROC_EV_EXEC:
	case VPROC_EV_END:
		return PICTURE_ENDED;
	case VPROC_EV_LOST:
		return PICTURE_LOST;
	}
	return PICTURE_CHANGED;
}

char *picture_name(const struct picture *picture, const struct spell *spell)
{
	return markup_printable(past_name(picture->past->history,
					  spell->region.name,
					  spell->to_seq - 1));
}

char *picture_program(const struct picture *picture, size_t i)
{
	const struct spells_image *image = &picture->spells.images[i];
	const char *name = "?", *slash;

	if (image->program)
		name = past_name(picture->past->history, image->program,
				 image->to_seq - 1);
	slash = strrchr(name, '/');
	return markup_printable(slash && slash[1] ? slash + 1 : name);
}

/* So many bytes of a kind come, or go, at a moment. */
struct delta {
	__u64 seq;
	__s64 size;
	unsigned int kind;
};

/* What goes, goes before what comes. */
static int compare_deltas(const void *a, const void *b)
{
	const struct delta *one = a, *two = b;

	if (one->seq != two->seq)
		return one->seq < two->seq ? -1 : 1;
	return one->size < two->size ? -1 : one->size > two->size;
}

void picture_peaks(const struct picture *picture, __u64 *peaks)
{
	const struct spells *spells = &picture->spells;
	struct delta *deltas = memory_need(calloc(2 * spells->count + 1,
						  sizeof(*deltas)));
	__u64 sizes[VPROC_NR_TYPES] = {};
	size_t i;

	for (i = 0; i < spells->count; i++) {
		const struct spell *spell = &spells->list[i];
		const __s64 size = spell->region.end - spell->region.start;
		const unsigned int kind = picture_kind(&spell->region);

		deltas[2 * i] = (struct delta){ spell->from_seq, size, kind };
		deltas[2 * i + 1] = (struct delta){ spell->to_seq, -size, kind };
	}
	qsort(deltas, 2 * spells->count, sizeof(*deltas), compare_deltas);
	memset(peaks, 0, sizeof(sizes));
	for (i = 0; i < 2 * spells->count; i++) {
		const unsigned int kind = deltas[i].kind;

		sizes[kind] += deltas[i].size;
		if (deltas[i].seq <= picture->to_seq &&
		    sizes[kind] > peaks[kind])
			peaks[kind] = sizes[kind];
	}
	free(deltas);
}

static const struct format *find_format(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		if (name && !strcmp(name, formats[i].name))
			return &formats[i];
	}
	return NULL;
}

static bool is_standard_output(const struct settings *settings)
{
	return !strcmp(settings->path, "-");
}

static void check(struct argp_state *state, struct settings *settings)
{
	const char *dot;

	if (!settings->path)
		argp_error(state, "where to write is missing: -o picture.html, or -o picture.svg");
	dot = strrchr(settings->path, '.');
	if (!settings->format)
		settings->format = find_format(dot ? dot + 1 : NULL);
	if (!settings->format)
		argp_error(state, "'%s' ends neither in .html nor in .svg: say which with --format",
			   settings->path);
	if (is_standard_output(settings) && settings->output.json)
		argp_error(state,
			   "the picture itself is on the standard output, so --json cannot be");
}

static unsigned int parse_pixels(struct argp_state *state, const char *arg)
{
	int pixels = args_number(state, arg, "number of pixels");

	if (pixels < 300 || pixels > 8000)
		argp_error(state, "'%s' is not from 300 to 8000 pixels", arg);
	return pixels;
}

static bool parse_scale(struct argp_state *state, const char *arg)
{
	if (strcmp(arg, "time") && strcmp(arg, "events"))
		argp_error(state, "'%s' is no scale: use time or events", arg);
	return !strcmp(arg, "events");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct settings *settings = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &settings->past;
		state->child_inputs[1] = &settings->output;
		return 0;
	case 'o':
		settings->path = arg;
		return 0;
	case KEY_FORMAT:
		settings->format = find_format(arg);
		if (!settings->format)
			argp_error(state, "'%s' is no format: use html or svg",
				   arg);
		return 0;
	case 'f':
		settings->from = arg;
		return 0;
	case 't':
		settings->to = arg;
		return 0;
	case KEY_TITLE:
		settings->title = arg;
		return 0;
	case KEY_WIDTH:
		settings->width = parse_pixels(state, arg);
		return 0;
	case KEY_HEIGHT:
		settings->height = parse_pixels(state, arg);
		return 0;
	case KEY_SCALE:
		settings->by_events = parse_scale(state, arg);
		return 0;
	case ARGP_KEY_SUCCESS:
		check(state, settings);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/*
 * A recorded command attaches before it executes what it is to run: what is
 * there until then is the recorder's own.
 */
static bool begins_with_recorder(const struct picture *picture)
{
	const struct past *past = picture->past;
	char **command = past->recording->system.command;

	return command && *command && !past->info.parent &&
	       picture->spells.nr_images > 1;
}

static __u64 time_of(const struct past *past, __u64 seq)
{
	size_t index = vproc_history_index(past->history, seq);

	return vproc_history_event(past->history, index ? index - 1 : 0)->time;
}

/* Which part of the history is shown. */
static int find_window(struct picture *picture,
		       const struct settings *settings)
{
	const struct past *past = picture->past;

	picture->from = past->info.start;
	picture->from_seq = past->info.first;
	picture->to = past->info.end;
	picture->to_seq = past->info.last;
	if (settings->from) {
		if (past_moment(past, settings->from, &picture->from_seq))
			return -1;
		picture->from = time_of(past, picture->from_seq);
	} else if (begins_with_recorder(picture)) {
		picture->from = picture->spells.images[1].from;
		picture->from_seq = picture->spells.images[1].from_seq;
	}
	if (settings->to) {
		if (past_moment(past, settings->to, &picture->to_seq))
			return -1;
		picture->to = time_of(past, picture->to_seq);
	}
	if (picture->from_seq <= picture->to_seq && picture->from <= picture->to)
		return 0;
	warnx("there is nothing to draw: --from %s is after --to %s",
	      settings->from ? settings->from : "the exec",
	      settings->to ? settings->to : "exit");
	return -1;
}

/* Leaves the spells that are in the picture. */
static void choose_spells(struct picture *picture)
{
	struct spells *spells = &picture->spells;
	size_t i, kept = 0;

	for (i = 0; i < spells->count; i++) {
		if (spells->list[i].to_seq > picture->from_seq &&
		    spells->list[i].from_seq <= picture->to_seq)
			spells->list[kept++] = spells->list[i];
	}
	spells->count = kept;
}

static void make_axes(struct picture *picture)
{
	const struct spells *spells = &picture->spells;
	size_t first = 0, last, i;

	picture->axes = memory_need(calloc(spells->nr_images + 1,
					   sizeof(*picture->axes)));
	for (i = 0; i < spells->nr_images; i++, first = last) {
		last = first;
		while (last < spells->count && spells->list[last].image == i)
			last++;
		axis_make(&picture->axes[i], picture->past->history,
			  &spells->list[first], last - first,
			  spells->images[i].program);
	}
}

static char *make_title(const struct picture *picture,
			const struct settings *settings)
{
	size_t i = picture->spells.nr_images;
	char *program, *title;

	if (settings->title)
		return markup_printable(settings->title);
	while (i > 1 && picture->spells.images[i - 1].from_seq > picture->to_seq)
		i--;
	program = picture_program(picture, i - 1);
	if (asprintf(&title, "%s, process %d", program,
		     picture->past->info.pid) < 0)
		memory_need(NULL);
	free(program);
	return title;
}

/* The words of a command, as one would type them if none held a space. */
static char *make_command(char **words)
{
	char *line, *printable;
	size_t size;
	FILE *out = memory_need(open_memstream(&line, &size));

	for (; words && *words; words++)
		fprintf(out, "%s%s", ftell(out) ? " " : "", *words);
	if (fclose(out))
		memory_need(NULL);
	printable = markup_printable(line);
	free(line);
	return printable;
}

static char *make_subtitle(const struct picture *picture)
{
	const struct past *past = picture->past;
	const struct vproc_system *system = &past->recording->system;
	time_t start = (system->start + system->realtime) / 1000000000;
	char *command = make_command(system->command), *subtitle;
	char date[32] = "";
	struct tm time;

	if (gmtime_r(&start, &time))
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S UTC", &time);
	if (asprintf(&subtitle,
		     "%.6f to %.6f s, events %llu to %llu; recorded %s, Linux %s%s%s",
		     past_seconds(past, picture->from),
		     past_seconds(past, picture->to), picture->from_seq,
		     picture->to_seq, date, system->release,
		     *command ? ": " : "", command) < 0)
		memory_need(NULL);
	free(command);
	return subtitle;
}

static int make(struct picture *picture, const struct settings *settings)
{
	spells_read(&picture->spells, picture->past->history);
	if (find_window(picture, settings))
		return -1;
	choose_spells(picture);
	make_axes(picture);
	picture->title = make_title(picture, settings);
	picture->subtitle = make_subtitle(picture);
	return 0;
}

static void clear(struct picture *picture)
{
	size_t i;

	for (i = 0; picture->axes && i < picture->spells.nr_images; i++)
		axis_clear(&picture->axes[i]);
	free(picture->axes);
	free(picture->title);
	free(picture->subtitle);
	spells_clear(&picture->spells);
}

static void print_summary(FILE *out, const struct json_object *object,
			  const void *context)
{
	(void)context;
	fprintf(out, "%s: process %" PRId64 ", %.6f to %.6f s, ",
		output_get_string(object, "output"),
		output_get_signed(object, "pid"),
		output_get_float(object, "from"),
		output_get_float(object, "to"));
	fprintf(out, "%" PRIu64 " events, %" PRIu64 " regions, %" PRIu64 " bytes\n",
		output_get_number(object, "events"),
		output_get_number(object, "regions"),
		output_get_number(object, "bytes"));
}

static void summarize(const struct picture *picture,
		      const struct settings *settings, size_t bytes)
{
	const struct past *past = picture->past;
	struct json_object *object = output_object();

	output_string(object, "output", settings->path);
	output_string(object, "format", settings->format->name);
	output_signed(object, "pid", past->info.pid);
	output_number(object, "id", past->info.id);
	output_float(object, "from", past_seconds(past, picture->from));
	output_float(object, "to", past_seconds(past, picture->to));
	output_number(object, "from_seq", picture->from_seq);
	output_number(object, "to_seq", picture->to_seq);
	output_number(object, "events",
		      vproc_history_index(past->history, picture->to_seq) -
		      vproc_history_index(past->history,
					  picture->from_seq - 1));
	output_number(object, "regions", picture->spells.count);
	output_number(object, "bytes", bytes);
	output_put(&settings->output, object, print_summary, NULL);
}

/* A mistyped name must not cost a recording. */
static bool may_write(const char *path)
{
	struct stat status;

	if (!stat(path, &status) && S_ISREG(status.st_mode) &&
	    vproc_recording_is(path)) {
		warnx("%s is a recording: it is not overwritten", path);
		return false;
	}
	return true;
}

static int write_file(const char *path, const char *text, size_t size)
{
	FILE *out = fopen(path, "we");
	bool failed;

	if (!out) {
		warn("cannot write %s", path);
		return -1;
	}
	failed = fwrite(text, 1, size, out) != size;
	failed |= fclose(out) != 0;
	if (failed)
		warn("cannot write %s", path);
	return failed ? -1 : 0;
}

/* All of it is made before anything is overwritten. */
static int draw(const struct picture *picture, const struct settings *settings)
{
	char *text = NULL;
	size_t size;
	FILE *out = memory_need(open_memstream(&text, &size));
	int ret = 0;

	settings->format->write(picture, out);
	if (ferror(out) | fclose(out))
		memory_need(NULL);
	if (is_standard_output(settings))
		fwrite(text, 1, size, stdout);
	else if (!may_write(settings->path))
		ret = -1;
	else
		ret = write_file(settings->path, text, size);
	if (!ret && !is_standard_output(settings))
		summarize(picture, settings, size);
	free(text);
	return ret;
}

int picture_main(int argc, char **argv)
{
	const struct argp_child children[] = {
		{ .argp = &past_argp },
		{ .argp = &output_argp },
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
		.width = 1200,
		.height = 760,
	};
	struct picture picture = { .past = &settings.past };
	int status = STATUS_ERROR;

	argp_parse(&argp, argc, argv, 0, NULL, &settings);
	if (past_open(&settings.past))
		return STATUS_ERROR;
	picture.by_events = settings.by_events;
	picture.width = settings.width;
	picture.height = settings.height;
	if (!make(&picture, &settings) && !draw(&picture, &settings))
		status = STATUS_OK;
	clear(&picture);
	past_close(&settings.past);
	return status;
}
