/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_WORDS_H
#define _TOOLS_WORDS_H

/* The words for the constants of vproc_mem.h; "?" for one that is not known. */
const char *word_cause(unsigned int cause);
const char *word_op(unsigned int op);
const char *word_type(unsigned int type);
const char *word_state(unsigned int state);

/* The constant that a word stands for; -1 for an unknown one. */
int find_cause(const char *text);
int find_type(const char *text);

#endif /* _TOOLS_WORDS_H */
