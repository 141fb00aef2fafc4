// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc record: write all that happens to the memory maps of a command, or of a
 * running process, to a file.
 */
#define _GNU_SOURCE	/* CLOCK_MONOTONIC, with argp */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "device.h"
#include "progress.h"
#include "recorder.h"
#include "spawn.h"
#include "verbs.h"

#define DEFAULT_FILE	"vproc.rec"

/* How often the line is shown, and names are looked up and the file flushed. */
#define SHOW_MS		200
#define FLUSH_MS	1000

static const char doc[] =
	"Run COMMAND, or attach to process PID, and write each change of its memory map to a file, until it ends or ^C. Nothing is lost: where this cannot keep up, the process waits for it.\n"
	"\vAn own command needs no privilege. ^C reaches COMMAND as always, and recording goes on until it has ended; a second ^C ends the recording alone.\n"
	"The exit status is that of COMMAND, 128 + n if signal n killed it; 0 with --pid; 2 if it could not be recorded.\n"
	"\n"
	"Examples:\n"
	"  vproc record --follow -o make.rec -- make -j2\n"
	"  vproc maps make.rec --at exit";

enum {
	KEY_CHECK = 256,
};

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0,
	  "Write to FILE (default " DEFAULT_FILE ")", 0 },
	{ "follow", 'f', NULL, 0, "Record its children, too", 0 },
	{ "pid", 'p', "PID", 0, "Record process PID, which is running", 0 },
	{ "check", KEY_CHECK, "MS", OPTION_ARG_OPTIONAL,
	  "About every MS milliseconds (default 50) keep what the device and /proc/PID/maps say at that moment in the file, for 'vproc check'",
	  0 },
	{}
};

struct settings {
	const char *path;
	char **command;
	pid_t pid;
	int check_ms;		/* 0: do not */
	uint32_t flags;
};

/* A recording under way. */
struct run {
	const struct settings *settings;
	struct recorder recorder;
	struct trackers trackers;
	pid_t child;		/* 0 with --pid */
	int64_t start;		/* ms, as the next three */
	int64_t next_show;
	int64_t next_flush;
	int64_t next_check;
	bool stopped;		/* the trackers have been detached */
};

static atomic_int interrupts;
static atomic_int terminated;

static void interrupt(int signal)
{
	if (signal == SIGINT)
		interrupts++;
	else
		terminated = 1;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct settings *settings = state->input;

	switch (key) {
	case 'o':
		settings->path = arg;
		return 0;
	case 'f':
		settings->flags |= VPROC_ATTACH_FORK;
		return 0;
	case 'p':
		settings->pid = args_number(state, arg, "process id");
		return 0;
	case KEY_CHECK:
		settings->check_ms = 50;
		if (arg)
			settings->check_ms =
				args_number(state, arg, "number of milliseconds");
		return 0;
	case ARGP_KEY_ARGS:
		settings->command = state->argv + state->next;
		return 0;
	case ARGP_KEY_END:
		if (settings->command && settings->pid)
			argp_error(state, "a COMMAND or a PID, not both");
		if (!settings->command && !settings->pid)
			argp_error(state, "a COMMAND is missing, or --pid");
		if (settings->pid == getpid())
			argp_error(state, "%d is this process, which would wait for itself",
				   settings->pid);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int64_t now_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static int64_t now_ms(void)
{
	return now_ns(CLOCK_MONOTONIC) / 1000000;
}

/* Of two recorders that write one file neither would have a recording. */
static int open_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0) {
		warn("cannot write %s", path);
		return -1;
	}
	if (!flock(fd, LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK)
		return fd;
	warnx("another vproc record is writing %s: give another file with -o",
	      path);
	close(fd);
	return -1;
}

/* What was in the file goes once there is something to record. */
static int empty_file(int fd)
{
	struct stat stat;

	if (fstat(fd, &stat))
		return -1;
	return S_ISREG(stat.st_mode) ? ftruncate(fd, 0) : 0;
}

static struct vproc_writer *begin_file(int fd, const struct settings *settings)
{
	struct vproc_system system = {
		.start = now_ns(CLOCK_MONOTONIC),
		.page_size = sysconf(_SC_PAGESIZE),
		.api_version = VPROC_API_VERSION,
		.command = settings->command,
	};
	struct utsname name;

	system.realtime = now_ns(CLOCK_REALTIME) - (__s64)system.start;
	if (uname(&name) || empty_file(fd))
		return NULL;
	system.release = name.release;
	system.machine = name.machine;
	return vproc_writer_new(fd, &system);
}

/* Starts the command, if there is one, and takes over its tracker, @fd. */
static int begin_tracker(struct run *run, int fd)
{
	const struct settings *settings = run->settings;

	if (settings->command) {
		run->child = spawn_tracked(settings->command, fd,
					   settings->flags);
		if (run->child < 0)
			return -1;
	}
	trackers_raise_limit();
	if (!trackers_add(&run->trackers, fd))
		return 0;
	warn("cannot keep a tracker");
	return -1;
}

/* Makes the streams end here; what is in them is still read. */
static void stop(struct run *run)
{
	size_t i;

	for (i = 0; i < run->trackers.count; i++) {
		/* One that has ended meanwhile is as good. */
		if (ioctl(run->trackers.list[i]->fd, VPROC_DETACH) &&
		    errno == EINTR)
			i--;
	}
	run->stopped = true;
}

static bool should_stop(const struct run *run)
{
	return terminated || interrupts > (run->child ? 1 : 0);
}

static int check_all(struct run *run)
{
	size_t i;

	for (i = 0; i < run->trackers.count; i++) {
		struct tracker *tracker = run->trackers.list[i];

		if (!tracker->ended &&
		    recorder_check(&run->recorder, tracker))
			return -1;
	}
	return 0;
}

static int flush(struct run *run)
{
	size_t i;

	for (i = 0; i < run->trackers.count; i++) {
		if (recorder_names(&run->recorder, run->trackers.list[i]))
			return -1;
	}
	return vproc_writer_flush(run->recorder.writer);
}

/* What is to be done now and then. */
static int do_chores(struct run *run)
{
	const int check_ms = run->settings->check_ms;
	int64_t now = now_ms();

	if (now >= run->next_show) {
		progress_show(&run->recorder, &run->trackers,
			      (now - run->start) / 1e3);
		run->next_show = now + SHOW_MS;
	}
	if (now >= run->next_flush) {
		if (flush(run))
			return -1;
		run->next_flush = now + FLUSH_MS;
	}
	if (check_ms && now >= run->next_check) {
		if (check_all(run))
			return -1;
		/* Not in step with what the process does. */
		run->next_check = now_ms() + check_ms / 2 + rand() % check_ms;
	}
	return 0;
}

static int wait_ms(const struct run *run)
{
	int64_t next = run->next_show;

	if (run->settings->check_ms && run->next_check < next)
		next = run->next_check;
	next -= now_ms();
	return next < 0 ? 0 : next;
}

/* Records until the end. Returns 0, or -1 with errno set. */
static int follow(struct run *run)
{
	while (run->trackers.count) {
		/* Also those that were opened after the others were stopped. */
		if (should_stop(run))
			stop(run);
		if (trackers_run(&run->trackers, wait_ms(run)) && errno != EINTR)
			return -1;
		if (do_chores(run) && errno != EINTR)
			return -1;
	}
	return 0;
}

static int end_file(struct run *run, int status)
{
	const struct vproc_closing closing = {
		.time = now_ns(CLOCK_MONOTONIC),
		.status = status,
		.unfollowed = run->recorder.unfollowed,
		.missed = run->recorder.missed,
	};

	return vproc_writer_end(run->recorder.writer, &closing);
}

static void report(const struct recorder *recorder, const char *path)
{
	if (recorder->lost)
		warnx("%llu events were lost: those moments are not known",
		      recorder->lost);
	if (recorder->unfollowed)
		warnx("%llu children could not be followed",
		      recorder->unfollowed);
	if (recorder->missed)
		warnx("%llu changes were noticed late", recorder->missed);
	if (recorder->unnamed)
		warnx("%llu files were gone before their names were known",
		      recorder->unnamed);
	if (recorder->denied)
		warnx("%llu processes ran a program that only root may look at: recording them ended there",
		      recorder->denied);
	if (isatty(STDERR_FILENO))
		warnx("%llu events of %llu processes, %.1f MB in %s",
		      recorder->events, recorder->processes,
		      vproc_writer_bytes(recorder->writer) / 1e6, path);
}

/* Waits for the command; -1 if there is none, or it goes on. */
static int end_command(struct run *run)
{
	if (!run->child || run->stopped)
		return -1;
	return spawn_wait(run->child);
}

/* Records what @tracker, which it takes over, tells. */
static int record(struct run *run, int tracker)
{
	const char *path = run->settings->path;
	int ret, status, error;

	if (begin_tracker(run, tracker)) {
		close(tracker);
		return STATUS_ERROR;
	}
	run->start = now_ms();
	ret = follow(run);
	error = errno;
	progress_clear();
	errno = error;
	if (ret)
		warn("recording to %s ended early", path);
	trackers_close(&run->trackers);
	status = end_command(run);
	if (!ret) {
		ret = end_file(run, status);
		if (ret)
			warn("cannot write %s", path);
	}
	report(&run->recorder, path);
	if (ret)
		return STATUS_ERROR;
	if (run->child && run->stopped)
		return 128 + (terminated ? SIGTERM : SIGINT);
	return run->child ? status : STATUS_OK;
}

static void catch_signals(void)
{
	const struct sigaction action = { .sa_handler = interrupt };
	struct sigaction old;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* Under nohup(1) it stays ignored, by the command, too. */
	if (!sigaction(SIGHUP, NULL, &old) && old.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
}

static int record_to(struct run *run, int fd, int tracker)
{
	const struct settings *settings = run->settings;
	int status;

	catch_signals();
	if (settings->pid &&
	    device_attach(tracker, settings->pid, settings->flags)) {
		close(tracker);
		return STATUS_ERROR;
	}
	run->recorder.check = settings->check_ms;
	run->recorder.writer = begin_file(fd, settings);
	if (!run->recorder.writer) {
		warn("cannot write %s", settings->path);
		close(tracker);
		return STATUS_ERROR;
	}
	run->trackers = (struct trackers){
		.event = recorder_event,
		.closing = recorder_closing,
		.context = &run->recorder,
	};
	status = record(run, tracker);
	vproc_writer_free(run->recorder.writer);
	return status;
}

int record_main(int argc, char **argv)
{
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "-- COMMAND [ARG...]\n--pid=PID",
		.doc = doc,
	};
	struct settings settings = {
		.path = DEFAULT_FILE,
		.flags = VPROC_ATTACH_EXEC | VPROC_ATTACH_WAIT,
	};
	struct run run = { .settings = &settings };
	int fd, tracker, status;

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &settings);
	tracker = device_open(O_NONBLOCK);
	if (tracker < 0)
		return STATUS_ERROR;
	fd = open_file(settings.path);
	if (fd < 0) {
		close(tracker);
		return STATUS_ERROR;
	}
	status = record_to(&run, fd, tracker);
	close(fd);
	return status;
}
