/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_ARRAY_H
#define _TOOLS_ARRAY_H

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#endif /* _TOOLS_ARRAY_H */
