// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmap, munmap and mprotect of a model: tables, and random operations against
 * an array with one entry per page.
 *
 * The naive model applies each operation page by page: a page is one region
 * with the one before it if, when either was last changed, the two had the same
 * attributes.
 */
#include "kunit/kit.h"
#include "live/compat.h"
#include "model/map.h"

struct kit_page {
	bool mapped;
	bool joined;
	struct vproc_traits traits;
};

struct kit_oracle {
	struct kit_page pages[KIT_END + 1];
};

static bool page_equal(const struct kit_page *a, const struct kit_page *b)
{
	return a->mapped && b->mapped &&
	       vproc_traits_equal(&a->traits, &b->traits);
}

static void page_set(struct kit_page *page, const struct vproc_traits *traits)
{
	page->mapped = true;
	page->traits = *traits;
	page->joined = page_equal(page, page - 1);
	page[1].joined = page_equal(page, page + 1);
}

static void page_clear(struct kit_page *page)
{
	page->mapped = false;
	page->joined = false;
	page[1].joined = false;
}

static bool range_free(const struct kit_oracle *oracle, unsigned long page,
		       unsigned long pages)
{
	unsigned long i;

	for (i = page; i < page + pages; i++) {
		if (oracle->pages[i].mapped)
			return false;
	}
	return true;
}

/*
 * The page at which the next region above keeps others away; KIT_END if it does
 * not.
 */
static unsigned long next_start(const struct kit_oracle *oracle,
				unsigned long end)
{
	unsigned long i;

	for (i = end; i < KIT_END; i++) {
		if (!oracle->pages[i].mapped)
			continue;
		if (oracle->pages[i].traits.flags & VPROC_TRAIT_GROWS_DOWN)
			return i > 256 ? i - 256 : 0;
		return i;
	}
	return KIT_END;
}

static bool good_place(const struct kit_oracle *oracle, unsigned long page,
		       unsigned long pages)
{
	return range_free(oracle, page, pages) &&
	       next_start(oracle, page + pages) >= page + pages;
}

/*
 * Where an address would be chosen; 0 if nowhere. On the way down nothing is
 * looked at any more in the gap of a region that was met, whatever lies there.
 */
static unsigned long choose(const struct kit_oracle *oracle, unsigned long hint,
			    unsigned long pages)
{
	unsigned long high = KIT_MAP_END, page;

	if (pages > KIT_END)
		return 0;
	if (hint && hint + pages <= KIT_END && good_place(oracle, hint, pages))
		return hint;
	for (page = KIT_MAP_END; page-- > 1;) {
		if (page + pages > high || !range_free(oracle, page, pages))
			continue;
		if (good_place(oracle, page, pages))
			return page;
		high = next_start(oracle, page + pages);
	}
	for (page = DIV_ROUND_UP(KIT_END, 3); page + pages <= KIT_END; page++) {
		if (good_place(oracle, page, pages))
			return page;
	}
	return 0;
}

static void compare(struct kunit *test, struct vproc_model *model,
		    const struct kit_oracle *oracle)
{
	unsigned long i = 0, regions = 0;
	struct vproc_span span;

	vproc_space_for_each(&model->space, &span, 0) {
		for (; i < span.start >> PAGE_SHIFT; i++)
			KUNIT_ASSERT_FALSE(test, oracle->pages[i].mapped);
		for (; i < span.end >> PAGE_SHIFT; i++) {
			const struct kit_page *page = &oracle->pages[i];
			bool same;

			KUNIT_ASSERT_TRUE(test, page->mapped);
			KUNIT_ASSERT_EQ(test, page->joined,
					PAGES(i) != span.start);
			same = vproc_traits_equal(&span.attr->traits,
						  &page->traits);
			KUNIT_ASSERT_TRUE(test, same);
		}
		regions++;
	}
	for (; i < KIT_END; i++)
		KUNIT_ASSERT_FALSE(test, oracle->pages[i].mapped);
	KUNIT_ASSERT_EQ(test, model->space.nr, regions);
}

static bool accounted(const struct vproc_traits *traits)
{
	return traits->perm & PROT_WRITE &&
	       !(traits->perm & VPROC_PERM_SHARED) &&
	       !(traits->flags & VPROC_TRAIT_NO_RESERVE);
}

static void naive_traits(struct vproc_traits *traits,
			 const struct vproc_map_request *request,
			 unsigned long page)
{
	*traits = (struct vproc_traits) {
		.perm = request->prot,
		.flags = VPROC_TRAIT_MAY_ALL,
	};
	if (request->backing) {
		traits->backing = request->backing;
		traits->kind = VPROC_KIND_FILE;
		traits->origin = request->offset - PAGES(page);
		traits->flags = request->may;
	}
	if (request->flags & MAP_SHARED) {
		traits->perm |= VPROC_PERM_SHARED;
		traits->type = request->type;
	}
	if (request->flags & MAP_NORESERVE)
		traits->flags |= VPROC_TRAIT_NO_RESERVE;
	if (request->flags & MAP_GROWSDOWN) {
		traits->flags |= VPROC_TRAIT_GROWS_DOWN;
		traits->type = VPROC_TYPE_STACK;
	}
	if (accounted(traits))
		traits->flags |= VPROC_TRAIT_ACCOUNT;
	vproc_traits_derive(traits);
}

static int naive_map(struct kit_oracle *oracle,
		     const struct vproc_map_request *request,
		     unsigned long *page)
{
	unsigned long pages = PAGE_ALIGN(request->size) >> PAGE_SHIFT, i;
	struct vproc_traits traits;

	if (!request->size)
		return -EINVAL;
	*page = request->addr >> PAGE_SHIFT;
	if (!(request->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)))
		*page = choose(oracle, *page, pages);
	else if (pages > KIT_END || *page + pages > KIT_END)
		return -ENOMEM;
	else if (!PAGE_ALIGNED(request->addr))
		return -EINVAL;
	else if (*page < 1)
		return -EPERM;
	if (!*page)
		return -ENOMEM;
	if (request->flags & MAP_FIXED_NOREPLACE &&
	    !range_free(oracle, *page, pages))
		return -EEXIST;
	naive_traits(&traits, request, *page);
	for (i = *page; i < *page + pages; i++)
		page_clear(&oracle->pages[i]);
	for (i = *page; i < *page + pages; i++)
		page_set(&oracle->pages[i], &traits);
	return 0;
}

static int naive_unmap(struct kit_oracle *oracle, unsigned long addr,
		       unsigned long size)
{
	unsigned long i;

	if (!PAGE_ALIGNED(addr) || !size || addr + size > PAGES(KIT_END))
		return -EINVAL;
	for (i = 0; i < PAGE_ALIGN(size) >> PAGE_SHIFT; i++)
		page_clear(&oracle->pages[(addr >> PAGE_SHIFT) + i]);
	return 0;
}

static int naive_protect(struct kit_oracle *oracle, unsigned long addr,
			 unsigned long size, u32 prot)
{
	unsigned long first = addr >> PAGE_SHIFT, i;
	struct vproc_traits traits;

	if (!PAGE_ALIGNED(addr))
		return -EINVAL;
	for (i = first; i < first + (PAGE_ALIGN(size) >> PAGE_SHIFT); i++) {
		struct kit_page *page = &oracle->pages[i];

		if (i >= KIT_END || !page->mapped)
			return -ENOMEM;
		traits = page->traits;
		if (prot & ~traits.flags & VPROC_TRAIT_MAY_ALL)
			return -EACCES;
		traits.perm = prot | (traits.perm & VPROC_PERM_SHARED);
		if (accounted(&traits) && !(page->traits.perm & PROT_WRITE))
			traits.flags |= VPROC_TRAIT_ACCOUNT;
		else if (VPROC_UNACCOUNTS && !(prot & PROT_WRITE) &&
			 !traits.backing)
			traits.flags &= ~VPROC_TRAIT_ACCOUNT;
		vproc_traits_derive(&traits);
		if (!vproc_traits_equal(&traits, &page->traits))
			page_set(page, &traits);
	}
	return 0;
}

static void random_map(struct kunit *test, struct vproc_model *model,
		       struct kit_oracle *oracle, struct rnd_state *random,
		       struct kit_backing **files)
{
	static const u32 placing[] = {
		MAP_FIXED, MAP_FIXED, MAP_FIXED_NOREPLACE, 0,
	};
	unsigned long file = kit_random(random, 4);
	struct vproc_map_request request = {
		.addr = PAGES(kit_random(random, KIT_MAP_END)),
		.size = PAGES(1 + kit_random(random, 9)),
		.prot = kit_random(random, 8),
		.flags = placing[kit_random(random, 4)],
		.may = VPROC_TRAIT_MAY_ALL,
	};
	unsigned long addr = 0, page = 0;
	int expected;

	if (file < 2) {
		request.backing = &files[file]->backing;
		request.offset = request.addr % PAGES(8);
		request.type = VPROC_TYPE_MAPPED_FILE;
		request.flags |= kit_random(random, 2) ? MAP_SHARED :
							 MAP_PRIVATE;
		if (request.flags & MAP_SHARED && !(request.prot & PROT_WRITE))
			request.may &= ~VPROC_TRAIT_MAY_WRITE;
	} else {
		request.flags |= KIT_ANON;
		if (!kit_random(random, 30))
			request.flags |= MAP_GROWSDOWN;
	}
	if (!kit_random(random, 10))
		request.flags |= MAP_NORESERVE;
	if (!kit_random(random, 40))
		request.size = PAGES(kit_random(random, 2 * KIT_END));
	expected = naive_map(oracle, &request, &page);
	KUNIT_ASSERT_EQ(test, expected,
			vproc_model_map(model, &request, &addr));
	KUNIT_ASSERT_EQ(test, PAGES(expected ? 0 : page), addr);
}

static void random_against_oracle(struct kunit *test)
{
	struct vproc_model *model = kit_model(test, 10000);
	struct kit_backing *files[2];
	struct kit_oracle *oracle;
	struct rnd_state random;
	unsigned long op;

	kit_seed(test, &random);
	oracle = kunit_kzalloc(test, sizeof(*oracle), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, oracle);
	files[0] = kit_backing(test, 20);
	files[1] = kit_backing(test, 21);
	for (op = 0; op < kit_ops(); op++) {
		unsigned long addr = PAGES(kit_random(&random, KIT_MAP_END));
		unsigned long size = PAGES(1 + kit_random(&random, 9));
		u32 prot = kit_random(&random, 8);

		if (!kit_random(&random, 40))
			addr++;
		if (!kit_random(&random, 40))
			size = PAGES(kit_random(&random, KIT_MAP_END));
		if (!kit_random(&random, 4))
			size -= min(size, 1 + kit_random(&random, PAGE_SIZE));
		switch (kit_random(&random, 10)) {
		case 0 ... 3:
			random_map(test, model, oracle, &random, files);
			break;
		case 4 ... 6:
			KUNIT_ASSERT_EQ(test, naive_unmap(oracle, addr, size),
					vproc_model_unmap(model, addr, size));
			break;
		default:
			KUNIT_ASSERT_EQ(test,
					naive_protect(oracle, addr, size, prot),
				vproc_model_protect(model, addr, size, prot));
		}
		compare(test, model, oracle);
	}
	kit_model_done(model);
	KUNIT_EXPECT_EQ(test, refcount_read(&files[0]->backing.refs), 1);
	KUNIT_EXPECT_EQ(test, refcount_read(&files[1]->backing.refs), 1);
}

/* Each case begins with "10-20rw", 10 pages of private memory. */
struct kit_op {
	const char *name;
	char op;
	unsigned long addr;
	unsigned long size;
	u32 prot;
	u32 flags;
	int expected;
	const char *regions;
};

#define MAP(name, addr, size, prot, flags, expected, regions)		\
	{ name, 'm', addr, size, prot, flags, expected, regions }
#define UNMAP(name, addr, size, expected, regions)			\
	{ name, 'u', addr, size, 0, 0, expected, regions }
#define FREE(name, addr, size, expected, regions)			\
	{ name, 'f', addr, size, 0, 0, expected, regions }
#define PROTECT(name, addr, size, prot, expected, regions)		\
	{ name, 'p', addr, size, prot, 0, expected, regions }
#define PHYS(name, addr, size, expected, regions)			\
	{ name, 'd', addr, size, PROT_READ, 0, expected, regions }
#define FIXED	(KIT_ANON | MAP_FIXED)
#define NOREPL	(KIT_ANON | MAP_FIXED_NOREPLACE)
#define P(n)	PAGES(n)

static const struct kit_op kit_table[] = {
	MAP("below", P(8), P(2), KIT_RW, FIXED, 0, "8-20rw"),
	MAP("above", P(20), P(2), KIT_RW, FIXED, 0, "10-22rw"),
	MAP("over", P(8), P(14), PROT_READ, FIXED, 0, "8-22r"),
	MAP("inside", P(12), P(2), PROT_READ, FIXED, 0,
	    "10-12rw 12-14r 14-20rw"),
	MAP("inside same", P(12), P(2), KIT_RW, FIXED, 0, "10-20rw"),
	MAP("noreserve", P(20), P(2), KIT_RW, FIXED | MAP_NORESERVE, 0,
	    "10-20rw 20-22rw"),
	MAP("noreplace free", P(20), P(1), KIT_RW, NOREPL, 0, "10-21rw"),
	MAP("noreplace taken", P(19), P(2), KIT_RW, NOREPL, -EEXIST, "10-20rw"),
	MAP("chosen", 0, P(2), KIT_RW, KIT_ANON, 0, "10-20rw 126-128rw"),
	MAP("hint", P(30), P(2), KIT_RW, KIT_ANON, 0, "10-20rw 30-32rw"),
	MAP("hint unaligned", P(30) + 5, P(2), KIT_RW, KIT_ANON, 0,
	    "10-20rw 30-32rw"),
	MAP("hint taken", P(19), P(2), KIT_RW, KIT_ANON, 0,
	    "10-20rw 126-128rw"),
	MAP("hint too low", 5, P(2), KIT_RW, KIT_ANON, 0, "10-20rw 126-128rw"),
	MAP("hint beyond", P(KIT_END), P(1), KIT_RW, KIT_ANON, 0,
	    "10-20rw 127-128rw"),
	MAP("only above", 0, P(200), KIT_RW, KIT_ANON, 0, "10-20rw 130-330rw"),
	MAP("rounded", P(30), 1, KIT_RW, FIXED, 0, "10-20rw 30-31rw"),
	MAP("empty", P(30), 0, KIT_RW, FIXED, -EINVAL, "10-20rw"),
	MAP("wraps", P(30), -1UL, KIT_RW, FIXED, -ENOMEM, "10-20rw"),
	MAP("too large", 0, P(KIT_END), KIT_RW, KIT_ANON, -ENOMEM, "10-20rw"),
	MAP("beyond", P(KIT_END - 1), P(2), KIT_RW, FIXED, -ENOMEM, "10-20rw"),
	MAP("unaligned", P(30) + 1, P(2), KIT_RW, FIXED, -EINVAL, "10-20rw"),
	MAP("too low", 0, P(2), KIT_RW, FIXED, -EPERM, "10-20rw"),
	MAP("no type", P(30), P(2), KIT_RW, MAP_ANONYMOUS | MAP_FIXED, -EINVAL,
	    "10-20rw"),
	MAP("validate", P(30), P(2), KIT_RW,
	    MAP_SHARED_VALIDATE | MAP_ANONYMOUS | MAP_FIXED, -EINVAL,
	    "10-20rw"),
	UNMAP("middle", P(12), P(2), 0, "10-12rw 14-20rw"),
	UNMAP("all and more", P(1), P(100), 0, ""),
	UNMAP("hole", P(50), P(2), 0, "10-20rw"),
	UNMAP("rounded", P(10), 1, 0, "11-20rw"),
	UNMAP("empty", P(10), 0, -EINVAL, "10-20rw"),
	UNMAP("unaligned", P(10) + 1, P(1), -EINVAL, "10-20rw"),
	UNMAP("beyond", P(KIT_END + 1), P(1), -EINVAL, "10-20rw"),
	UNMAP("past the end", P(10), P(KIT_END), -EINVAL, "10-20rw"),
	UNMAP("wraps", P(10), -1UL, -EINVAL, "10-20rw"),
	FREE("part", P(12), P(2), 0, "10-12rw 14-20rw"),
	FREE("hole", P(19), P(2), -EINVAL, "10-20rw"),
	FREE("nothing", P(50), P(2), -EINVAL, "10-20rw"),
	FREE("empty", P(12), 0, -EINVAL, "10-20rw"),
	PROTECT("middle", P(12), P(2), PROT_READ, 0, "10-12rw 12-14r 14-20rw"),
	PROTECT("same", P(12), P(2), KIT_RW, 0, "10-20rw"),
	PROTECT("hole", P(18), P(4), PROT_READ, -ENOMEM, "10-18rw 18-20r"),
	PROTECT("from a hole", P(8), P(4), PROT_READ, -ENOMEM, "10-20rw"),
	PROTECT("nothing", P(50), P(4), PROT_READ, -ENOMEM, "10-20rw"),
	PROTECT("empty", P(10), 0, PROT_READ, 0, "10-20rw"),
	PROTECT("unaligned", P(10) + 1, P(1), PROT_READ, -EINVAL, "10-20rw"),
	PROTECT("wraps", P(10), -1UL, PROT_READ, -ENOMEM, "10-20rw"),
	PHYS("free", P(30), P(2), 0, "10-20rw 30-32rs"),
	PHYS("taken", P(19), P(2), -EEXIST, "10-20rw"),
	PHYS("unaligned", P(30) + 1, P(2), -EINVAL, "10-20rw"),
	PHYS("empty", P(30), 0, -EINVAL, "10-20rw"),
	PHYS("wraps", P(30), -1UL, -ENOMEM, "10-20rw"),
	PHYS("beyond", P(KIT_END), P(1), -ENOMEM, "10-20rw"),
	PHYS("too low", 0, P(1), -EPERM, "10-20rw"),
};

static void kit_table_desc(const struct kit_op *op, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%c %s", op->op, op->name);
}

KUNIT_ARRAY_PARAM(kit_table, kit_table, kit_table_desc);

static int run_op(struct vproc_model *model, const struct kit_op *op)
{
	struct vproc_map_request request = {
		.addr = op->addr,
		.size = op->size,
		.prot = op->prot,
		.flags = op->flags,
	};
	unsigned long addr;

	switch (op->op) {
	case 'm':
		return vproc_model_map(model, &request, &addr);
	case 'u':
		return vproc_model_unmap(model, op->addr, op->size);
	case 'f':
		return vproc_model_free(model, op->addr, op->size);
	case 'd':
		return vproc_model_map_physical(model, PAGES(77), op->addr,
						op->size, op->prot);
	default:
		return vproc_model_protect(model, op->addr, op->size, op->prot);
	}
}

static void table(struct kunit *test)
{
	const struct kit_op *op = test->param_value;
	struct vproc_model *model = kit_model(test, 100);

	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 10, 10, KIT_RW, FIXED));
	KUNIT_EXPECT_EQ(test, op->expected, run_op(model, op));
	KIT_EXPECT_REGIONS(test, model, op->regions);
	kit_model_done(model);
}

/* The exact limit: as vm.max_map_count, which mmap() may exceed by one. */
static void limit(struct kunit *test)
{
	struct vproc_model *model = kit_model(test, 3);

	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 10, 5, KIT_RW, FIXED));
	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 20, 5, KIT_RW, FIXED));
	/* One cut fits, a second does not. */
	KUNIT_EXPECT_EQ(test, -ENOMEM, vproc_model_protect(model, PAGES(12),
							   PAGES(1), PROT_READ));
	KIT_EXPECT_REGIONS(test, model, "10-15rw 20-25rw");
	KUNIT_EXPECT_EQ(test, 0, vproc_model_protect(model, PAGES(10), PAGES(1),
						     PROT_READ));
	KUNIT_EXPECT_EQ(test, -ENOMEM, vproc_model_unmap(model, PAGES(22),
							 PAGES(1)));
	KUNIT_EXPECT_EQ(test, -ENOMEM, kit_map(model, 22, 1, PROT_READ, FIXED));
	KIT_EXPECT_REGIONS(test, model, "10-11r 11-15rw 20-25rw");
	/* What needs no more of them goes on. */
	KUNIT_EXPECT_EQ(test, 0, vproc_model_protect(model, PAGES(11), PAGES(1),
						     PROT_READ));
	KUNIT_EXPECT_EQ(test, 0, vproc_model_protect(model, PAGES(11), PAGES(1),
						     KIT_RW));
	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 30, 1, PROT_READ, FIXED));
	KUNIT_EXPECT_EQ(test, model->space.nr, 4);
	KUNIT_EXPECT_EQ(test, -ENOMEM, kit_map(model, 40, 1, PROT_READ, FIXED));
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			vproc_model_map_physical(model, 0, PAGES(40), PAGES(1),
						 PROT_READ));
	KUNIT_EXPECT_EQ(test, 0, vproc_model_unmap(model, PAGES(1), PAGES(100)));
	KUNIT_EXPECT_EQ(test, model->space.nr, 0);
	kit_model_done(model);
}

static void physical(struct kunit *test)
{
	struct vproc_model *model = kit_model(test, 100);
	struct vproc_span span;

	KUNIT_EXPECT_EQ(test, 0,
			vproc_model_map_physical(model, PAGES(1000), PAGES(10),
						 PAGES(4), KIT_RW));
	/* Adjacent in both, and yet two. */
	KUNIT_EXPECT_EQ(test, 0,
			vproc_model_map_physical(model, PAGES(1004), PAGES(14),
						 PAGES(4), KIT_RW));
	KIT_EXPECT_REGIONS(test, model, "10-14rws 14-18rws");
	KUNIT_EXPECT_EQ(test, 0, vproc_model_unmap(model, PAGES(11), PAGES(1)));
	KUNIT_EXPECT_EQ(test, 0, vproc_model_protect(model, PAGES(13), PAGES(2),
						     PROT_READ));
	KIT_EXPECT_REGIONS(test, model,
			   "10-11rws 12-13rws 13-14rs 14-15rs 15-18rws");
	KUNIT_ASSERT_TRUE(test, vproc_space_find(&model->space, PAGES(15),
						 &span));
	KUNIT_EXPECT_EQ(test, vproc_span_offset(&span), PAGES(1005));
	KUNIT_EXPECT_EQ(test, span.attr->traits.type, VPROC_TYPE_DEVICE);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			vproc_model_map_physical(model, 1, PAGES(30), PAGES(1),
						 KIT_RW));
	KUNIT_EXPECT_EQ(test, -EOVERFLOW,
			vproc_model_map_physical(model, -PAGE_SIZE, PAGES(30),
						 PAGES(2), KIT_RW));
	KUNIT_EXPECT_EQ(test, -EINVAL, vproc_model_free(model, PAGES(10),
							PAGES(1)));
	kit_model_done(model);
}

static void files(struct kunit *test)
{
	struct vproc_model *model = kit_model(test, 100);
	struct kit_backing *file = kit_backing(test, 20);
	struct vproc_map_request request = {
		.addr = PAGES(50),
		.size = PAGES(2),
		.prot = PROT_READ,
		.flags = MAP_SHARED | MAP_FIXED,
		.backing = &file->backing,
		.type = VPROC_TYPE_DEVICE,
		.may = VPROC_TRAIT_MAY_READ,
	};
	struct vproc_span span;
	unsigned long addr;

	/* Contiguous offsets are one region, others are not. */
	KUNIT_EXPECT_EQ(test, 0, kit_map_file(model, 10, 2, PROT_READ,
					      MAP_PRIVATE | MAP_FIXED, file, 0));
	KUNIT_EXPECT_EQ(test, 0, kit_map_file(model, 12, 2, PROT_READ,
					      MAP_PRIVATE | MAP_FIXED, file, 2));
	KUNIT_EXPECT_EQ(test, 0, kit_map_file(model, 14, 2, PROT_READ,
					      MAP_PRIVATE | MAP_FIXED, file, 5));
	KIT_EXPECT_REGIONS(test, model, "10-14r 14-16r");

	KUNIT_EXPECT_EQ(test, 0, vproc_model_map(model, &request, &addr));
	KUNIT_EXPECT_EQ(test, -EACCES, vproc_model_protect(model, PAGES(50),
							   PAGES(1), KIT_RW));
	/* A private mapping of a device is one still. */
	request.flags = MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE;
	KUNIT_EXPECT_EQ(test, 0, vproc_model_map(model, &request, &addr));
	KUNIT_ASSERT_TRUE(test, vproc_space_find(&model->space, PAGES(50),
						 &span));
	KUNIT_EXPECT_EQ(test, span.attr->traits.type, VPROC_TYPE_DEVICE);
	request.refusal = -EACCES;
	KUNIT_EXPECT_EQ(test, -EACCES, vproc_model_map(model, &request, &addr));
	request.refusal = 0;
	request.flags |= MAP_GROWSDOWN;
	KUNIT_EXPECT_EQ(test, -EINVAL, vproc_model_map(model, &request, &addr));
	kit_model_done(model);
	KUNIT_EXPECT_EQ(test, refcount_read(&file->backing.refs), 1);
}

/* Memory that is or was writable is not merged with what never was. */
static void account(struct kunit *test)
{
	struct vproc_model *model = kit_model(test, 100);

	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 10, 2, PROT_READ, FIXED));
	KUNIT_EXPECT_EQ(test, 0, kit_map(model, 12, 2, KIT_RW, FIXED));
	KUNIT_EXPECT_EQ(test, 0, vproc_model_protect(model, PAGES(12), PAGES(2),
						     PROT_READ));
	if (VPROC_UNACCOUNTS)
		KIT_EXPECT_REGIONS(test, model, "10-14r");
	else
		KIT_EXPECT_REGIONS(test, model, "10-12r 12-14r");
	kit_model_done(model);
}

static struct kunit_case kit_map_cases[] = {
	KUNIT_CASE_PARAM(table, kit_table_gen_params),
	KUNIT_CASE(limit),
	KUNIT_CASE(physical),
	KUNIT_CASE(files),
	KUNIT_CASE(account),
	KUNIT_CASE(random_against_oracle),
	{ }
};

struct kunit_suite kit_map_suite = {
	.name = "vproc_map",
	.test_cases = kit_map_cases,
};
