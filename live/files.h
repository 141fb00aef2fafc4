/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_LIVE_FILES_H
#define _VPROC_LIVE_FILES_H

#include <linux/list.h>
#include <linux/rhashtable-types.h>
#include <linux/xarray.h>

#include "model/region.h"

struct file;

/* What is kept of files that no region has any more: so many bytes of names. */
#define VPROC_FILES_KEPT	1048576U

/**
 * struct vproc_files - the files and given names of an address space
 * @by_key: those in use, by struct file or by name
 * @by_id: all, by id
 * @gone: those that no region has any more, the longest gone first
 * @gone_bytes: memory that @gone takes
 * @next_id: the id to give next
 * @frozen: files are let go: no struct file is held any more
 *
 * Protected by the space's lock.
 */
struct vproc_files {
	struct rhashtable by_key;
	struct xarray by_id;
	struct list_head gone;
	size_t gone_bytes;
	u32 next_id;
	bool frozen;
};

int vproc_files_init(struct vproc_files *files);
void vproc_files_destroy(struct vproc_files *files);
int vproc_files_write_down(struct vproc_files *files);
void vproc_files_freeze(struct vproc_files *files);

struct vproc_backing *vproc_files_get(struct vproc_files *files,
				      struct file *file, const char *name);
struct vproc_backing *vproc_files_get_same(struct vproc_files *files,
					   struct vproc_backing *backing);
bool vproc_files_is(const struct vproc_backing *backing, struct file *file,
		    const char *name);

/**
 * struct vproc_file_ref - a file or name, taken out from under the lock
 * @name: a copy of the given name, or NULL
 * @file: a reference to the file, if there is no name; or NULL
 * @path: a copy of the last path of a file that was let go; or NULL
 * @backing: id, device and inode; not to be put
 */
struct vproc_file_ref {
	char *name;
	struct file *file;
	char *path;
	struct vproc_backing backing;
};

int vproc_files_lookup(struct vproc_files *files, u32 id,
		       struct vproc_file_ref *ref);
char *vproc_file_ref_name(struct vproc_file_ref *ref, char *buf, size_t size);
void vproc_file_ref_put(struct vproc_file_ref *ref);

#endif /* _VPROC_LIVE_FILES_H */
