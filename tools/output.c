// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a verb prints: one tree of objects, as text or as JSON.
 */
#include <err.h>
#include <inttypes.h>
#include <json-c/printbuf.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "output.h"
#include "utf8.h"

#define PLAIN	(JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "Print JSON, one object a line", 0 },
	{}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct output *output = state->input;

	(void)arg;
	if (key != 'j')
		return ARGP_ERR_UNKNOWN;
	output->json = true;
	return 0;
}

const struct argp output_argp = {
	.options = options,
	.parser = parse,
};

void output_put(const struct output *output, struct json_object *object,
		output_text text, const void *context)
{
	if (output->json)
		puts(memory_need((void *)
			json_object_to_json_string_ext(object, PLAIN)));
	else
		text(stdout, object, context);
	json_object_put(object);
}

static bool is_utf8(const char *text)
{
	size_t length;

	for (; *text; text += length) {
		length = utf8_length(text);
		if (!length)
			return false;
	}
	return true;
}

/* Of a string that is no UTF-8: json-c would write its bytes as they are. */
static int print_bytes(struct json_object *object, struct printbuf *buffer,
		       int level, int flags)
{
	const char *text = json_object_get_string(object);

	(void)level;
	(void)flags;
	printbuf_strappend(buffer, "\"");
	while (*text) {
		unsigned char byte = *text;
		size_t length = utf8_length(text);

		if (!length)
			sprintbuf(buffer, "\\udc%02x", byte);
		else if (byte < 0x20 || byte == '"' || byte == '\\')
			sprintbuf(buffer, "\\u%04x", byte);
		else
			printbuf_memappend(buffer, text, length);
		text += length ? length : 1;
	}
	return printbuf_strappend(buffer, "\"");
}

static struct json_object *new_string(const char *value)
{
	struct json_object *string = memory_need(json_object_new_string(value));

	if (!is_utf8(value))
		json_object_set_serializer(string, print_bytes, NULL, NULL);
	return string;
}

static void add(struct json_object *object, const char *key,
		struct json_object *value)
{
	if (json_object_object_add(object, key, value))
		memory_need(NULL);
}

struct json_object *output_object(void)
{
	return memory_need(json_object_new_object());
}

void output_number(struct json_object *object, const char *key, uint64_t value)
{
	add(object, key, memory_need(json_object_new_uint64(value)));
}

void output_signed(struct json_object *object, const char *key, int64_t value)
{
	add(object, key, memory_need(json_object_new_int64(value)));
}

void output_float(struct json_object *object, const char *key, double value)
{
	char text[64];

	/* json-c alone would print 0.1 as 0.10000000000000001. */
	snprintf(text, sizeof(text), "%.6f", value);
	add(object, key, memory_need(json_object_new_double_s(value, text)));
}

void output_bool(struct json_object *object, const char *key, bool value)
{
	add(object, key, memory_need(json_object_new_boolean(value)));
}

void output_address(struct json_object *object, const char *key,
		    uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	output_string(object, key, text);
}

void output_string(struct json_object *object, const char *key,
		   const char *value)
{
	add(object, key, new_string(value));
}

void output_null(struct json_object *object, const char *key)
{
	add(object, key, NULL);
}

struct json_object *output_member(struct json_object *object, const char *key)
{
	struct json_object *member = output_object();

	add(object, key, member);
	return member;
}

struct json_object *output_array(struct json_object *object, const char *key)
{
	struct json_object *array = memory_need(json_object_new_array());

	add(object, key, array);
	return array;
}

struct json_object *output_element(struct json_object *array)
{
	struct json_object *element = output_object();

	if (json_object_array_add(array, element))
		memory_need(NULL);
	return element;
}

struct json_object *output_get(const struct json_object *object,
			       const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value))
		errx(argp_err_exit_status, "there is no '%s' to print", key);
	return value;
}

uint64_t output_get_number(const struct json_object *object, const char *key)
{
	return json_object_get_uint64(output_get(object, key));
}

int64_t output_get_signed(const struct json_object *object, const char *key)
{
	return json_object_get_int64(output_get(object, key));
}

double output_get_float(const struct json_object *object, const char *key)
{
	return json_object_get_double(output_get(object, key));
}

bool output_get_bool(const struct json_object *object, const char *key)
{
	return json_object_get_boolean(output_get(object, key));
}

uint64_t output_get_address(const struct json_object *object, const char *key)
{
	return strtoull(output_get_string(object, key), NULL, 16);
}

const char *output_get_string(const struct json_object *object,
			      const char *key)
{
	return json_object_get_string(output_get(object, key));
}
