/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_PROGRESS_H
#define _TOOLS_PROGRESS_H

#include "recorder.h"

/*
 * A line on stderr that tells how far a recording is, if that is a terminal. It
 * is never waited for: what is recorded may be the terminal itself.
 */
void progress_show(const struct recorder *recorder,
		   const struct trackers *trackers, double seconds);
void progress_clear(void);

#endif /* _TOOLS_PROGRESS_H */
