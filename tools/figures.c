// SPDX-License-Identifier: GPL-2.0-only
/*
 * The figures of what happened: putting them together, and in order.
 */
#include <stdlib.h>

#include "figures.h"
#include "memory.h"

static void add_amount(struct amount *sum, const struct amount *amount)
{
	sum->changes += amount->changes;
	sum->mapped += amount->mapped;
	sum->unmapped += amount->unmapped;
	sum->protected += amount->protected;
}

void figures_add_use(struct figures *figures, const struct site_use *use)
{
	size_t known = figures->site_numbers.count;
	size_t number = numbering_find(&figures->site_numbers, use->site,
				       use->cause);

	add_amount(&figures->causes[use->cause], &use->amount);
	add_amount(&figures->total, &use->amount);
	if (number < known) {
		add_amount(&figures->sites[number].amount, &use->amount);
		return;
	}
	figures->sites = memory_grow(figures->sites, known, &figures->site_room,
				     sizeof(*use));
	figures->sites[number] = *use;
}

void figures_add_file(struct figures *figures, const struct file_use *use)
{
	size_t known = figures->file_numbers.count;
	size_t number = numbering_find(&figures->file_numbers, use->file, 0);
	struct file_use *sum;

	if (number == known) {
		figures->files = memory_grow(figures->files, known,
					     &figures->file_room, sizeof(*use));
		figures->files[number] = *use;
		return;
	}
	sum = &figures->files[number];
	sum->maps += use->maps;
	sum->unmaps += use->unmaps;
	sum->mapped += use->mapped;
	sum->unmapped += use->unmapped;
}

/* What one event did to a range that was of several origins is one. */
void figures_add_executed(struct figures *figures,
			  const struct executed *executed)
{
	struct executed *last = NULL;

	figures->executed_bytes += executed->end - executed->start;
	if (figures->nr_executed)
		last = &figures->executed[figures->nr_executed - 1];
	if (last && last->event == executed->event &&
	    last->end == executed->start) {
		last->end = executed->end;
		return;
	}
	figures->executed = memory_grow(figures->executed, figures->nr_executed,
					&figures->executed_room,
					sizeof(*executed));
	figures->executed[figures->nr_executed++] = *executed;
}

void figures_add_leak(struct figures *figures, const struct leak *leak)
{
	size_t known = figures->leak_numbers.count;
	size_t number = numbering_find(&figures->leak_numbers, leak->site, 0);
	struct leak *sum;

	figures->leak_mappings += leak->mappings;
	figures->leak_bytes += leak->bytes;
	if (number == known) {
		figures->leaks = memory_grow(figures->leaks, known,
					     &figures->leak_room,
					     sizeof(*leak));
		figures->leaks[number] = *leak;
		return;
	}
	sum = &figures->leaks[number];
	sum->mappings += leak->mappings;
	sum->bytes += leak->bytes;
	if (leak->first < sum->first)
		sum->first = leak->first;
	if (leak->last > sum->last)
		sum->last = leak->last;
}

void figures_add(struct figures *sum, const struct figures *figures)
{
	size_t i;

	sum->events += figures->events;
	sum->repeated += figures->repeated;
	for (i = 0; i < figures->site_numbers.count; i++)
		figures_add_use(sum, &figures->sites[i]);
	for (i = 0; i < figures->file_numbers.count; i++)
		figures_add_file(sum, &figures->files[i]);
	for (i = 0; i < figures->nr_executed; i++)
		figures_add_executed(sum, &figures->executed[i]);
	for (i = 0; i < figures->leak_numbers.count; i++)
		figures_add_leak(sum, &figures->leaks[i]);
}

/* Each of these is negative if @a comes first. */
static int more_first(__u64 a, __u64 b)
{
	return (a < b) - (a > b);
}

static int compare_uses(const void *a, const void *b)
{
	const struct site_use *one = a, *two = b;
	int order = more_first(one->amount.changes, two->amount.changes);

	if (!order)
		order = more_first(one->amount.mapped, two->amount.mapped);
	if (!order)
		order = more_first(two->site, one->site);
	return order ? order : more_first(two->cause, one->cause);
}

static int compare_files(const void *a, const void *b)
{
	const struct file_use *one = a, *two = b;
	int order = more_first(one->maps + one->unmaps,
			       two->maps + two->unmaps);

	if (!order)
		order = more_first(one->mapped + one->unmapped,
				   two->mapped + two->unmapped);
	return order ? order : more_first(two->file, one->file);
}

static int compare_executed(const void *a, const void *b)
{
	const struct executed *one = a, *two = b;
	int order = more_first(two->event->time, one->event->time);

	if (!order)
		order = more_first(two->event->seq, one->event->seq);
	return order ? order : more_first(two->start, one->start);
}

static int compare_leaks(const void *a, const void *b)
{
	const struct leak *one = a, *two = b;
	int order = more_first(one->bytes, two->bytes);

	return order ? order : more_first(two->site, one->site);
}

static void sort(void *array, size_t count, size_t size,
		 int (*compare)(const void *a, const void *b))
{
	if (count)
		qsort(array, count, size, compare);
}

void figures_sort(struct figures *figures)
{
	sort(figures->sites, figures->site_numbers.count,
	     sizeof(figures->sites[0]), compare_uses);
	sort(figures->files, figures->file_numbers.count,
	     sizeof(figures->files[0]), compare_files);
	sort(figures->executed, figures->nr_executed,
	     sizeof(figures->executed[0]), compare_executed);
	sort(figures->leaks, figures->leak_numbers.count,
	     sizeof(figures->leaks[0]), compare_leaks);
}

void figures_clear(struct figures *figures)
{
	numbering_clear(&figures->site_numbers);
	numbering_clear(&figures->file_numbers);
	numbering_clear(&figures->leak_numbers);
	free(figures->sites);
	free(figures->files);
	free(figures->executed);
	free(figures->leaks);
	*figures = (struct figures){};
}
