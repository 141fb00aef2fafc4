/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The version of all that is made from this tree: the module, the command, the
 * packages. That of the device's interface is VPROC_API_VERSION.
 */
#ifndef _VPROC_VERSION_H
#define _VPROC_VERSION_H

#define VPROC_VERSION	"0.1.0"

#endif /* _VPROC_VERSION_H */
