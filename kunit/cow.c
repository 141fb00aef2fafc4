// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copy on write: models that fork, write, unmap, protect, move and close at
 * random, against a table that says which page each has at each address.
 */
#include "kunit/kit.h"
#include "model/fault.h"
#include "model/map.h"
#include "model/remap.h"

#define COW_MODELS	6
#define COW_PAGES	24
/* Where the pages are, and where they may be moved to. */
#define COW_BASE	20

/* A model, and the number of the naive page at each place; 0 is none. */
struct kit_cow {
	struct vproc_model *model;
	u32 pages[COW_PAGES];
	bool writable[COW_PAGES];
	bool mapped[COW_PAGES];
};

static unsigned int naive_count(const struct kit_cow *models, u32 page)
{
	unsigned int i, j, count = 0;

	for (i = 0; i < COW_MODELS; i++) {
		for (j = 0; models[i].model && j < COW_PAGES; j++)
			count += models[i].pages[j] == page;
	}
	return count;
}

static void compare(struct kunit *test, struct kit_cow *models)
{
	unsigned int i, j, nr;

	for (i = 0; i < COW_MODELS; i++) {
		if (!models[i].model)
			continue;
		nr = 0;
		for (j = 0; j < COW_PAGES; j++) {
			struct vproc_pages *pages = &models[i].model->pages;
			const struct vproc_page *page =
				vproc_pages_find(pages, PAGES(COW_BASE + j));

			KUNIT_ASSERT_EQ(test, !page, !models[i].pages[j]);
			if (!page)
				continue;
			nr++;
			KUNIT_ASSERT_EQ(test, refcount_read(&page->refs),
					naive_count(models,
						    models[i].pages[j]));
		}
		KUNIT_ASSERT_EQ(test, nr, models[i].model->pages.nr);
	}
}

static void cow_lock(struct kit_cow *cow)
{
	mutex_lock(&cow->model->space.lock);
}

static void cow_unlock(struct kit_cow *cow)
{
	mutex_unlock(&cow->model->space.lock);
}

static void cow_fork(struct kunit *test, struct kit_cow *parent,
		     struct kit_cow *child)
{
	struct vproc_model *model;

	if (child->model)
		return;
	model = kzalloc(sizeof(*model), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, model);
	vproc_model_init(model, &kit_layout, 1000);
	*child = *parent;
	child->model = model;
	cow_lock(parent);
	mutex_lock_nested(&model->space.lock, SINGLE_DEPTH_NESTING);
	KUNIT_ASSERT_EQ(test, 0, vproc_model_fork(model, parent->model,
						  &kit_translate));
	mutex_unlock(&model->space.lock);
	cow_unlock(parent);
}

static void cow_close(struct kit_cow *cow)
{
	vproc_model_destroy(cow->model);
	kfree(cow->model);
	memset(cow, 0, sizeof(*cow));
}

static void cow_write(struct kunit *test, struct kit_cow *models,
		      struct kit_cow *cow, unsigned int page, u32 *next)
{
	int expected = 0;

	if (!cow->mapped[page])
		expected = -EFAULT;
	else if (!cow->writable[page])
		expected = -EACCES;
	else if (!cow->pages[page] ||
		 naive_count(models, cow->pages[page]) > 1)
		cow->pages[page] = (*next)++;
	KUNIT_ASSERT_EQ(test, expected,
			vproc_model_write(cow->model, PAGES(COW_BASE + page)));
}

static void cow_unmap(struct kunit *test, struct kit_cow *cow,
		      unsigned int page)
{
	KUNIT_ASSERT_EQ(test, 0, vproc_model_unmap(cow->model,
						   PAGES(COW_BASE + page),
						   PAGE_SIZE));
	cow->pages[page] = 0;
	cow->mapped[page] = false;
}

static void cow_map(struct kunit *test, struct kit_cow *cow, unsigned int page)
{
	KUNIT_ASSERT_EQ(test, 0, kit_map(cow->model, COW_BASE + page, 1, KIT_RW,
					 KIT_ANON | MAP_FIXED));
	cow->pages[page] = 0;
	cow->mapped[page] = true;
	cow->writable[page] = true;
}

static void cow_protect(struct kunit *test, struct kit_cow *cow,
			unsigned int page, u32 prot)
{
	int expected = cow->mapped[page] ? 0 : -ENOMEM;

	KUNIT_ASSERT_EQ(test, expected,
			vproc_model_protect(cow->model, PAGES(COW_BASE + page),
					    PAGE_SIZE, prot));
	cow->writable[page] = prot & PROT_WRITE;
}

static void cow_move(struct kunit *test, struct kit_cow *cow, unsigned int from,
		     unsigned int to)
{
	struct vproc_remap_request request = {
		.addr = PAGES(COW_BASE + from),
		.old_size = PAGE_SIZE,
		.new_size = PAGE_SIZE,
		.new_addr = PAGES(COW_BASE + to),
		.flags = MREMAP_MAYMOVE | MREMAP_FIXED,
	};
	unsigned long addr;

	if (from == to || !cow->mapped[from])
		return;
	KUNIT_ASSERT_EQ(test, 0,
			vproc_model_remap(cow->model, &request, &addr));
	cow->pages[to] = cow->pages[from];
	cow->writable[to] = cow->writable[from];
	cow->mapped[to] = true;
	cow->pages[from] = 0;
	cow->mapped[from] = false;
}

static void cow_step(struct kunit *test, struct kit_cow *models,
		     struct rnd_state *random, u32 *next)
{
	struct kit_cow *cow = &models[kit_random(random, COW_MODELS)];
	struct kit_cow *other = &models[kit_random(random, COW_MODELS)];
	unsigned int page = kit_random(random, COW_PAGES);
	unsigned long kind = kit_random(random, 32);

	if (!cow->model)
		return;
	if (!kind) {
		cow_fork(test, cow, other);
		return;
	}
	if (kind == 1) {
		if (cow != &models[0])
			cow_close(cow);
		return;
	}
	cow_lock(cow);
	if (kind < 16)
		cow_write(test, models, cow, page, next);
	else if (kind < 20)
		cow_unmap(test, cow, page);
	else if (kind < 24)
		cow_map(test, cow, page);
	else if (kind < 28)
		cow_protect(test, cow, page, kind & 1 ? PROT_READ : KIT_RW);
	else
		cow_move(test, cow, page, kit_random(random, COW_PAGES));
	cow_unlock(cow);
}

static void random_against_naive(struct kunit *test)
{
	struct kit_cow *models;
	struct rnd_state random;
	unsigned long op;
	unsigned int i;
	u32 next = 1;

	kit_seed(test, &random);
	models = kunit_kcalloc(test, COW_MODELS, sizeof(*models), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, models);
	models[0].model = kzalloc(sizeof(*models[0].model), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, models[0].model);
	vproc_model_init(models[0].model, &kit_layout, 1000);
	for (op = 0; op < kit_ops(); op++) {
		cow_step(test, models, &random, &next);
		compare(test, models);
	}
	for (i = 0; i < COW_MODELS; i++) {
		if (models[i].model)
			cow_close(&models[i]);
		compare(test, models);
	}
}

/* new, inc_ref, dec_ref and ref_count of the reference. */
static void counts(struct kunit *test)
{
	struct vproc_pages pages[3];
	const struct vproc_page *page;
	unsigned int i;

	for (i = 0; i < 3; i++)
		vproc_pages_init(&pages[i]);
	KUNIT_EXPECT_NULL(test, vproc_pages_find(&pages[0], PAGES(5)));
	KUNIT_EXPECT_EQ(test, 0, vproc_pages_write(&pages[0], PAGES(5) + 7));
	page = vproc_pages_find(&pages[0], PAGES(5));
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, 1, refcount_read(&page->refs));
	KUNIT_EXPECT_EQ(test, 0, vproc_pages_share(&pages[1], &pages[0]));
	KUNIT_EXPECT_EQ(test, 0, vproc_pages_share(&pages[2], &pages[1]));
	KUNIT_EXPECT_EQ(test, 3, refcount_read(&page->refs));
	KUNIT_EXPECT_EQ(test, 0, vproc_pages_write(&pages[1], PAGES(5)));
	KUNIT_EXPECT_EQ(test, 2, refcount_read(&page->refs));
	KUNIT_EXPECT_PTR_NE(test, page, vproc_pages_find(&pages[1], PAGES(5)));
	vproc_pages_destroy(&pages[2]);
	KUNIT_EXPECT_EQ(test, 1, refcount_read(&page->refs));
	KUNIT_EXPECT_EQ(test, 0, vproc_pages_write(&pages[0], PAGES(5)));
	KUNIT_EXPECT_PTR_EQ(test, page, vproc_pages_find(&pages[0], PAGES(5)));
	vproc_pages_destroy(&pages[0]);
	vproc_pages_destroy(&pages[1]);
}

static void moves(struct kunit *test)
{
	struct vproc_pages pages;
	const struct vproc_page *page;

	vproc_pages_init(&pages);
	KUNIT_EXPECT_EQ(test, 0, vproc_pages_reserve(&pages, 0, 0, PAGES(9)));
	vproc_pages_release(&pages, PAGES(9), 0);
	vproc_pages_move(&pages, 0, 0, PAGES(9));
	KUNIT_EXPECT_EQ(test, 0, vproc_pages_write(&pages, PAGES(1)));
	page = vproc_pages_find(&pages, PAGES(1));
	KUNIT_EXPECT_EQ(test, 0, vproc_pages_reserve(&pages, PAGES(1), PAGES(2),
						     PAGES(9)));
	KUNIT_EXPECT_NULL(test, vproc_pages_find(&pages, PAGES(9)));
	vproc_pages_release(&pages, PAGES(9), PAGES(2));
	KUNIT_EXPECT_EQ(test, 0, vproc_pages_reserve(&pages, PAGES(1), PAGES(2),
						     PAGES(9)));
	vproc_pages_move(&pages, PAGES(1), PAGES(2), PAGES(9));
	KUNIT_EXPECT_NULL(test, vproc_pages_find(&pages, PAGES(1)));
	KUNIT_EXPECT_PTR_EQ(test, page, vproc_pages_find(&pages, PAGES(9)));
	KUNIT_EXPECT_EQ(test, pages.nr, 1);
	/* The most that a model may have. */
	pages.nr = VPROC_MODEL_PAGES;
	KUNIT_EXPECT_EQ(test, -ENOMEM, vproc_pages_write(&pages, PAGES(1)));
	KUNIT_EXPECT_EQ(test, 0, vproc_pages_write(&pages, PAGES(9)));
	pages.nr = 1;
	vproc_pages_destroy(&pages);
}

static struct kunit_case kit_cow_cases[] = {
	KUNIT_CASE(counts),
	KUNIT_CASE(moves),
	KUNIT_CASE(random_against_naive),
	{ }
};

struct kunit_suite kit_cow_suite = {
	.name = "vproc_cow",
	.test_cases = kit_cow_cases,
};
