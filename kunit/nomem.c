// SPDX-License-Identifier: GPL-2.0-only
/*
 * Failing allocations: each operation is made with the first, the second, ...
 * allocation failing, alone or with all after it. It must either fail and
 * leave all as it was, or succeed as if nothing had failed.
 *
 * Wants failslab as scripts/guest/kunit sets it up; is skipped without.
 */
#include <linux/fault-inject.h>
#include <linux/sched.h>

#include "kunit/kit.h"
#include "model/fault.h"
#include "model/heap.h"
#include "model/map.h"
#include "model/remap.h"
#include "model/stack.h"

#define FAULTS_MAX	200

static int op_map(struct vproc_model *model)
{
	return kit_map(model, 60, 4, PROT_READ, KIT_ANON | MAP_FIXED);
}

/* Over more regions than are gathered without memory. */
static int op_map_over(struct vproc_model *model)
{
	return kit_map(model, 20, 60, KIT_RW, KIT_ANON | MAP_FIXED);
}

static int op_unmap(struct vproc_model *model)
{
	return vproc_model_unmap(model, PAGES(20), PAGES(60));
}

static int op_unmap_middle(struct vproc_model *model)
{
	return vproc_model_unmap(model, PAGES(102), PAGES(2));
}

static int op_protect(struct vproc_model *model)
{
	return vproc_model_protect(model, PAGES(102), PAGES(2), PROT_READ);
}

static int op_physical(struct vproc_model *model)
{
	return vproc_model_map_physical(model, 0, PAGES(90), PAGES(1),
					PROT_READ);
}

static int remap(struct vproc_model *model, unsigned long to, u32 flags)
{
	struct vproc_remap_request request = {
		PAGES(101), PAGES(4), PAGES(4), PAGES(to),
		MREMAP_MAYMOVE | MREMAP_FIXED | flags,
	};
	unsigned long addr;

	return vproc_model_remap(model, &request, &addr);
}

static int op_move(struct vproc_model *model)
{
	return remap(model, 85, 0);
}

static int op_keep(struct vproc_model *model)
{
	return remap(model, 110, MREMAP_DONTUNMAP);
}

static int op_brk(struct vproc_model *model)
{
	return vproc_model_brk(model, PAGES(KIT_HEAP + 3));
}

static int op_stack_new(struct vproc_model *model)
{
	return PTR_ERR_OR_ZERO(vproc_model_stack_new(model, PAGES(2), 0,
						     PAGES(370)));
}

static int op_stack_free(struct vproc_model *model)
{
	return vproc_model_stack_free(model, vproc_stack_find(model, 1));
}

static int op_grow_stack(struct vproc_model *model)
{
	return vproc_model_grow_stack(model, vproc_stack_find(model, 1),
				      PAGES(1));
}

static int op_write(struct vproc_model *model)
{
	return vproc_model_write(model, PAGES(103));
}

static int op_fork(struct vproc_model *model)
{
	struct vproc_model *child;
	int ret;

	child = kzalloc(sizeof(*child), GFP_KERNEL);
	if (!child)
		return -ENOMEM;
	vproc_model_init(child, &kit_layout, 100);
	mutex_lock_nested(&child->space.lock, SINGLE_DEPTH_NESTING);
	ret = vproc_model_fork(child, model, &kit_translate);
	mutex_unlock(&child->space.lock);
	mutex_unlock(&model->space.lock);
	vproc_model_destroy(child);
	mutex_lock(&model->space.lock);
	kfree(child);
	return ret;
}

struct kit_faulty {
	const char *name;
	int (*act)(struct vproc_model *model);
};

static const struct kit_faulty kit_faulties[] = {
	{ "map", op_map },
	{ "map over", op_map_over },
	{ "unmap", op_unmap },
	{ "unmap middle", op_unmap_middle },
	{ "protect", op_protect },
	{ "physical", op_physical },
	{ "move", op_move },
	{ "keep", op_keep },
	{ "brk", op_brk },
	{ "stack new", op_stack_new },
	{ "stack free", op_stack_free },
	{ "grow stack", op_grow_stack },
	{ "write", op_write },
	{ "fork", op_fork },
};

static void kit_faulties_desc(const struct kit_faulty *faulty, char *desc)
{
	strscpy(desc, faulty->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kit_faulties, kit_faulties, kit_faulties_desc);

static struct vproc_model *start_model(struct kunit *test,
				       struct kit_backing *file)
{
	struct vproc_model *model = kit_model(test, 100);
	unsigned int i;

	for (i = 0; i < 20; i++)
		KUNIT_EXPECT_EQ(test, 0, kit_map(model, 20 + 3 * i, 1, KIT_RW,
						 KIT_ANON | MAP_FIXED));
	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 100, 10, KIT_RW,
					 KIT_ANON | MAP_FIXED));
	KUNIT_EXPECT_EQ(test, 0, kit_map_file(model, 120, 2, PROT_READ,
					      MAP_SHARED | MAP_FIXED, file, 0));
	KUNIT_EXPECT_EQ(test, 0, vproc_model_write(model, PAGES(102)));
	KUNIT_EXPECT_EQ(test, 0, vproc_model_write(model, PAGES(104)));
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, vproc_model_stack_new(model,
								 PAGES(2), 0, 0));
	return model;
}

/* All that must be as before, besides the regions. */
struct kit_state {
	char text[KIT_TEXT];
	unsigned long nr;
	unsigned long pages;
	unsigned long brk;
	unsigned int stacks;
	unsigned long bottom;
	u64 total;
	u64 seq;
};

static void state_of(struct vproc_model *model, struct kit_state *state)
{
	struct vproc_stack_state *stack = vproc_stack_find(model, 1);

	memset(state, 0, sizeof(*state));
	kit_text(model, state->text);
	state->nr = model->space.nr;
	state->pages = model->pages.nr;
	state->brk = model->space.heap.brk;
	state->stacks = model->nr_stacks;
	state->bottom = stack ? stack->bottom : 0;
	state->total = model->space.total;
	state->seq = model->seq;
}

#ifdef CONFIG_FAILSLAB
/*
 * Have the @nth allocation fail; 0: all of them. That works only where failslab
 * heeds allocations that can sleep, and fails all those of a task that asks.
 */
static void faults_begin(unsigned int nth)
{
	if (nth)
		current->fail_nth = nth;
	else
		current->make_it_fail = 1;
}

/* Returns whether the fault that was asked for came to pass. */
static bool faults_end(unsigned int nth)
{
	bool happened = nth && !current->fail_nth;

	current->fail_nth = 0;
	current->make_it_fail = 0;
	return happened;
}
#else
static void faults_begin(unsigned int nth)
{
}

static bool faults_end(unsigned int nth)
{
	return false;
}
#endif

static bool faults_work(void)
{
	void *one, *all;

	faults_begin(1);
	one = kmalloc(64, GFP_KERNEL | __GFP_NOWARN);
	faults_end(1);
	faults_begin(0);
	all = kmalloc(64, GFP_KERNEL | __GFP_NOWARN);
	faults_end(0);
	kfree(one);
	kfree(all);
	return !one && !all;
}

/* One attempt. Returns whether a later allocation remains to be failed. */
static bool attempt(struct kunit *test, const struct kit_faulty *faulty,
		    unsigned int nth, const struct kit_state *good)
{
	struct kit_backing *file = kit_backing(test, 20);
	struct vproc_model *model = start_model(test, file);
	struct kit_state *before, *after;
	bool happened;
	int ret;

	before = kunit_kzalloc(test, sizeof(*before), GFP_KERNEL);
	after = kunit_kzalloc(test, sizeof(*after), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, before);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, after);
	state_of(model, before);
	faults_begin(nth);
	ret = faulty->act(model);
	happened = faults_end(nth);
	state_of(model, after);
	if (ret) {
		KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
		KUNIT_EXPECT_EQ(test, 0, memcmp(before, after, sizeof(*after)));
	} else {
		KUNIT_EXPECT_EQ(test, 0, memcmp(good, after, sizeof(*after)));
	}
	kit_model_done(model);
	KUNIT_EXPECT_EQ(test, refcount_read(&file->backing.refs), 1);
	return happened;
}

static void every_allocation(struct kunit *test)
{
	const struct kit_faulty *faulty = test->param_value;
	struct kit_backing *file = kit_backing(test, 20);
	struct vproc_model *model;
	struct kit_state *good;
	unsigned int nth;

	if (!faults_work())
		kunit_skip(test, "failslab is not set up");
	good = kunit_kzalloc(test, sizeof(*good), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, good);
	model = start_model(test, file);
	KUNIT_EXPECT_EQ(test, 0, faulty->act(model));
	state_of(model, good);
	kit_model_done(model);

	attempt(test, faulty, 0, good);
	for (nth = 1; nth < FAULTS_MAX; nth++) {
		if (!attempt(test, faulty, nth, good))
			break;
	}
	KUNIT_EXPECT_LT(test, nth, FAULTS_MAX);
}

static struct kunit_case kit_nomem_cases[] = {
	KUNIT_CASE_PARAM(every_allocation, kit_faulties_gen_params),
	{ }
};

struct kunit_suite kit_nomem_suite = {
	.name = "vproc_nomem",
	.test_cases = kit_nomem_cases,
};
