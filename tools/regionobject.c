// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions as objects to be printed.
 */
#include <stdio.h>

#include "regionobject.h"
#include "regions.h"
#include "words.h"

void region_to_object(struct json_object *object,
		      const struct vproc_region *region, const char *name)
{
	char perm[5], dev[32];

	region_perm(perm, region->perm);
	snprintf(dev, sizeof(dev), "%02x:%02x", region->dev_major,
		 region->dev_minor);
	output_address(object, "start", region->start);
	output_address(object, "end", region->end);
	output_string(object, "perm", perm);
	output_address(object, "offset", region->offset);
	output_string(object, "dev", dev);
	output_number(object, "inode", region->inode);
	output_string(object, "type", word_type(region->type));
	output_string(object, "name", name);
}

void region_object_print(FILE *out, const struct json_object *object)
{
	region_print_fields(out, output_get_address(object, "start"),
			    output_get_address(object, "end"),
			    output_get_string(object, "perm"),
			    output_get_address(object, "offset"),
			    output_get_string(object, "dev"),
			    output_get_number(object, "inode"),
			    output_get_string(object, "name"));
}
