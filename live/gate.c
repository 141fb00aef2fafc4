// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vsyscall page: the last line of /proc/PID/maps of a 64-bit process.
 *
 * It is no VMA of the process, and what it is was decided at boot. That
 * decision is not exported, but can be observed: the address has a symbol if
 * there is a vsyscall page at all, and the page can be had if it is readable.
 */
#include <linux/kallsyms.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "live/compat.h"
#include "live/gate.h"
#include "vproc_mem.h"

#ifdef CONFIG_X86_VSYSCALL_EMULATION
#include <asm/vsyscall.h>

#define VPROC_GATE_START	((unsigned long)VSYSCALL_ADDR)

static bool vproc_gate_exists __ro_after_init;
static bool vproc_gate_readable __ro_after_init;

/* An address without a symbol is printed as a number. */
static bool __init vproc_has_symbol(unsigned long addr)
{
	char name[KSYM_SYMBOL_LEN];

	sprint_symbol(name, addr);
	return strncmp(name, "0x", 2);
}

static bool __init vproc_can_read(struct mm_struct *mm, unsigned long addr)
{
	struct page *page;
	int locked = 1;
	bool can;

	mmap_read_lock(mm);
	can = vproc_get_user_page(mm, addr, &page, &locked) == 1;
	if (can)
		put_page(page);
	if (locked)
		mmap_read_unlock(mm);
	return can;
}

/**
 * vproc_gate_init - find out what the vsyscall page is
 *
 * Context: in the process that loads the module; may sleep.
 */
void __init vproc_gate_init(void)
{
	vproc_gate_exists = vproc_has_symbol(VPROC_GATE_START);
	if (vproc_gate_exists && current->mm && vproc_mm_has_gate(current->mm))
		vproc_gate_readable = vproc_can_read(current->mm,
						     VPROC_GATE_START);
}

/**
 * vproc_gate_of - does an mm have the vsyscall page?
 * @mm: the mm
 *
 * Return: true if its /proc/PID/maps ends with it.
 */
bool vproc_gate_of(struct mm_struct *mm)
{
	return vproc_gate_exists && vproc_mm_has_gate(mm);
}

/**
 * vproc_gate_export - the vsyscall page as a region
 * @region: where to put it
 */
void vproc_gate_export(struct vproc_region *region)
{
	*region = (struct vproc_region) {
		.start = VPROC_GATE_START,
		.end = VPROC_GATE_START + PAGE_SIZE,
		.name = VPROC_NAME_VSYSCALL,
		.perm = VPROC_PERM_EXEC,
		.type = VPROC_TYPE_CODE,
		.page_size = PAGE_SIZE,
	};
	if (vproc_gate_readable)
		region->perm |= VPROC_PERM_READ;
}
#else
void __init vproc_gate_init(void) {}

bool vproc_gate_of(struct mm_struct *mm)
{
	return false;
}

void vproc_gate_export(struct vproc_region *region) {}
#endif
