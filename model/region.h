/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_MODEL_REGION_H
#define _VPROC_MODEL_REGION_H

#include <linux/refcount.h>
#include <linux/types.h>

#include "vproc_mem.h"

/**
 * struct vproc_backing - what stands behind a region: a file or a given name
 * @refs: references; one for each attribute object that names it
 * @id: its name id, not below VPROC_NAME_FIRST
 * @page_shift: log2 of the page size it is mapped with
 * @dev_major: device of the file, 0 for a name
 * @dev_minor: device of the file, 0 for a name
 * @inode: inode number of the file, 0 for a name
 * @release: called when the last reference is gone; may sleep
 *
 * The model only counts references and hands the id on; its owner embeds this
 * struct and knows the rest.
 */
struct vproc_backing {
	refcount_t refs;
	u32 id;
	u32 dev_major;
	u32 dev_minor;
	u64 inode;
	u8 page_shift;
	void (*release)(struct vproc_backing *backing);
};

/**
 * enum vproc_kind - how a region came by its backing
 * @VPROC_KIND_ANON: no backing, or just a name given by the process
 * @VPROC_KIND_FILE: a file
 * @VPROC_KIND_SPECIAL: mapped by the kernel, which gave the name ([vdso])
 * @VPROC_KIND_PHYSICAL: physical memory, of a model; never merged
 */
enum vproc_kind {
	VPROC_KIND_ANON,
	VPROC_KIND_FILE,
	VPROC_KIND_SPECIAL,
	VPROC_KIND_PHYSICAL,
};

/*
 * What Linux knows of a VMA besides, and a model therefore too; 0 in a live
 * space. The first three are VPROC_PERM_* of what mprotect() may give.
 */
#define VPROC_TRAIT_MAY_READ	0x01	/* VM_MAYREAD */
#define VPROC_TRAIT_MAY_WRITE	0x02	/* VM_MAYWRITE */
#define VPROC_TRAIT_MAY_EXEC	0x04	/* VM_MAYEXEC */
#define VPROC_TRAIT_MAY_ALL	0x07
#define VPROC_TRAIT_GROWS_DOWN	0x08	/* VM_GROWSDOWN */
#define VPROC_TRAIT_ACCOUNT	0x10	/* VM_ACCOUNT: is or was writable */
#define VPROC_TRAIT_NO_RESERVE	0x20	/* VM_NORESERVE */

/**
 * enum vproc_account - which of the mm's counters a region is counted in
 * @VPROC_ACCOUNT_OTHER: total_vm only
 * @VPROC_ACCOUNT_EXEC: exec_vm
 * @VPROC_ACCOUNT_STACK: stack_vm
 * @VPROC_ACCOUNT_DATA: data_vm
 * @VPROC_NR_ACCOUNTS: one more than the last
 *
 * As vm_stat_account() divides them.
 */
enum vproc_account {
	VPROC_ACCOUNT_OTHER,
	VPROC_ACCOUNT_EXEC,
	VPROC_ACCOUNT_STACK,
	VPROC_ACCOUNT_DATA,
	VPROC_NR_ACCOUNTS,
};

/**
 * struct vproc_traits - the attributes of a region, as plain values
 * @origin: file offset that address 0 would have: offset - start, modulo 2^64,
 *	so that a split needs no new attributes; for physical memory, its
 *	address instead of the offset. 0 where neither is shown
 * @backing: file or name, or NULL
 * @type: enum vproc_type
 * @perm: VPROC_PERM_*
 * @kind: enum vproc_kind
 * @account: enum vproc_account
 * @flags: VPROC_TRAIT_*
 */
struct vproc_traits {
	u64 origin;
	struct vproc_backing *backing;
	u8 type;
	u8 perm;
	u8 kind;
	u8 account;
	u8 flags;
};

/**
 * struct vproc_attr - the attributes of a region; what the tree holds
 * @traits: the values
 * @since: of a live region: when it was mapped, in ns of CLOCK_MONOTONIC, or
 *	before; not told apart by it
 * @refs: references: the region's, and those of who is at work on it
 */
struct vproc_attr {
	struct vproc_traits traits;
	u64 since;
	refcount_t refs;
};

/**
 * struct vproc_span - a region: bounds and attributes
 * @start: first address
 * @end: first address after it
 * @attr: attributes; valid while the space's lock is held
 */
struct vproc_span {
	unsigned long start;
	unsigned long end;
	struct vproc_attr *attr;
};

static inline unsigned long vproc_span_size(const struct vproc_span *span)
{
	return span->end - span->start;
}

static inline bool vproc_span_contains(const struct vproc_span *span,
				       unsigned long addr)
{
	return addr >= span->start && addr < span->end;
}

static inline bool vproc_span_overlaps(const struct vproc_span *span,
				       unsigned long start, unsigned long end)
{
	return span->start < end && start < span->end;
}

/* The file offset, or physical address, of a span's first byte. */
static inline u64 vproc_span_offset(const struct vproc_span *span)
{
	const struct vproc_traits *traits = &span->attr->traits;

	if (traits->kind == VPROC_KIND_FILE ||
	    traits->kind == VPROC_KIND_PHYSICAL)
		return traits->origin + span->start;
	return 0;
}

struct vproc_attr *vproc_attr_new(const struct vproc_traits *traits);
struct vproc_attr *vproc_attr_copy(const struct vproc_attr *attr, gfp_t gfp);
void vproc_attr_put(struct vproc_attr *attr);

static inline struct vproc_attr *vproc_attr_get(struct vproc_attr *attr)
{
	refcount_inc(&attr->refs);
	return attr;
}

bool vproc_traits_equal(const struct vproc_traits *a,
			const struct vproc_traits *b);
void vproc_traits_derive(struct vproc_traits *traits);
u64 vproc_page_flags(u32 prot);
void vproc_backing_put(struct vproc_backing *backing);

static inline struct vproc_backing *
vproc_backing_get(struct vproc_backing *backing)
{
	refcount_inc(&backing->refs);
	return backing;
}

int vproc_region_init(void);
void vproc_region_exit(void);

#endif /* _VPROC_MODEL_REGION_H */
