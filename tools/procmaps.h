/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_PROCMAPS_H
#define _TOOLS_PROCMAPS_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Reads all of /proc/@pid/maps into @text, which is to be freed. Returns 0, or
 * -1 with errno set: ESRCH if there is no such process.
 */
int procmaps_read(pid_t pid, char **text, size_t *size);

#endif /* _TOOLS_PROCMAPS_H */
