/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_REPORTOBJECT_H
#define _TOOLS_REPORTOBJECT_H

#include "images.h"
#include "past.h"

/* What a report is made of. */
struct report {
	const struct past *past;
	struct sites *sites;
	struct images images;
	struct figures sum;	/* of all images */
	size_t top;		/* at most so many entries of each list */
};

/* The report, sorted, as keys of @object. */
void report_to_object(struct json_object *object, const struct report *report);

#endif /* _TOOLS_REPORTOBJECT_H */
