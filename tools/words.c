// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words that the tools print for the constants of vproc_mem.h.
 */
#include <stddef.h>
#include <string.h>

#include "array.h"
#include "vproc_mem.h"
#include "words.h"

static const char *const causes[] = {
	[VPROC_CAUSE_UNKNOWN]	= "unknown",
	[VPROC_CAUSE_ATTACH]	= "attach",
	[VPROC_CAUSE_MMAP]	= "mmap",
	[VPROC_CAUSE_MUNMAP]	= "munmap",
	[VPROC_CAUSE_BRK]	= "brk",
	[VPROC_CAUSE_MPROTECT]	= "mprotect",
	[VPROC_CAUSE_MREMAP]	= "mremap",
	[VPROC_CAUSE_STACK]	= "stack",
	[VPROC_CAUSE_MADVISE]	= "madvise",
	[VPROC_CAUSE_MLOCK]	= "mlock",
	[VPROC_CAUSE_MBIND]	= "mbind",
	[VPROC_CAUSE_PRCTL]	= "prctl",
	[VPROC_CAUSE_SHM]	= "shm",
	[VPROC_CAUSE_UFFD]	= "uffd",
	[VPROC_CAUSE_MSEAL]	= "mseal",
	[VPROC_CAUSE_EXEC]	= "exec",
	[VPROC_CAUSE_FORK]	= "fork",
	[VPROC_CAUSE_EXIT]	= "exit",
	[VPROC_CAUSE_DETACH]	= "detach",
	[VPROC_CAUSE_DENIED]	= "denied",
	[VPROC_CAUSE_RESYNC]	= "resync",
	[VPROC_CAUSE_MISSED]	= "missed",
	[VPROC_CAUSE_KERNEL]	= "kernel",
	[VPROC_CAUSE_NOMEM]	= "nomem",
};

static const char *const ops[] = {
	[VPROC_EV_SET]		= "set",
	[VPROC_EV_CLEAR]	= "clear",
	[VPROC_EV_LAYOUT]	= "layout",
	[VPROC_EV_ATTACH]	= "attach",
	[VPROC_EV_EXEC]		= "exec",
	[VPROC_EV_FORK]		= "fork",
	[VPROC_EV_RESYNC]	= "resync",
	[VPROC_EV_LOST]		= "lost",
	[VPROC_EV_END]		= "end",
};

static const char *const types[] = {
	[VPROC_TYPE_NONE]	 = "none",
	[VPROC_TYPE_CODE]	 = "code",
	[VPROC_TYPE_DATA]	 = "data",
	[VPROC_TYPE_RODATA]	 = "rodata",
	[VPROC_TYPE_STACK]	 = "stack",
	[VPROC_TYPE_HEAP]	 = "heap",
	[VPROC_TYPE_MAPPED_FILE] = "file",
	[VPROC_TYPE_SHARED]	 = "shared",
	[VPROC_TYPE_DEVICE]	 = "device",
};

static const char *const states[] = {
	[VPROC_STATE_LIVE]	= "live",
	[VPROC_STATE_EXEC]	= "exec",
	[VPROC_STATE_ENDED]	= "ended",
	[VPROC_STATE_MODEL]	= "model",
};

static const char *word(const char *const *words, size_t count, size_t i)
{
	return i < count && words[i] ? words[i] : "?";
}

const char *word_cause(unsigned int cause)
{
	return word(causes, ARRAY_SIZE(causes), cause);
}

const char *word_op(unsigned int op)
{
	return word(ops, ARRAY_SIZE(ops), op);
}

const char *word_type(unsigned int type)
{
	return word(types, ARRAY_SIZE(types), type);
}

const char *word_state(unsigned int state)
{
	return word(states, ARRAY_SIZE(states), state);
}

static int find_word(const char *const *words, size_t count, const char *text)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (words[i] && !strcmp(words[i], text))
			return i;
	}
	return -1;
}

int find_cause(const char *text)
{
	return find_word(causes, ARRAY_SIZE(causes), text);
}

int find_type(const char *text)
{
	return find_word(types, ARRAY_SIZE(types), text);
}
