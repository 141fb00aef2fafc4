// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc - look at the address space of a process through /dev/vproc_mem
 *
 * This file finds the verb; each verb has a file of its own.
 */
#include <argp.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "array.h"
#include "verbs.h"
#include "version.h"
#include "vproc_mem.h"

#define STRING(x)	#x
#define VERSION(api)	"vproc " VPROC_VERSION " (API version " STRING(api) ")"

const char *argp_program_version = VERSION(VPROC_API_VERSION);

static int help_main(int argc, char **argv);

static const struct verb {
	const char *name;
	char *full_name;
	int (*run)(int argc, char **argv);
	const char *arguments;
	const char *summary;
} verbs[] = {
	{ "maps", "vproc maps", maps_main, "PID|FILE",
	  "print the regions as /proc/PID/maps does" },
	{ "diff", "vproc diff", diff_main, "PID|FILE",
	  "compare with /proc/PID/maps, or two moments" },
	{ "log", "vproc log", log_main, "PID|FILE",
	  "print the changes, one a line" },
	{ "record", "vproc record", record_main, "-- CMD",
	  "write all changes to a file, from start to end" },
	{ "info", "vproc info", info_main, "FILE",
	  "print what is in a recording" },
	{ "report", "vproc report", report_main, "FILE",
	  "print what happened in a recording" },
	{ "addr", "vproc addr", addr_main, "FILE ADDR",
	  "print what was at an address, and who mapped it" },
	{ "check", "vproc check", check_main, "FILE",
	  "compare a recording with states kept in it" },
	{ "export", "vproc export", export_main, "FILE",
	  "write a recording as a trace, for Perfetto or Chrome" },
	{ "picture", "vproc picture", picture_main, "FILE",
	  "draw the address space over time" },
	{ "stat", "vproc stat", stat_main, "PID",
	  "print figures: regions, bytes by type, events" },
	{ "heap", "vproc heap", heap_main, "PID",
	  "print the heap: where it is, its size and peak" },
	{ "stacks", "vproc stacks", stacks_main, "PID",
	  "print each thread's stack, and what is left of it" },
	{ "top", "vproc top", top_main, "[PID...]",
	  "show processes on a screen that is refreshed" },
	{ "model", "vproc model", model_main, "[SCRIPT]",
	  "try things on an address space of no process" },
	{ "help", "vproc help", help_main, "[VERB]",
	  "print this, or the help of a verb" },
};

static void print_usage(FILE *out)
{
	size_t i;

	fputs("Usage: vproc VERB [OPTION...] [ARGUMENT...]\n"
	      "Look at the address space of a process, without stopping it, now or as it was.\n\n",
	      out);
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(out, "  vproc %-7s %-9s %s\n", verbs[i].name,
			verbs[i].arguments, verbs[i].summary);
	fputs("\n'vproc VERB --help' tells more, with an example.\n"
	      "Exit status: 0 all is well, 1 a difference was found, 2 an error.\n",
	      out);
}

static int run_verb(const char *name, int argc, char **argv)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(name, verbs[i].name))
			continue;
		argv[0] = verbs[i].full_name;
		return verbs[i].run(argc, argv);
	}
	warnx("there is no verb '%s': see 'vproc help'", name);
	return STATUS_ERROR;
}

static int help_main(int argc, char **argv)
{
	const char *verb = argv[1];

	if (argc > 2) {
		warnx("help takes one verb");
		return STATUS_ERROR;
	}
	if (argc == 1 || verb[0] == '-' || !strcmp(verb, "help")) {
		print_usage(stdout);
		return STATUS_OK;
	}
	argv[1] = "--help";
	return run_verb(verb, argc, argv);
}

/* A reader that has seen enough, as head(1), is no error. */
static int close_output(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	if (errno == EPIPE)
		return status;
	warn("cannot write the output");
	return STATUS_ERROR;
}

int main(int argc, char **argv)
{
	argp_err_exit_status = STATUS_ERROR;
	signal(SIGPIPE, SIG_IGN);

	if (argc < 2) {
		print_usage(stderr);
		return STATUS_ERROR;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		puts(argp_program_version);
	else if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-?"))
		print_usage(stdout);
	else
		return close_output(run_verb(argv[1], argc - 1, argv + 1));
	return close_output(STATUS_OK);
}
