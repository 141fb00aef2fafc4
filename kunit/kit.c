// SPDX-License-Identifier: GPL-2.0-only
/*
 * The KUnit suites of model/, and what they share.
 */
#include <linux/module.h>
#include <linux/random.h>

#include "kunit/kit.h"
#include "live/compat.h"
#include "model/map.h"

static unsigned long seed;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "of the random operations; 0: a new one");

static unsigned long ops = 100000;
module_param(ops, ulong, 0444);
MODULE_PARM_DESC(ops, "random operations for each oracle");

/* Three pages of code, data and room below the heap; see kit.h. */
const struct vproc_layout kit_layout = {
	.user_start = PAGES(1),
	.user_end = PAGES(KIT_END),
	.code_start = PAGES(1),
	.data_start = PAGES(2),
	.heap_start = PAGES(KIT_HEAP),
	.heap_limit = PAGES(KIT_HEAP_PAGES),
	.stack_end = PAGES(KIT_END),
	.stack_size = PAGES(KIT_STACK),
};

/* A model of the small layout, locked. */
struct vproc_model *kit_model(struct kunit *test, unsigned long max_regions)
{
	struct vproc_model *model;

	model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, model);
	vproc_model_init(model, &kit_layout, max_regions);
	mutex_lock(&model->space.lock);
	return model;
}

void kit_model_done(struct vproc_model *model)
{
	mutex_unlock(&model->space.lock);
	vproc_model_destroy(model);
}

static void kit_release(struct vproc_backing *backing)
{
	container_of(backing, struct kit_backing, backing)->released++;
}

struct kit_backing *kit_backing(struct kunit *test, u32 id)
{
	struct kit_backing *kit;

	kit = kunit_kzalloc(test, sizeof(*kit), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, kit);
	refcount_set(&kit->backing.refs, 1);
	kit->backing.id = id;
	kit->backing.inode = 1000 + id;
	kit->backing.dev_major = 8;
	kit->backing.dev_minor = 1;
	kit->backing.page_shift = PAGE_SHIFT;
	kit->backing.release = kit_release;
	return kit;
}

static struct vproc_backing *kit_same(void *data,
				      struct vproc_backing *backing)
{
	return vproc_backing_get(backing);
}

static struct vproc_backing *kit_none(void *data, struct vproc_backing *backing)
{
	return NULL;
}

const struct vproc_translation kit_translate = { .translate = kit_same };
const struct vproc_translation kit_translate_nomem = { .translate = kit_none };

int kit_map(struct vproc_model *model, unsigned long page, unsigned long pages,
	    u32 prot, u32 flags)
{
	struct vproc_map_request request = {
		.addr = PAGES(page),
		.size = PAGES(pages),
		.prot = prot,
		.flags = flags,
	};
	unsigned long addr;

	return vproc_model_map(model, &request, &addr);
}

int kit_map_file(struct vproc_model *model, unsigned long page,
		 unsigned long pages, u32 prot, u32 flags,
		 struct kit_backing *file, unsigned long offset)
{
	struct vproc_map_request request = {
		.addr = PAGES(page),
		.size = PAGES(pages),
		.prot = prot,
		.flags = flags,
		.offset = PAGES(offset),
		.backing = &file->backing,
		.type = VPROC_TYPE_MAPPED_FILE,
		.may = VPROC_TRAIT_MAY_ALL,
	};
	unsigned long addr;

	return vproc_model_map(model, &request, &addr);
}

char *kit_text(struct vproc_model *model, char *buf)
{
	struct vproc_span span;
	size_t at = 0;
	u8 perm;

	buf[0] = 0;
	vproc_space_for_each(&model->space, &span, 0) {
		perm = span.attr->traits.perm;
		at += scnprintf(buf + at, KIT_TEXT - at, "%s%lu-%lu%s%s%s%s",
				at ? " " : "", span.start >> PAGE_SHIFT,
				span.end >> PAGE_SHIFT,
				perm & VPROC_PERM_READ ? "r" : "",
				perm & VPROC_PERM_WRITE ? "w" : "",
				perm & VPROC_PERM_EXEC ? "x" : "",
				perm & VPROC_PERM_SHARED ? "s" : "");
	}
	return buf;
}

void kit_seed(struct kunit *test, struct rnd_state *random)
{
	u64 value = seed ?: get_random_long();

	kunit_info(test, "seed=%llu ops=%lu", value, ops);
	prandom_seed_state(random, value);
}

unsigned long kit_random(struct rnd_state *random, unsigned long limit)
{
	return prandom_u32_state(random) % limit;
}

unsigned long kit_ops(void)
{
	return ops;
}

static struct kunit_suite *kit_suites[] = {
	&kit_region_suite, &kit_space_suite, &kit_layout_suite,
	&kit_place_suite, &kit_map_suite, &kit_remap_suite,
	&kit_heap_suite, &kit_stack_suite, &kit_fault_suite,
	&kit_cow_suite, &kit_model_suite, &kit_nomem_suite,
};

/*
 * Not kunit_test_suites(): in 6.1 that runs the suites before the module's
 * parameters are known.
 */
static int __init kit_init(void)
{
	return kit_suites_init(kit_suites, ARRAY_SIZE(kit_suites));
}

static void __exit kit_exit(void)
{
	__kunit_test_suites_exit(kit_suites, ARRAY_SIZE(kit_suites));
}

module_init(kit_init);
module_exit(kit_exit);

MODULE_IMPORT_NS(VPROC_KUNIT_NS);
MODULE_DESCRIPTION("KUnit suites of vproc's model");
MODULE_LICENSE("GPL");
