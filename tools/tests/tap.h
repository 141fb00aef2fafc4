/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TESTS_TAP_H
#define _TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Results of the tests of a program, as TAP. */
static int tap_count;
static int tap_failed;

__attribute__((format(printf, 2, 3)))
static inline void tap(bool ok, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("%s %d ", ok ? "ok" : "not ok", ++tap_count);
	vprintf(format, args);
	putchar('\n');
	va_end(args);
	tap_failed += !ok;
}

static inline int tap_end(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* What a test cannot do without; with the line, as it is never expected. */
#define NEED(condition) do {						\
	if (!(condition)) {						\
		printf("Bail out! %s:%d: %s\n", __FILE__, __LINE__,	\
		       #condition);					\
		exit(EXIT_FAILURE);					\
	}								\
} while (0)

#endif /* _TESTS_TAP_H */
