// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc info: what is in a recording.
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "past.h"
#include "output.h"
#include "verbs.h"
#include "words.h"

static const char doc[] =
	"Print what is in the recording FILE: where, when and of what it was made, its processes, and whether anything is missing.\n"
	"\vExample:\n"
	"  vproc info vproc.rec";

struct settings {
	struct past past;
	struct output output;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct settings *settings = state->input;

	(void)arg;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = &settings->past;
	state->child_inputs[1] = &settings->output;
	return 0;
}

static void add_system(struct json_object *object, const struct past *past)
{
	const struct vproc_system *system = &past->recording->system;
	struct json_object *words = output_array(object, "command");
	time_t start = (system->start + system->realtime) / 1000000000;
	char date[32] = "";
	struct tm time;
	char **word;

	for (word = system->command; *word; word++)
		output_string(output_element(words), "word", *word);
	if (gmtime_r(&start, &time))
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &time);
	output_string(object, "date", date);
	output_string(object, "release", system->release);
	output_string(object, "machine", system->machine);
	output_number(object, "api_version", system->api_version);
}

static void add_process(struct json_object *object, const struct past *past,
			const struct vproc_history *history)
{
	struct vproc_history_info info;

	vproc_history_info(history, &info);
	output_signed(object, "pid", info.pid);
	output_number(object, "id", info.id);
	output_number(object, "parent_id", info.parent);
	output_float(object, "start", past_seconds(past, info.start));
	output_float(object, "end", past_seconds(past, info.end));
	if (info.ended)
		output_string(object, "end_cause", word_cause(info.end_cause));
	else
		output_null(object, "end_cause");
	output_number(object, "events", info.events);
	output_number(object, "lost", info.lost);
	output_number(object, "resyncs", info.resyncs);
	output_number(object, "execs", info.execs);
}

static void add_closing(struct json_object *object, const struct past *past)
{
	const struct vproc_recording *recording = past->recording;

	output_bool(object, "complete", recording->complete);
	if (recording->complete) {
		output_float(object, "seconds",
			     past_seconds(past, recording->closing.time));
		output_signed(object, "status", recording->closing.status);
		output_number(object, "unfollowed",
			      recording->closing.unfollowed);
		output_number(object, "missed", recording->closing.missed);
	} else {
		output_null(object, "seconds");
		output_null(object, "status");
		output_null(object, "unfollowed");
		output_null(object, "missed");
	}
	output_number(object, "checks", recording->nr_checks);
}

static void print_process(FILE *out, const struct json_object *process)
{
	fprintf(out, "%8" PRId64 " %6" PRIu64 " %6" PRIu64 " %11.6f %11.6f ",
		output_get_signed(process, "pid"),
		output_get_number(process, "id"),
		output_get_number(process, "parent_id"),
		output_get_float(process, "start"),
		output_get_float(process, "end"));
	fprintf(out, "%-8s %9" PRIu64 " %6" PRIu64 " %5" PRIu64 "\n",
		output_get(process, "end_cause") ?
		output_get_string(process, "end_cause") : "-",
		output_get_number(process, "events"),
		output_get_number(process, "lost"),
		output_get_number(process, "execs"));
}

static void print_command(FILE *out, const struct json_object *object)
{
	struct json_object *words = output_get(object, "command");
	size_t i;

	fputs("command: ", out);
	for (i = 0; i < json_object_array_length(words); i++)
		fprintf(out, " %s",
			output_get_string(json_object_array_get_idx(words, i),
					  "word"));
	if (!i)
		fputs(" none, a running process", out);
	putc('\n', out);
}

static void print_info(FILE *out, const struct json_object *object,
		       const void *context)
{
	struct json_object *processes = output_get(object, "processes");
	size_t i;

	(void)context;
	print_command(out, object);
	fprintf(out, "made:     %s on %s, %s\n",
		output_get_string(object, "date"),
		output_get_string(object, "release"),
		output_get_string(object, "machine"));
	if (output_get_bool(object, "complete"))
		fprintf(out, "ended:    after %.6f s, status %" PRId64 "\n",
			output_get_float(object, "seconds"),
			output_get_signed(object, "status"));
	else
		fputs("ended:    early\n", out);
	fprintf(out, "checks:   %" PRIu64 "\n\n",
		output_get_number(object, "checks"));
	fprintf(out, "%8s %6s %6s %11s %11s %-8s %9s %6s %5s\n", "PID", "ID",
		"PARENT", "START", "END", "CAUSE", "EVENTS", "LOST", "EXECS");
	for (i = 0; i < json_object_array_length(processes); i++)
		print_process(out, json_object_array_get_idx(processes, i));
}

int info_main(int argc, char **argv)
{
	const struct argp_child children[] = {
		{ .argp = &past_argp },
		{ .argp = &output_argp },
		{}
	};
	const struct argp argp = {
		.parser = parse,
		.args_doc = "FILE",
		.doc = doc,
		.children = children,
	};
	struct settings settings = { .past.only_files = true };
	struct past *past = &settings.past;
	struct json_object *object, *processes;
	struct vproc_session *session;
	size_t i;

	argp_parse(&argp, argc, argv, 0, NULL, &settings);
	if (past_load(past))
		return STATUS_ERROR;
	object = output_object();
	add_system(object, past);
	add_closing(object, past);
	processes = output_array(object, "processes");
	session = past->recording->session;
	for (i = 0; i < vproc_session_count(session); i++)
		add_process(output_element(processes), past,
			    vproc_session_at(session, i));
	output_put(&settings.output, object, print_info, NULL);
	past_close(past);
	return STATUS_OK;
}
