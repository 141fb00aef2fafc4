/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exports for the KUnit module alone.
 *
 * The suites are a module of their own, so what they test must be exported;
 * into a namespace, and only where the kernel has KUnit.
 */
#ifndef _VPROC_MODEL_EXPORT_H
#define _VPROC_MODEL_EXPORT_H

#include <linux/export.h>

#include "live/compat.h"

#if IS_ENABLED(CONFIG_KUNIT)
#define EXPORT_SYMBOL_VPROC(sym)	EXPORT_SYMBOL_NS_GPL(sym, VPROC_KUNIT_NS)
#else
#define EXPORT_SYMBOL_VPROC(sym)
#endif

#endif /* _VPROC_MODEL_EXPORT_H */
