// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recordings, and moments in them, as arguments of verbs.
 */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "names.h"
#include "past.h"

enum {
	KEY_PID = 512,
	KEY_ID,
	KEY_DAMAGED,
};

static const struct argp_option options[] = {
	{ "pid", KEY_PID, "PID", 0,
	  "Of a recording: process PID (default: the first, or all if the verb is about all)", 0 },
	{ "id", KEY_ID, "ID", 0,
	  "Of a recording: the process whose tracker has this id", 0 },
	{ "damaged", KEY_DAMAGED, NULL, 0,
	  "Of a recording that is damaged: use what comes before that", 0 },
	{}
};

static bool is_number(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

static void take_argument(struct past *past, char *arg,
			  struct argp_state *state)
{
	if (is_number(arg) && !past->only_files)
		past->live = args_number(state, arg, "process id");
	else
		past->path = arg;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct past *past = state->input;

	switch (key) {
	case KEY_PID:
		past->pid = args_number(state, arg, "process id");
		return 0;
	case KEY_ID:
		past->id = args_number(state, arg, "tracker's id");
		return 0;
	case KEY_DAMAGED:
		past->damaged = true;
		return 0;
	case ARGP_KEY_ARG:
		if (past->live || past->path)
			return ARGP_ERR_UNKNOWN;
		take_argument(past, arg, state);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, past->only_files ? "a FILE is missing" :
			   "a PID or FILE is missing");
		return 0;
	case ARGP_KEY_SUCCESS:
		if (past->live && (past->pid || past->id || past->damaged))
			argp_error(state, "--pid, --id and --damaged are for recordings, and %d is a process",
				   past->live);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp past_argp = {
	.options = options,
	.parser = parse,
};

double past_seconds(const struct past *past, __u64 time)
{
	return (double)((__s64)(time - past->start) / 1000) / 1e6;
}

static void tell_state(const struct past *past)
{
	const struct vproc_recording *recording = past->recording;

	if (recording->damage)
		warnx("%s: %s; going on with what comes before", past->path,
		      recording->damage);
	else if (!recording->complete)
		warnx("%s ends early, after %.6f s: the recorder was killed, or could not write",
		      past->path,
		      past_seconds(past, vproc_session_end(recording->session)));
}

static void explain_load(const struct past *past, const char *complaint)
{
	if (!complaint)
		warn("cannot read %s", past->path);
	else if (strncmp(complaint, "block", 5))
		warnx("%s: %s", past->path, complaint);
	else
		warnx("%s is damaged: %s; --damaged uses what comes before",
		      past->path, complaint);
}

int past_load(struct past *past)
{
	char *complaint;

	past->recording = vproc_recording_load(past->path, past->damaged ?
					       VPROC_RECORDING_DAMAGED : 0,
					       &complaint);
	if (!past->recording) {
		explain_load(past, complaint);
		free(complaint);
		return -1;
	}
	past->start = vproc_session_start(past->recording->session);
	tell_state(past);
	return 0;
}

/* Process ids come again; says which ids there are. */
static void tell_ids(const struct past *past)
{
	const struct vproc_session *session = past->recording->session;
	struct vproc_history_info info;
	size_t i;

	warnx("%s has several processes %d: choose one with --id", past->path,
	      past->pid);
	for (i = 0; i < vproc_session_count(session); i++) {
		vproc_history_info(vproc_session_at(session, i), &info);
		if (info.pid == past->pid)
			warnx("  --id %llu: from %.6f to %.6f s", info.id,
			      past_seconds(past, info.start),
			      past_seconds(past, info.end));
	}
}

const struct vproc_history *past_next(const struct past *past, size_t *at)
{
	const struct vproc_history *history;
	struct vproc_history_info info;

	while ((history = vproc_session_at(past->recording->session, *at))) {
		++*at;
		vproc_history_info(history, &info);
		if ((!past->pid || info.pid == past->pid) &&
		    (!past->id || info.id == past->id))
			return history;
	}
	return NULL;
}

static void explain_choice(const struct past *past)
{
	if (past->pid || past->id)
		warnx("%s has no such process: see 'vproc info %s'",
		      past->path, past->path);
	else
		warnx("%s has no events", past->path);
}

int past_check_choice(const struct past *past)
{
	size_t at = 0;
	const struct vproc_history *history;

	while ((history = past_next(past, &at))) {
		if (vproc_history_event(history, 0))
			return 0;
	}
	explain_choice(past);
	return -1;
}

static int choose_history(struct past *past)
{
	size_t at = 0;

	past->history = past_next(past, &at);
	if (past->history)
		vproc_history_info(past->history, &past->info);
	if (past->history && past->pid && past_next(past, &at)) {
		tell_ids(past);
		return -1;
	}
	if (past->history && past->info.events)
		return 0;
	explain_choice(past);
	return -1;
}

int past_open(struct past *past)
{
	if (past_load(past))
		return -1;
	if (!choose_history(past))
		return 0;
	past_close(past);
	return -1;
}

void past_close(struct past *past)
{
	vproc_recording_free(past->recording);
	past->recording = NULL;
}

void past_explain(const struct past *past, const char *moment)
{
	switch (errno) {
	case ERANGE:
		warnx("process %d was not there at %s: it is recorded from %.6f to %.6f s, events @%llu to @%llu",
		      past->info.pid, moment,
		      past_seconds(past, past->info.start),
		      past_seconds(past, past->info.end), past->info.first,
		      past->info.last);
		break;
	case ESRCH:
		warnx("process %d had ended at %s, at %.6f s: 'exit' is its last moment",
		      past->info.pid, moment,
		      past_seconds(past, past->info.end));
		break;
	case ENODATA:
		warnx("what was mapped at %s is not known: events are missing there",
		      moment);
		break;
	default:
		warn("cannot find out what was mapped at %s", moment);
	}
}

static int find_seq(const char *text, __u64 *seq)
{
	char *end;

	errno = 0;
	*seq = strtoull(text + 1, &end, 10);
	if (!isdigit(text[1]) || *end || errno)
		return -1;
	return 0;
}

/* A time is printed in whole microseconds: what was in this one has happened. */
static int parse_time(const struct past *past, const char *text, __u64 *time)
{
	double seconds;
	char *end;

	errno = 0;
	seconds = strtod(text, &end);
	if (!isdigit(*text) || *end || errno || !(seconds < 1e9))
		return -1;
	*time = past->start + (__u64)(seconds * 1e6 + 0.5) * 1000 + 999;
	return 0;
}

static int find_time(const struct past *past, const char *text, __u64 *seq)
{
	__u64 time;

	if (parse_time(past, text, &time))
		return -1;
	if (time > past->info.end && time - past->info.end < 1000)
		time = past->info.end;
	return vproc_history_seq_at(past->history, time, seq) ? -2 : 0;
}

int past_moment(const struct past *past, const char *text, __u64 *seq)
{
	int ret = 0;

	if (!strcmp(text, "exit"))
		*seq = past->info.last;
	else if (!strcmp(text, "start"))
		ret = vproc_history_seq_at(past->history, past->info.start,
					   seq) ? -2 : 0;
	else if (*text == '@')
		ret = find_seq(text, seq);
	else
		ret = find_time(past, text, seq);
	if (ret == -1)
		warnx("'%s' is no moment: use seconds (1.25), an event (@500), start or exit",
		      text);
	if (ret == -2)
		past_explain(past, text);
	return ret ? -1 : 0;
}

/* The time of an event. */
static int find_event_time(const struct past *past, const char *text,
			   __u64 *time)
{
	size_t index;
	__u64 seq;

	if (!past->history || find_seq(text, &seq))
		return -1;
	index = vproc_history_index(past->history, seq);
	if (!index || seq > past->info.last) {
		errno = ERANGE;
		past_explain(past, text);
		return -2;
	}
	*time = vproc_history_event(past->history, index - 1)->time;
	return 0;
}

static int find_any_time(const struct past *past, const char *text, __u64 *time)
{
	const struct vproc_session *session = past->recording->session;

	if (*text == '@')
		return find_event_time(past, text, time);
	if (!strcmp(text, "start"))
		*time = past->history ? past->info.start : past->start;
	else if (!strcmp(text, "exit"))
		*time = past->history ? past->info.end :
					vproc_session_end(session);
	else
		return parse_time(past, text, time);
	return 0;
}

int past_time(const struct past *past, const char *text, __u64 *time)
{
	int ret = find_any_time(past, text, time);

	if (ret == -1)
		warnx("'%s' is no time: use seconds (1.25), start or exit%s",
		      text, past->history ? ", or an event (@500)" :
		      "; with --pid or --id also an event (@500)");
	return ret ? -1 : 0;
}

int past_snapshot(const struct past *past, __u64 seq,
		  struct vproc_snapshot *snapshot)
{
	char moment[32];

	if (!vproc_history_snapshot(past->history, seq, snapshot))
		return 0;
	snprintf(moment, sizeof(moment), "@%llu", seq);
	past_explain(past, moment);
	return -1;
}

const char *past_escape(const struct vproc_name *name)
{
	static char text[4 * PATH_MAX + 1];

	if (name->kind != VPROC_FILE_PATH || strlen(name->text) >= PATH_MAX)
		return name->text;
	names_escape(text, name->text);
	return text;
}

const char *past_name(const struct vproc_history *history, __u64 id, __u64 seq)
{
	const struct vproc_name *name = vproc_history_name(history, id, seq);

	return name ? past_escape(name) : "?";
}
