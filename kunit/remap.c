// SPDX-License-Identifier: GPL-2.0-only
/* mremap of a model. */
#include "kunit/kit.h"
#include "live/compat.h"
#include "model/fault.h"
#include "model/map.h"
#include "model/remap.h"

#define MAYMOVE	MREMAP_MAYMOVE
#define FIXED	(MREMAP_MAYMOVE | MREMAP_FIXED)
#define KEEP	(MREMAP_MAYMOVE | MREMAP_DONTUNMAP)
#define P(n)	PAGES(n)

/*
 * Each case begins with "10-20rw 30-32r 40-44rs": private memory twice, and a
 * file from its page 5 on; and with physical memory "50-52rs".
 */
struct kit_remap {
	const char *name;
	struct vproc_remap_request request;
	int expected;
	unsigned long at;
	const char *regions;
};

#define SAME	"10-20rw 30-32r 40-44rs 50-52rs"

static const struct kit_remap kit_remaps[] = {
	{ "grow", { P(10), P(10), P(12), 0, 0 }, 0, P(10),
	  "10-22rw 30-32r 40-44rs 50-52rs" },
	{ "grow tail", { P(18), P(2), P(4), 0, 0 }, 0, P(18),
	  "10-22rw 30-32r 40-44rs 50-52rs" },
	{ "grow head", { P(10), P(2), P(4), 0, 0 }, -ENOMEM, 0, SAME },
	{ "grow into", { P(10), P(10), P(21), 0, 0 }, -ENOMEM, 0, SAME },
	{ "grow and move", { P(10), P(10), P(21), 0, MAYMOVE }, 0, P(107),
	  "30-32r 40-44rs 50-52rs 107-128rw" },
	{ "grow head and move", { P(10), P(2), P(4), 0, MAYMOVE }, 0, P(124),
	  "12-20rw 30-32r 40-44rs 50-52rs 124-128rw" },
	{ "grow nowhere", { P(10), P(10), P(300), 0, MAYMOVE }, -ENOMEM, 0,
	  SAME },
	{ "grow beyond", { P(40), P(4), P(KIT_END), 0, 0 }, -ENOMEM, 0, SAME },
	{ "same", { P(10), P(10), P(10), 0, 0 }, 0, P(10), SAME },
	{ "shrink", { P(10), P(10), P(4), 0, 0 }, 0, P(10),
	  "10-14rw 30-32r 40-44rs 50-52rs" },
	{ "shrink over others", { P(10), P(35), P(4), 0, 0 }, 0, P(10),
	  "10-14rw 50-52rs" },
	{ "shrink beyond", { P(10), P(KIT_END), P(4), 0, 0 }, -EINVAL, 0,
	  SAME },
	{ "fixed", { P(12), P(2), P(2), P(60), FIXED }, 0, P(60),
	  "10-12rw 14-20rw 30-32r 40-44rs 50-52rs 60-62rw" },
	{ "fixed and grow", { P(12), P(2), P(4), P(60), FIXED }, 0, P(60),
	  "10-12rw 14-20rw 30-32r 40-44rs 50-52rs 60-64rw" },
	{ "fixed and shrink", { P(12), P(4), P(2), P(60), FIXED }, 0, P(60),
	  "10-12rw 16-20rw 30-32r 40-44rs 50-52rs 60-62rw" },
	{ "fixed over", { P(12), P(2), P(2), P(31), FIXED }, 0, P(31),
	  "10-12rw 14-20rw 30-31r 31-33rw 40-44rs 50-52rs" },
	{ "fixed beside itself", { P(18), P(2), P(2), P(20), FIXED }, 0, P(20),
	  "10-18rw 20-22rw 30-32r 40-44rs 50-52rs" },
	{ "fixed overlap", { P(12), P(4), P(4), P(14), FIXED }, -EINVAL, 0,
	  SAME },
	{ "fixed unaligned", { P(12), P(4), P(4), P(60) + 1, FIXED }, -EINVAL,
	  0, SAME },
	{ "fixed beyond", { P(12), P(4), P(4), P(KIT_END), FIXED }, -EINVAL, 0,
	  SAME },
	{ "fixed too large", { P(12), P(4), P(KIT_END + 1), 0, FIXED },
	  -EINVAL, 0, SAME },
	{ "fixed too low", { P(12), P(4), P(4), 0, FIXED }, -EPERM, 0, SAME },
	{ "fixed reaches out", { P(18), P(4), P(4), P(30), FIXED },
	  VPROC_REMAP_MANY ? 0 : -EFAULT, VPROC_REMAP_MANY ? P(30) : 0,
	  VPROC_REMAP_MANY ? "10-18rw 30-32rw 40-44rs 50-52rs" :
	  "10-20rw 40-44rs 50-52rs" },
	{ "fixed several", { P(18), P(20), P(20), P(60), FIXED },
	  VPROC_REMAP_MANY ? 0 : -EFAULT, VPROC_REMAP_MANY ? P(60) : 0,
	  VPROC_REMAP_MANY ? "10-18rw 40-44rs 50-52rs 60-62rw 72-74r" : SAME },
	{ "fixed fails late", { P(18), P(4), P(5), P(30), FIXED }, -EFAULT, 0,
	  VPROC_REMAP_MANY ? SAME : "10-20rw 40-44rs 50-52rs" },
	{ "keep", { P(12), P(2), P(2), P(60), FIXED | KEEP }, 0, P(60),
	  "10-20rw 30-32r 40-44rs 50-52rs 60-62rw" },
	{ "keep anywhere", { P(12), P(2), P(2), P(60), KEEP }, 0, P(60),
	  "10-20rw 30-32r 40-44rs 50-52rs 60-62rw" },
	{ "keep beside", { P(10), P(2), P(2), P(20), FIXED | KEEP }, 0, P(20),
	  "10-20rw 20-22rw 30-32r 40-44rs 50-52rs" },
	{ "keep and grow", { P(12), P(2), P(3), P(60), KEEP }, -EINVAL, 0,
	  SAME },
	{ "keep in place", { P(12), P(2), P(2), P(60), MREMAP_DONTUNMAP },
	  -EINVAL, 0, SAME },
	{ "keep physical", { P(50), P(2), P(2), P(60), KEEP }, -EINVAL, 0,
	  SAME },
	{ "file", { P(42), P(2), P(2), P(60), FIXED }, 0, P(60),
	  "10-20rw 30-32r 40-42rs 50-52rs 60-62rs" },
	{ "duplicate", { P(40), 0, P(4), 0, MAYMOVE }, 0, P(124),
	  "10-20rw 30-32r 40-44rs 50-52rs 124-128rs" },
	{ "duplicate private", { P(10), 0, P(4), 0, MAYMOVE }, -EINVAL, 0,
	  SAME },
	{ "physical", { P(50), P(2), P(2), P(60), FIXED }, 0, P(60),
	  "10-20rw 30-32r 40-44rs 60-62rs" },
	{ "physical larger", { P(50), P(2), P(3), 0, MAYMOVE }, -EFAULT, 0,
	  SAME },
	{ "hole", { P(25), P(2), P(3), 0, MAYMOVE }, -EFAULT, 0, SAME },
	{ "nothing above", { P(80), P(2), P(3), 0, 0 }, -EFAULT, 0, SAME },
	{ "two regions", { P(18), P(20), P(21), 0, MAYMOVE }, -EFAULT, 0,
	  SAME },
	{ "empty", { P(10), P(10), 0, 0, 0 }, -EINVAL, 0, SAME },
	{ "wraps", { P(10), P(10), -1UL, 0, 0 }, -EINVAL, 0, SAME },
	{ "unaligned", { P(10) + 1, P(10), P(12), 0, 0 }, -EINVAL, 0, SAME },
	{ "fixed in place", { P(10), P(2), P(2), P(60), MREMAP_FIXED },
	  -EINVAL, 0, SAME },
	{ "unknown flag", { P(10), P(2), P(2), P(60), 8 }, -EINVAL, 0, SAME },
};

static void kit_remaps_desc(const struct kit_remap *remap, char *desc)
{
	strscpy(desc, remap->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kit_remaps, kit_remaps, kit_remaps_desc);

static void table(struct kunit *test)
{
	const struct kit_remap *param = test->param_value;
	struct vproc_model *model = kit_model(test, 100);
	struct kit_backing *file = kit_backing(test, 20);
	unsigned long addr = 0;

	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 10, 10, KIT_RW,
					 KIT_ANON | MAP_FIXED));
	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 30, 2, PROT_READ,
					 KIT_ANON | MAP_FIXED));
	KUNIT_EXPECT_EQ(test, 0, kit_map_file(model, 40, 4, PROT_READ,
					      MAP_SHARED | MAP_FIXED, file, 5));
	KUNIT_EXPECT_EQ(test, 0,
			vproc_model_map_physical(model, PAGES(1000), PAGES(50),
						 PAGES(2), PROT_READ));
	KUNIT_EXPECT_EQ(test, param->expected,
			vproc_model_remap(model, &param->request, &addr));
	KUNIT_EXPECT_EQ(test, param->at, addr);
	KIT_EXPECT_REGIONS(test, model, param->regions);
	kit_model_done(model);
	KUNIT_EXPECT_EQ(test, refcount_read(&file->backing.refs), 1);
}

/* Offsets follow, and pieces of a file find together again. */
static void offsets(struct kunit *test)
{
	struct vproc_remap_request request = {
		PAGES(12), PAGES(2), PAGES(2), PAGES(42), FIXED,
	};
	struct vproc_model *model = kit_model(test, 100);
	struct kit_backing *file = kit_backing(test, 20);
	struct vproc_span span;
	unsigned long addr;

	KUNIT_EXPECT_EQ(test, 0, kit_map_file(model, 10, 4, PROT_READ,
					      MAP_SHARED | MAP_FIXED, file, 5));
	KUNIT_EXPECT_EQ(test, 0, kit_map_file(model, 40, 2, PROT_READ,
					      MAP_SHARED | MAP_FIXED, file, 5));
	KUNIT_EXPECT_EQ(test, 0, vproc_model_remap(model, &request, &addr));
	KIT_EXPECT_REGIONS(test, model, "10-12rs 40-44rs");
	request = (struct vproc_remap_request) {
		PAGES(43), PAGES(1), PAGES(1), PAGES(60), FIXED,
	};
	KUNIT_EXPECT_EQ(test, 0, vproc_model_remap(model, &request, &addr));
	KUNIT_ASSERT_TRUE(test, vproc_space_find(&model->space, PAGES(60),
						 &span));
	KUNIT_EXPECT_EQ(test, vproc_span_offset(&span), PAGES(8));
	kit_model_done(model);
}

/* Pages that were written move along. */
static void pages(struct kunit *test)
{
	struct vproc_remap_request request = {
		PAGES(12), PAGES(4), PAGES(4), PAGES(60), FIXED,
	};
	struct vproc_model *model = kit_model(test, 100);
	const struct vproc_page *page;
	unsigned long addr;

	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 10, 10, KIT_RW,
					 KIT_ANON | MAP_FIXED));
	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 60, 4, KIT_RW,
					 KIT_ANON | MAP_FIXED));
	KUNIT_EXPECT_EQ(test, 0, vproc_model_write(model, PAGES(11)));
	KUNIT_EXPECT_EQ(test, 0, vproc_model_write(model, PAGES(13)));
	KUNIT_EXPECT_EQ(test, 0, vproc_model_write(model, PAGES(61)));
	KUNIT_EXPECT_EQ(test, 0, vproc_model_write(model, PAGES(62)));
	page = vproc_pages_find(&model->pages, PAGES(13));
	KUNIT_EXPECT_EQ(test, 0, vproc_model_remap(model, &request, &addr));
	KUNIT_EXPECT_PTR_EQ(test, page,
			    vproc_pages_find(&model->pages, PAGES(61)));
	KUNIT_EXPECT_NULL(test, vproc_pages_find(&model->pages, PAGES(13)));
	KUNIT_EXPECT_NULL(test, vproc_pages_find(&model->pages, PAGES(62)));
	KUNIT_EXPECT_NOT_NULL(test, vproc_pages_find(&model->pages, PAGES(11)));
	KUNIT_EXPECT_EQ(test, model->pages.nr, 2);
	kit_model_done(model);
}

/*
 * A move wants four regions less than the most, to a given place six on kernels
 * that count more than they make.
 */
static void limit(struct kunit *test)
{
	const unsigned long placed = VPROC_REMAP_COUNTS ? 4 : 6;
	struct vproc_remap_request grow = {
		PAGES(10), PAGES(2), PAGES(4), 0, MAYMOVE,
	};
	struct vproc_remap_request move = {
		PAGES(10), PAGES(2), PAGES(2), PAGES(60), FIXED,
	};
	unsigned long most;

	for (most = 1; most < 10; most++) {
		struct vproc_model *model = kit_model(test, most);
		unsigned long addr;

		KUNIT_EXPECT_EQ(test, 0, kit_map(model, 10, 3, KIT_RW,
						 KIT_ANON | MAP_FIXED));
		KUNIT_EXPECT_EQ(test, most > placed ? 0 : -ENOMEM,
				vproc_model_remap(model, &move, &addr));
		KUNIT_EXPECT_EQ(test, 0, vproc_model_unmap(model, PAGES(1),
							   PAGES(100)));
		KUNIT_EXPECT_EQ(test, 0, kit_map(model, 10, 3, KIT_RW,
						 KIT_ANON | MAP_FIXED));
		KUNIT_EXPECT_EQ(test, most > 4 ? 0 : -ENOMEM,
				vproc_model_remap(model, &grow, &addr));
		kit_model_done(model);
	}
}

/* To a place, or from one, that cannot be cut once more. */
static void cuts(struct kunit *test)
{
	struct vproc_remap_request onto = {
		PAGES(10), PAGES(1), PAGES(1), PAGES(42), FIXED,
	};
	struct vproc_remap_request shrink = {
		PAGES(40), PAGES(3), PAGES(1), 0, 0,
	};
	struct vproc_model *model = kit_model(test, 100);
	unsigned long addr;

	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 10, 1, PROT_READ,
					 KIT_ANON | MAP_FIXED));
	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 40, 5, KIT_RW,
					 KIT_ANON | MAP_FIXED));
	model->max_regions = 2;
	KUNIT_EXPECT_EQ(test, -ENOMEM, vproc_model_remap(model, &onto, &addr));
	KUNIT_EXPECT_EQ(test, -ENOMEM, vproc_model_remap(model, &shrink, &addr));
	KIT_EXPECT_REGIONS(test, model, "10-11r 40-45rw");
	kit_model_done(model);
}

static struct kunit_case kit_remap_cases[] = {
	KUNIT_CASE_PARAM(table, kit_remaps_gen_params),
	KUNIT_CASE(offsets),
	KUNIT_CASE(pages),
	KUNIT_CASE(limit),
	KUNIT_CASE(cuts),
	{ }
};

struct kunit_suite kit_remap_suite = {
	.name = "vproc_remap",
	.test_cases = kit_remap_cases,
};
