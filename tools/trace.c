// SPDX-License-Identifier: GPL-2.0-only
/*
 * Write the Trace Event Format.
 */
#include "trace.h"
#include "utf8.h"

/* The character of a UTF-8 sequence of @length bytes. */
static unsigned int decode(const char *text, size_t length)
{
	const unsigned char *byte = (const unsigned char *)text;

	switch (length) {
	case 1:
		return byte[0];
	case 2:
		return (byte[0] & 0x1f) << 6 | (byte[1] & 0x3f);
	default:
		return (byte[0] & 0x0f) << 12 | (byte[1] & 0x3f) << 6 |
		       (byte[2] & 0x3f);
	}
}

static void put_character(FILE *out, unsigned int character)
{
	if (character == '"' || character == '\\')
		fprintf(out, "\\%c", character);
	else if (character < 0x20 || character >= 0x7f)
		fprintf(out, "\\u%04x", character);
	else
		putc_unlocked(character, out);
}

static void put_string(FILE *out, const char *text)
{
	putc_unlocked('"', out);
	while (*text) {
		size_t length = utf8_length(text);

		if (length && length < 4) {
			put_character(out, decode(text, length));
			text += length;
		} else {
			fprintf(out, "\\\\%03o", (unsigned char)*text++);
		}
	}
	putc_unlocked('"', out);
}

/* In microseconds, as the format has it. */
static void put_time(FILE *out, __u64 ns)
{
	fprintf(out, "%llu.%03llu", ns / 1000, ns % 1000);
}

void trace_begin(struct trace *trace, FILE *out)
{
	*trace = (struct trace){ .out = out };
	fputs("{\"traceEvents\":[", out);
}

void trace_end_events(struct trace *trace)
{
	fputs("\n],\"displayTimeUnit\":\"ns\",\"otherData\":{\"recorder\":\"vproc\"",
	      trace->out);
}

void trace_end(struct trace *trace)
{
	fputs("}}\n", trace->out);
}

void trace_event(struct trace *trace, enum trace_phase phase, const char *name,
		 const char *category, __u64 ns, __u32 pid, __u32 tid)
{
	fprintf(trace->out, "%s\n{\"ph\":\"%c\",\"pid\":%u,\"tid\":%u,\"ts\":",
		trace->count++ ? "," : "", phase, pid, tid);
	put_time(trace->out, ns);
	fputs(",\"name\":", trace->out);
	put_string(trace->out, name);
	if (category)
		trace_key(trace, "cat", category);
	trace->has_args = false;
}

void trace_key(struct trace *trace, const char *key, const char *value)
{
	fprintf(trace->out, ",\"%s\":", key);
	put_string(trace->out, value);
}

void trace_key_time(struct trace *trace, const char *key, __u64 ns)
{
	fprintf(trace->out, ",\"%s\":", key);
	put_time(trace->out, ns);
}

void trace_key_id(struct trace *trace, const char *key, __u64 id)
{
	fprintf(trace->out, ",\"%s\":\"0x%llx\"", key, id);
}

static void begin_arg(struct trace *trace, const char *key)
{
	fprintf(trace->out, "%s\"%s\":",
		trace->has_args ? "," : ",\"args\":{", key);
	trace->has_args = true;
}

void trace_arg(struct trace *trace, const char *key, const char *value)
{
	begin_arg(trace, key);
	put_string(trace->out, value);
}

void trace_arg_number(struct trace *trace, const char *key, __s64 value)
{
	begin_arg(trace, key);
	fprintf(trace->out, "%lld", value);
}

void trace_arg_address(struct trace *trace, const char *key, __u64 value)
{
	begin_arg(trace, key);
	fprintf(trace->out, "\"0x%llx\"", value);
}

void trace_arg_range(struct trace *trace, const char *key, __u64 start,
		     __u64 end)
{
	begin_arg(trace, key);
	fprintf(trace->out, "\"%08llx-%08llx\"", start, end);
}

void trace_arg_time(struct trace *trace, const char *key, __u64 ns)
{
	begin_arg(trace, key);
	fprintf(trace->out, "%llu.%09llu", ns / 1000000000, ns % 1000000000);
}

void trace_end_event(struct trace *trace)
{
	fputs(trace->has_args ? "}}" : "}", trace->out);
}
