// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files and names behind live regions.
 *
 * Of a file the path is held, so that its name can be looked up when it is asked
 * for. When the last region that has it goes, the name is written down and the path
 * let go, so that vproc keeps no file system busy; the text stays for those who read
 * the history, within bounds.
 *
 * The file itself is not: it would stay open when the process has closed and
 * unmapped it, and could not be executed, its locks would be kept, a device be in
 * use. Its address tells it from others all the same, as a VMA holds it while a
 * region has it. A model has no VMA, and so holds files itself.
 */
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/jhash.h>
#include <linux/kdev_t.h>
#include <linux/magic.h>
#include <linux/memcontrol.h>
#include <linux/mount.h>
#include <linux/path.h>
#include <linux/rhashtable.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "live/compat.h"
#include "live/files.h"
#include "live/letgo.h"
#include "live/tracker.h"

/**
 * struct vproc_file_entry - a file or a given name
 * @backing: what the model knows of it
 * @files: the table it is in
 * @hash: in vproc_files.by_key while a region has it
 * @gone: in vproc_files.gone afterwards
 * @file: the file, for its address, and with a reference only in a model; NULL if
 *	there is none, and once it is let go
 * @where: the file's path, with a reference
 * @busy: it is counted in vproc_files.nr_busy
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
	struct path where;
	bool busy;
	char *name;
	char *path;
};

/**
 * struct vproc_file_key - what tells entries from each other
 * @file: the file or NULL
 * @where: its path
 * @dev: the device of its inode
 * @inode: the number of its inode
 * @page_shift: log2 of the page size it is mapped with; not compared
 * @name: the given name, compared as text; shared memory can have both
 *
 * Where a file has been closed another one may have its address before vproc knows
 * that the region is gone; hence the rest.
 */
struct vproc_file_key {
	struct file *file;
	struct path where;
	dev_t dev;
	u64 inode;
	u8 page_shift;
	const char *name;
};

static u8 vproc_file_page_shift(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	if (inode->i_sb->s_magic == HUGETLBFS_MAGIC)
		return inode->i_blkbits;
	return PAGE_SHIFT;
}

static void vproc_file_key(struct vproc_file_key *key, struct file *file,
			   const char *name)
{
	const struct inode *inode;

	*key = (struct vproc_file_key) {
		.file = file,
		.page_shift = PAGE_SHIFT,
		.name = name,
	};
	if (!file)
		return;
	inode = vproc_file_inode(file);
	key->where = *vproc_file_path(file);
	key->dev = inode->i_sb->s_dev;
	key->inode = inode->i_ino;
	key->page_shift = vproc_file_page_shift(file);
}

static bool vproc_entry_has(const struct vproc_file_entry *entry,
			    const struct vproc_file_key *key)
{
	const struct vproc_backing *backing = &entry->backing;

	return key->file == entry->file &&
	       path_equal(&key->where, &entry->where) &&
	       key->inode == backing->inode &&
	       key->dev == MKDEV(backing->dev_major, backing->dev_minor);
}

static bool vproc_entry_is(const struct vproc_file_entry *entry,
			   const struct vproc_file_key *key)
{
	if (!vproc_entry_has(entry, key) || !key->name != !entry->name)
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
	const struct vproc_file_key key = {
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
 * @holds: are the files to be held, as there is no VMA that does?
 *
 * Return: 0 or -ENOMEM.
 */
int vproc_files_init(struct vproc_files *files, bool holds)
{
	int ret;

	xa_init_flags(&files->by_id, XA_FLAGS_ACCOUNT);
	INIT_LIST_HEAD(&files->gone);
	files->gone_bytes = 0;
	files->next_id = VPROC_NAME_FIRST;
	files->frozen = false;
	files->holds = holds;
	files->home = NULL;
	files->nr_busy = 0;
	files->letgo = vproc_letgo_new();
	if (!files->letgo)
		return -ENOMEM;
	ret = rhashtable_init(&files->by_key, &vproc_files_params);
	if (ret)
		vproc_letgo_put(files->letgo);
	return ret;
}

/**
 * vproc_files_settle - say of which process the files are
 * @files: the table of a tracker
 * @mm: what it is to follow
 *
 * Context: the space's lock is held.
 */
void vproc_files_settle(struct vproc_files *files, struct mm_struct *mm)
{
	struct file *exe;

	rcu_read_lock();
	exe = rcu_dereference(mm->exe_file);
	WRITE_ONCE(files->home, exe ? vproc_file_path(exe)->mnt : NULL);
	rcu_read_unlock();
}

/*
 * Could the file's mount be unmounted, if the process did not have files of it, or is
 * the file deleted, so that its pages are free when it goes?
 */
static bool vproc_files_busy(const struct vproc_files *files, struct file *file)
{
	const struct vfsmount *mnt = vproc_file_path(file)->mnt;

	if (!file_inode(file)->i_nlink)
		return true;
	return mnt != READ_ONCE(files->home) && !(mnt->mnt_flags & MNT_INTERNAL);
}

/**
 * vproc_files_missed - would somebody miss a file that is closed a little later?
 * @files: the table of a tracker
 * @file: a file that a region has
 *
 * When it is closed for good, a program that was open for writing can be executed,
 * locks are gone, a device is free, and so is its file system, or what a deleted file
 * took of that.
 *
 * Context: any.
 * Return: false if that can wait.
 */
bool vproc_files_missed(const struct vproc_files *files, struct file *file)
{
	const struct inode *inode = file_inode(file);

	return file->f_mode & FMODE_WRITE || !S_ISREG(inode->i_mode) ||
	       READ_ONCE(inode->i_flctx) ||
	       vproc_files_busy(files, file);
}

static size_t vproc_entry_bytes(const struct vproc_file_entry *entry)
{
	return sizeof(*entry) + (entry->path ? strlen(entry->path) + 1 : 0) +
	       (entry->name ? strlen(entry->name) + 1 : 0);
}

static void vproc_entry_hold(struct vproc_file_entry *entry,
			     const struct vproc_file_key *key)
{
	entry->file = key->file;
	entry->where = key->where;
	if (!entry->file)
		return;
	path_get(&entry->where);
	entry->busy = vproc_files_busy(entry->files, entry->file);
	WRITE_ONCE(entry->files->nr_busy, entry->files->nr_busy + entry->busy);
	if (entry->files->holds)
		get_file(entry->file);
}

static void vproc_entry_let_go(struct vproc_file_entry *entry)
{
	if (!entry->file)
		return;
	if (entry->files->holds)
		fput(entry->file);
	if (d_unhashed(entry->where.dentry))
		vproc_letgo_add(entry->files->letgo, &entry->where);
	else
		path_put(&entry->where);
	WRITE_ONCE(entry->files->nr_busy, entry->files->nr_busy - entry->busy);
	entry->file = NULL;
	entry->where = (struct path) {};
}

static void vproc_entry_free(struct vproc_file_entry *entry)
{
	xa_erase(&entry->files->by_id, entry->backing.id);
	vproc_entry_let_go(entry);
	kfree(entry->path);
	kfree(entry->name);
	kfree(entry);
}

/**
 * vproc_files_destroy - free the table
 * @files: the table; the model that refers to it is empty
 *
 * Context: may sleep.
 */
void vproc_files_destroy(struct vproc_files *files)
{
	struct vproc_file_entry *entry, *next;

	list_for_each_entry_safe(entry, next, &files->gone, gone)
		vproc_entry_free(entry);
	vproc_letgo_put(files->letgo);
	xa_destroy(&files->by_id);
	rhashtable_destroy(&files->by_key);
}

/**
 * struct vproc_path_work - looking up a path, and where it leads
 * @work: for a worker to do it
 * @path: the path
 * @memcg: whom the text is charged to
 * @text: the path, or NULL without memory
 */
struct vproc_path_work {
	struct work_struct work;
	const struct path *path;
	struct mem_cgroup *memcg;
	char *text;
};

static void vproc_path_lookup(struct work_struct *work)
{
	struct vproc_path_work *lookup =
		container_of(work, struct vproc_path_work, work);
	struct mem_cgroup *old = set_active_memcg(lookup->memcg);
	char *buf, *text;

	buf = kmalloc(PATH_MAX, GFP_KERNEL_ACCOUNT);
	if (!buf)
		goto out;
	text = d_path(lookup->path, buf, PATH_MAX);
	if (!IS_ERR(text))
		lookup->text = kstrdup(text, GFP_KERNEL_ACCOUNT);
	kfree(buf);
out:
	set_active_memcg(old);
}

/*
 * A path as text, or NULL without memory. A task that has come far in its exit
 * has no root directory any more to see it from.
 */
static char *vproc_path_text(const struct path *path)
{
	struct vproc_path_work lookup = {
		.path = path,
		.memcg = get_mem_cgroup_from_mm(NULL),
	};

	INIT_WORK_ONSTACK(&lookup.work, vproc_path_lookup);
	if (current->fs) {
		vproc_path_lookup(&lookup.work);
	} else {
		queue_work(vproc_unbound_wq, &lookup.work);
		flush_work(&lookup.work);
	}
	destroy_work_on_stack(&lookup.work);
	mem_cgroup_put(lookup.memcg);
	return lookup.text;
}

/* Write the path of a file down. Given names are text already. */
static int vproc_entry_write_down(struct vproc_file_entry *entry)
{
	if (!entry->file || entry->name)
		return 0;
	kfree(entry->path);
	entry->path = vproc_path_text(&entry->where);
	return entry->path ? 0 : -ENOMEM;
}

/* The same, if there is memory for it, and let go of the path. */
static void vproc_entry_freeze(struct vproc_file_entry *entry)
{
	if (!entry->file)
		return;
	if (!entry->path)
		vproc_entry_write_down(entry);
	vproc_entry_let_go(entry);
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

static void vproc_entry_describe(struct vproc_file_entry *entry,
				 const struct vproc_file_key *key)
{
	entry->backing.dev_major = MAJOR(key->dev);
	entry->backing.dev_minor = MINOR(key->dev);
	entry->backing.inode = key->inode;
	entry->backing.page_shift = key->page_shift;
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
	entry->backing.release = vproc_entry_release;
	entry->backing.id = files->next_id;
	if (key->name) {
		entry->name = kstrdup(key->name, GFP_KERNEL_ACCOUNT);
		if (!entry->name)
			goto free;
	}
	vproc_entry_describe(entry, key);
	vproc_entry_hold(entry, key);
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
	vproc_entry_let_go(entry);
	kfree(entry->name);
free:
	kfree(entry);
	return NULL;
}

/* The backing with a reference, or NULL without memory. */
static struct vproc_backing *
vproc_files_get_key(struct vproc_files *files, const struct vproc_file_key *key)
{
	struct vproc_file_entry *entry;

	if (files->frozen)
		return NULL;
	entry = rhashtable_lookup_fast(&files->by_key, key, vproc_files_params);
	if (entry) {
		refcount_inc(&entry->backing.refs);
		return &entry->backing;
	}
	if (!files->next_id)
		return NULL;
	entry = vproc_entry_new(files, key);
	return entry ? &entry->backing : NULL;
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
	struct vproc_file_key key;

	vproc_file_key(&key, file, name);
	return vproc_files_get_key(files, &key);
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
	const struct vproc_file_entry *entry =
		container_of(backing, struct vproc_file_entry, backing);
	const struct vproc_file_key key = {
		.file = entry->file,
		.where = entry->where,
		.dev = MKDEV(backing->dev_major, backing->dev_minor),
		.inode = backing->inode,
		.page_shift = backing->page_shift,
		.name = entry->name,
	};

	return vproc_files_get_key(files, &key);
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
	struct vproc_file_key key;

	if (!backing)
		return !file && !name;
	vproc_file_key(&key, file, name);
	return vproc_entry_is(container_of(backing, struct vproc_file_entry,
					   backing), &key);
}

/**
 * vproc_files_name - the text of what an id stands for
 * @files: the table
 * @id: the id
 * @about: where to put what else is known of it
 * @buf: room to put the text together
 * @size: bytes at @buf
 *
 * Context: the space's lock is held, so that who waits for it finds the file let go.
 * Return: the text, in @buf; -ENOENT: no such id, or forgotten; -ENAMETOOLONG: it is
 * longer than @size.
 */
char *vproc_files_name(struct vproc_files *files, u32 id,
		       struct vproc_file_about *about, char *buf, size_t size)
{
	const struct vproc_file_entry *entry = xa_load(&files->by_id, id);
	const char *text;

	if (!entry)
		return ERR_PTR(-ENOENT);

	*about = (struct vproc_file_about) {
		.inode = entry->backing.inode,
		.dev_major = entry->backing.dev_major,
		.dev_minor = entry->backing.dev_minor,
		.given = entry->name,
	};
	if (entry->file && !entry->name)
		return d_path(&entry->where, buf, size);
	text = entry->name ?: entry->path;
	if (!text)
		return ERR_PTR(-ENOENT);
	return strscpy(buf, text, size) < 0 ? ERR_PTR(-ENAMETOOLONG) : buf;
}
