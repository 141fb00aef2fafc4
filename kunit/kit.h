/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites share: a model to work on, backings that count their
 * references, random numbers, and a picture of a model to compare with.
 */
#ifndef _VPROC_KUNIT_KIT_H
#define _VPROC_KUNIT_KIT_H

#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/prandom.h>

#include "model/model.h"

#define PAGES(n)	((unsigned long)(n) << PAGE_SHIFT)

#define KIT_RW		(PROT_READ | PROT_WRITE)
#define KIT_ANON	(MAP_PRIVATE | MAP_ANONYMOUS)

/* The small layout: pages 1 to KIT_MAP_END, and a stack's room above. */
#define KIT_MAP_END	128
#define KIT_HEAP	3
#define KIT_HEAP_PAGES	16
#define KIT_STACK	4
#define KIT_END		(KIT_MAP_END + KIT_STACK + 256)

extern const struct vproc_layout kit_layout;

struct vproc_model *kit_model(struct kunit *test, unsigned long max_regions);
void kit_model_done(struct vproc_model *model);

/**
 * struct kit_backing - a file that is none
 * @backing: for the model
 * @released: times its last reference went
 */
struct kit_backing {
	struct vproc_backing backing;
	unsigned int released;
};

struct kit_backing *kit_backing(struct kunit *test, u32 id);
/* A copy has the same backings; or there is no memory for them. */
extern const struct vproc_translation kit_translate;
extern const struct vproc_translation kit_translate_nomem;

/* Map @pages pages at page @page; the result of vproc_model_map(). */
int kit_map(struct vproc_model *model, unsigned long page, unsigned long pages,
	    u32 prot, u32 flags);
int kit_map_file(struct vproc_model *model, unsigned long page,
		 unsigned long pages, u32 prot, u32 flags,
		 struct kit_backing *file, unsigned long offset);

/*
 * The regions as text, "page-page perm" each, 's' for shared, in pages:
 * "1-3rw 5-6r". @buf has room for KIT_TEXT bytes. Returns @buf.
 */
#define KIT_TEXT	512
char *kit_text(struct vproc_model *model, char *buf);
#define KIT_EXPECT_REGIONS(test, model, expected) do {			\
	char __buf[KIT_TEXT];						\
	KUNIT_EXPECT_STREQ(test, kit_text(model, __buf), expected);	\
} while (0)

void kit_seed(struct kunit *test, struct rnd_state *random);
unsigned long kit_random(struct rnd_state *random, unsigned long limit);
unsigned long kit_ops(void);

extern struct kunit_suite kit_region_suite;
extern struct kunit_suite kit_space_suite;
extern struct kunit_suite kit_layout_suite;
extern struct kunit_suite kit_place_suite;
extern struct kunit_suite kit_map_suite;
extern struct kunit_suite kit_remap_suite;
extern struct kunit_suite kit_heap_suite;
extern struct kunit_suite kit_stack_suite;
extern struct kunit_suite kit_fault_suite;
extern struct kunit_suite kit_cow_suite;
extern struct kunit_suite kit_model_suite;
extern struct kunit_suite kit_nomem_suite;

#endif /* _VPROC_KUNIT_KIT_H */
