// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compare the model of a live process with /proc/PID/maps, as text.
 *
 * The process goes on while both are read, and reading maps takes several
 * looks of the kernel's own. Two texts may be compared if nothing happened
 * from before the first was read until after the second was, that is, if
 * - the sequence number stayed the same,
 * - no system call is in flight that could have changed the kernel's side, and
 * - the model's text, read before and after, stayed the same: a file may have
 *   been renamed, which is no event.
 *
 * Where munmap() has taken a region away but not yet told of it, maps is ahead
 * of the log for a moment. A difference is therefore one only if it stays.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "compare.h"
#include "procmaps.h"
#include "regions.h"
#include "textdiff.h"
#include "vproc_mem.h"

/* How many looks in a row, at one state, make a difference. */
#define LOOKS_TO_CONFIRM	6

unsigned int comparison_print(FILE *out, const struct comparison *comparison)
{
	char model[32], kernel[32];
	const struct textdiff diff = {
		.old_name = model,
		.old_text = comparison->model,
		.old_size = comparison->model_size,
		.new_name = kernel,
		.new_text = comparison->kernel,
		.new_size = comparison->kernel_size,
	};

	snprintf(model, sizeof(model), "vproc maps %d", comparison->pid);
	snprintf(kernel, sizeof(kernel), "/proc/%d/maps", comparison->pid);
	return textdiff_print(out, &diff);
}

void comparison_clear(struct comparison *comparison)
{
	free(comparison->model);
	free(comparison->kernel);
	memset(comparison, 0, sizeof(*comparison));
}

static bool same_text(const char *a, size_t a_size, const char *b,
		      size_t b_size)
{
	return a_size == b_size && !memcmp(a, b, a_size);
}

/* Is the tracker still where it was when the model's text was read? */
static enum compare_result check_still(const struct comparison *comparison,
				       int fd)
{
	enum compare_result result = COMPARE_BUSY;
	struct regions_text again = {};
	struct vproc_stats stats;

	if (regions_read_text(&again, fd) || ioctl(fd, VPROC_STATS, &stats))
		result = COMPARE_ERROR;
	else if (stats.state != VPROC_STATE_LIVE)
		result = COMPARE_GONE;
	else if (stats.seq == comparison->seq && !stats.pending &&
		 same_text(comparison->model, comparison->model_size,
			   again.text, again.size))
		result = COMPARE_EQUAL;
	free(again.text);
	return result;
}

static int read_model(struct comparison *comparison, int fd)
{
	struct regions_text text = {};

	if (regions_read_text(&text, fd))
		return -1;
	comparison->model = text.text;
	comparison->model_size = text.size;
	comparison->regions = text.count;
	comparison->seq = text.seq;
	return 0;
}

static enum compare_result look(struct comparison *comparison, int fd)
{
	struct vproc_stats stats;
	enum compare_result still;

	comparison_clear(comparison);
	if (ioctl(fd, VPROC_STATS, &stats))
		return COMPARE_ERROR;
	comparison->pid = stats.pid;
	if (stats.state != VPROC_STATE_LIVE || !stats.pid)
		return COMPARE_GONE;
	if (read_model(comparison, fd))
		return COMPARE_ERROR;
	if (procmaps_read(stats.pid, &comparison->kernel,
			  &comparison->kernel_size))
		return errno == ESRCH ? COMPARE_GONE : COMPARE_ERROR;

	still = check_still(comparison, fd);
	if (still != COMPARE_EQUAL)
		return still;
	/* The first thread has left the others: maps shows it no memory. */
	if (!comparison->kernel_size)
		return COMPARE_GONE;
	return same_text(comparison->model, comparison->model_size,
			 comparison->kernel, comparison->kernel_size) ?
		COMPARE_EQUAL : COMPARE_DIFFERENT;
}

static void pause_ms(unsigned int ms)
{
	struct timespec time = { .tv_nsec = ms * 1000000l };

	nanosleep(&time, NULL);
}

enum compare_result compare_with_kernel(struct comparison *comparison, int fd,
					unsigned int tries)
{
	enum compare_result result;
	unsigned int confirmed = 0;
	__u64 seq = 0;

	for (;;) {
		result = look(comparison, fd);
		if (result == COMPARE_DIFFERENT && confirmed &&
		    comparison->seq == seq) {
			if (++confirmed == LOOKS_TO_CONFIRM)
				return COMPARE_DIFFERENT;
		} else if (result == COMPARE_DIFFERENT ||
			   result == COMPARE_BUSY) {
			if (!tries--)
				return COMPARE_BUSY;
			confirmed = result == COMPARE_DIFFERENT;
			seq = comparison->seq;
		} else {
			return result;
		}
		pause_ms(1 << confirmed);
	}
}
