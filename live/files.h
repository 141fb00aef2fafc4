/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_LIVE_FILES_H
#define _VPROC_LIVE_FILES_H

#include <linux/list.h>
#include <linux/path.h>
#include <linux/rhashtable-types.h>
#include <linux/xarray.h>

#include "model/region.h"

struct file;
struct mm_struct;
struct vfsmount;
struct vproc_letgo;

/* What is kept of files that no region has any more: so many bytes of names. */
#define VPROC_FILES_KEPT	1048576U

/**
 * struct vproc_files - the files and given names of an address space
 * @by_key: those in use, by file or by name
 * @by_id: all, by id
 * @gone: those that no region has any more, the longest gone first
 * @gone_bytes: memory that @gone takes
 * @next_id: the id to give next
 * @frozen: files are let go: no path is held any more
 * @holds: files are held, too, and not only their paths
 * @home: the mount of the program that is run, which is busy as long as it is
 * @nr_busy: how many entries in use keep something that is waited for when they go
 * @letgo: paths of deleted files that are to be let go of; has a lock of its own
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
	bool holds;
	const struct vfsmount *home;
	unsigned int nr_busy;
	struct vproc_letgo *letgo;
};

int vproc_files_init(struct vproc_files *files, bool holds);
void vproc_files_destroy(struct vproc_files *files);
void vproc_files_settle(struct vproc_files *files, struct mm_struct *mm);
bool vproc_files_missed(const struct vproc_files *files, struct file *file);
int vproc_files_write_down(struct vproc_files *files);
void vproc_files_freeze(struct vproc_files *files);

struct vproc_backing *vproc_files_get(struct vproc_files *files,
				      struct file *file, const char *name);
struct vproc_backing *vproc_files_get_same(struct vproc_files *files,
					   struct vproc_backing *backing);
bool vproc_files_is(const struct vproc_backing *backing, struct file *file,
		    const char *name);

/**
 * struct vproc_file_about - what is known of a file or name
 * @inode: inode number of the file, 0 for a name
 * @dev_major: device of the file, 0 for a name
 * @dev_minor: device of the file, 0 for a name
 * @given: it is a name that was given, not a path
 */
struct vproc_file_about {
	u64 inode;
	u32 dev_major;
	u32 dev_minor;
	bool given;
};

char *vproc_files_name(struct vproc_files *files, u32 id,
		       struct vproc_file_about *about, char *buf, size_t size);

#endif /* _VPROC_LIVE_FILES_H */
