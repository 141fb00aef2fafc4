// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files and names behind live regions.
 *
 * A file is held as the VMA holds it, so that its path can be looked up when it
 * is asked for. When the last region that has it goes, its path is written down
 * and the file let go, so that vproc keeps no file system busy; the text stays
 * for those who read the history, within bounds.
 */
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/jhash.h>
#include <linux/kdev_t.h>
#include <linux/magic.h>
#include <linux/memcontrol.h>
#include <linux/rhashtable.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "live/compat.h"
#include "live/files.h"

/**
 * struct vproc_file_entry - a file or a given name
 * @backing: what the model knows of it
 * @files: the table it is in
 * @hash: in vproc_files.by_key while a region has it
 * @gone: in vproc_files.gone afterwards
 * @file: the file; NULL if there is none, and once it is let go
 * @name: the given name, as /proc/PID/maps prints it; NULL if there is none
 * @path: the last path of a file that was let go; NULL if it has a name, which
 *	is then what is shown, or if there was no memory for it
 */
struct vproc_file_entry {
	struct vproc_backing backing;
	struct vproc_files *files;
	struct rhash_head hash;
	struct list_head gone;
	struct file *file;
	char *name;
	char *path;
};

/* Names are compared as text, files as objects; shared memory can have both. */
struct vproc_file_key {
	struct file *file;
	const char *name;
};

static bool vproc_entry_is(const struct vproc_file_entry *entry,
			   const struct vproc_file_key *key)
{
	if (key->file != entry->file || !key->name != !entry->name)
		return false;
	return !key->name || !strcmp(key->name, entry->name);
}

static u32 vproc_key_hash(const void *data, u32 len, u32 seed)
{
	const struct vproc_file_key *key = data;

	if (key->name)
		seed = jhash(key->name, strlen(key->name), seed);
	return jhash(&key->file, sizeof(key->file), seed);
}

static u32 vproc_entry_hash(const void *data, u32 len, u32 seed)
{
	const struct vproc_file_entry *entry = data;
	struct vproc_file_key key = {
		.file = entry->file,
		.name = entry->name,
	};

	return vproc_key_hash(&key, sizeof(key), seed);
}

static int vproc_entry_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	return !vproc_entry_is(obj, arg->key);
}

static const struct rhashtable_params vproc_files_params = {
	.key_len = sizeof(struct vproc_file_key),
	.head_offset = offsetof(struct vproc_file_entry, hash),
	.hashfn = vproc_key_hash,
	.obj_hashfn = vproc_entry_hash,
	.obj_cmpfn = vproc_entry_cmp,
	.min_size = 16,
	.automatic_shrinking = true,
};

/**
 * vproc_files_init - an empty table
 * @files: the table
 *
 * Return: 0 or -ENOMEM.
 */
int vproc_files_init(struct vproc_files *files)
{
	xa_init_flags(&files->by_id, XA_FLAGS_ACCOUNT);
	INIT_LIST_HEAD(&files->gone);
	files->gone_bytes = 0;
	files->next_id = VPROC_NAME_FIRST;
	files->frozen = false;
	return rhashtable_init(&files->by_key, &vproc_files_params);
}

static size_t vproc_entry_bytes(const struct vproc_file_entry *entry)
{
	return sizeof(*entry) + (entry->path ? strlen(entry->path) + 1 : 0) +
	       (entry->name ? strlen(entry->name) + 1 : 0);
}

static void vproc_entry_free(struct vproc_file_entry *entry)
{
	xa_erase(&entry->files->by_id, entry->backing.id);
	if (entry->file)
		fput(entry->file);
	kfree(entry->path);
	kfree(entry->name);
	kfree(entry);
}

/**
 * vproc_files_destroy - free the table
 * @files: the table; the model that refers to it is empty
 */
void vproc_files_destroy(struct vproc_files *files)
{
	struct vproc_file_entry *entry, *next;

	list_for_each_entry_safe(entry, next, &files->gone, gone)
		vproc_entry_free(entry);
	xa_destroy(&files->by_id);
	rhashtable_destroy(&files->by_key);
}

/**
 * struct vproc_path_work - looking up a path, and where it leads
 * @work: for a worker to do it
 * @file: the file
 * @memcg: whom the text is charged to
 * @text: the path, or NULL without memory
 */
struct vproc_path_work {
	struct work_struct work;
	struct file *file;
	struct mem_cgroup *memcg;
	char *text;
};

static void vproc_path_lookup(struct work_struct *work)
{
	struct vproc_path_work *path =
		container_of(work, struct vproc_path_work, work);
	struct mem_cgroup *old = set_active_memcg(path->memcg);
	char *buf, *text;

	buf = kmalloc(PATH_MAX, GFP_KERNEL_ACCOUNT);
	if (!buf)
		goto out;
	text = d_path(vproc_file_path(path->file), buf, PATH_MAX);
	if (!IS_ERR(text))
		path->text = kstrdup(text, GFP_KERNEL_ACCOUNT);
	kfree(buf);
out:
	set_active_memcg(old);
}

/*
 * The path of @file as text, or NULL without memory. A task that has come far
 * in its exit has no root directory any more to see it from.
 */
static char *vproc_path_text(struct file *file)
{
	struct vproc_path_work path = {
		.file = file,
		.memcg = get_mem_cgroup_from_mm(NULL),
	};

	INIT_WORK_ONSTACK(&path.work, vproc_path_lookup);
	if (current->fs) {
		vproc_path_lookup(&path.work);
	} else {
		queue_work(vproc_unbound_wq, &path.work);
		flush_work(&path.work);
	}
	destroy_work_on_stack(&path.work);
	mem_cgroup_put(path.memcg);
	return path.text;
}

/* Write the path of a file down. Given names are text already. */
static int vproc_entry_write_down(struct vproc_file_entry *entry)
{
	if (!entry->file || entry->name)
		return 0;
	kfree(entry->path);
	entry->path = vproc_path_text(entry->file);
	return entry->path ? 0 : -ENOMEM;
}

/* The same, if there is memory for it, and let go of the file. */
static void vproc_entry_freeze(struct vproc_file_entry *entry)
{
	if (!entry->file)
		return;
	if (!entry->path)
		vproc_entry_write_down(entry);
	fput(entry->file);
	entry->file = NULL;
}

/* The last region that had it is gone. */
static void vproc_entry_release(struct vproc_backing *backing)
{
	struct vproc_file_entry *entry =
		container_of(backing, struct vproc_file_entry, backing);
	struct vproc_files *files = entry->files;

	if (!files->frozen)
		rhashtable_remove_fast(&files->by_key, &entry->hash,
				       vproc_files_params);
	vproc_entry_freeze(entry);
	list_add_tail(&entry->gone, &files->gone);
	files->gone_bytes += vproc_entry_bytes(entry);

	while (files->gone_bytes > VPROC_FILES_KEPT) {
		entry = list_first_entry(&files->gone, struct vproc_file_entry,
					 gone);
		list_del(&entry->gone);
		files->gone_bytes -= vproc_entry_bytes(entry);
		vproc_entry_free(entry);
	}
}

/**
 * vproc_files_write_down - have the paths of all files, so that none gets lost
 * @files: the table, which is to be frozen next
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0; -ENOMEM: nothing is changed.
 */
int vproc_files_write_down(struct vproc_files *files)
{
	struct vproc_file_entry *entry;
	unsigned long id;
	int ret = 0;

	xa_for_each(&files->by_id, id, entry) {
		ret = vproc_entry_write_down(entry);
		if (ret)
			break;
	}
	if (!ret)
		return 0;
	xa_for_each(&files->by_id, id, entry) {
		if (!entry->file)
			continue;
		kfree(entry->path);
		entry->path = NULL;
	}
	return ret;
}

/**
 * vproc_files_freeze - let go of all files, and keep their paths
 * @files: the table
 *
 * A path that there is no memory for is forgotten, unless
 * vproc_files_write_down() has come before.
 *
 * No file or name can be added afterwards.
 *
 * Context: the space's lock is held; may sleep.
 */
void vproc_files_freeze(struct vproc_files *files)
{
	struct vproc_file_entry *entry;
	unsigned long id;

	if (files->frozen)
		return;
	xa_for_each(&files->by_id, id, entry) {
		/* Its key changes with its file, so it has to leave the table. */
		if (refcount_read(&entry->backing.refs))
			rhashtable_remove_fast(&files->by_key, &entry->hash,
					       vproc_files_params);
		vproc_entry_freeze(entry);
	}
	files->frozen = true;
}

static u8 vproc_file_page_shift(const struct inode *inode)
{
	if (inode->i_sb->s_magic == HUGETLBFS_MAGIC)
		return inode->i_blkbits;
	return PAGE_SHIFT;
}

static void vproc_entry_describe(struct vproc_file_entry *entry)
{
	const struct inode *inode = vproc_file_inode(entry->file);

	entry->backing.dev_major = MAJOR(inode->i_sb->s_dev);
	entry->backing.dev_minor = MINOR(inode->i_sb->s_dev);
	entry->backing.inode = inode->i_ino;
	entry->backing.page_shift = vproc_file_page_shift(file_inode(entry->file));
}

static struct vproc_file_entry *
vproc_entry_new(struct vproc_files *files, const struct vproc_file_key *key)
{
	struct vproc_file_entry *entry;

	entry = kzalloc(sizeof(*entry), GFP_KERNEL_ACCOUNT);
	if (!entry)
		return NULL;

	entry->files = files;
	refcount_set(&entry->backing.refs, 1);
	entry->backing.page_shift = PAGE_SHIFT;
	entry->backing.release = vproc_entry_release;
	entry->backing.id = files->next_id;
	if (key->name) {
		entry->name = kstrdup(key->name, GFP_KERNEL_ACCOUNT);
		if (!entry->name)
			goto free;
	}
	if (key->file) {
		entry->file = get_file(key->file);
		vproc_entry_describe(entry);
	}
	if (xa_insert(&files->by_id, files->next_id, entry, GFP_KERNEL_ACCOUNT))
		goto put;
	if (rhashtable_insert_fast(&files->by_key, &entry->hash,
				   vproc_files_params))
		goto erase;
	/* Ids are not used twice: after 2^32 of them no name can be added. */
	files->next_id++;
	return entry;

erase:
	xa_erase(&files->by_id, files->next_id);
put:
	if (entry->file)
		fput(entry->file);
	kfree(entry->name);
free:
	kfree(entry);
	return NULL;
}

/**
 * vproc_files_get - the backing of a file or name, made if it is new
 * @files: the table
 * @file: the file, of which the caller has a reference; or NULL
 * @name: the given name, as /proc/PID/maps prints it; or NULL. Not both NULL
 *
 * Context: the space's lock is held; may sleep.
 * Return: the backing with a reference, or NULL without memory.
 */
struct vproc_backing *vproc_files_get(struct vproc_files *files,
				      struct file *file, const char *name)
{
	struct vproc_file_key key = { .file = file, .name = name };
	struct vproc_file_entry *entry;

	if (files->frozen)
		return NULL;
	entry = rhashtable_lookup_fast(&files->by_key, &key, vproc_files_params);
	if (entry) {
		refcount_inc(&entry->backing.refs);
		return &entry->backing;
	}
	if (!files->next_id)
		return NULL;
	entry = vproc_entry_new(files, &key);
	return entry ? &entry->backing : NULL;
}

/**
 * vproc_files_get_same - the backing of what another table has a backing of
 * @files: the table
 * @backing: a backing of another table, that a region has
 *
 * Context: the locks of the spaces of both are held; may sleep.
 * Return: the backing with a reference, or NULL without memory.
 */
struct vproc_backing *vproc_files_get_same(struct vproc_files *files,
					   struct vproc_backing *backing)
{
	struct vproc_file_entry *entry =
		container_of(backing, struct vproc_file_entry, backing);

	return vproc_files_get(files, entry->file, entry->name);
}

/**
 * vproc_files_is - is this what stands behind a region?
 * @backing: the backing, of a table that is not frozen; or NULL
 * @file: a file or NULL
 * @name: a given name or NULL
 *
 * Return: true if @backing is of just these two.
 */
bool vproc_files_is(const struct vproc_backing *backing, struct file *file,
		    const char *name)
{
	struct vproc_file_key key = { .file = file, .name = name };

	if (!backing)
		return !file && !name;
	return vproc_entry_is(container_of(backing, struct vproc_file_entry,
					   backing), &key);
}

/**
 * vproc_files_lookup - what an id stands for
 * @files: the table
 * @id: the id
 * @ref: where to put it; to be given to vproc_file_ref_put()
 *
 * A file's path is looked up later, without the lock.
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0; -ENOENT: no such id, or forgotten; -ENOMEM.
 */
int vproc_files_lookup(struct vproc_files *files, u32 id,
		       struct vproc_file_ref *ref)
{
	struct vproc_file_entry *entry = xa_load(&files->by_id, id);

	if (!entry)
		return -ENOENT;

	*ref = (struct vproc_file_ref) { .backing = entry->backing };
	if (entry->name)
		ref->name = kstrdup(entry->name, GFP_KERNEL_ACCOUNT);
	else if (entry->file)
		ref->file = get_file(entry->file);
	else if (entry->path)
		ref->path = kstrdup(entry->path, GFP_KERNEL_ACCOUNT);
	return ref->name || ref->file || ref->path ? 0 : -ENOMEM;
}

/**
 * vproc_file_ref_name - the text of a file or name
 * @ref: from vproc_files_lookup()
 * @buf: room to put it together
 * @size: bytes at @buf
 *
 * Context: may sleep; no lock is needed.
 * Return: the text; -ENAMETOOLONG: it is longer than @size.
 */
char *vproc_file_ref_name(struct vproc_file_ref *ref, char *buf, size_t size)
{
	char *text = ref->name ?: ref->path;

	if (ref->file)
		return d_path(vproc_file_path(ref->file), buf, size);
	return strlen(text) < size ? text : ERR_PTR(-ENAMETOOLONG);
}

/**
 * vproc_file_ref_put - the reverse of vproc_files_lookup()
 * @ref: what it filled in
 */
void vproc_file_ref_put(struct vproc_file_ref *ref)
{
	if (ref->file)
		fput(ref->file);
	kfree(ref->name);
	kfree(ref->path);
}
