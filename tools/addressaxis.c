// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses on an axis: holes are left out, and the large are made small.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addressaxis.h"
#include "array.h"
#include "memory.h"

/* Less than this between two regions is no hole. */
#define HOLE		(64 * 1024)

/* Parts of the whole height: a hole, all holes, and the least of a group. */
#define HOLE_HEIGHT	0.014
#define ALL_HOLES	0.2
#define GROUP_HEIGHT	0.02

/* What can be in a group. */
enum content {
	PROGRAM,
	HEAP,
	LIBRARIES,
	FILES,
	STACK,
	KERNEL,
	ANONYMOUS,
	NR_CONTENTS,
};

static const char *const words[] = {
	[PROGRAM]	= "program",
	[HEAP]		= "heap",
	[LIBRARIES]	= "libraries",
	[FILES]		= "files",
	[STACK]		= "stack",
	[KERNEL]	= "vdso",
	[ANONYMOUS]	= "anonymous",
};

static int compare_addresses(const void *a, const void *b)
{
	const __u64 *one = a, *two = b;

	return *one < *two ? -1 : *one > *two;
}

static int compare_starts(const void *a, const void *b)
{
	const struct axis_group *one = a, *two = b;

	return compare_addresses(&one->start, &two->start);
}

/* Joins ranges that overlap or have no hole between them. */
static size_t join(struct axis_group *groups, size_t count)
{
	size_t i, joined = 0;

	qsort(groups, count, sizeof(*groups), compare_starts);
	for (i = 0; i < count; i++) {
		struct axis_group *last = &groups[joined ? joined - 1 : 0];

		if (!joined || (groups[i].start > last->end &&
				groups[i].start - last->end >= HOLE))
			groups[joined++] = groups[i];
		else if (groups[i].end > last->end)
			last->end = groups[i].end;
	}
	return joined;
}

static void find_groups(struct axis *axis, const struct spell *spells,
			size_t count)
{
	size_t i;

	axis->groups = memory_need(calloc(count + 1, sizeof(*axis->groups)));
	for (i = 0; i < count; i++) {
		axis->groups[i].start = spells[i].region.start;
		axis->groups[i].end = spells[i].region.end;
	}
	axis->nr_groups = join(axis->groups, count);
}

static void find_knots(struct axis *axis, const struct spell *spells,
		       size_t count)
{
	__u64 *addresses = memory_need(calloc(2 * count + 1,
					      sizeof(*addresses)));
	size_t i;

	for (i = 0; i < count; i++) {
		addresses[2 * i] = spells[i].region.start;
		addresses[2 * i + 1] = spells[i].region.end;
	}
	qsort(addresses, 2 * count, sizeof(*addresses), compare_addresses);
	axis->knots = memory_need(calloc(2 * count + 1, sizeof(*axis->knots)));
	for (i = 0; i < 2 * count; i++) {
		if (!i || addresses[i] != addresses[i - 1])
			axis->knots[axis->nr_knots++].addr = addresses[i];
	}
	free(addresses);
}

/* Where a file has ever been mapped. */
struct file_range {
	__u32 file;
	__u64 start;
	__u64 end;
};

static int compare_ranges(const void *a, const void *b)
{
	const struct file_range *one = a, *two = b;

	if (one->file != two->file)
		return one->file < two->file ? -1 : 1;
	return compare_addresses(&one->start, &two->start);
}

/* Joins the ranges of a file that overlap or touch. */
static size_t join_ranges(struct file_range *ranges, size_t count)
{
	size_t i, joined = 0;

	qsort(ranges, count, sizeof(*ranges), compare_ranges);
	for (i = 0; i < count; i++) {
		struct file_range *last = &ranges[joined ? joined - 1 : 0];

		if (!joined || ranges[i].file != last->file ||
		    ranges[i].start > last->end)
			ranges[joined++] = ranges[i];
		else if (ranges[i].end > last->end)
			last->end = ranges[i].end;
	}
	return joined;
}

static struct file_range *find_ranges(const struct spell *spells, size_t count,
				      size_t *nr_ranges)
{
	struct file_range *ranges = memory_need(calloc(count + 1,
						       sizeof(*ranges)));
	size_t i, found = 0;

	for (i = 0; i < count; i++) {
		if (spells[i].region.file != VPROC_NAME_NONE)
			ranges[found++] = (struct file_range){
				.file = spells[i].region.file,
				.start = spells[i].region.start,
				.end = spells[i].region.end,
			};
	}
	*nr_ranges = join_ranges(ranges, found);
	return ranges;
}

/* The knot at an address, or the first one above it. */
static size_t find_knot(const struct axis *axis, __u64 addr)
{
	size_t low = 0, high = axis->nr_knots;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (axis->knots[middle].addr >= addr)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Marks the knots at which a file begins or ends. */
static bool *find_bounds(const struct axis *axis, const struct spell *spells,
			 size_t count)
{
	bool *bounds = memory_need(calloc(axis->nr_knots, sizeof(*bounds)));
	size_t nr_ranges, i;
	struct file_range *ranges = find_ranges(spells, count, &nr_ranges);

	for (i = 0; i < nr_ranges; i++) {
		bounds[find_knot(axis, ranges[i].start)] = true;
		bounds[find_knot(axis, ranges[i].end)] = true;
	}
	free(ranges);
	return bounds;
}

static double part_weight(const struct axis *axis, size_t knot)
{
	return log2(1 + (double)(axis->knots[knot + 1].addr -
				 axis->knots[knot].addr) / 4096);
}

/*
 * Leaves in each knot of a block the sum of the weights below it, @below and the
 * square root of what is in the block; returns the sum for the last knot.
 */
static double weigh_block(struct axis *axis, size_t first, size_t last,
			  double below)
{
	double sum = 0, part = 0;
	size_t i;

	for (i = first; i < last; i++)
		sum += part_weight(axis, i);
	for (i = first; i < last; i++) {
		axis->knots[i].y = below + part / sqrt(sum);
		part += part_weight(axis, i);
	}
	axis->knots[last].y = below + sqrt(sum);
	return axis->knots[last].y;
}

static double weigh(struct axis *axis, const struct axis_group *group,
		    const bool *bounds)
{
	size_t first = find_knot(axis, group->start), last = first;
	double sum = 0;

	while (axis->knots[last].addr < group->end) {
		last++;
		if (!bounds[last] && axis->knots[last].addr < group->end)
			continue;
		sum = weigh_block(axis, first, last, sum);
		first = last;
	}
	return sum;
}

/* From weights to heights, from @group->low up. */
static void place(struct axis *axis, struct axis_group *group, double height)
{
	size_t first = find_knot(axis, group->start);
	size_t last = find_knot(axis, group->end), i;
	double sum = axis->knots[last].y;

	for (i = first; i <= last; i++)
		axis->knots[i].y = group->low +
				   height * axis->knots[i].y / sum;
	group->high = axis->knots[last].y;
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

static void place_all(struct axis *axis, const bool *bounds)
{
	const size_t count = axis->nr_groups;
	double holes, hole, group, rest, sum = 0, y = 0;
	size_t i;

	for (i = 0; i < count; i++)
		sum += weigh(axis, &axis->groups[i], bounds);
	holes = least(HOLE_HEIGHT * (count - 1), ALL_HOLES);
	hole = count > 1 ? holes / (count - 1) : 0;
	group = least(GROUP_HEIGHT, (1 - holes) / 2 / count);
	rest = 1 - holes - group * count;
	for (i = 0; i < count; i++) {
		struct axis_group *at = &axis->groups[i];
		double weight = axis->knots[find_knot(axis, at->end)].y;

		at->low = y;
		place(axis, at, group + rest * weight / sum);
		y = at->high + hole;
	}
}

static enum content content_of(const struct vproc_history *history,
			       const struct spell *spell, __u32 program)
{
	const struct vproc_region *region = &spell->region;
	const struct vproc_name *name;

	if (region->type == VPROC_TYPE_HEAP || region->name == VPROC_NAME_HEAP)
		return HEAP;
	if (region->type == VPROC_TYPE_STACK)
		return STACK;
	if (region->file == VPROC_NAME_NONE)
		return ANONYMOUS;
	if (region->file == program)
		return PROGRAM;
	if (region->perm & VPROC_PERM_SHARED)
		return FILES;
	name = vproc_history_name(history, region->file, spell->to_seq - 1);
	if (name && name->kind == VPROC_FILE_NAME)
		return strncmp(name->text, "[v", 2) ? ANONYMOUS : KERNEL;
	return LIBRARIES;
}

static struct axis_group *find_group(const struct axis *axis, __u64 addr)
{
	size_t low = 0, high = axis->nr_groups;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (axis->groups[middle].end > addr)
			high = middle;
		else
			low = middle + 1;
	}
	return &axis->groups[low];
}

/* How much of what is in a group, and how far up. */
struct share {
	double weight;
	double height;
	const char *word;
};

static int compare_shares(const void *a, const void *b)
{
	const struct share *one = a, *two = b;

	/* What there is none of comes last. */
	if (!one->weight || !two->weight)
		return !one->weight - !two->weight;
	return one->height / one->weight > two->height / two->weight ? -1 : 1;
}

/*
 * All that is more than a trifle, from above; what has no name only if there is
 * most of it.
 */
static void label(struct axis_group *group, struct share *shares)
{
	char *to = group->label;
	double sum = 0;
	size_t i;

	for (i = 0; i < NR_CONTENTS; i++) {
		shares[i].word = words[i];
		sum += shares[i].weight;
	}
	if (shares[ANONYMOUS].weight <= 0.5 * sum)
		shares[ANONYMOUS].weight = 0;
	qsort(shares, NR_CONTENTS, sizeof(*shares), compare_shares);
	for (i = 0; i < NR_CONTENTS; i++) {
		if (shares[i].weight > 0.02 * sum &&
		    to + 16 < group->label + sizeof(group->label))
			to += sprintf(to, "%s%s", to > group->label ? ", " : "",
				      shares[i].word);
	}
}

static void label_all(struct axis *axis, const struct vproc_history *history,
		      const struct spell *spells, size_t count, __u32 program)
{
	struct share (*shares)[NR_CONTENTS];
	size_t i;

	shares = memory_need(calloc(axis->nr_groups, sizeof(*shares)));
	for (i = 0; i < count; i++) {
		const struct spell *spell = &spells[i];
		const double low = axis_y(axis, spell->region.start);
		const double high = axis_y(axis, spell->region.end);
		double weight = (high - low) * (spell->to - spell->from + 1);
		struct share *share =
			&shares[find_group(axis, spell->region.start) -
				axis->groups]
			       [content_of(history, spell, program)];

		share->weight += weight;
		share->height += weight * (low + high);
	}
	for (i = 0; i < axis->nr_groups; i++)
		label(&axis->groups[i], shares[i]);
	free(shares);
}

void axis_make(struct axis *axis, const struct vproc_history *history,
	       const struct spell *spells, size_t count, __u32 program)
{
	bool *bounds;

	*axis = (struct axis){};
	if (!count)
		return;
	find_groups(axis, spells, count);
	find_knots(axis, spells, count);
	bounds = find_bounds(axis, spells, count);
	place_all(axis, bounds);
	free(bounds);
	label_all(axis, history, spells, count, program);
}

double axis_y(const struct axis *axis, __u64 addr)
{
	size_t above = find_knot(axis, addr);
	const struct axis_knot *high, *low;

	if (above == axis->nr_knots)
		return 1;
	high = &axis->knots[above];
	if (!above || high->addr == addr)
		return high->y;
	low = high - 1;
	return low->y + (high->y - low->y) * (addr - low->addr) /
			(high->addr - low->addr);
}

void axis_clear(struct axis *axis)
{
	free(axis->knots);
	free(axis->groups);
	*axis = (struct axis){};
}
