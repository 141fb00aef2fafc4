/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_BUILDID_H
#define _TOOLS_BUILDID_H

#include <stddef.h>
#include <stdint.h>

/* What linkers write has 8, 16 or 20 bytes. */
#define BUILD_ID_MAX	64

/* The build id of an ELF file; .size is 0 if there is none. */
struct build_id {
	size_t size;
	unsigned char bytes[BUILD_ID_MAX];
};

/*
 * Reads that of the file at @path, if it is the one with this inode number.
 * The device is not looked at: some file systems have one for stat(2) and
 * another for memory maps.
 */
void build_id_read(struct build_id *id, const char *path, uint64_t inode);

#endif /* _TOOLS_BUILDID_H */
