// SPDX-License-Identifier: GPL-2.0-only
/* Choosing an address. Random operations are in the suite of map.c. */
#include "kunit/kit.h"
#include "model/place.h"

/* With 100-110rw. */
struct kit_place {
	const char *name;
	unsigned long addr;
	unsigned long size;
	bool fixed;
	int expected;
	unsigned long at;
};

static const struct kit_place kit_places[] = {
	{ "highest", 0, PAGES(18), false, 0, PAGES(110) },
	{ "next", 0, PAGES(19), false, 0, PAGES(81) },
	{ "hint", PAGES(20), PAGES(4), false, 0, PAGES(20) },
	{ "hint in use", PAGES(105), PAGES(4), false, 0, PAGES(124) },
	{ "hint below min", 1, PAGES(4), false, 0, PAGES(124) },
	{ "hint that overflows", -PAGE_SIZE, PAGES(4), false, 0, PAGES(124) },
	{ "above", 0, PAGES(120), false, 0, PAGES(130) },
	{ "nowhere", 0, PAGES(300), false, -ENOMEM, 0 },
	{ "too large", 0, PAGES(KIT_END + 1), false, -ENOMEM, 0 },
	{ "fixed", PAGES(100), PAGES(1), true, 0, PAGES(100) },
	{ "fixed beyond", PAGES(KIT_END), PAGES(1), true, -ENOMEM, 0 },
	{ "fixed unaligned", PAGES(50) + 1, PAGES(1), true, -EINVAL, 0 },
	{ "fixed too low", 0, PAGES(1), true, -EPERM, 0 },
};

static void kit_places_desc(const struct kit_place *place, char *desc)
{
	strscpy(desc, place->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kit_places, kit_places, kit_places_desc);

static void choose(struct kunit *test)
{
	const struct kit_place *param = test->param_value;
	struct vproc_model *model = kit_model(test, 100);
	unsigned long addr = param->addr;

	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 100, 10, KIT_RW,
					 KIT_ANON | MAP_FIXED));
	KUNIT_EXPECT_EQ(test, param->expected,
			vproc_place(model, &addr, param->size, param->fixed));
	if (!param->expected)
		KUNIT_EXPECT_EQ(test, param->at, addr);
	kit_model_done(model);
}

static void guard_gap(struct kunit *test)
{
	struct vproc_model *model = kit_model(test, 100);
	unsigned long addr = 0;
	struct vproc_span span;

	/* All from page 44 to 300 is its gap; what is lower is found. */
	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 300, 2, KIT_RW,
					 KIT_ANON | MAP_FIXED | MAP_GROWSDOWN));
	KUNIT_ASSERT_TRUE(test, vproc_space_find(&model->space, PAGES(300),
						 &span));
	KUNIT_EXPECT_EQ(test, PAGES(44), vproc_place_start(&span));
	KUNIT_EXPECT_EQ(test, 0, vproc_place(model, &addr, PAGES(1), false));
	KUNIT_EXPECT_EQ(test, PAGES(43), addr);
	addr = PAGES(200);
	KUNIT_EXPECT_EQ(test, 0, vproc_place(model, &addr, PAGES(1), false));
	KUNIT_EXPECT_EQ(test, PAGES(43), addr);
	/* Upwards it is passed over. */
	addr = 0;
	KUNIT_EXPECT_EQ(test, 0, vproc_place(model, &addr, PAGES(50), false));
	KUNIT_EXPECT_EQ(test, PAGES(302), addr);
	/* One that lies lower than a gap is large has none below zero. */
	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 10, 2, KIT_RW,
					 KIT_ANON | MAP_FIXED | MAP_GROWSDOWN));
	KUNIT_ASSERT_TRUE(test, vproc_space_find(&model->space, PAGES(10),
						 &span));
	KUNIT_EXPECT_EQ(test, 0, vproc_place_start(&span));
	KUNIT_EXPECT_FALSE(test, vproc_place_free(model, PAGES(5), PAGES(11)));
	KUNIT_EXPECT_TRUE(test, vproc_place_free(model, PAGES(5), PAGES(10)));
	kit_model_done(model);
}

static struct kunit_case kit_place_cases[] = {
	KUNIT_CASE_PARAM(choose, kit_places_gen_params),
	KUNIT_CASE(guard_gap),
	{ }
};

struct kunit_suite kit_place_suite = {
	.name = "vproc_place",
	.test_cases = kit_place_cases,
};
