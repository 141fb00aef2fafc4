// SPDX-License-Identifier: GPL-2.0-only
/*
 * The figures of an address space, as an object to be printed.
 */
#include <inttypes.h>
#include <sys/ioctl.h>

#include "array.h"
#include "statobject.h"
#include "vproc_mem.h"
#include "words.h"

static void add_bytes(struct json_object *object,
		      const struct vproc_stats *stats)
{
	struct json_object *bytes = output_member(object, "bytes");
	unsigned int type;

	for (type = VPROC_TYPE_CODE; type < VPROC_NR_TYPES; type++)
		output_number(bytes, word_type(type), stats->bytes[type]);
}

static void add_causes(struct json_object *object, const struct tally *tally)
{
	struct json_object *causes = output_member(object, "causes");
	unsigned int cause;

	for (cause = 0; cause < VPROC_NR_CAUSES; cause++)
		if (tally->causes[cause])
			output_number(causes, word_cause(cause),
				      tally->causes[cause]);
}

static void add_state(struct json_object *object,
		      const struct vproc_stats *stats)
{
	output_number(object, "id", stats->id);
	output_signed(object, "pid", stats->pid);
	output_string(object, "state", word_state(stats->state));
	if (stats->state == VPROC_STATE_ENDED)
		output_string(object, "end_cause",
			      word_cause(stats->end_cause));
	else
		output_null(object, "end_cause");
	output_number(object, "seq", stats->seq);
}

void space_to_object(struct json_object *object,
		     const struct vproc_stats *stats)
{
	output_number(object, "regions", stats->regions);
	output_number(object, "regions_peak", stats->regions_peak);
	output_bool(object, "has_vsyscall", stats->has_vsyscall);
	add_bytes(object, stats);
	output_number(object, "total_bytes", stats->total_bytes);
	output_number(object, "peak_bytes", stats->peak_bytes);
}

static void add_events(struct json_object *object,
		       const struct vproc_stats *stats,
		       const struct tally *tally)
{
	output_number(object, "events", stats->events);
	add_causes(object, tally);
	output_number(object, "lost", stats->lost);
	output_number(object, "unread", stats->unread);
	output_number(object, "resyncs", stats->resyncs);
	output_number(object, "missed", stats->missed);
	output_number(object, "pending", stats->pending);
	output_number(object, "execs", stats->execs);
}

int stat_to_object(struct json_object *object, int fd,
		   const struct tally *tally)
{
	struct vproc_stats stats;

	if (ioctl(fd, VPROC_STATS, &stats))
		return -1;
	add_state(object, &stats);
	space_to_object(object, &stats);
	add_events(object, &stats, tally);
	return 0;
}

static void print_state(FILE *out, const struct json_object *object)
{
	fprintf(out, "process %" PRId64 ": %s",
		output_get_signed(object, "pid"),
		output_get_string(object, "state"));
	if (output_get(object, "end_cause"))
		fprintf(out, " (%s)", output_get_string(object, "end_cause"));
	fputc('\n', out);
}

static void print_size(FILE *out, const char *what, uint64_t size,
		       const struct sizes *sizes)
{
	char text[SIZE_TEXT];

	fprintf(out, "  %-10s %16s\n", what, size_text(text, size, sizes));
}

static void print_bytes(FILE *out, const struct json_object *object,
			const struct sizes *sizes)
{
	struct json_object *bytes = output_get(object, "bytes");

	json_object_object_foreach(bytes, type, size)
		if (json_object_get_uint64(size))
			print_size(out, type, json_object_get_uint64(size),
				   sizes);
	print_size(out, "total", output_get_number(object, "total_bytes"),
		   sizes);
	print_size(out, "peak", output_get_number(object, "peak_bytes"),
		   sizes);
}

static void print_count(FILE *out, const struct json_object *object,
			const char *key)
{
	fprintf(out, "%s %" PRIu64, key, output_get_number(object, key));
}

static void print_events(FILE *out, const struct json_object *object)
{
	struct json_object *causes = output_get(object, "causes");
	const char *before = " (";

	print_count(out, object, "events");
	json_object_object_foreach(causes, cause, count) {
		fprintf(out, "%s%s %" PRIu64, before, cause,
			json_object_get_uint64(count));
		before = ", ";
	}
	if (json_object_object_length(causes))
		fputc(')', out);
	fputc('\n', out);
}

static void print_troubles(FILE *out, const struct json_object *object)
{
	static const char *const keys[] = {
		"lost", "unread", "resyncs", "missed", "pending", "execs",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		fputs(i ? ", " : "", out);
		print_count(out, object, keys[i]);
	}
	fputc('\n', out);
}

void space_object_print(FILE *out, const struct json_object *object,
			const struct sizes *sizes)
{
	fprintf(out, "regions %" PRIu64 ", peak %" PRIu64 "%s\n",
		output_get_number(object, "regions"),
		output_get_number(object, "regions_peak"),
		output_get_bool(object, "has_vsyscall") ?
		", and the vsyscall page" : "");
	print_bytes(out, object, sizes);
}

void stat_object_print(FILE *out, const struct json_object *object,
		       const struct sizes *sizes)
{
	print_state(out, object);
	space_object_print(out, object, sizes);
	print_events(out, object);
	print_troubles(out, object);
}
