/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PROCMAP_QUERY, which the kernel has since 6.11 and <linux/fs.h> may lack.
 */
#ifndef _SELFTESTS_PROCMAP_H
#define _SELFTESTS_PROCMAP_H

#include <linux/fs.h>
#include <linux/types.h>

#ifndef PROCMAP_QUERY
struct procmap_query {
	__u64 size;
	__u64 query_flags;
	__u64 query_addr;
	__u64 vma_start;
	__u64 vma_end;
	__u64 vma_flags;
	__u64 vma_page_size;
	__u64 vma_offset;
	__u64 inode;
	__u32 dev_major;
	__u32 dev_minor;
	__u32 vma_name_size;
	__u32 build_id_size;
	__u64 vma_name_addr;
	__u64 build_id_addr;
};

#define PROCMAP_QUERY	_IOWR('f', 17, struct procmap_query)
#define PROCMAP_QUERY_COVERING_OR_NEXT_VMA	0x10
#endif

#endif /* _SELFTESTS_PROCMAP_H */
