// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the monitor counts, and how it is shown.
 */
#include <err.h>
#include <stddef.h>
#include <stdio.h>

#include "../array.h"
#include "figures.h"

void figures_add_end(struct figures *figures, const struct vproc_stats *stats)
{
	figures->execs += stats->execs;
	figures->missed += stats->missed;
	figures->resyncs += stats->resyncs;
	figures->lost += stats->lost;
	figures->unfollowed += stats->children_lost;
	if (stats->end_cause != VPROC_CAUSE_EXIT)
		figures->cut_short++;
	if (stats->end_checked)
		figures->points++;
	figures->regions += stats->end_checked;
	figures->differences += stats->end_differences;
}

bool figures_check(const struct figures *figures, const char *name)
{
	const struct {
		__u64 count;
		const char *what;
	} wrong[] = {
		{ figures->differences, "differences" },
		{ figures->missed, "changes that no hook saw" },
		{ figures->resyncs, "times the model had to be rebuilt" },
		{ figures->lost, "events lost" },
		{ figures->gaps, "gaps in the sequence numbers" },
		{ figures->unfollowed, "children not followed" },
		{ figures->cut_short, "processes not followed to their end" },
		{ figures->failures, "calls of the device failed" },
	};
	bool ok = true;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (!wrong[i].count)
			continue;
		warnx("%s: %llu %s", name, wrong[i].count,
		      wrong[i].what);
		ok = false;
	}
	return ok;
}

void figures_print_header(void)
{
	printf("%-28s %9s %5s %8s %8s %6s %11s %6s\n", "program", "processes",
	       "execs", "events", "regions", "points", "differences", "missed");
}

void figures_print_row(const struct figures *figures, const char *name)
{
	printf("%-28.28s %9llu %5llu %8llu ", name, figures->processes,
	       figures->execs, figures->events);
	printf("%8llu %6llu %11llu %6llu\n", figures->regions, figures->points,
	       figures->differences, figures->missed);
}

int figures_append_totals(const struct figures *figures, const char *path)
{
	FILE *file = fopen(path, "ae");

	if (!file)
		return -1;
	fprintf(file, "%llu %llu %llu %llu\n",
		figures->regions, figures->points, figures->differences,
		figures->missed);
	return fclose(file);
}
