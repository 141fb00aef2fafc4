/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_OUTPUT_H
#define _TOOLS_OUTPUT_H

#include <argp.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * What a verb prints is a stream of objects: with --json one a line as JSON,
 * else as the text that the verb makes of the same object. The keys are
 * documented in Documentation/json.rst and keep their meaning.
 *
 * Numbers are numbers, in bytes, ns, or whatever their key says; addresses are
 * strings "0x...", since many a reader of JSON has no integers of 64 bits. Bytes
 * that are no UTF-8, which names of files may have, are written as \udc80 to
 * \udcff: the convention of Python, whose os.fsencode() turns them back.
 *
 * No memory ends the program with a message.
 */
struct output {
	bool json;
};

/* For a verb's argp, as a child: the option --json. Its input: struct output. */
extern const struct argp output_argp;

/* Writes @object as text; @context is the verb's own. */
typedef void (*output_text)(FILE *out, const struct json_object *object,
			    const void *context);

/*
 * Prints @object, with @text unless --json was given, and puts it. What cannot
 * be written shows in ferror(stdout), which main() reports.
 */
void output_put(const struct output *output, struct json_object *object,
		output_text text, const void *context);

/* To build: @key of @object becomes @value, after the keys that it has. */
struct json_object *output_object(void);
void output_number(struct json_object *object, const char *key,
		   uint64_t value);
void output_signed(struct json_object *object, const char *key, int64_t value);
void output_float(struct json_object *object, const char *key, double value);
void output_bool(struct json_object *object, const char *key, bool value);
void output_address(struct json_object *object, const char *key,
		    uint64_t value);
void output_string(struct json_object *object, const char *key,
		   const char *value);
void output_null(struct json_object *object, const char *key);

/* To build: a new object, or a new array, as @key of @object; at its end. */
struct json_object *output_member(struct json_object *object, const char *key);
struct json_object *output_array(struct json_object *object, const char *key);
struct json_object *output_element(struct json_object *array);

/* To read, from @text above: what output_*() has put there; @key must exist. */
struct json_object *output_get(const struct json_object *object,
			       const char *key);
uint64_t output_get_number(const struct json_object *object, const char *key);
int64_t output_get_signed(const struct json_object *object, const char *key);
double output_get_float(const struct json_object *object, const char *key);
bool output_get_bool(const struct json_object *object, const char *key);
uint64_t output_get_address(const struct json_object *object, const char *key);
const char *output_get_string(const struct json_object *object,
			      const char *key);

#endif /* _TOOLS_OUTPUT_H */
