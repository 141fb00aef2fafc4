// SPDX-License-Identifier: GPL-2.0-only
/* The heap of a model, from page 3 to at most page 19. */
#include "kunit/kit.h"
#include "model/map.h"

#define START	PAGES(KIT_HEAP)
#define LIMIT	PAGES(KIT_HEAP_PAGES)

struct kit_brk {
	const char *name;
	unsigned long brk;
	int expected;
	const char *regions;
};

/* Each begins with the break at START + 4 pages and something at page 15. */
static const struct kit_brk kit_brks[] = {
	{ "grow", START + PAGES(6), 0, "3-9rw 15-16r" },
	{ "grow a byte", START + PAGES(4) + 1, 0, "3-8rw 15-16r" },
	{ "the same", START + PAGES(4), 0, "3-7rw 15-16r" },
	{ "within the page", START + PAGES(4) - 1, 0, "3-7rw 15-16r" },
	{ "shrink", START + PAGES(1), 0, "3-4rw 15-16r" },
	{ "to nothing", START, 0, "15-16r" },
	{ "below", START - 1, -EINVAL, "3-7rw 15-16r" },
	{ "zero", 0, -EINVAL, "3-7rw 15-16r" },
	{ "above", START + LIMIT + 1, -ENOMEM, "3-7rw 15-16r" },
	{ "far above", -1UL, -ENOMEM, "3-7rw 15-16r" },
	{ "into a neighbour", START + PAGES(13), -ENOMEM, "3-7rw 15-16r" },
	{ "beside one", START + PAGES(12), -ENOMEM, "3-7rw 15-16r" },
	{ "near one", START + PAGES(11), 0, "3-14rw 15-16r" },
};

static void kit_brks_desc(const struct kit_brk *brk, char *desc)
{
	strscpy(desc, brk->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kit_brks, kit_brks, kit_brks_desc);

static void brk(struct kunit *test)
{
	const struct kit_brk *param = test->param_value;
	struct vproc_model *model = kit_model(test, 100);
	struct vproc_heap_state *heap = &model->space.heap;

	KUNIT_EXPECT_EQ(test, 0, vproc_model_brk(model, START + PAGES(4)));
	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 15, 1, PROT_READ,
					 KIT_ANON | MAP_FIXED));
	KUNIT_EXPECT_EQ(test, param->expected,
			vproc_model_brk(model, param->brk));
	KUNIT_EXPECT_EQ(test, param->expected ? START + PAGES(4) : param->brk,
			heap->brk);
	KIT_EXPECT_REGIONS(test, model, param->regions);
	kit_model_done(model);
}

static void limits(struct kunit *test)
{
	struct vproc_model *model = kit_model(test, 100);
	struct vproc_heap_state *heap = &model->space.heap;
	struct vproc_span span;

	KUNIT_EXPECT_EQ(test, 0, vproc_model_grow_heap(model, 0));
	KUNIT_EXPECT_EQ(test, -ENOMEM, vproc_model_grow_heap(model, LIMIT + 1));
	KUNIT_EXPECT_EQ(test, -ENOMEM, vproc_model_grow_heap(model, -1UL));
	KUNIT_EXPECT_EQ(test, 0, vproc_model_grow_heap(model, LIMIT));
	KUNIT_EXPECT_EQ(test, heap->brk, START + LIMIT);
	KUNIT_EXPECT_EQ(test, -ENOMEM, vproc_model_grow_heap(model, 1));
	KUNIT_EXPECT_EQ(test, 0, vproc_model_brk(model, START + 1));
	KUNIT_EXPECT_EQ(test, heap->peak, START + LIMIT);
	KUNIT_EXPECT_EQ(test, heap->grows, 1);
	KUNIT_EXPECT_EQ(test, heap->shrinks, 1);
	KUNIT_ASSERT_TRUE(test, vproc_space_find(&model->space, START, &span));
	KUNIT_EXPECT_EQ(test, VPROC_TYPE_HEAP,
			vproc_space_type(&model->space, &span));
	kit_model_done(model);
}

/* The heap cut, changed, taken away: it grows on as Linux's does. */
static void changed(struct kunit *test)
{
	struct vproc_model *model = kit_model(test, 100);

	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 1, 2, KIT_RW,
					 KIT_ANON | MAP_FIXED));
	KUNIT_EXPECT_EQ(test, 0, vproc_model_brk(model, START + PAGES(4)));
	KIT_EXPECT_REGIONS(test, model, "1-3rw 3-7rw");
	KUNIT_EXPECT_EQ(test, 0, vproc_model_protect(model, PAGES(6), PAGES(1),
						     PROT_READ));
	KUNIT_EXPECT_EQ(test, 0, vproc_model_brk(model, START + PAGES(5)));
	KIT_EXPECT_REGIONS(test, model, "1-3rw 3-6rw 6-7r 7-8rw");
	KUNIT_EXPECT_EQ(test, 0, vproc_model_unmap(model, PAGES(7), PAGES(1)));
	/* Nothing to unmap there: the break stays. */
	KUNIT_EXPECT_EQ(test, -ENOMEM, vproc_model_brk(model,
						       START + PAGES(4)));
	KUNIT_EXPECT_EQ(test, 0, vproc_model_brk(model, START + PAGES(3)));
	KIT_EXPECT_REGIONS(test, model, "1-3rw 3-6rw");
	model->max_regions = 1;
	KUNIT_EXPECT_EQ(test, -ENOMEM, vproc_model_brk(model,
						       START + PAGES(4)));
	kit_model_done(model);
}

/* A region that grows down keeps the heap a gap away. */
static void guard_gap(struct kunit *test)
{
	struct vproc_model *model = kit_model(test, 100);

	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 270, 2, KIT_RW,
					 KIT_ANON | MAP_FIXED | MAP_GROWSDOWN));
	KUNIT_EXPECT_EQ(test, 0, vproc_model_brk(model, PAGES(13)));
	KUNIT_EXPECT_EQ(test, -ENOMEM, vproc_model_brk(model, PAGES(14)));
	/* User space ends before the heap's limit. */
	model->layout.user_end = PAGES(14);
	KUNIT_EXPECT_EQ(test, -ENOMEM, vproc_model_brk(model, PAGES(15)));
	kit_model_done(model);
}

struct kit_name {
	unsigned long start;
	unsigned long end;
	bool sharing;
	bool touching;
};

/* The heap is [100, 200). */
static const struct kit_name kit_names[] = {
	{ 50, 100, false, true },
	{ 50, 101, true, true },
	{ 199, 300, true, true },
	{ 200, 300, false, true },
	{ 201, 300, false, false },
	{ 50, 99, false, false },
};

static void names(struct kunit *test)
{
	struct vproc_heap_state heap;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kit_names); i++) {
		const struct kit_name *name = &kit_names[i];

		vproc_heap_init(&heap, 100, 200, false);
		KUNIT_EXPECT_EQ(test, name->sharing,
				vproc_heap_names(&heap, name->start,
						 name->end));
		vproc_heap_init(&heap, 100, 200, true);
		KUNIT_EXPECT_EQ(test, name->touching,
				vproc_heap_names(&heap, name->start,
						 name->end));
	}
}

static void moved(struct kunit *test)
{
	struct vproc_heap_state heap;

	vproc_heap_init(&heap, 100, 200, false);
	KUNIT_EXPECT_FALSE(test, vproc_heap_moved(&heap, 100, 200));
	KUNIT_EXPECT_TRUE(test, vproc_heap_moved(&heap, 90, 200));
	KUNIT_EXPECT_EQ(test, heap.grows + heap.shrinks, 0);
	KUNIT_EXPECT_TRUE(test, vproc_heap_moved(&heap, 90, 300));
	KUNIT_EXPECT_TRUE(test, vproc_heap_moved(&heap, 90, 150));
	KUNIT_EXPECT_EQ(test, heap.grows, 1);
	KUNIT_EXPECT_EQ(test, heap.shrinks, 1);
	KUNIT_EXPECT_EQ(test, heap.peak, 300);
}

static struct kunit_case kit_heap_cases[] = {
	KUNIT_CASE_PARAM(brk, kit_brks_gen_params),
	KUNIT_CASE(limits),
	KUNIT_CASE(changed),
	KUNIT_CASE(guard_gap),
	KUNIT_CASE(names),
	KUNIT_CASE(moved),
	{ }
};

struct kunit_suite kit_heap_suite = {
	.name = "vproc_heap",
	.test_cases = kit_heap_cases,
};
