// SPDX-License-Identifier: GPL-2.0-only
/* Accesses to a model's memory. */
#include "kunit/kit.h"
#include "model/fault.h"
#include "model/map.h"

/* With 300-302rw that grows down over 30-32r, 34-36x and 38-40rws. */
struct kit_touch {
	const char *name;
	unsigned long addr;
	u32 access;
	int expected;
	unsigned long start;
};

static const struct kit_touch kit_touches[] = {
	{ "read", PAGES(30), PROT_READ, 0, 300 },
	{ "write to read-only", PAGES(30), PROT_WRITE, -EACCES, 300 },
	{ "execute", PAGES(34), PROT_EXEC, 0, 300 },
	{ "execute data", PAGES(30), PROT_EXEC, -EACCES, 300 },
	{ "hole", PAGES(33), PROT_READ, -EFAULT, 300 },
	{ "above all", PAGES(350), PROT_READ, -EFAULT, 300 },
	{ "last byte", PAGES(32) - 1, PROT_READ, 0, 300 },
	{ "after it", PAGES(32), PROT_READ, -EFAULT, 300 },
	{ "grows", PAGES(300) - 1, PROT_WRITE, 0, 299 },
	{ "grows to the limit", PAGES(298), PROT_WRITE, 0, 298 },
	{ "beyond it", PAGES(298) - 1, PROT_WRITE, -ENOMEM, 300 },
	{ "grows, no access", PAGES(299), PROT_EXEC, -EACCES, 299 },
};

static void kit_touches_desc(const struct kit_touch *touch, char *desc)
{
	strscpy(desc, touch->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kit_touches, kit_touches, kit_touches_desc);

static void touch(struct kunit *test)
{
	const struct kit_touch *param = test->param_value;
	struct vproc_model *model = kit_model(test, 100);
	struct kit_backing *file = kit_backing(test, 20);
	struct vproc_span span;

	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 30, 2, PROT_READ,
					 KIT_ANON | MAP_FIXED));
	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 34, 2, PROT_EXEC,
					 KIT_ANON | MAP_FIXED));
	KUNIT_EXPECT_EQ(test, 0, kit_map_file(model, 38, 2, KIT_RW,
					      MAP_SHARED | MAP_FIXED, file, 0));
	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 300, 2, KIT_RW,
					 KIT_ANON | MAP_FIXED | MAP_GROWSDOWN));
	KUNIT_EXPECT_EQ(test, param->expected,
			vproc_model_touch(model, param->addr, param->access));
	KUNIT_ASSERT_TRUE(test, vproc_space_find(&model->space, PAGES(200),
						 &span));
	KUNIT_EXPECT_EQ(test, PAGES(param->start), span.start);
	KUNIT_EXPECT_EQ(test, model->pages.nr, 0);
	/* A write is such an access, and makes a private page exist. */
	if (param->access == PROT_WRITE) {
		KUNIT_EXPECT_EQ(test, param->expected,
				vproc_model_write(model, param->addr));
		KUNIT_EXPECT_EQ(test, model->pages.nr, !param->expected);
	}
	/* Shared memory has no pages of its own. */
	KUNIT_EXPECT_EQ(test, 0, vproc_model_write(model, PAGES(39)));
	KUNIT_EXPECT_NULL(test, vproc_pages_find(&model->pages, PAGES(39)));
	kit_model_done(model);
}

static struct kunit_case kit_fault_cases[] = {
	KUNIT_CASE_PARAM(touch, kit_touches_gen_params),
	{ }
};

struct kunit_suite kit_fault_suite = {
	.name = "vproc_fault",
	.test_cases = kit_fault_cases,
};
