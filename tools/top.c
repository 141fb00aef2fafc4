// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc top: processes on a screen that is refreshed; or, for what is no
 * terminal, as text or JSON again and again.
 */
#define _GNU_SOURCE	/* ppoll() */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "array.h"
#include "eventobject.h"
#include "heapobject.h"
#include "screen.h"
#include "stacksobject.h"
#include "statobject.h"
#include "table.h"
#include "verbs.h"
#include "view.h"
#include "watch.h"
#include "words.h"

static const char doc[] =
	"Show processes and what happens to their memory maps, on a screen that is refreshed: of each its regions, sizes and rate of events; of the selected one also its regions by type, heap, how near each thread is to the end of its stack, events by cause, and the last of them. Without a PID these are the 20 processes that have most mapped, which takes root.\n"
	"\vKeys: arrows or j and k select, s sorts by the next column, + and - change the interval, p pauses, space looks now, h helps, q quits.\n"
	"If the output is no terminal, it is as with --batch --count 1. Rates are those of the interval before; what came before this command is not counted.\n"
	"\n"
	"Examples:\n"
	"  vproc top $$\n"
	"  vproc top --json --interval 5 $$ >top.json";

static const struct argp_option options[] = {
	{ "interval", 'i', "SECONDS", 0,
	  "Look again every SECONDS (default 1)", 0 },
	{ "count", 'n', "COUNT", 0, "Stop after looking COUNT times", 0 },
	{ "batch", 'b', NULL, 0,
	  "Print what there is to be seen every interval, as text; with --json it is always so",
	  0 },
	{ "sort", 's', "COLUMN", 0,
	  "Sort by COLUMN: pid, name, regions, total (default), heap, stack, rate, missed, lost",
	  0 },
	{}
};

struct top {
	pid_t *pids;
	size_t nr_pids;
	int count;		/* 0: to the end */
	bool batch;
	struct output output;

	struct view view;
	struct watch watch;
};

static void add_pid(struct top *top, pid_t pid)
{
	pid_t *pids = reallocarray(top->pids, top->nr_pids + 1, sizeof(*pids));

	if (!pids)
		err(argp_err_exit_status, "cannot keep the process ids");
	pids[top->nr_pids++] = pid;
	top->pids = pids;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct top *top = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &top->output;
		return 0;
	case 'i':
		top->view.interval = args_seconds(state, arg);
		return 0;
	case 'n':
		top->count = args_number(state, arg, "number of looks");
		return 0;
	case 'b':
		top->batch = true;
		return 0;
	case 's':
		top->view.sort = table_find(arg);
		if (top->view.sort < 0)
			argp_error(state, "there is no column '%s'", arg);
		return 0;
	case ARGP_KEY_ARG:
		add_pid(top, args_number(state, arg, "process id"));
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* What there is to be seen, in order; NULL with errno set. */
static struct json_object *look(struct top *top)
{
	struct json_object *object;

	if (watch_tick(&top->watch))
		return NULL;
	object = watch_look(&top->watch);
	if (object)
		table_sort(output_get(object, "processes"), top->view.sort);
	return object;
}

/* As text */

static void print_rates(FILE *out, const struct json_object *process)
{
	struct json_object *rates = output_get(process, "rates");

	/* It has come after the last interval. */
	if (!rates)
		return;
	fprintf(out, "events a second: %.1f", output_get_float(process, "rate"));
	json_object_object_foreach(rates, cause, rate)
		fprintf(out, ", %s %.1f", cause, json_object_get_double(rate));
	fputc('\n', out);
}

static void print_process(FILE *out, const struct json_object *process)
{
	static const struct sizes sizes;
	const struct json_object *recent = output_get(process, "recent");
	size_t i;

	fputc('\n', out);
	stat_object_print(out, output_get(process, "stat"), &sizes);
	print_rates(out, process);
	heap_object_print(out, output_get(process, "heap"), &sizes);
	stacks_object_print(out, output_get(process, "stacks"), &sizes);
	for (i = 0; i < json_object_array_length(recent); i++)
		event_object_print(out, json_object_array_get_idx(recent, i),
				   NULL);
}

/* A table, and then all about those that were given. */
static void print(FILE *out, const struct json_object *object,
		  const void *context)
{
	const struct json_object *processes = output_get(object, "processes");
	const struct top *top = context;
	size_t i, count = json_object_array_length(processes);
	char text[TABLE_TEXT];

	fprintf(out, "%s\n", table_head(text, TABLE_TEXT));
	for (i = 0; i < count; i++)
		fprintf(out, "%s\n",
			table_row(text, TABLE_TEXT,
				  json_object_array_get_idx(processes, i)));
	for (i = 0; i < count && top->nr_pids; i++)
		print_process(out, json_object_array_get_idx(processes, i));
	fputc('\n', out);
}

/* Lets time pass, and no event be lost; until all have ended at most. */
static int pass(struct watch *watch, double seconds)
{
	const double end = watched_now() + seconds;
	double left = seconds;

	while (!watch_is_over(watch) && left > 0) {
		if (left > WATCH_READ)
			left = WATCH_READ;
		/* Rounded up, or the last millisecond would take many. */
		poll(NULL, 0, left * 1000 + 1);
		if (watch_read(watch))
			return -1;
		left = end - watched_now();
	}
	return 0;
}

static int run_batch(struct top *top)
{
	struct json_object *object;
	int looks = 0;

	do {
		if (pass(&top->watch, top->view.interval))
			return -1;
		object = look(top);
		if (!object)
			return -1;
		output_put(&top->output, object, print, top);
		/* A reader gets it now; one that has gone ends it. */
		if (fflush(stdout))
			return 0;
	} while (!watch_is_over(&top->watch) && ++looks != top->count);
	return 0;
}

/* On a screen */

static atomic_int interrupted;

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

/*
 * Signals come while nothing is done but to wait, so that nothing else needs to
 * be begun anew. Returns in @waiting what is let through then.
 */
static void catch_signals(sigset_t *waiting)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	const struct sigaction action = { .sa_handler = interrupt };
	sigset_t blocked;
	size_t i;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGWINCH);
	sigaddset(&blocked, SIGTSTP);
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		sigaddset(&blocked, ends[i]);
		sigaction(ends[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &blocked, waiting);
}

static void change_interval(struct view *view, int by)
{
	static const double steps[] = {
		0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600,
	};
	size_t i;

	if (by > 0) {
		for (i = 0; i < ARRAY_SIZE(steps); i++)
			if (steps[i] > view->interval)
				break;
		if (i < ARRAY_SIZE(steps))
			view->interval = steps[i];
		return;
	}
	for (i = ARRAY_SIZE(steps); i-- > 0;)
		if (steps[i] < view->interval)
			break;
	if (i < ARRAY_SIZE(steps))
		view->interval = steps[i];
}

/* What a key asks for, besides another look of the screen. */
enum wish {
	WISH_NONE,
	WISH_LOOK,
	WISH_QUIT,
};

static enum wish press(struct view *view, struct json_object *object, int key)
{
	switch (key) {
	case 'q':
		return WISH_QUIT;
	case ' ':
		return WISH_LOOK;
	case 'p':
		view->paused = !view->paused;
		return view->paused ? WISH_NONE : WISH_LOOK;
	case 'h':
	case '?':
		view->help = !view->help;
		break;
	case 's':
		view->sort = (view->sort + 1) % TABLE_COLUMNS;
		table_sort(output_get(object, "processes"), view->sort);
		break;
	case '+':
	case '-':
		change_interval(view, key == '+' ? 1 : -1);
		break;
	case SCREEN_UP:
	case 'k':
		view_move(view, object, -1);
		break;
	case SCREEN_DOWN:
	case 'j':
		view_move(view, object, 1);
		break;
	}
	return WISH_NONE;
}

/* Waits for a key or a signal, as long as there is no event to be read. */
static bool wait_for_key(const sigset_t *waiting)
{
	const struct timespec time = { .tv_nsec = WATCH_READ * 1e9 };
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	return ppoll(&input, 1, &time, waiting) != 1 ||
	       !(input.revents & (POLLHUP | POLLERR | POLLNVAL));
}

/* Waits until it is time for the next look, doing what keys ask for. */
static enum wish attend(struct top *top, struct json_object *object,
			const sigset_t *waiting)
{
	const double begin = watched_now();
	enum wish wish;
	int key;

	view_draw(&top->view, object);
	while (!watch_is_over(&top->watch)) {
		if (!wait_for_key(waiting) || interrupted)
			return WISH_QUIT;
		while ((key = screen_key()) != SCREEN_NONE) {
			wish = press(&top->view, object, key);
			if (wish != WISH_NONE)
				return wish;
			view_draw(&top->view, object);
		}
		if (watch_read(&top->watch))
			return WISH_LOOK;
		if (!top->view.paused &&
		    watched_now() >= begin + top->view.interval)
			return WISH_LOOK;
	}
	return WISH_QUIT;
}

static int show(struct top *top, const sigset_t *waiting)
{
	struct json_object *object;
	enum wish wish;
	int looks = 0;

	do {
		object = look(top);
		if (!object)
			return -1;
		wish = attend(top, object, waiting);
		json_object_put(object);
	} while (wish != WISH_QUIT && ++looks != top->count);
	return 0;
}

/* The screen has gone: what is left to be said of those that have ended. */
static void report_ends(const struct watch *watch)
{
	size_t i;

	for (i = 0; i < watch->count; i++) {
		const struct watched *watched = watch->list[i];

		if (watched->ended)
			printf("process %d (%s) has ended: %s\n", watched->pid,
			       watched->name, word_cause(watched->end_cause));
	}
}

static int run_screen(struct top *top)
{
	sigset_t waiting;
	int ret, error;

	catch_signals(&waiting);
	ret = show(top, &waiting);
	error = errno;
	screen_end();
	if (!ret)
		report_ends(&top->watch);
	errno = error;
	return ret;
}

static int run(struct top *top)
{
	const bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	int ret;

	if (!terminal && !top->batch && !top->output.json && !top->count)
		top->count = 1;
	if (terminal && !top->batch && !top->output.json) {
		if (screen_begin())
			return STATUS_ERROR;
		ret = run_screen(top);
	} else {
		ret = run_batch(top);
	}
	if (!ret)
		return STATUS_OK;
	warn("cannot look at the processes");
	return STATUS_ERROR;
}

int top_main(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{ &output_argp, 0, NULL, 0 },
		{}
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "[PID...]",
		.doc = doc,
		.children = children,
	};
	struct top top = {
		.view = { .interval = 1, .sort = TABLE_DEFAULT },
	};
	int status = STATUS_ERROR;

	argp_parse(&argp, argc, argv, 0, NULL, &top);
	if (!watch_begin(&top.watch, top.pids, top.nr_pids))
		status = run(&top);
	watch_end(&top.watch);
	free(top.pids);
	return status;
}
