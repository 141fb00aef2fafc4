// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses and sizes as they are typed.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "number.h"

/* The longest number that can be meant: 64 bits, in decimal. */
#define MAX_DIGITS	20

struct reader {
	const struct number_context *context;
	const char *at;
	const char *end;
	enum number_kind kind;
	char **error;
};

__attribute__((format(printf, 2, 3)))
static int complain(struct reader *reader, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	*reader->error = need_text(format, arguments);
	va_end(arguments);
	return -1;
}

/* The length of a number, or of what stands where one should. */
static size_t token_length(const char *text)
{
	size_t length = *text == '$';

	while (isalnum((unsigned char)text[length]) || text[length] == '_')
		length++;
	return length;
}

static size_t count_digits(const char *text, size_t length,
			   int (*is_digit)(int byte))
{
	size_t i;

	for (i = 0; i < length && is_digit((unsigned char)text[i]); i++)
		;
	return i;
}

/* How many bits the unit at the end of a token shifts; -1 if there is none. */
static int unit_shift(const char *text, size_t length, uint64_t page_size)
{
	if (length < 2 || count_digits(text, length, isdigit) != length - 1)
		return -1;
	switch (toupper((unsigned char)text[length - 1])) {
	case 'K':
		return 10;
	case 'M':
		return 20;
	case 'G':
		return 30;
	case 'T':
		return 40;
	case 'P':
		return __builtin_ctzll(page_size);
	default:
		return -1;
	}
}

/* All of a token, to a @base; false if it is more than 64 bits, or no number. */
static bool convert(const char *text, size_t length, int base, __u64 *value)
{
	char digits[MAX_DIGITS + 1], *end;

	if (!length || length > MAX_DIGITS)
		return false;
	memcpy(digits, text, length);
	digits[length] = '\0';
	errno = 0;
	*value = strtoull(digits, &end, base);
	return !*end && !errno;
}

static int read_variable(struct reader *reader, size_t length, __u64 *value)
{
	const struct variable *variable;

	variable = variables_find(reader->context->variables, reader->at + 1,
				  length - 1);
	if (!variable)
		return complain(reader, "there is no variable '%.*s'",
				(int)length, reader->at);
	*value = variable->value;
	return 0;
}

/* A number without a prefix and without a unit. */
static int read_bare(struct reader *reader, size_t length, __u64 *value)
{
	const char *text = reader->at;
	bool decimal = count_digits(text, length, isdigit) == length;

	if (count_digits(text, length, isxdigit) != length ||
	    (reader->kind == NUMBER_SIZE && !decimal))
		return complain(reader, "'%.*s' is not a number: see 'help numbers'",
				(int)length, text);
	if (reader->kind == NUMBER_EITHER && length > 1)
		return complain(reader, "'%.*s' can mean two things: write 0x, or a unit, as 2p",
				(int)length, text);
	if (!convert(text, length, reader->kind == NUMBER_SIZE ? 10 : 16,
		     value))
		return complain(reader, "'%.*s' is more than 64 bits",
				(int)length, text);
	return 0;
}

static int read_term(struct reader *reader, __u64 *value)
{
	size_t length = token_length(reader->at);
	const char *text = reader->at;
	int shift;

	shift = unit_shift(text, length, reader->context->page_size);
	if (!length)
		return complain(reader, "a number is missing: see 'help numbers'");
	if (*text == '$')
		return read_variable(reader, length, value);
	if (length > 2 && text[0] == '0' && tolower(text[1]) == 'x' &&
	    count_digits(text + 2, length - 2, isxdigit) == length - 2) {
		if (convert(text + 2, length - 2, 16, value))
			return 0;
		return complain(reader, "'%.*s' is more than 64 bits",
				(int)length, text);
	}
	if (shift < 0)
		return read_bare(reader, length, value);
	if (!convert(text, length - 1, 10, value) ||
	    *value > UINT64_MAX >> shift)
		return complain(reader, "'%.*s' is more than 64 bits",
				(int)length, text);
	*value <<= shift;
	return 0;
}

int number_parse(const char *text, size_t length, enum number_kind kind,
		 const struct number_context *context, __u64 *value,
		 char **error)
{
	struct reader reader = {
		.context = context,
		.at = text,
		.end = text + length,
		.kind = kind,
		.error = error,
	};
	__u64 term;
	char sign;

	if (read_term(&reader, value))
		return -1;
	reader.at += token_length(reader.at);
	if (kind == NUMBER_ADDRESS)
		reader.kind = NUMBER_EITHER;
	while (reader.at < reader.end) {
		sign = *reader.at++;
		if (sign != '+' && sign != '-')
			return complain(&reader, "'%.*s' is not a number: see 'help numbers'",
					(int)length, text);
		if (read_term(&reader, &term))
			return -1;
		reader.at += token_length(reader.at);
		if (sign == '+' ? __builtin_add_overflow(*value, term, value) :
		    __builtin_sub_overflow(*value, term, value))
			return complain(&reader, "'%.*s' is not within 64 bits",
					(int)length, text);
	}
	return 0;
}

const char *number_range(const char *text)
{
	const char *at = text;

	/* The page size does not matter here. */
	while ((at = strchr(at, '-'))) {
		if (at > text &&
		    unit_shift(at + 1, token_length(at + 1), 1) < 0)
			return at;
		at++;
	}
	return NULL;
}
