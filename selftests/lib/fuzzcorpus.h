/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inputs of the fuzzer that are worth keeping: those that have led where none
 * before has, as far as the kernel tells (KCOV); and new ones made of them.
 */
#ifndef _SELFTESTS_FUZZCORPUS_H
#define _SELFTESTS_FUZZCORPUS_H

#include <stdbool.h>
#include <linux/types.h>

#include "fuzzcall.h"

/**
 * struct corpus_cover - what one thread has run in the kernel
 * @fd: its KCOV; -1: there is none
 * @area: a count, and that many addresses
 */
struct corpus_cover {
	int fd;
	unsigned long *area;
};

/*
 * Read the inputs in a directory, in which new ones are kept, too; NULL: none.
 * 0, or -1 and errno.
 */
int corpus_open(const char *dir);

/* Can this kernel tell what of the module has been run? */
bool corpus_covers(void);

/* For the calling thread. Where it cannot be had nothing is ever new. */
void corpus_cover_open(struct corpus_cover *cover);
void corpus_cover_close(struct corpus_cover *cover);

void corpus_cover_begin(struct corpus_cover *cover);

/* How many branches have been taken since then that none has taken before. */
unsigned int corpus_cover_end(struct corpus_cover *cover);

/* Keep an input. Complains if it cannot be written (life.h). */
void corpus_add(const struct fuzz_input *input);

/* Make an input: a new one, or of those that are kept. */
void corpus_make(struct fuzz_input *input, __u64 *random);

/* The input at an index; false: there are not so many. */
bool corpus_get(unsigned int index, struct fuzz_input *input);

unsigned int corpus_inputs(void);
unsigned int corpus_edges(void);

#endif /* _SELFTESTS_FUZZCORPUS_H */
