/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LIB_SNAPSHOT_H
#define _LIB_SNAPSHOT_H

#include "vproc.h"

/* Have room for so many regions. Return 0, or -1 and ENOMEM. */
int vproc_snapshot_need(struct vproc_snapshot *snapshot, size_t count);

#endif /* _LIB_SNAPSHOT_H */
