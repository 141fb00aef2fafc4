// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls of a model: what is done is done in model/; here arguments are
 * copied and checked, and files are looked up.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/major.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "live/classify.h"
#include "live/compat.h"
#include "model/fault.h"
#include "model/map.h"
#include "model/remap.h"
#include "model/stack.h"
#include "vproc_model.h"

/* The argument of any call of a model. */
union vproc_model_arg {
	struct vproc_mmap map;
	struct vproc_allocate allocate;
	struct vproc_range range;
	struct vproc_map_physical physical;
	struct vproc_mprotect protect;
	struct vproc_mremap remap;
	struct vproc_brk brk;
	struct vproc_stack_new stack_new;
	struct vproc_stack_info stack_info;
	struct vproc_stack_op stack_op;
	struct vproc_touch touch;
	struct vproc_cow_info cow_info;
	struct vproc_page_info page_info;
};

static struct vproc_sandbox *vproc_sandbox_new(const struct vproc_layout *layout,
					       unsigned long max_regions)
{
	struct vproc_sandbox *sandbox;
	int ret;

	sandbox = kzalloc(sizeof(*sandbox), GFP_KERNEL_ACCOUNT);
	if (!sandbox)
		return ERR_PTR(-ENOMEM);
	ret = vproc_files_init(&sandbox->files, true);
	if (ret) {
		kfree(sandbox);
		return ERR_PTR(ret);
	}
	vproc_model_init(&sandbox->model, layout, max_regions);
	sandbox->model.space.heap.touching = VPROC_HEAP_TOUCHING;
	return sandbox;
}

/**
 * vproc_sandbox_free - the end of a model and its files
 * @sandbox: what nobody else can reach any more
 *
 * Context: may sleep.
 */
void vproc_sandbox_free(struct vproc_sandbox *sandbox)
{
	vproc_model_destroy(&sandbox->model);
	vproc_files_destroy(&sandbox->files);
	kfree(sandbox);
}

static int vproc_create_layout(const struct vproc_create *create,
			       struct vproc_layout *layout)
{
	if (create->flags & VPROC_CREATE_LAYOUT) {
		*layout = (struct vproc_layout) {
			.user_start = create->user_start,
			.user_end = create->user_end,
			.code_start = create->code_start,
			.data_start = create->data_start,
			.heap_start = create->heap_start,
			.heap_limit = create->heap_limit,
			.stack_end = create->stack_end,
			.stack_size = create->stack_size,
		};
		return vproc_layout_check(layout);
	}
	if (create->user_start | create->user_end | create->code_start |
	    create->data_start | create->heap_start | create->heap_limit |
	    create->stack_end | create->stack_size)
		return -EINVAL;
	vproc_layout_default(layout);
	return 0;
}

/**
 * vproc_sandbox_create - VPROC_CREATE
 * @create: in and out
 *
 * Context: may sleep.
 * Return: the model, or an error of struct vproc_create.
 */
struct vproc_sandbox *vproc_sandbox_create(struct vproc_create *create)
{
	struct vproc_layout layout;
	int ret;

	if (create->flags & ~VPROC_CREATE_LAYOUT || create->reserved[0] ||
	    create->reserved[1] || create->max_regions > VPROC_MAX_REGIONS)
		return ERR_PTR(-EINVAL);
	ret = vproc_create_layout(create, &layout);
	if (ret)
		return ERR_PTR(ret);

	create->max_regions = create->max_regions ?: VPROC_MODEL_REGIONS;
	create->user_start = layout.user_start;
	create->user_end = layout.user_end;
	create->code_start = layout.code_start;
	create->data_start = layout.data_start;
	create->heap_start = layout.heap_start;
	create->heap_limit = layout.heap_limit;
	create->stack_end = layout.stack_end;
	create->stack_size = layout.stack_size;
	return vproc_sandbox_new(&layout, create->max_regions);
}

/* The file of a region, as a copy of its model has it. */
static struct vproc_backing *vproc_sandbox_backing(void *data,
						   struct vproc_backing *backing)
{
	struct vproc_sandbox *child = data;

	return vproc_files_get_same(&child->files, backing);
}

/**
 * vproc_sandbox_fork - VPROC_FORK
 * @parent: the model to copy
 *
 * Context: may sleep; takes the lock of the parent's space.
 * Return: the copy; -ERESTARTSYS: a signal; -ENOMEM.
 */
struct vproc_sandbox *vproc_sandbox_fork(struct vproc_sandbox *parent)
{
	struct vproc_space *space = &parent->model.space;
	struct vproc_translation how = { .translate = vproc_sandbox_backing };
	struct vproc_sandbox *child;
	int ret;

	child = vproc_sandbox_new(&parent->model.layout,
				  parent->model.max_regions);
	if (IS_ERR(child))
		return child;
	if (mutex_lock_interruptible(&space->lock)) {
		ret = -ERESTARTSYS;
		goto free;
	}
	/* Nobody else knows the child: its lock cannot be waited for. */
	mutex_lock_nested(&child->model.space.lock, SINGLE_DEPTH_NESTING);
	how.data = child;
	ret = vproc_model_fork(&child->model, &parent->model, &how);
	mutex_unlock(&child->model.space.lock);
	mutex_unlock(&space->lock);
	if (!ret)
		return child;
free:
	vproc_sandbox_free(child);
	return ERR_PTR(ret);
}

/**
 * vproc_sandbox_view - a model, for the queries
 * @sandbox: the model
 * @view: out
 */
void vproc_sandbox_view(struct vproc_sandbox *sandbox, struct vproc_view *view)
{
	*view = (struct vproc_view) {
		.space = &sandbox->model.space,
		.files = &sandbox->files,
		.seq = &sandbox->model.seq,
		.model = &sandbox->model,
	};
}

/* As file_mmap_ok(): can the file be as large as that? */
static bool vproc_file_large(const struct file *file, u64 offset, u64 size)
{
	const struct inode *inode = file_inode(file);
	u64 max = ULONG_MAX;

	if (S_ISREG(inode->i_mode))
		max = inode->i_sb->s_maxbytes;
	else if (S_ISBLK(inode->i_mode))
		max = MAX_LFS_FILESIZE;
	else if (vproc_file_unsigned(file))
		return true;
	return size <= max && offset >> PAGE_SHIFT <= (max - size) >> PAGE_SHIFT;
}

static bool vproc_file_noexec(const struct file *file)
{
	return file->f_path.mnt->mnt_flags & MNT_NOEXEC ||
	       file->f_path.mnt->mnt_sb->s_iflags & SB_I_NOEXEC;
}

/* The checks that do_mmap() makes of a file. */
static int vproc_file_refusal(const struct file *file,
			      const struct vproc_mmap *map)
{
	u32 type = map->flags & MAP_TYPE;

	if (!vproc_file_large(file, map->offset, PAGE_ALIGN(map->size)))
		return -EOVERFLOW;
	if (type == MAP_SHARED_VALIDATE && map->flags & MAP_FIXED_NOREPLACE)
		return -EOPNOTSUPP;
	if (type == MAP_SHARED || type == MAP_SHARED_VALIDATE) {
		if (map->prot & PROT_WRITE && !(file->f_mode & FMODE_WRITE))
			return -EACCES;
		if (IS_APPEND(file_inode(file)) && file->f_mode & FMODE_WRITE)
			return -EACCES;
	} else if (type != MAP_PRIVATE) {
		return -EINVAL;
	}
	if (!(file->f_mode & FMODE_READ))
		return -EACCES;
	if (map->prot & PROT_EXEC && vproc_file_noexec(file))
		return -EPERM;
	/* Of vproc's own it is the ring of a tracker's that could be mapped. */
	if (!vproc_file_can_mmap(file) || file->f_op == &vproc_fops)
		return -ENODEV;
	return file_inode(file)->i_sb->s_magic == HUGETLBFS_MAGIC ? -EINVAL : 0;
}

/* What mprotect() may later make of a mapping of a file. */
static u8 vproc_file_may(const struct file *file, u32 flags)
{
	u8 may = VPROC_TRAIT_MAY_ALL;

	if ((flags & MAP_TYPE) != MAP_PRIVATE && !(file->f_mode & FMODE_WRITE))
		may &= ~VPROC_TRAIT_MAY_WRITE;
	if (vproc_file_noexec(file))
		may &= ~VPROC_TRAIT_MAY_EXEC;
	return may;
}

/*
 * The file of a request, with a reference; NULL if it needs none. Shared
 * anonymous memory has a file of its own, as in Linux: one that is never
 * written, and costs no more than its inode.
 */
static struct file *vproc_map_file(struct vproc_sandbox *sandbox,
				   const struct vproc_mmap *map)
{
	unsigned long size = map->size;
	struct file *file;

	if (!(map->flags & MAP_ANONYMOUS)) {
		file = fget(map->fd);
		return file ?: ERR_PTR(-EBADF);
	}
	if ((map->flags & MAP_TYPE) != MAP_SHARED)
		return NULL;
	/* Too large: refused before the file matters. */
	if (size > sandbox->model.layout.user_end)
		size = PAGE_SIZE;
	file = vproc_shmem_file("dev/zero", PAGE_ALIGN(size));
	/* What a lack of memory for its inode is called there. */
	return file == ERR_PTR(-ENOSPC) ? ERR_PTR(-ENOMEM) : file;
}

/* Is the file no more than the memory or the storage that it gives access to? */
static bool vproc_file_is_plain(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	return S_ISREG(inode->i_mode) || S_ISBLK(inode->i_mode) ||
	       (S_ISCHR(inode->i_mode) && imajor(inode) == MEM_MAJOR);
}

/*
 * What a region holds of a file, with a reference. Others than plain ones may
 * themselves hold any file: io_uring in its table, a socket in its queue, a
 * driver where it likes. If that led to the model's own it would never go. What
 * is held of them has their path, and is not open.
 */
static struct file *vproc_map_held(struct file *file)
{
	if (vproc_file_is_plain(file))
		return get_file(file);
	return dentry_open(&file->f_path, O_PATH, current_cred());
}

/* The backing of a region of a file, with a reference; or an error. */
static struct vproc_backing *vproc_map_backing(struct vproc_sandbox *sandbox,
					       struct file *file)
{
	struct file *held = vproc_map_held(file);
	struct vproc_backing *backing;

	if (IS_ERR(held))
		return ERR_CAST(held);
	backing = vproc_files_get(&sandbox->files, held, NULL);
	fput(held);
	return backing ?: ERR_PTR(-ENOMEM);
}

static int vproc_do_map(struct vproc_sandbox *sandbox,
			union vproc_model_arg *arg)
{
	struct vproc_mmap *map = &arg->map;
	struct vproc_map_request request = {
		.addr = map->addr,
		.size = map->size,
		.prot = map->prot,
		.flags = map->flags,
		.may = VPROC_TRAIT_MAY_ALL,
	};
	unsigned long addr;
	struct file *file;
	int ret;

	if (map->prot & ~VPROC_PROT_ALL || map->flags & ~VPROC_MAP_FLAGS ||
	    map->reserved || !PAGE_ALIGNED(map->offset))
		return -EINVAL;
	file = vproc_map_file(sandbox, map);
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (file) {
		request.backing = vproc_map_backing(sandbox, file);
		ret = PTR_ERR_OR_ZERO(request.backing);
		if (ret)
			goto put;
		request.type = vproc_classify_file(file);
	}
	if (file && !(map->flags & MAP_ANONYMOUS)) {
		request.offset = map->offset;
		request.refusal = vproc_file_refusal(file, map);
		request.may = vproc_file_may(file, map->flags);
	}
	ret = vproc_model_map(&sandbox->model, &request, &addr);
	if (!ret)
		map->addr = addr;
	if (request.backing)
		vproc_backing_put(request.backing);
put:
	if (file)
		fput(file);
	return ret;
}

static int vproc_do_allocate(struct vproc_sandbox *sandbox,
			     union vproc_model_arg *arg)
{
	struct vproc_map_request request = {
		.size = arg->allocate.size,
		.prot = arg->allocate.prot,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS,
	};
	unsigned long addr;
	int ret;

	if (request.prot & ~VPROC_PROT_ALL || arg->allocate.reserved)
		return -EINVAL;
	ret = vproc_model_map(&sandbox->model, &request, &addr);
	if (!ret)
		arg->allocate.addr = addr;
	return ret;
}

static int vproc_do_free(struct vproc_sandbox *sandbox,
			 union vproc_model_arg *arg)
{
	return vproc_model_free(&sandbox->model, arg->range.addr,
				arg->range.size);
}

static int vproc_do_unmap(struct vproc_sandbox *sandbox,
			  union vproc_model_arg *arg)
{
	return vproc_model_unmap(&sandbox->model, arg->range.addr,
				 arg->range.size);
}

static int vproc_do_map_physical(struct vproc_sandbox *sandbox,
				 union vproc_model_arg *arg)
{
	const struct vproc_map_physical *map = &arg->physical;

	if (map->prot & ~VPROC_PROT_ALL || map->reserved)
		return -EINVAL;
	return vproc_model_map_physical(&sandbox->model, map->phys, map->addr,
					map->size, map->prot);
}

static int vproc_do_protect(struct vproc_sandbox *sandbox,
			    union vproc_model_arg *arg)
{
	const struct vproc_mprotect *protect = &arg->protect;

	if (protect->prot & ~VPROC_PROT_ALL || protect->reserved)
		return -EINVAL;
	return vproc_model_protect(&sandbox->model, protect->addr,
				   protect->size, protect->prot);
}

static int vproc_do_remap(struct vproc_sandbox *sandbox,
			  union vproc_model_arg *arg)
{
	struct vproc_mremap *remap = &arg->remap;
	struct vproc_remap_request request = {
		.addr = remap->addr,
		.old_size = remap->old_size,
		.new_size = remap->new_size,
		.new_addr = remap->new_addr,
		.flags = remap->flags,
	};
	unsigned long addr;
	int ret;

	if (remap->reserved)
		return -EINVAL;
	ret = vproc_model_remap(&sandbox->model, &request, &addr);
	if (!ret)
		remap->addr = addr;
	return ret;
}

static int vproc_do_brk(struct vproc_sandbox *sandbox,
			union vproc_model_arg *arg)
{
	int ret;

	ret = vproc_model_brk(&sandbox->model, arg->brk.brk);
	arg->brk.brk = sandbox->model.space.heap.brk;
	return ret;
}

static int vproc_do_grow_heap(struct vproc_sandbox *sandbox,
			      union vproc_model_arg *arg)
{
	int ret;

	ret = vproc_model_grow_heap(&sandbox->model, arg->brk.brk);
	arg->brk.brk = sandbox->model.space.heap.brk;
	return ret;
}

static int vproc_do_stack_new(struct vproc_sandbox *sandbox,
			      union vproc_model_arg *arg)
{
	struct vproc_stack_new *new = &arg->stack_new;
	struct vproc_stack_state *stack;

	if (new->reserved)
		return -EINVAL;
	stack = vproc_model_stack_new(&sandbox->model, new->size, new->limit,
				      new->top);
	if (IS_ERR(stack))
		return PTR_ERR(stack);
	new->id = stack->id;
	new->top = stack->top;
	return 0;
}

static int vproc_do_stack_info(struct vproc_sandbox *sandbox,
			       union vproc_model_arg *arg)
{
	struct vproc_stack_info *info = &arg->stack_info;
	const struct vproc_stack_state *stack;

	if (info->reserved)
		return -EINVAL;
	stack = vproc_stack_find(&sandbox->model, info->id);
	if (!stack)
		return -ENOENT;
	info->contains = vproc_stack_contains(stack, info->addr);
	info->in_guard = vproc_stack_in_guard(stack, info->addr);
	info->bottom = stack->bottom;
	info->top = stack->top;
	info->sp = stack->sp;
	info->guard_size = stack->guard_size;
	info->usable_size = vproc_stack_usable(stack);
	info->limit = stack->limit;
	return 0;
}

/* The stack that a call names, or an error. */
static struct vproc_stack_state *
vproc_stack_of_op(struct vproc_sandbox *sandbox, const struct vproc_stack_op *op)
{
	struct vproc_stack_state *stack;

	if (op->reserved)
		return ERR_PTR(-EINVAL);
	stack = vproc_stack_find(&sandbox->model, op->id);
	return stack ?: ERR_PTR(-ENOENT);
}

static int vproc_do_stack_sp(struct vproc_sandbox *sandbox,
			     union vproc_model_arg *arg)
{
	struct vproc_stack_state *stack;

	stack = vproc_stack_of_op(sandbox, &arg->stack_op);
	if (IS_ERR(stack))
		return PTR_ERR(stack);
	if (!vproc_stack_contains(stack, arg->stack_op.value))
		return -EINVAL;
	stack->sp = arg->stack_op.value;
	stack->lowest = min(stack->lowest, stack->sp);
	return 0;
}

static int vproc_do_grow_stack(struct vproc_sandbox *sandbox,
			       union vproc_model_arg *arg)
{
	struct vproc_stack_state *stack;

	stack = vproc_stack_of_op(sandbox, &arg->stack_op);
	if (IS_ERR(stack))
		return PTR_ERR(stack);
	return vproc_model_grow_stack(&sandbox->model, stack,
				      arg->stack_op.value);
}

static int vproc_do_stack_free(struct vproc_sandbox *sandbox,
			       union vproc_model_arg *arg)
{
	struct vproc_stack_state *stack;

	stack = vproc_stack_of_op(sandbox, &arg->stack_op);
	if (IS_ERR(stack))
		return PTR_ERR(stack);
	if (arg->stack_op.value)
		return -EINVAL;
	return vproc_model_stack_free(&sandbox->model, stack);
}

static int vproc_do_touch(struct vproc_sandbox *sandbox,
			  union vproc_model_arg *arg)
{
	const struct vproc_touch *touch = &arg->touch;

	if (touch->reserved || (touch->access != PROT_READ &&
				touch->access != PROT_WRITE &&
				touch->access != PROT_EXEC))
		return -EINVAL;
	return vproc_model_touch(&sandbox->model, touch->addr, touch->access);
}

static int vproc_do_write(struct vproc_sandbox *sandbox,
			  union vproc_model_arg *arg)
{
	if (arg->touch.reserved || arg->touch.access)
		return -EINVAL;
	return vproc_model_write(&sandbox->model, arg->touch.addr);
}

static int vproc_do_cow_info(struct vproc_sandbox *sandbox,
			     union vproc_model_arg *arg)
{
	struct vproc_model *model = &sandbox->model;
	struct vproc_cow_info *info = &arg->cow_info;
	const struct vproc_page *page;
	struct vproc_span span;

	if (!vproc_space_find(&model->space, info->addr, &span) ||
	    !vproc_span_contains(&span, info->addr))
		return -EFAULT;
	page = vproc_pages_find(&model->pages, info->addr);
	info->page = page ? page->number << PAGE_SHIFT : 0;
	info->count = page ? refcount_read(&page->refs) : 0;
	return 0;
}

static int vproc_do_page_info(struct vproc_sandbox *sandbox,
			      union vproc_model_arg *arg)
{
	struct vproc_model *model = &sandbox->model;
	struct vproc_page_info *info = &arg->page_info;
	const struct vproc_traits *traits;
	struct vproc_span span;

	if (!vproc_space_find(&model->space, info->addr, &span) ||
	    !vproc_span_contains(&span, info->addr))
		return -EFAULT;
	traits = &span.attr->traits;
	info->page_flags = vproc_page_flags(traits->perm);
	info->phys = traits->kind == VPROC_KIND_PHYSICAL ?
		traits->origin + info->addr : 0;
	info->type = vproc_space_type(&model->space, &span);
	info->perm = traits->perm;
	return 0;
}

/* Each acts on a model, whose lock is held. */
static const struct vproc_model_call {
	unsigned int cmd;
	int (*act)(struct vproc_sandbox *sandbox, union vproc_model_arg *arg);
} vproc_model_calls[] = {
	{ VPROC_MAP, vproc_do_map },
	{ VPROC_ALLOCATE, vproc_do_allocate },
	{ VPROC_FREE, vproc_do_free },
	{ VPROC_UNMAP, vproc_do_unmap },
	{ VPROC_MAP_PHYSICAL, vproc_do_map_physical },
	{ VPROC_PROTECT, vproc_do_protect },
	{ VPROC_MREMAP, vproc_do_remap },
	{ VPROC_BRK, vproc_do_brk },
	{ VPROC_GROW_HEAP, vproc_do_grow_heap },
	{ VPROC_STACK_NEW, vproc_do_stack_new },
	{ VPROC_STACK_INFO, vproc_do_stack_info },
	{ VPROC_STACK_SP, vproc_do_stack_sp },
	{ VPROC_GROW_STACK, vproc_do_grow_stack },
	{ VPROC_STACK_FREE, vproc_do_stack_free },
	{ VPROC_TOUCH, vproc_do_touch },
	{ VPROC_WRITE, vproc_do_write },
	{ VPROC_COW_INFO, vproc_do_cow_info },
	{ VPROC_PAGE_INFO, vproc_do_page_info },
};

static const struct vproc_model_call *vproc_model_call(unsigned int cmd)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vproc_model_calls); i++) {
		if (vproc_model_calls[i].cmd == cmd)
			return &vproc_model_calls[i];
	}
	return NULL;
}

/**
 * vproc_sandbox_knows - is this a call of vproc_sandbox_ioctl()?
 * @cmd: the command
 *
 * Return: true if it is.
 */
bool vproc_sandbox_knows(unsigned int cmd)
{
	return vproc_model_call(cmd);
}

/**
 * vproc_sandbox_ioctl - a call on a model
 * @sandbox: the model
 * @cmd: the command, which vproc_sandbox_knows()
 * @arg: its argument
 *
 * What is to be written to is written to before anything is done: a bad pointer
 * must not be found out about when the model has changed.
 *
 * Context: may sleep.
 * Return: see the struct of the call.
 */
long vproc_sandbox_ioctl(struct vproc_sandbox *sandbox, unsigned int cmd,
			 void __user *arg)
{
	const struct vproc_model_call *call = vproc_model_call(cmd);
	struct mutex *lock = &sandbox->model.space.lock;
	bool out = _IOC_DIR(cmd) & _IOC_READ;
	union vproc_model_arg copy;
	int ret;

	if (copy_from_user(&copy, arg, _IOC_SIZE(cmd)))
		return -EFAULT;
	if (out && copy_to_user(arg, &copy, _IOC_SIZE(cmd)))
		return -EFAULT;
	if (mutex_lock_interruptible(lock))
		return -ERESTARTSYS;
	ret = call->act(sandbox, &copy);
	mutex_unlock(lock);
	if (ret || !out)
		return ret;
	return copy_to_user(arg, &copy, _IOC_SIZE(cmd)) ? -EFAULT : 0;
}
