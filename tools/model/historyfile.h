/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MODEL_HISTORYFILE_H
#define _MODEL_HISTORYFILE_H

#include <histedit.h>

/*
 * The lines of earlier sessions, in ${XDG_STATE_HOME:-~/.local/state}/vproc. They
 * are a convenience: where they cannot be read or written there are none.
 */
void historyfile_load(struct history *lines);
void historyfile_save(struct history *lines);

#endif /* _MODEL_HISTORYFILE_H */
