// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compare the model of a process with the kernel, in two independent ways.
 */
#include <err.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../array.h"
#include "../compare.h"
#include "../names.h"
#include "../regions.h"
#include "check.h"

/*
 * A process that does not hold still for so many looks is left alone until the
 * next round; check_vmas() needs no patience.
 */
#define TRIES	3

static const char *const diff_words[] = {
	"bounds", "permissions", "file", "offset", "not in the model",
	"not in the kernel",
};

static void count_failure(struct figures *figures,
			  const struct tracker *tracker, const char *what)
{
	warn("process %d: %s", tracker->pid, what);
	figures->failures++;
}

static void show_side(const struct tracker *tracker, const char *side,
		      const struct vproc_region *region)
{
	struct names names = {};
	const char *name = names_find(&names, tracker->fd, region->name);

	fprintf(stderr, "%s", side);
	region_print(stderr, region, name ? name : "?");
	names_clear(&names);
}

static void show_vma_difference(const struct tracker *tracker,
				const struct vproc_verify *verify)
{
	size_t i;

	fprintf(stderr, "process %d: %llu of %llu regions differ; the first in:",
		tracker->pid, verify->differences, verify->regions);
	for (i = 0; i < ARRAY_SIZE(diff_words); i++) {
		if (verify->first & (1u << i))
			fprintf(stderr, " %s", diff_words[i]);
	}
	fputc('\n', stderr);
	show_side(tracker, "kernel: ", &verify->kernel);
	show_side(tracker, "model:  ", &verify->model);
}

void check_vmas(struct figures *figures, const struct tracker *tracker)
{
	struct vproc_verify verify = {};

	if (ioctl(tracker->fd, VPROC_VERIFY, &verify)) {
		if (errno != ESRCH)
			count_failure(figures, tracker, "cannot verify");
		return;
	}
	figures->points++;
	figures->regions += verify.regions;
	figures->differences += verify.differences;
	if (verify.differences)
		show_vma_difference(tracker, &verify);
}

void check_text(struct figures *figures, const struct tracker *tracker)
{
	struct comparison comparison = {};

	enum compare_result result;

	result = compare_with_kernel(&comparison, tracker->fd, TRIES);
	if (result == COMPARE_ERROR)
		count_failure(figures, tracker, "cannot compare with maps");
	if (result == COMPARE_EQUAL || result == COMPARE_DIFFERENT) {
		figures->points++;
		figures->regions += comparison.regions;
	}
	if (result == COMPARE_DIFFERENT)
		figures->differences += comparison_print(stderr, &comparison);
	comparison_clear(&comparison);
}
