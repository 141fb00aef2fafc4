/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An allocator that can be made to fail, for programs that are built with
 * sanitizers. The Makefile has the linker's options.
 */
#ifndef _TESTS_FAILING_H
#define _TESTS_FAILING_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

/* Allocations until one fails; 0: none does. */
static unsigned int failing;

static bool is_failing(void)
{
	if (!failing || --failing)
		return false;
	errno = ENOMEM;
	return true;
}

/* The linker puts these in the place of the functions that they are named for. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size)
{
	return is_failing() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return is_failing() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return is_failing() ? NULL : __real_realloc(old, size);
}

void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
	return is_failing() ? NULL : __real_reallocarray(old, count, size);
}

char *__wrap_strdup(const char *text)
{
	return is_failing() ? NULL : __real_strdup(text);
}

/* A size that nobody has room for is an error, and not the end. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

#endif /* _TESTS_FAILING_H */
