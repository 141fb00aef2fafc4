// SPDX-License-Identifier: GPL-2.0-only
/* Stacks of a model. */
#include "kunit/kit.h"
#include "model/fault.h"
#include "model/map.h"
#include "model/stack.h"

struct kit_stack {
	const char *name;
	unsigned long size;
	unsigned long limit;
	unsigned long top;
	int expected;
	const char *regions;
};

/* The layout's stack ends at page 388 and is of 4 pages. 50-52 is taken. */
static const struct kit_stack kit_stacks[] = {
	{ "smallest", PAGES(2), 0, 0, 0, "50-52r 387-388rw" },
	{ "too small", PAGES(2) - 1, 0, 0, -EINVAL, "50-52r" },
	{ "empty", 0, 0, 0, -EINVAL, "50-52r" },
	{ "rounded", PAGES(2) + 1, 0, 0, 0, "50-52r 386-388rw" },
	{ "large", PAGES(330), 0, 0, 0, "50-52r 59-388rw" },
	{ "no room", PAGES(350), 0, 0, -ENOMEM, "50-52r" },
	{ "too large", PAGES(1000), 0, 0, -ENOMEM, "50-52r" },
	{ "wraps", -1UL, 0, 0, -ENOMEM, "50-52r" },
	{ "limit", PAGES(2), PAGES(3), 0, 0, "50-52r 387-388rw" },
	{ "limit too small", PAGES(3), PAGES(2), 0, -EINVAL, "50-52r" },
	{ "given", PAGES(4), 0, PAGES(30), 0, "27-30rw 50-52r" },
	{ "given in use", PAGES(4), 0, PAGES(51), -EEXIST, "50-52r" },
	{ "guard in use", PAGES(4), 0, PAGES(55), -EEXIST, "50-52r" },
	{ "given unaligned", PAGES(4), 0, PAGES(30) + 8, -EINVAL, "50-52r" },
	{ "given beyond", PAGES(4), 0, PAGES(KIT_END + 4), -ENOMEM, "50-52r" },
	{ "given too low", PAGES(4), 0, PAGES(4), -EPERM, "50-52r" },
	{ "given below 0", PAGES(4), 0, PAGES(3), -ENOMEM, "50-52r" },
};

static void kit_stacks_desc(const struct kit_stack *stack, char *desc)
{
	strscpy(desc, stack->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kit_stacks, kit_stacks, kit_stacks_desc);

static void make(struct kunit *test)
{
	const struct kit_stack *param = test->param_value;
	struct vproc_model *model = kit_model(test, 100);
	struct vproc_stack_state *stack;

	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 50, 2, PROT_READ,
					 KIT_ANON | MAP_FIXED));
	stack = vproc_model_stack_new(model, param->size, param->limit,
				      param->top);
	KUNIT_EXPECT_EQ(test, param->expected, PTR_ERR_OR_ZERO(stack));
	KIT_EXPECT_REGIONS(test, model, param->regions);
	KUNIT_EXPECT_EQ(test, model->nr_stacks, !param->expected);
	kit_model_done(model);
}

/* new, usable_size, contains and in_guard_page of the reference. */
static void bounds(struct kunit *test)
{
	struct vproc_model *model = kit_model(test, 100);
	struct vproc_stack_state *stack;
	struct vproc_span span;

	stack = vproc_model_stack_new(model, PAGES(4), 0, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, stack);
	KUNIT_EXPECT_EQ(test, stack->top, PAGES(KIT_END));
	KUNIT_EXPECT_EQ(test, stack->bottom, PAGES(KIT_END - 4));
	KUNIT_EXPECT_EQ(test, stack->sp, stack->top);
	KUNIT_EXPECT_EQ(test, stack->guard_size, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, vproc_stack_usable(stack), PAGES(3));
	KUNIT_EXPECT_FALSE(test, vproc_stack_contains(stack, stack->bottom - 1));
	KUNIT_EXPECT_TRUE(test, vproc_stack_contains(stack, stack->bottom));
	KUNIT_EXPECT_TRUE(test, vproc_stack_contains(stack, stack->top));
	KUNIT_EXPECT_FALSE(test, vproc_stack_contains(stack, stack->top + 1));
	KUNIT_EXPECT_FALSE(test, vproc_stack_in_guard(stack, stack->bottom - 1));
	KUNIT_EXPECT_TRUE(test, vproc_stack_in_guard(stack, stack->bottom));
	KUNIT_EXPECT_TRUE(test, vproc_stack_in_guard(stack, stack->bottom +
							    PAGE_SIZE - 1));
	KUNIT_EXPECT_FALSE(test, vproc_stack_in_guard(stack, stack->bottom +
							     PAGE_SIZE));
	KUNIT_ASSERT_TRUE(test, vproc_space_find(&model->space,
						 stack->bottom, &span));
	KUNIT_EXPECT_EQ(test, span.start, stack->bottom + PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, span.attr->traits.type, VPROC_TYPE_STACK);
	KUNIT_EXPECT_EQ(test, VPROC_NAME_STACK,
			vproc_space_name(&model->space, &span));
	KUNIT_EXPECT_PTR_EQ(test, stack, vproc_stack_find(model, stack->id));
	KUNIT_EXPECT_NULL(test, vproc_stack_find(model, stack->id + 1));
	kit_model_done(model);
}

static void several(struct kunit *test)
{
	struct vproc_stack_state *stacks[3];
	struct vproc_model *model = kit_model(test, 100);
	unsigned int i;

	for (i = 0; i < 3; i++) {
		stacks[i] = vproc_model_stack_new(model, PAGES(2), 0,
						  i == 2 ? PAGES(20) : 0);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, stacks[i]);
		KUNIT_EXPECT_EQ(test, stacks[i]->id, i + 1);
	}
	/* The second is kept away from the first by its gap. */
	KIT_EXPECT_REGIONS(test, model, "19-20rw 127-128rw 387-388rw");
	KUNIT_EXPECT_EQ(test, 0, vproc_model_stack_free(model, stacks[0]));
	KUNIT_EXPECT_EQ(test, 0, model->space.start_stack);
	KUNIT_EXPECT_EQ(test, 0, vproc_model_stack_free(model, stacks[2]));
	KIT_EXPECT_REGIONS(test, model, "127-128rw");
	KUNIT_EXPECT_EQ(test, model->nr_stacks, 1);
	model->nr_stacks = VPROC_MODEL_STACKS;
	KUNIT_EXPECT_EQ(test, -ENOMEM, PTR_ERR(vproc_model_stack_new(model,
								     PAGES(2), 0, 0)));
	model->nr_stacks = 1;
	model->max_regions = 0;
	KUNIT_EXPECT_EQ(test, -ENOMEM, PTR_ERR(vproc_model_stack_new(model,
								     PAGES(2), 0, 0)));
	kit_model_done(model);
}

/* A stack that cannot be taken away: where it lies no more cuts are allowed. */
static void free_fails(struct kunit *test)
{
	struct vproc_model *model = kit_model(test, 100);
	struct vproc_stack_state *stack;

	stack = vproc_model_stack_new(model, PAGES(2), 0, PAGES(20));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, stack);
	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 10, 20, KIT_RW,
					 KIT_ANON | MAP_FIXED));
	model->max_regions = 1;
	KUNIT_EXPECT_EQ(test, -ENOMEM, vproc_model_stack_free(model, stack));
	KUNIT_EXPECT_EQ(test, model->nr_stacks, 1);
	kit_model_done(model);
}

/* A stack of 2 pages at page 380, limit 20, over what @below says. */
struct kit_growth {
	const char *name;
	unsigned long below;
	u32 prot;
	u32 flags;
	unsigned long increment;
	int expected;
};

static const struct kit_growth kit_growths[] = {
	{ "one page", 0, 0, 0, PAGES(1), 0 },
	{ "rounded", 0, 0, 0, 1, 0 },
	{ "to the limit", 0, 0, 0, PAGES(19), 0 },
	{ "beyond it", 0, 0, 0, PAGES(20), -ENOMEM },
	{ "by nothing", 0, 0, 0, 0, -EINVAL },
	{ "wraps", 0, 0, 0, -1UL, -ENOMEM },
	{ "below zero", 0, 0, 0, PAGES(400), -ENOMEM },
	{ "to zero", 0, 0, 0, PAGES(379), -EPERM },
	{ "gap kept", 100, KIT_RW, 0, PAGES(10), 0 },
	{ "gap reached", 121, KIT_RW, 0, PAGES(1), 0 },
	{ "into the gap", 122, KIT_RW, 0, PAGES(1), -ENOMEM },
	{ "over no access", 370, PROT_NONE, 0, PAGES(8), 0 },
	{ "into no access", 370, PROT_NONE, 0, PAGES(9), -ENOMEM },
	{ "over another", 370, KIT_RW, MAP_GROWSDOWN, PAGES(8), 0 },
	{ "into another", 370, KIT_RW, MAP_GROWSDOWN, PAGES(9), -ENOMEM },
};

static void kit_growths_desc(const struct kit_growth *growth, char *desc)
{
	strscpy(desc, growth->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kit_growths, kit_growths, kit_growths_desc);

static void grow(struct kunit *test)
{
	const struct kit_growth *param = test->param_value;
	struct vproc_model *model = kit_model(test, 100);
	struct vproc_stack_state *stack;
	unsigned long bottom;

	stack = vproc_model_stack_new(model, PAGES(2), PAGES(20), PAGES(380));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, stack);
	if (param->below)
		KUNIT_EXPECT_EQ(test, 0, kit_map(model, param->below, 1,
						 param->prot, param->flags |
						 KIT_ANON | MAP_FIXED));
	bottom = stack->bottom;
	KUNIT_EXPECT_EQ(test, param->expected,
			vproc_model_grow_stack(model, stack, param->increment));
	if (!param->expected)
		bottom -= PAGE_ALIGN(param->increment);
	KUNIT_EXPECT_EQ(test, bottom, stack->bottom);
	kit_model_done(model);
}

static void grow_what_is_gone(struct kunit *test)
{
	struct vproc_model *model = kit_model(test, 100);
	struct vproc_stack_state *stack;

	stack = vproc_model_stack_new(model, PAGES(3), PAGES(20), PAGES(300));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, stack);
	KUNIT_EXPECT_EQ(test, 0, vproc_model_unmap(model, PAGES(298), PAGES(1)));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			vproc_model_grow_stack(model, stack, PAGES(1)));
	/* By touching what is left can grow again, and be the stack. */
	KUNIT_EXPECT_EQ(test, 0, vproc_model_touch(model, PAGES(297), PROT_READ));
	KUNIT_EXPECT_EQ(test, PAGES(296), stack->bottom);
	KUNIT_EXPECT_EQ(test, 0, vproc_model_unmap(model, PAGES(290), PAGES(20)));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			vproc_model_grow_stack(model, stack, PAGES(1)));
	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 297, 1, KIT_RW,
					 KIT_ANON | MAP_FIXED));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			vproc_model_grow_stack(model, stack, PAGES(1)));
	kit_model_done(model);
}

static struct kunit_case kit_stack_cases[] = {
	KUNIT_CASE_PARAM(make, kit_stacks_gen_params),
	KUNIT_CASE(bounds),
	KUNIT_CASE(several),
	KUNIT_CASE(free_fails),
	KUNIT_CASE_PARAM(grow, kit_growths_gen_params),
	KUNIT_CASE(grow_what_is_gone),
	{ }
};

struct kunit_suite kit_stack_suite = {
	.name = "vproc_stack",
	.test_cases = kit_stack_cases,
};
