// SPDX-License-Identifier: GPL-2.0-only
/*
 * An address space, against an array with one entry per page: which attributes,
 * and whether the page is in one region with the page before.
 */
#include "kunit/kit.h"

#define SPACE_PAGES	256
#define SPACE_ATTRS	5

struct kit_oracle {
	s8 attr[SPACE_PAGES + 1];
	bool joined[SPACE_PAGES + 1];
};

static void oracle_init(struct kit_oracle *oracle)
{
	memset(oracle->attr, -1, sizeof(oracle->attr));
	memset(oracle->joined, 0, sizeof(oracle->joined));
}

static void oracle_store(struct kit_oracle *oracle, unsigned int start,
			 unsigned int end, int attr)
{
	unsigned int i;

	for (i = start; i < end; i++) {
		oracle->attr[i] = attr;
		oracle->joined[i] = attr >= 0 && i > start;
	}
	oracle->joined[end] = false;
}

static bool oracle_gap(const struct kit_oracle *oracle, unsigned int at,
		       unsigned int pages)
{
	unsigned int i;

	for (i = at; i < at + pages; i++) {
		if (oracle->attr[i] >= 0)
			return false;
	}
	return true;
}

static void compare(struct kunit *test, struct vproc_space *space,
		    struct vproc_attr **attrs, const struct kit_oracle *oracle)
{
	u64 bytes[VPROC_NR_TYPES] = {};
	struct vproc_span span;
	unsigned long regions = 0;
	unsigned int i = 0, type;

	vproc_space_for_each(space, &span, 0) {
		for (; i < span.start >> PAGE_SHIFT; i++)
			KUNIT_ASSERT_LT(test, oracle->attr[i], 0);
		for (; i < span.end >> PAGE_SHIFT; i++) {
			KUNIT_ASSERT_GE(test, oracle->attr[i], 0);
			KUNIT_ASSERT_TRUE(test,
					  vproc_traits_equal(&attrs[oracle->attr[i]]->traits,
							     &span.attr->traits));
			KUNIT_ASSERT_EQ(test, oracle->joined[i],
					PAGES(i) != span.start);
		}
		regions++;
		bytes[span.attr->traits.type] += vproc_span_size(&span);
	}
	for (; i < SPACE_PAGES; i++)
		KUNIT_ASSERT_LT(test, oracle->attr[i], 0);
	KUNIT_ASSERT_EQ(test, space->nr, regions);
	for (type = 0; type < VPROC_NR_TYPES; type++)
		KUNIT_ASSERT_EQ(test, space->bytes[type], bytes[type]);
}

static void compare_gap(struct kunit *test, struct vproc_space *space,
			const struct kit_oracle *oracle, unsigned int pages,
			bool topdown)
{
	unsigned long start, end;
	int ret, at;

	ret = vproc_space_gap(space, PAGES(1), PAGES(SPACE_PAGES), PAGES(pages),
			      topdown, &start, &end);
	if (topdown) {
		for (at = SPACE_PAGES - pages; at >= 1; at--)
			if (oracle_gap(oracle, at, pages))
				break;
	} else {
		for (at = 1; at <= (int)(SPACE_PAGES - pages); at++)
			if (oracle_gap(oracle, at, pages))
				break;
	}
	if (at < 1 || at > (int)(SPACE_PAGES - pages)) {
		KUNIT_ASSERT_EQ(test, ret, -ENOMEM);
		return;
	}
	KUNIT_ASSERT_EQ(test, ret, 0);
	KUNIT_ASSERT_EQ(test, start, PAGES(at));
	KUNIT_ASSERT_EQ(test, end, PAGES(at + pages));
}

static int set_or_clear(struct vproc_space *space, unsigned long start,
			unsigned long pages, struct vproc_attr *attr)
{
	if (attr)
		return vproc_space_set(space, PAGES(start),
				       PAGES(start + pages), attr);
	return vproc_space_clear(space, PAGES(start), PAGES(start + pages));
}

/* Clear by vproc_space_trim(), which is to say where the regions were. */
static void trim_against_oracle(struct kunit *test, struct vproc_space *space,
				const struct kit_oracle *oracle,
				unsigned int start, unsigned int end)
{
	unsigned long from = PAGES(start), to = PAGES(end);
	unsigned int first = start, last = end;
	int ret;

	while (first < end && oracle->attr[first] < 0)
		first++;
	while (last > first && oracle->attr[last - 1] < 0)
		last--;
	ret = vproc_space_trim(space, &from, &to);
	KUNIT_ASSERT_EQ(test, ret, first < last);
	KUNIT_ASSERT_EQ(test, from, PAGES(ret ? first : start));
	KUNIT_ASSERT_EQ(test, to, PAGES(ret ? last : end));
}

static void random_against_oracle(struct kunit *test)
{
	struct vproc_attr *attrs[SPACE_ATTRS];
	struct kit_oracle *oracle;
	struct vproc_space *space;
	struct rnd_state random;
	unsigned long op;
	int i;

	kit_seed(test, &random);
	oracle = kunit_kzalloc(test, sizeof(*oracle), GFP_KERNEL);
	space = kunit_kzalloc(test, sizeof(*space), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, oracle);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, space);
	oracle_init(oracle);
	vproc_space_init_gaps(space);
	for (i = 0; i < SPACE_ATTRS; i++) {
		struct vproc_traits traits = { .type = 1 + i };

		attrs[i] = vproc_attr_new(&traits);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, attrs[i]);
	}

	mutex_lock(&space->lock);
	for (op = 0; op < kit_ops(); op++) {
		unsigned int start = kit_random(&random, SPACE_PAGES);
		unsigned int pages = 1 + kit_random(&random, 12);
		int attr = kit_random(&random, SPACE_ATTRS + 4);

		if (!kit_random(&random, 50))
			pages = SPACE_PAGES;
		pages = min(pages, SPACE_PAGES - start);
		if (attr == SPACE_ATTRS)
			vproc_space_clear_nofail(space, PAGES(start),
						 PAGES(start + pages));
		else if (attr == SPACE_ATTRS + 1)
			trim_against_oracle(test, space, oracle, start,
					    start + pages);
		else
			KUNIT_ASSERT_EQ(test, 0,
					set_or_clear(space, start, pages,
						     attr < SPACE_ATTRS ?
						     attrs[attr] : NULL));
		oracle_store(oracle, start, start + pages,
			     attr < SPACE_ATTRS ? attr : -1);
		compare(test, space, attrs, oracle);
		compare_gap(test, space, oracle, pages, op & 1);
	}
	mutex_unlock(&space->lock);

	vproc_space_destroy(space);
	for (i = 0; i < SPACE_ATTRS; i++) {
		KUNIT_EXPECT_EQ(test, refcount_read(&attrs[i]->refs), 1);
		vproc_attr_put(attrs[i]);
	}
}

struct kit_range {
	const char *name;
	unsigned long start;
	unsigned long end;
	int expected;
};

static const struct kit_range kit_ranges[] = {
	{ "one page", PAGES(1), PAGES(2), 0 },
	{ "empty", PAGES(1), PAGES(1), -EINVAL },
	{ "backwards", PAGES(2), PAGES(1), -EINVAL },
	{ "unaligned start", PAGES(1) + 1, PAGES(2), -EINVAL },
	{ "unaligned end", PAGES(1), PAGES(2) - 1, -EINVAL },
};

static void kit_ranges_desc(const struct kit_range *range, char *desc)
{
	strscpy(desc, range->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kit_ranges, kit_ranges, kit_ranges_desc);

static void ranges(struct kunit *test)
{
	const struct kit_range *param = test->param_value;
	struct vproc_model *model = kit_model(test, 100);
	struct vproc_traits traits = {};
	struct vproc_attr *attr = vproc_attr_new(&traits);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, attr);
	KUNIT_EXPECT_EQ(test, param->expected,
			vproc_space_set(&model->space, param->start, param->end,
					attr));
	KUNIT_EXPECT_EQ(test, model->space.nr, !param->expected);
	KUNIT_EXPECT_EQ(test, param->expected,
			vproc_space_clear(&model->space, param->start,
					  param->end));
	KUNIT_EXPECT_EQ(test, model->space.nr, 0);
	vproc_attr_put(attr);
	kit_model_done(model);
}

/* Attributes are given in place, and counted. */
static void alter(struct kunit *test)
{
	struct vproc_traits data = { .type = VPROC_TYPE_DATA };
	struct vproc_traits code = { .type = VPROC_TYPE_CODE };
	struct vproc_model *model = kit_model(test, 100);
	struct vproc_space *space = &model->space;
	struct vproc_attr *attr = vproc_attr_new(&data);
	struct vproc_span span;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, attr);
	KUNIT_ASSERT_EQ(test, 0, vproc_space_set(space, PAGES(1), PAGES(4),
						 attr));
	vproc_attr_put(attr);
	/* A hole in it: what is left are two regions with their own. */
	KUNIT_ASSERT_EQ(test, 0, vproc_space_clear(space, PAGES(2), PAGES(3)));
	KUNIT_ASSERT_TRUE(test, vproc_space_find(space, PAGES(1), &span));
	vproc_space_alter(space, &span, &code);
	KUNIT_EXPECT_EQ(test, span.attr->traits.type, VPROC_TYPE_CODE);
	KUNIT_EXPECT_EQ(test, space->bytes[VPROC_TYPE_DATA], PAGES(1));
	KUNIT_EXPECT_EQ(test, space->bytes[VPROC_TYPE_CODE], PAGES(1));
	KUNIT_EXPECT_EQ(test, space->total, PAGES(2));
	KUNIT_ASSERT_TRUE(test, vproc_space_find(space, PAGES(3), &span));
	KUNIT_EXPECT_EQ(test, span.attr->traits.type, VPROC_TYPE_DATA);
	kit_model_done(model);
}

/* The old backing is let go of, the new one taken over. */
static void alter_backing(struct kunit *test)
{
	struct kit_backing *old = kit_backing(test, 1);
	struct kit_backing *new = kit_backing(test, 2);
	struct vproc_traits traits = { .backing = &old->backing };
	struct vproc_model *model = kit_model(test, 100);
	struct vproc_space *space = &model->space;
	struct vproc_attr *attr = vproc_attr_new(&traits);
	struct vproc_span span;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, attr);
	KUNIT_ASSERT_EQ(test, 0, vproc_space_set(space, PAGES(1), PAGES(4),
						 attr));
	vproc_attr_put(attr);
	traits.backing = vproc_backing_get(&new->backing);
	KUNIT_ASSERT_TRUE(test, vproc_space_find(space, PAGES(1), &span));
	vproc_space_alter(space, &span, &traits);
	KUNIT_EXPECT_EQ(test, refcount_read(&old->backing.refs), 1);
	KUNIT_EXPECT_EQ(test, refcount_read(&new->backing.refs), 2);
	KUNIT_EXPECT_EQ(test, 0, vproc_space_clear(space, PAGES(1), PAGES(4)));
	KUNIT_EXPECT_EQ(test, refcount_read(&new->backing.refs), 1);
	kit_model_done(model);
}

static void gap_bounds(struct kunit *test)
{
	struct vproc_model *model = kit_model(test, 100);
	unsigned long start, end;

	KUNIT_EXPECT_EQ(test, -ENOMEM,
			vproc_space_gap(&model->space, PAGES(5), PAGES(5),
					PAGES(1), true, &start, &end));
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			vproc_space_gap(&model->space, PAGES(5), PAGES(6),
					PAGES(2), false, &start, &end));
	KUNIT_EXPECT_EQ(test, 0,
			vproc_space_gap(&model->space, PAGES(5), PAGES(7),
					PAGES(2), true, &start, &end));
	KUNIT_EXPECT_EQ(test, start, PAGES(5));
	KUNIT_EXPECT_EQ(test, end, PAGES(7));
	kit_model_done(model);
}

/* What user space sees of a region, and what follows from its place. */
static void exported(struct kunit *test)
{
	struct kit_backing *file = kit_backing(test, 33);
	struct vproc_model *model = kit_model(test, 100);
	struct vproc_space *space = &model->space;
	u64 bytes[VPROC_NR_TYPES];
	struct vproc_region region;
	struct vproc_span span;

	KUNIT_EXPECT_EQ(test, 0, kit_map_file(model, 40, 2, PROT_READ,
					      MAP_SHARED | MAP_FIXED, file, 7));
	KUNIT_EXPECT_EQ(test, 0, kit_map(model, KIT_HEAP, 2, KIT_RW,
					 KIT_ANON | MAP_FIXED));
	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 60, 2, KIT_RW,
					 KIT_ANON | MAP_FIXED));
	space->heap.brk = PAGES(KIT_HEAP + 2);
	space->start_stack = PAGES(61);

	KUNIT_ASSERT_TRUE(test, vproc_space_find(space, PAGES(41), &span));
	vproc_space_export(space, &span, &region);
	KUNIT_EXPECT_EQ(test, region.start, PAGES(40));
	KUNIT_EXPECT_EQ(test, region.end, PAGES(42));
	KUNIT_EXPECT_EQ(test, region.offset, PAGES(7));
	KUNIT_EXPECT_EQ(test, region.inode, 1033);
	KUNIT_EXPECT_EQ(test, region.name, 33);
	KUNIT_EXPECT_EQ(test, region.type, VPROC_TYPE_MAPPED_FILE);

	KUNIT_ASSERT_TRUE(test, vproc_space_find(space, 0, &span));
	KUNIT_EXPECT_EQ(test, vproc_space_type(space, &span), VPROC_TYPE_HEAP);
	KUNIT_EXPECT_EQ(test, vproc_space_name(space, &span), VPROC_NAME_HEAP);
	KUNIT_ASSERT_TRUE(test, vproc_space_find(space, PAGES(60), &span));
	KUNIT_EXPECT_EQ(test, vproc_space_type(space, &span), VPROC_TYPE_STACK);
	KUNIT_EXPECT_EQ(test, vproc_space_name(space, &span), VPROC_NAME_STACK);

	vproc_space_bytes(space, bytes);
	KUNIT_EXPECT_EQ(test, bytes[VPROC_TYPE_HEAP], PAGES(2));
	KUNIT_EXPECT_EQ(test, bytes[VPROC_TYPE_STACK], PAGES(2));
	KUNIT_EXPECT_EQ(test, bytes[VPROC_TYPE_DATA], 0);
	KUNIT_EXPECT_EQ(test, bytes[VPROC_TYPE_MAPPED_FILE], PAGES(2));
	KUNIT_EXPECT_EQ(test, space->total, PAGES(6));
	kit_model_done(model);
	KUNIT_EXPECT_EQ(test, refcount_read(&file->backing.refs), 1);
}

/* More regions than are gathered without memory, all gone at once. */
static void many(struct kunit *test)
{
	struct vproc_model *model = kit_model(test, 1000);
	unsigned int i;

	for (i = 0; i < 40; i++)
		KUNIT_EXPECT_EQ(test, 0, kit_map(model, 20 + 2 * i, 1, KIT_RW,
						 KIT_ANON | MAP_FIXED));
	KUNIT_EXPECT_EQ(test, model->space.nr, 40);
	KUNIT_EXPECT_EQ(test, 0, vproc_space_clear(&model->space, PAGES(20),
						   PAGES(100)));
	KUNIT_EXPECT_EQ(test, model->space.nr, 0);
	KUNIT_EXPECT_EQ(test, model->space.nr_peak, 40);
	kit_model_done(model);
}

static void mirror(struct kunit *test)
{
	struct vproc_space *space;

	space = kunit_kzalloc(test, sizeof(*space), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, space);
	vproc_space_init(space);
	KUNIT_EXPECT_EQ(test, space->nr, 0);
	vproc_space_destroy(space);
}

static struct kunit_case kit_space_cases[] = {
	KUNIT_CASE(random_against_oracle),
	KUNIT_CASE_PARAM(ranges, kit_ranges_gen_params),
	KUNIT_CASE(alter),
	KUNIT_CASE(alter_backing),
	KUNIT_CASE(gap_bounds),
	KUNIT_CASE(exported),
	KUNIT_CASE(many),
	KUNIT_CASE(mirror),
	{ }
};

struct kunit_suite kit_space_suite = {
	.name = "vproc_space",
	.test_cases = kit_space_cases,
};
