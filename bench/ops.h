/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _BENCH_OPS_H
#define _BENCH_OPS_H

/**
 * struct op - something that a process does to its memory
 * @name: what the samples are called
 * @count: how often, to be measured
 * @run: does it so often; returns ns for one
 */
struct op {
	const char *name;
	unsigned long count;
	double (*run)(unsigned long count);
};

extern const struct op ops[];
extern const unsigned int nr_ops;

/* The op of this name; NULL if there is none. */
const struct op *op_find(const char *name);

double op_map(unsigned long count);
double op_protect(unsigned long count);

#endif /* _BENCH_OPS_H */
