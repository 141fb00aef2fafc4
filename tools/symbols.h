/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_SYMBOLS_H
#define _TOOLS_SYMBOLS_H

#include "lib/vproc.h"

/*
 * The symbols of a file that was mapped. They are only looked up in a file that
 * is the one which was mapped, as far as the recording can tell: it has the same
 * build id; or if none was recorded, it has the same inode number and has not
 * been changed since.
 */
struct symbols;

/**
 * struct symbol - what is at a place in a file
 * @function: its name; NULL if it is not known
 * @offset: bytes from the start of @function
 * @source: the source file; NULL if it is not known
 * @line: the line in @source
 */
struct symbol {
	const char *function;
	__u64 offset;
	const char *source;
	int line;
};

/**
 * symbols_open() - the symbols of a file
 * @name: the file
 * @mapped: when it was mapped, in ns since 1970
 *
 * No memory ends the program with a message.
 */
struct symbols *symbols_open(const struct vproc_name *name, __u64 mapped);

/* Why there are no symbols, in words that follow the name; NULL: there are. */
const char *symbols_complaint(const struct symbols *symbols);

/**
 * symbols_find() - what is at an offset in the file
 * @offset: the offset
 * @call: it is that of the instruction behind a system call, and the call is
 *	meant
 * @symbol: out: valid until symbols_close()
 */
void symbols_find(struct symbols *symbols, __u64 offset, bool call,
		  struct symbol *symbol);

void symbols_close(struct symbols *symbols);

#endif /* _TOOLS_SYMBOLS_H */
