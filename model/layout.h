/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_MODEL_LAYOUT_H
#define _VPROC_MODEL_LAYOUT_H

#include <linux/types.h>

/**
 * struct vproc_layout - where things are in a model
 * @user_start: lowest address of user space; mmap_min_addr, in Linux
 * @user_end: first address after it; TASK_SIZE
 * @code_start: where code is expected
 * @data_start: where data is expected
 * @heap_start: where the heap starts
 * @heap_limit: most bytes of heap
 * @stack_end: where the first stack ends
 * @stack_size: most bytes of a stack that is not given a limit; RLIMIT_STACK
 *
 * The rules are those of struct vproc_create.
 */
struct vproc_layout {
	unsigned long user_start;
	unsigned long user_end;
	unsigned long code_start;
	unsigned long data_start;
	unsigned long heap_start;
	unsigned long heap_limit;
	unsigned long stack_end;
	unsigned long stack_size;
};

void vproc_layout_default(struct vproc_layout *layout);
int vproc_layout_check(const struct vproc_layout *layout);
unsigned long vproc_layout_map_end(const struct vproc_layout *layout);

#endif /* _VPROC_MODEL_LAYOUT_H */
