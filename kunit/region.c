// SPDX-License-Identifier: GPL-2.0-only
/* Attributes and regions. */
#include "kunit/kit.h"

struct kit_flags {
	const char *name;
	u32 prot;
	u64 expected;
};

/* The reference's prot_to_page_flags, written out. */
static const struct kit_flags kit_flags[] = {
	{ "none", PROT_NONE, 0x8000000000000005 },
	{ "r", PROT_READ, 0x8000000000000005 },
	{ "w", PROT_WRITE, 0x8000000000000007 },
	{ "rw", PROT_READ | PROT_WRITE, 0x8000000000000007 },
	{ "x", PROT_EXEC, 0x5 },
	{ "rx", PROT_READ | PROT_EXEC, 0x5 },
	{ "wx", PROT_WRITE | PROT_EXEC, 0x7 },
	{ "rwx", PROT_READ | PROT_WRITE | PROT_EXEC, 0x7 },
};

static void kit_flags_desc(const struct kit_flags *flags, char *desc)
{
	strscpy(desc, flags->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kit_flags, kit_flags, kit_flags_desc);

static void page_flags(struct kunit *test)
{
	const struct kit_flags *param = test->param_value;

	KUNIT_EXPECT_EQ(test, vproc_page_flags(param->prot), param->expected);
}

struct kit_derive {
	const char *name;
	u8 type;
	u8 perm;
	u8 flags;
	u8 expected_type;
	u8 expected_account;
};

#define R	VPROC_PERM_READ
#define W	VPROC_PERM_WRITE
#define X	VPROC_PERM_EXEC
#define S	VPROC_PERM_SHARED
#define DOWN	VPROC_TRAIT_GROWS_DOWN

static const struct kit_derive kit_derive[] = {
	{ "none", 0, 0, 0, VPROC_TYPE_RODATA, VPROC_ACCOUNT_OTHER },
	{ "r", 0, R, 0, VPROC_TYPE_RODATA, VPROC_ACCOUNT_OTHER },
	{ "rw", 0, R | W, 0, VPROC_TYPE_DATA, VPROC_ACCOUNT_DATA },
	{ "rx", 0, R | X, 0, VPROC_TYPE_CODE, VPROC_ACCOUNT_EXEC },
	{ "rwx", 0, R | W | X, 0, VPROC_TYPE_CODE, VPROC_ACCOUNT_DATA },
	{ "was code", VPROC_TYPE_CODE, R | W, 0, VPROC_TYPE_DATA,
	  VPROC_ACCOUNT_DATA },
	{ "stack", VPROC_TYPE_STACK, R | W, DOWN, VPROC_TYPE_STACK,
	  VPROC_ACCOUNT_STACK },
	{ "shared", VPROC_TYPE_SHARED, R | W | S, 0, VPROC_TYPE_SHARED,
	  VPROC_ACCOUNT_OTHER },
	{ "file", VPROC_TYPE_MAPPED_FILE, R | X | S, 0, VPROC_TYPE_MAPPED_FILE,
	  VPROC_ACCOUNT_EXEC },
	{ "device", VPROC_TYPE_DEVICE, R | W, 0, VPROC_TYPE_DEVICE,
	  VPROC_ACCOUNT_DATA },
};

static void kit_derive_desc(const struct kit_derive *derive, char *desc)
{
	strscpy(desc, derive->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kit_derive, kit_derive, kit_derive_desc);

static void derive(struct kunit *test)
{
	const struct kit_derive *param = test->param_value;
	struct vproc_traits traits = {
		.type = param->type,
		.perm = param->perm,
		.flags = param->flags,
	};

	vproc_traits_derive(&traits);
	KUNIT_EXPECT_EQ(test, traits.type, param->expected_type);
	KUNIT_EXPECT_EQ(test, traits.account, param->expected_account);
}

/* size, contains, overlaps of the reference. */
static void bounds(struct kunit *test)
{
	struct vproc_span span = { .start = PAGES(2), .end = PAGES(4) };

	KUNIT_EXPECT_EQ(test, vproc_span_size(&span), PAGES(2));
	KUNIT_EXPECT_FALSE(test, vproc_span_contains(&span, PAGES(2) - 1));
	KUNIT_EXPECT_TRUE(test, vproc_span_contains(&span, PAGES(2)));
	KUNIT_EXPECT_TRUE(test, vproc_span_contains(&span, PAGES(4) - 1));
	KUNIT_EXPECT_FALSE(test, vproc_span_contains(&span, PAGES(4)));
	KUNIT_EXPECT_FALSE(test, vproc_span_overlaps(&span, 0, PAGES(2)));
	KUNIT_EXPECT_TRUE(test, vproc_span_overlaps(&span, 0, PAGES(2) + 1));
	KUNIT_EXPECT_TRUE(test, vproc_span_overlaps(&span, PAGES(3), PAGES(9)));
	KUNIT_EXPECT_FALSE(test, vproc_span_overlaps(&span, PAGES(4), PAGES(5)));
}

static void equality(struct kunit *test)
{
	struct vproc_traits a = {}, b = {};

	KUNIT_EXPECT_TRUE(test, vproc_traits_equal(&a, &b));
#define DIFFERS(field, value) do {					\
	b = a;								\
	b.field = (value);						\
	KUNIT_EXPECT_FALSE(test, vproc_traits_equal(&a, &b));		\
} while (0)
	DIFFERS(origin, 1);
	DIFFERS(backing, (struct vproc_backing *)&a);
	DIFFERS(type, 1);
	DIFFERS(perm, 1);
	DIFFERS(kind, 1);
	DIFFERS(account, 1);
	DIFFERS(flags, 1);
#undef DIFFERS
}

static void references(struct kunit *test)
{
	struct kit_backing *file = kit_backing(test, 20);
	struct vproc_traits traits = { .backing = &file->backing };
	struct vproc_attr *attr;

	attr = vproc_attr_new(&traits);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, attr);
	KUNIT_EXPECT_EQ(test, refcount_read(&file->backing.refs), 2);
	vproc_attr_put(vproc_attr_get(attr));
	KUNIT_EXPECT_EQ(test, refcount_read(&file->backing.refs), 2);
	vproc_attr_put(attr);
	KUNIT_EXPECT_EQ(test, refcount_read(&file->backing.refs), 1);
	KUNIT_EXPECT_EQ(test, file->released, 0);
	vproc_backing_put(&file->backing);
	KUNIT_EXPECT_EQ(test, file->released, 1);
}

static void offsets(struct kunit *test)
{
	struct vproc_attr attr = { .traits = { .origin = PAGES(10) - PAGES(2) } };
	struct vproc_span span = {
		.start = PAGES(2), .end = PAGES(4), .attr = &attr,
	};

	KUNIT_EXPECT_EQ(test, vproc_span_offset(&span), 0);
	attr.traits.kind = VPROC_KIND_FILE;
	KUNIT_EXPECT_EQ(test, vproc_span_offset(&span), PAGES(10));
	attr.traits.kind = VPROC_KIND_PHYSICAL;
	span.start = PAGES(3);
	KUNIT_EXPECT_EQ(test, vproc_span_offset(&span), PAGES(11));
}

static struct kunit_case kit_region_cases[] = {
	KUNIT_CASE_PARAM(page_flags, kit_flags_gen_params),
	KUNIT_CASE_PARAM(derive, kit_derive_gen_params),
	KUNIT_CASE(bounds),
	KUNIT_CASE(equality),
	KUNIT_CASE(references),
	KUNIT_CASE(offsets),
	{ }
};

struct kunit_suite kit_region_suite = {
	.name = "vproc_region",
	.test_cases = kit_region_cases,
};
