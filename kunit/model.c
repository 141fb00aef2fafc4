// SPDX-License-Identifier: GPL-2.0-only
/* A model as a whole, and its copies. */
#include "kunit/kit.h"
#include "model/fault.h"
#include "model/heap.h"
#include "model/map.h"
#include "model/stack.h"

/* A model with something of everything. */
static struct vproc_model *full_model(struct kunit *test,
				      struct kit_backing *file)
{
	struct vproc_model *model = kit_model(test, 100);

	KUNIT_EXPECT_EQ(test, 0, vproc_model_brk(model, PAGES(5)));
	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 30, 4, KIT_RW,
					 KIT_ANON | MAP_FIXED));
	KUNIT_EXPECT_EQ(test, 0, kit_map_file(model, 40, 4, PROT_READ,
					      MAP_SHARED | MAP_FIXED, file, 2));
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, vproc_model_stack_new(model,
								 PAGES(3), 0, 0));
	KUNIT_EXPECT_EQ(test, 0, vproc_model_write(model, PAGES(31)));
	return model;
}

static void fork_copies(struct kunit *test)
{
	struct kit_backing *file = kit_backing(test, 20);
	struct vproc_model *parent = full_model(test, file);
	struct vproc_model *child;
	const struct vproc_page *page;

	child = kunit_kzalloc(test, sizeof(*child), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, child);
	vproc_model_init(child, &kit_layout, 100);
	mutex_lock_nested(&child->space.lock, SINGLE_DEPTH_NESTING);
	KUNIT_EXPECT_EQ(test, 0, vproc_model_fork(child, parent, &kit_translate));
	KIT_EXPECT_REGIONS(test, parent, "3-5rw 30-34rw 40-44rs 386-388rw");
	KIT_EXPECT_REGIONS(test, child, "3-5rw 30-34rw 40-44rs 386-388rw");
	KUNIT_EXPECT_EQ(test, child->space.heap.brk, PAGES(5));
	KUNIT_EXPECT_EQ(test, child->nr_stacks, 1);
	KUNIT_EXPECT_EQ(test, child->seq, parent->seq);
	page = vproc_pages_find(&child->pages, PAGES(31));
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, 2, refcount_read(&page->refs));

	/* From here on they are apart. */
	KUNIT_EXPECT_EQ(test, 0, vproc_model_unmap(child, PAGES(31), PAGES(11)));
	KUNIT_EXPECT_EQ(test, 0, vproc_model_grow_stack(child,
							vproc_stack_find(child, 1), PAGES(1)));
	KUNIT_EXPECT_EQ(test, 1, refcount_read(&page->refs));
	KIT_EXPECT_REGIONS(test, child, "3-5rw 30-31rw 42-44rs 385-388rw");
	KIT_EXPECT_REGIONS(test, parent, "3-5rw 30-34rw 40-44rs 386-388rw");
	mutex_unlock(&parent->space.lock);
	kit_model_done(child);
	vproc_model_destroy(parent);
	KUNIT_EXPECT_EQ(test, refcount_read(&file->backing.refs), 1);
}

/* The child's table of files has no memory. */
static void fork_without_files(struct kunit *test)
{
	struct kit_backing *file = kit_backing(test, 20);
	struct vproc_model *parent = full_model(test, file);
	struct vproc_model *child;

	child = kunit_kzalloc(test, sizeof(*child), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, child);
	vproc_model_init(child, &kit_layout, 100);
	mutex_lock_nested(&child->space.lock, SINGLE_DEPTH_NESTING);
	KUNIT_EXPECT_EQ(test, -ENOMEM, vproc_model_fork(child, parent,
							&kit_translate_nomem));
	mutex_unlock(&parent->space.lock);
	kit_model_done(child);
	vproc_model_destroy(parent);
	KUNIT_EXPECT_EQ(test, refcount_read(&file->backing.refs), 1);
}

/* Every change has a number, and nothing else has. */
static void numbers(struct kunit *test)
{
	struct vproc_model *model = kit_model(test, 100);
	u64 seq = model->seq;

	KUNIT_EXPECT_EQ(test, -EINVAL, vproc_model_unmap(model, 1, 1));
	KUNIT_EXPECT_EQ(test, 0, vproc_model_unmap(model, PAGES(9), PAGES(1)));
	KUNIT_EXPECT_EQ(test, seq, model->seq);
	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 30, 4, KIT_RW,
					 KIT_ANON | MAP_FIXED));
	KUNIT_EXPECT_LT(test, seq, model->seq);
	seq = model->seq;
	KUNIT_EXPECT_EQ(test, 0, vproc_model_write(model, PAGES(31)));
	KUNIT_EXPECT_LT(test, seq, model->seq);
	kit_model_done(model);
}

static struct kunit_case kit_model_cases[] = {
	KUNIT_CASE(fork_copies),
	KUNIT_CASE(fork_without_files),
	KUNIT_CASE(numbers),
	{ }
};

struct kunit_suite kit_model_suite = {
	.name = "vproc_model",
	.test_cases = kit_model_cases,
};
