/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MONITOR_CHECK_H
#define _MONITOR_CHECK_H

#include "../trackers.h"
#include "figures.h"

/*
 * Compare a tracker with the kernel: check_vmas() in the kernel, with the VMAs
 * (VPROC_VERIFY); check_text() here, with /proc/PID/maps. Both count what they
 * compared and show differences on stderr, and do nothing where the address
 * space has ended.
 */
void check_vmas(struct figures *figures, const struct tracker *tracker);
void check_text(struct figures *figures, const struct tracker *tracker);

#endif /* _MONITOR_CHECK_H */
