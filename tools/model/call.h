/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MODEL_CALL_H
#define _MODEL_CALL_H

#include "number.h"
#include "session.h"

/* What an error of a command means; the last of an array is zero. */
struct meaning {
	int error;
	const char *text;
};

struct call;

/* A command, its help, and its errors. */
struct command {
	const char *name;
	/*
	 * Takes its arguments off the call, acts, and puts into call->object what
	 * there is to print.
	 */
	enum outcome (*run)(struct call *call);
	/* The text of that object; NULL: none. */
	void (*text)(FILE *out, const struct json_object *object);
	const char *forms;	/* of the arguments, one a line */
	const char *summary;
	const char *details;	/* NULL: none */
	const char *result;	/* what a variable gets; NULL: nothing */
	const struct meaning *errors;	/* NULL: it makes no call */
	bool says_itself;	/* --verbose has nothing to add */
};

/* A command that runs. */
struct call {
	struct session *session;
	const struct command *command;
	char **words;		/* the arguments that are left */
	struct json_object *object;
	void (*text)(FILE *out, const struct json_object *object);
	uint64_t value;		/* command->result */
	enum outcome outcome;
	int error;		/* OUTCOME_FAILED: the errno */
	bool changed;		/* and yet the space is not what it was */
	bool reported;		/* what was wrong was said already */
	char *message;		/* OUTCOME_MISUSED, OUTCOME_DIFFERENT: why */
};

/* Both keep a message for who ran the call. */
__attribute__((format(printf, 2, 3)))
enum outcome call_misused(struct call *call, const char *format, ...);
__attribute__((format(printf, 2, 3)))
enum outcome call_different(struct call *call, const char *format, ...);

/*
 * To take arguments, from the first on. They return 0, or -1 after
 * call_misused(); @what names what is missing.
 */
int take_word(struct call *call, const char *what, const char **word);
int take_number(struct call *call, const char *what, enum number_kind kind,
		__u64 *value);
int take_address(struct call *call, const char *what, __u64 *value);
int take_size(struct call *call, const char *what, __u64 *value);
int take_id(struct call *call, uint32_t *id);
int take_prot(struct call *call, uint32_t *prot);

/* "ADDRESS SIZE", or in one word "ADDRESS-END". */
int take_range(struct call *call, __u64 *addr, __u64 *size);

/* Is that the next word? Then it is taken. */
bool take_option(struct call *call, const char *option);

/* There must be no more. */
int take_end(struct call *call);

/*
 * ioctl() on the current space: returns OUTCOME_DONE, or OUTCOME_FAILED with
 * call->error set. The second is for what changes the space: it puts into the
 * object how many regions and bytes there were before, and are now.
 */
enum outcome call_ask(struct call *call, unsigned long request, void *argument);
enum outcome call_change(struct call *call, unsigned long request,
			 void *argument);

/* The end of a line about such a change: "; regions 1 -> 2". */
void print_change(FILE *out, const struct json_object *object);

/* The keys "start", "end", "size" and "pages" of a range; @size is rounded up. */
void range_to_object(struct call *call, uint64_t addr, uint64_t size);

/* "7f1200000000-7f1200002000", from "start" and "end". */
void print_range(FILE *out, const struct json_object *object);

/* "1 byte", "2 bytes"; and "8192 bytes, 2 pages" of such a range. */
void print_count(FILE *out, uint64_t count, const char *what);
void print_extent(FILE *out, const struct json_object *object);

#endif /* _MODEL_CALL_H */
