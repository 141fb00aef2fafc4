// SPDX-License-Identifier: GPL-2.0-only
/* The layout of a model. */
#include "kunit/kit.h"

struct kit_layout_change {
	const char *name;
	size_t field;
	unsigned long value;
	int expected;
};

#define CHANGE(field, value, expected)					\
	{ #field " " #value, offsetof(struct vproc_layout, field),	\
	  (value), (expected) }

/* The default with one field changed. */
static const struct kit_layout_change kit_changes[] = {
	CHANGE(user_start, VPROC_USER_START, 0),
	CHANGE(user_start, 0, -EINVAL),
	CHANGE(user_start, 0x10001, -EINVAL),
	CHANGE(user_start, VPROC_CODE_START, 0),
	CHANGE(user_start, VPROC_CODE_START + PAGE_SIZE, -EINVAL),
	CHANGE(user_end, VPROC_STACK_END, 0),
	CHANGE(user_end, VPROC_STACK_END - PAGE_SIZE, -EINVAL),
	CHANGE(user_end, 1UL << 56, 0),
	CHANGE(user_end, (1UL << 56) + PAGE_SIZE, -EINVAL),
	CHANGE(user_end, -PAGE_SIZE, -EINVAL),
	CHANGE(code_start, VPROC_DATA_START, -EINVAL),
	CHANGE(code_start, VPROC_CODE_START + 8, -EINVAL),
	CHANGE(data_start, VPROC_HEAP_START, -EINVAL),
	CHANGE(data_start, VPROC_CODE_START, -EINVAL),
	CHANGE(heap_start, VPROC_DATA_START, -EINVAL),
	CHANGE(heap_start, VPROC_STACK_END, -EINVAL),
	CHANGE(heap_start, -PAGE_SIZE, -EINVAL),
	CHANGE(heap_limit, 0, -EINVAL),
	CHANGE(heap_limit, PAGE_SIZE, 0),
	CHANGE(heap_limit, PAGE_SIZE + 1, -EINVAL),
	CHANGE(heap_limit, -PAGE_SIZE, -EINVAL),
	CHANGE(heap_limit, VPROC_STACK_END, -EINVAL),
	CHANGE(stack_end, VPROC_USER_END, 0),
	CHANGE(stack_end, VPROC_HEAP_START, -EINVAL),
	CHANGE(stack_end, PAGE_SIZE, -EINVAL),
	CHANGE(stack_size, PAGE_SIZE, -EINVAL),
	CHANGE(stack_size, 2 * PAGE_SIZE, 0),
	CHANGE(stack_size, 2 * PAGE_SIZE + 1, -EINVAL),
	CHANGE(stack_size, VPROC_STACK_END, -EINVAL),
	CHANGE(stack_size, -PAGE_SIZE, -EINVAL),
};

static void kit_changes_desc(const struct kit_layout_change *change, char *desc)
{
	strscpy(desc, change->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kit_changes, kit_changes, kit_changes_desc);

static void check(struct kunit *test)
{
	const struct kit_layout_change *param = test->param_value;
	struct vproc_layout layout;

	vproc_layout_default(&layout);
	*(unsigned long *)((char *)&layout + param->field) = param->value;
	KUNIT_EXPECT_EQ(test, vproc_layout_check(&layout), param->expected);
}

/* The numbers of the reference. */
static void defaults(struct kunit *test)
{
	struct vproc_layout layout;

	vproc_layout_default(&layout);
	KUNIT_EXPECT_EQ(test, vproc_layout_check(&layout), 0);
	KUNIT_EXPECT_EQ(test, layout.user_start, 0x10000);
	KUNIT_EXPECT_EQ(test, layout.user_end, 0x7fffffff0000);
	KUNIT_EXPECT_EQ(test, layout.code_start, 0x400000);
	KUNIT_EXPECT_EQ(test, layout.data_start, 0x800000);
	KUNIT_EXPECT_EQ(test, layout.heap_start, 0x10000000);
	KUNIT_EXPECT_EQ(test, layout.heap_limit, 8UL << 30);
	KUNIT_EXPECT_EQ(test, layout.stack_end, 0x7fff00000000);
	KUNIT_EXPECT_EQ(test, layout.stack_size, 8UL << 20);
	KUNIT_EXPECT_EQ(test, vproc_layout_map_end(&layout),
			0x7fff00000000 - (8UL << 20) - (1UL << 20));
	KUNIT_EXPECT_EQ(test, vproc_layout_check(&kit_layout), 0);
}

static struct kunit_case kit_layout_cases[] = {
	KUNIT_CASE_PARAM(check, kit_changes_gen_params),
	KUNIT_CASE(defaults),
	{ }
};

struct kunit_suite kit_layout_suite = {
	.name = "vproc_layout",
	.test_cases = kit_layout_cases,
};
