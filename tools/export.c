// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc export: a recording in a format that other tools read.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "array.h"
#include "memory.h"
#include "past.h"
#include "tracehistory.h"
#include "verbs.h"

/* What tells a process from a later one of the same id, in the trace. */
#define SHIFT	10000000

static const char doc[] =
	"Write the recording FILE as a trace: to be opened at https://ui.perfetto.dev, which sends it nowhere, or in chrome://tracing.\n"
	"\vThe trace has, for each process, its programs, one after the other, on the track of its first thread, with arrows from parents to children; each region, for as long as nothing about it changed, on a track for each file; each change, on the track of the thread that made it; and how much is mapped, by type, the number of regions, and the size of the heap.\n"
	"\n"
	PAST_MOMENTS " Events have numbers only with --pid or --id.\n"
	"\n"
	"Examples:\n"
	"  vproc export --perfetto vproc.rec -o vproc.json\n"
	"  vproc export vproc.rec --only counters --from 1.5 --to 2 | gzip >part.json.gz";

enum {
	KEY_PERFETTO = 256,
	KEY_ONLY,
};

static const struct argp_option options[] = {
	{ "perfetto", KEY_PERFETTO, NULL, 0,
	  "The Trace Event Format, which is the only one so far", 0 },
	{ "output", 'o', "OUT", 0, "Write to OUT (default: standard output)",
	  0 },
	{ "only", KEY_ONLY, "PART,...", 0,
	  "Only some of slices, events, counters", 0 },
	{ "from", 'f', "MOMENT", 0, "Only from this moment on", 0 },
	{ "to", 't', "MOMENT", 0, "Only up to this moment", 0 },
	{}
};

struct settings {
	struct past past;
	const char *output;
	const char *from;
	const char *to;
	unsigned int parts;
};

static unsigned int parse_parts(struct argp_state *state, char *list)
{
	static const char *const names[] = { "slices", "events", "counters" };
	unsigned int parts = 0;
	char *word;
	size_t i;

	while ((word = strsep(&list, ","))) {
		for (i = 0; i < ARRAY_SIZE(names) && strcmp(word, names[i]); i++)
			;
		if (i == ARRAY_SIZE(names))
			argp_error(state, "'%s' is not one of slices, events, counters",
				   word);
		parts |= 1u << i;
	}
	return parts;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct settings *settings = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &settings->past;
		return 0;
	case KEY_PERFETTO:
		return 0;
	case KEY_ONLY:
		settings->parts = parse_parts(state, arg);
		return 0;
	case 'o':
		settings->output = arg;
		return 0;
	case 'f':
		settings->from = arg;
		return 0;
	case 't':
		settings->to = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* A history and what is added to its process id in the trace. */
struct process {
	size_t index;
	pid_t pid;
	__u32 shift;
};

static int compare_pids(const void *a, const void *b)
{
	const struct process *one = a, *two = b;

	if (one->pid != two->pid)
		return one->pid < two->pid ? -1 : 1;
	return (one->index > two->index) - (one->index < two->index);
}

static int compare_indices(const void *a, const void *b)
{
	const struct process *one = a, *two = b;

	return (one->index > two->index) - (one->index < two->index);
}

/* All processes, those that come later with a pid under a number of their own. */
static struct process *list_processes(const struct vproc_session *session)
{
	const size_t count = vproc_session_count(session);
	struct process *list = memory_need(calloc(count + 1, sizeof(*list)));
	struct vproc_history_info info;
	size_t i;

	for (i = 0; i < count; i++) {
		vproc_history_info(vproc_session_at(session, i), &info);
		list[i].index = i;
		list[i].pid = info.pid;
	}
	qsort(list, count, sizeof(*list), compare_pids);
	for (i = 1; i < count; i++) {
		if (list[i].pid == list[i - 1].pid)
			list[i].shift = list[i - 1].shift + SHIFT;
	}
	qsort(list, count, sizeof(*list), compare_indices);
	return list;
}

static void write_processes(struct exporter *exporter)
{
	const struct past *past = exporter->past;
	const struct vproc_session *session = past->recording->session;
	struct process *list = list_processes(session);
	size_t i;

	for (i = 0; i < vproc_session_count(session) &&
	     !ferror(exporter->trace.out); i++) {
		struct vproc_history *history = vproc_session_at(session, i);

		if (!past->history || past->history == history)
			trace_history(exporter, history, list[i].shift);
	}
	free(list);
	if (exporter->parts & TRACE_SLICES)
		trace_forks(exporter);
}

static void write_system(struct trace *trace, const struct past *past)
{
	const struct vproc_system *system = &past->recording->system;
	time_t start = (system->start + system->realtime) / 1000000000;
	char date[32] = "";
	struct tm time;

	if (gmtime_r(&start, &time))
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &time);
	trace_key(trace, "recording", past->path);
	trace_key(trace, "date", date);
	trace_key(trace, "release", system->release);
	trace_key(trace, "machine", system->machine);
}

static int find_window(const struct settings *settings,
		       struct exporter *exporter)
{
	exporter->from = 0;
	exporter->to = ~0ull;
	if (settings->from &&
	    past_time(&settings->past, settings->from, &exporter->from))
		return -1;
	if (settings->to &&
	    past_time(&settings->past, settings->to, &exporter->to))
		return -1;
	/* The whole of the microsecond that was told. */
	if (settings->from && *settings->from != '@')
		exporter->from -= exporter->from % 1000;
	if (exporter->from <= exporter->to)
		return 0;
	warnx("--from is later than --to");
	return -1;
}

static void export(struct exporter *exporter, FILE *out)
{
	trace_begin(&exporter->trace, out);
	write_processes(exporter);
	trace_end_events(&exporter->trace);
	write_system(&exporter->trace, exporter->past);
	trace_end(&exporter->trace);
}

/* To write where the recording is would be the end of it. */
static bool is_same_file(const char *one, const char *two)
{
	struct stat a, b;

	return !stat(one, &a) && !stat(two, &b) && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static int export_to_file(struct exporter *exporter, const char *path)
{
	FILE *out;
	int failed;

	if (is_same_file(path, exporter->past->path)) {
		warnx("%s is the recording itself: write elsewhere", path);
		return STATUS_ERROR;
	}
	out = fopen(path, "we");
	if (!out) {
		warn("cannot write %s", path);
		return STATUS_ERROR;
	}
	export(exporter, out);
	failed = ferror(out);
	if (fclose(out) || failed) {
		warn("cannot write %s", path);
		return STATUS_ERROR;
	}
	return STATUS_OK;
}

static int export_anywhere(const struct settings *settings)
{
	struct exporter exporter = {
		.past = &settings->past,
		.parts = settings->parts ? settings->parts : TRACE_ALL,
	};

	if (find_window(settings, &exporter))
		return STATUS_ERROR;
	if (settings->output)
		return export_to_file(&exporter, settings->output);
	if (isatty(STDOUT_FILENO)) {
		warnx("a trace is not for a terminal: give a file with -o, or a pipe");
		return STATUS_ERROR;
	}
	export(&exporter, stdout);
	return STATUS_OK;
}

int export_main(int argc, char **argv)
{
	const struct argp_child children[] = {
		{ .argp = &past_argp },
		{}
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE",
		.doc = doc,
		.children = children,
	};
	struct settings settings = { .past.only_files = true };
	struct past *past = &settings.past;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &settings);
	if (past->pid || past->id ? past_open(past) : past_load(past))
		return STATUS_ERROR;
	status = export_anywhere(&settings);
	past_close(past);
	return status;
}
