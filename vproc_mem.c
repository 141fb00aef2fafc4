// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc: the memory model of processes, beside the kernel's own.
 *
 * The misc device: one open file is one address space. Each ioctl is a function
 * that copies in, acts and copies out; what it does is done in live/, and for a
 * model in vproc_model.c.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pid_namespace.h>
#include <linux/poll.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "live/apply.h"
#include "live/compat.h"
#include "live/gate.h"
#include "live/hooks.h"
#include "live/query.h"
#include "live/ring.h"
#include "live/tracker.h"
#include "live/words.h"
#include "live/verify.h"
#include "model/region.h"
#include "version.h"
#include "vproc_model.h"

/* Events that one read() carries at a time. */
#define VPROC_READ_BATCH	64U

/**
 * struct vproc_handle - an open file
 * @lock: serialises attaching, and readers of events
 * @tracker: what it is attached to; set once, under @lock
 * @sandbox: the model that it is instead; set once, under @lock
 */
struct vproc_handle {
	struct mutex lock;	/* attaching, readers */
	struct vproc_tracker *tracker;
	struct vproc_sandbox *sandbox;
};

static struct vproc_handle *vproc_handle_new(struct vproc_tracker *tracker,
					     struct vproc_sandbox *sandbox)
{
	struct vproc_handle *handle;

	handle = kzalloc(sizeof(*handle), GFP_KERNEL_ACCOUNT);
	if (!handle)
		return NULL;
	mutex_init(&handle->lock);
	handle->tracker = tracker;
	handle->sandbox = sandbox;
	return handle;
}

static int vproc_open(struct inode *inode, struct file *file)
{
	file->private_data = vproc_handle_new(NULL, NULL);
	if (!file->private_data)
		return -ENOMEM;
	return stream_open(inode, file);
}

static int vproc_release(struct inode *inode, struct file *file)
{
	struct vproc_handle *handle = file->private_data;

	if (handle->tracker)
		vproc_tracker_close(handle->tracker);
	if (handle->sandbox)
		vproc_sandbox_free(handle->sandbox);
	kfree(handle);
	return 0;
}

/* The tracker of a file, or an error that says that there is none. */
static struct vproc_tracker *vproc_file_tracker(struct file *file)
{
	struct vproc_handle *handle = file->private_data;
	/* Pairs with the release in vproc_ioctl_attach(). */
	struct vproc_tracker *tracker = smp_load_acquire(&handle->tracker);

	return tracker ?: ERR_PTR(-ENOTCONN);
}

/* The model that a file is, or an error that says what it is instead. */
static struct vproc_sandbox *vproc_file_sandbox(struct file *file)
{
	struct vproc_handle *handle = file->private_data;
	/* Pairs with the release in vproc_ioctl_create(). */
	struct vproc_sandbox *sandbox = smp_load_acquire(&handle->sandbox);

	if (sandbox)
		return sandbox;
	return ERR_PTR(READ_ONCE(handle->tracker) ? -EBUSY : -ENOTCONN);
}

static long vproc_ioctl_info(void __user *arg)
{
	struct vproc_info info = {
		.api_version = VPROC_API_VERSION,
		.page_size = PAGE_SIZE,
		.hooks = vproc_hooks_armed(),
		.hooks_missing = vproc_hooks_missing(),
		.trackers = vproc_tracker_count(),
		.max_regions = VPROC_MAX_REGIONS,
		.max_ring = VPROC_RING_MAX,
		.max_children = VPROC_MAX_CHILDREN,
	};

	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static struct task_struct *vproc_task_of_pidfd(int fd)
{
	struct task_struct *task;
	struct file *file;
	struct pid *pid;

	file = fget(fd);
	if (!file)
		return ERR_PTR(-EBADF);
	pid = vproc_pidfd_pid(file);
	task = pid ? get_pid_task(pid, PIDTYPE_TGID) : ERR_PTR(-EBADF);
	fput(file);
	return task ?: ERR_PTR(-ESRCH);
}

static struct task_struct *vproc_task_of_pid(pid_t nr)
{
	struct task_struct *task;
	struct pid *pid;

	if (!nr)
		return get_task_struct(current);
	if (nr < 0)
		return ERR_PTR(-ESRCH);
	pid = find_get_pid(nr);
	task = get_pid_task(pid, PIDTYPE_PID);
	put_pid(pid);
	return task ?: ERR_PTR(-ESRCH);
}

static int vproc_attach_check(struct vproc_attach *attach)
{
	if (attach->flags & ~VPROC_ATTACH_FLAGS || attach->reserved)
		return -EINVAL;
	if (!attach->ring)
		attach->ring = VPROC_RING_DEFAULT;
	if (!is_power_of_2(attach->ring) || attach->ring < VPROC_RING_MIN ||
	    attach->ring > VPROC_RING_MAX)
		return -EINVAL;
	return 0;
}

/* A tracker for what the caller asked for. */
static struct vproc_tracker *vproc_attach(const struct vproc_attach *attach)
{
	struct vproc_tracker *tracker;
	struct task_struct *task;
	int ret;

	task = attach->flags & VPROC_ATTACH_PIDFD ?
		vproc_task_of_pidfd(attach->pid) :
		vproc_task_of_pid(attach->pid);
	if (IS_ERR(task))
		return ERR_CAST(task);

	/* Who has opened the file may be somebody else, who has sent it. */
	tracker = vproc_tracker_new(attach->flags, attach->ring, current_cred(),
				    task_active_pid_ns(current), NULL);
	if (IS_ERR(tracker))
		goto put;
	ret = vproc_tracker_attach(tracker, task);
	if (ret) {
		vproc_tracker_close(tracker);
		tracker = ERR_PTR(ret);
	}
put:
	put_task_struct(task);
	return tracker;
}

static long vproc_ioctl_attach(struct file *file, void __user *arg)
{
	struct vproc_handle *handle = file->private_data;
	struct vproc_tracker *tracker;
	struct vproc_attach attach;
	long ret;

	if (copy_from_user(&attach, arg, sizeof(attach)))
		return -EFAULT;
	ret = vproc_attach_check(&attach);
	if (ret)
		return ret;
	if (mutex_lock_interruptible(&handle->lock))
		return -ERESTARTSYS;
	ret = -EBUSY;
	if (handle->tracker || handle->sandbox)
		goto unlock;

	tracker = vproc_attach(&attach);
	ret = PTR_ERR_OR_ZERO(tracker);
	if (ret)
		goto unlock;
	attach.id = tracker->id;
	if (copy_to_user(arg, &attach, sizeof(attach))) {
		vproc_tracker_close(tracker);
		ret = -EFAULT;
		goto unlock;
	}
	/* Pairs with the acquire in vproc_file_tracker(). */
	smp_store_release(&handle->tracker, tracker);
unlock:
	mutex_unlock(&handle->lock);
	return ret;
}

static long vproc_ioctl_create(struct file *file, void __user *arg)
{
	struct vproc_handle *handle = file->private_data;
	struct vproc_sandbox *sandbox;
	struct vproc_create create;
	long ret;

	if (copy_from_user(&create, arg, sizeof(create)))
		return -EFAULT;
	if (mutex_lock_interruptible(&handle->lock))
		return -ERESTARTSYS;
	ret = -EBUSY;
	if (handle->tracker || handle->sandbox)
		goto unlock;

	sandbox = vproc_sandbox_create(&create);
	ret = PTR_ERR_OR_ZERO(sandbox);
	if (ret)
		goto unlock;
	if (copy_to_user(arg, &create, sizeof(create))) {
		vproc_sandbox_free(sandbox);
		ret = -EFAULT;
		goto unlock;
	}
	/* Pairs with the acquire in vproc_file_sandbox(). */
	smp_store_release(&handle->sandbox, sandbox);
unlock:
	mutex_unlock(&handle->lock);
	return ret;
}

/* A new file for a tracker or a model, not visible yet. */
static struct file *vproc_child_file(struct vproc_tracker *child,
				     struct vproc_sandbox *sandbox,
				     unsigned int flags)
{
	struct vproc_handle *handle;
	struct file *file;

	handle = vproc_handle_new(child, sandbox);
	if (!handle)
		return ERR_PTR(-ENOMEM);
	file = anon_inode_getfile("[vproc]", &vproc_fops, handle,
				  O_RDWR | (flags & O_NONBLOCK));
	if (IS_ERR(file))
		kfree(handle);
	return file;
}

static long vproc_ioctl_open_child(struct vproc_tracker *tracker,
				   void __user *arg)
{
	struct vproc_open_child open;
	struct vproc_tracker *child;
	struct file *file;
	int fd, ret;

	if (copy_from_user(&open, arg, sizeof(open)))
		return -EFAULT;
	if (open.flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;

	fd = get_unused_fd_flags(open.flags & O_CLOEXEC);
	if (fd < 0)
		return fd;
	open.fd = fd;
	child = vproc_tracker_take_child(tracker, open.id);
	if (!child) {
		put_unused_fd(fd);
		return -ENOENT;
	}
	open.id = child->id;
	/* Before there is a file, whose last put would end the child. */
	ret = copy_to_user(arg, &open, sizeof(open)) ? -EFAULT : 0;
	if (ret)
		goto give_back;
	file = vproc_child_file(child, NULL, open.flags);
	ret = PTR_ERR_OR_ZERO(file);
	if (ret)
		goto give_back;
	vproc_tracker_opened(child);
	fd_install(fd, file);
	return 0;

give_back:
	vproc_tracker_return_child(tracker, child);
	put_unused_fd(fd);
	return ret;
}

static long vproc_ioctl_fork(struct vproc_sandbox *sandbox, void __user *arg)
{
	struct vproc_sandbox *child;
	struct vproc_fork fork;
	struct file *file;
	int fd, ret;

	if (copy_from_user(&fork, arg, sizeof(fork)))
		return -EFAULT;
	if (fork.flags & ~O_CLOEXEC)
		return -EINVAL;

	fd = get_unused_fd_flags(fork.flags);
	if (fd < 0)
		return fd;
	fork.fd = fd;
	ret = -EFAULT;
	if (copy_to_user(arg, &fork, sizeof(fork)))
		goto put_fd;
	child = vproc_sandbox_fork(sandbox);
	ret = PTR_ERR_OR_ZERO(child);
	if (ret)
		goto put_fd;
	file = vproc_child_file(NULL, child, 0);
	ret = PTR_ERR_OR_ZERO(file);
	if (ret)
		goto free;
	fd_install(fd, file);
	return 0;

free:
	vproc_sandbox_free(child);
put_fd:
	put_unused_fd(fd);
	return ret;
}

/*
 * Copy in what goes in. All of it has to be there before anything is looked up: that it
 * is the last word tells, as it is no larger than a page.
 */
static bool vproc_query_get(struct vproc_query *query,
			    const struct vproc_query __user *from)
{
	const size_t in = offsetof(struct vproc_query, seq);
	const size_t last = sizeof(*query) - sizeof(u64);

	return vproc_get_words(query, from, in) &&
	       vproc_get_words((void *)query + last, (void __user *)from + last,
			       sizeof(u64));
}

static long vproc_ioctl_query(const struct vproc_view *view, void __user *arg)
{
	struct vproc_query query;
	int ret;

	if (!vproc_query_get(&query, arg))
		return -EFAULT;
	ret = vproc_query(view, &query);
	if (ret)
		return ret;
	return vproc_put_words(arg, &query, sizeof(query), 1) ? 0 : -EFAULT;
}

static long vproc_ioctl_regions(const struct vproc_view *view, void __user *arg)
{
	struct vproc_regions regions;
	long ret;

	if (copy_from_user(&regions, arg, sizeof(regions)))
		return -EFAULT;
	ret = vproc_query_regions(view, &regions);
	if (!ret && copy_to_user(arg, &regions, sizeof(regions)))
		ret = -EFAULT;
	return ret;
}

static long vproc_ioctl_lookup(const struct vproc_view *view, void __user *arg)
{
	struct vproc_lookup lookup;
	long ret;

	if (copy_from_user(&lookup, arg, sizeof(lookup)))
		return -EFAULT;
	ret = vproc_query_lookup(view, &lookup);
	if (!ret && copy_to_user(arg, &lookup, sizeof(lookup)))
		ret = -EFAULT;
	return ret;
}

static long vproc_ioctl_file(const struct vproc_view *view, void __user *arg)
{
	struct vproc_file file;
	int ret;

	if (copy_from_user(&file, arg, sizeof(file)))
		return -EFAULT;
	ret = vproc_query_file(view, &file);
	if (ret)
		return ret;
	return copy_to_user(arg, &file, sizeof(file)) ? -EFAULT : 0;
}

static long vproc_ioctl_stats(const struct vproc_view *view, void __user *arg)
{
	struct vproc_stats stats = {};
	int ret;

	ret = vproc_query_stats(view, &stats);
	if (ret)
		return ret;
	return copy_to_user(arg, &stats, sizeof(stats)) ? -EFAULT : 0;
}

static long vproc_ioctl_heap(const struct vproc_view *view, void __user *arg)
{
	struct vproc_heap heap = {};
	int ret;

	ret = vproc_query_heap(view, &heap);
	if (ret)
		return ret;
	return copy_to_user(arg, &heap, sizeof(heap)) ? -EFAULT : 0;
}

static long vproc_ioctl_stacks(const struct vproc_view *view, void __user *arg)
{
	struct vproc_stacks stacks;
	struct vproc_thread *array;
	long ret;

	if (copy_from_user(&stacks, arg, sizeof(stacks)))
		return -EFAULT;
	ret = vproc_query_stacks(view, &stacks, &array);
	if (!ret &&
	    (copy_to_user(u64_to_user_ptr(stacks.threads_addr), array,
			  array_size(stacks.count, sizeof(*array))) ||
	     copy_to_user(arg, &stacks, sizeof(stacks))))
		ret = -EFAULT;
	kvfree(array);
	return ret;
}

static long vproc_ioctl_verify(struct vproc_tracker *tracker, void __user *arg)
{
	struct vproc_verify verify, result = {};
	int ret;

	if (copy_from_user(&verify, arg, sizeof(verify)))
		return -EFAULT;
	if (verify.flags || verify.reserved)
		return -EINVAL;
	ret = vproc_verify(tracker, &result);
	if (ret)
		return ret;
	return copy_to_user(arg, &result, sizeof(result)) ? -EFAULT : 0;
}

/* What a file is, for the queries. */
static int vproc_file_view(struct file *file, struct vproc_view *view)
{
	struct vproc_sandbox *sandbox = vproc_file_sandbox(file);
	struct vproc_tracker *tracker;

	if (!IS_ERR(sandbox)) {
		vproc_sandbox_view(sandbox, view);
		return 0;
	}
	tracker = vproc_file_tracker(file);
	if (IS_ERR(tracker))
		return PTR_ERR(tracker);
	*view = (struct vproc_view) {
		.space = &tracker->space,
		.files = &tracker->files,
		.seq = &tracker->events.seq,
		.tracker = tracker,
	};
	return 0;
}

/* Queries, of a tracker or a model. */
static long vproc_ioctl_view(struct file *file, unsigned int cmd,
			     void __user *arg)
{
	struct vproc_view view;
	int ret;

	ret = vproc_file_view(file, &view);
	if (ret)
		return ret;
	switch (cmd) {
	case VPROC_QUERY:
		return vproc_ioctl_query(&view, arg);
	case VPROC_REGIONS:
		return vproc_ioctl_regions(&view, arg);
	case VPROC_FILE:
		return vproc_ioctl_file(&view, arg);
	case VPROC_LOOKUP:
		return vproc_ioctl_lookup(&view, arg);
	case VPROC_STATS:
		return vproc_ioctl_stats(&view, arg);
	case VPROC_STACKS:
		return vproc_ioctl_stacks(&view, arg);
	default:
		return vproc_ioctl_heap(&view, arg);
	}
}

/* Calls that are for a tracker alone. */
static long vproc_ioctl_tracker(struct file *file, unsigned int cmd,
				void __user *arg)
{
	struct vproc_tracker *tracker = vproc_file_tracker(file);

	if (IS_ERR(tracker))
		return PTR_ERR(tracker);
	switch (cmd) {
	case VPROC_DETACH:
		return vproc_tracker_detach(tracker);
	case VPROC_OPEN_CHILD:
		return vproc_ioctl_open_child(tracker, arg);
	default:
		return vproc_ioctl_verify(tracker, arg);
	}
}

/* Calls that are for a model alone. */
static long vproc_ioctl_sandbox(struct file *file, unsigned int cmd,
				void __user *arg)
{
	struct vproc_sandbox *sandbox = vproc_file_sandbox(file);

	if (IS_ERR(sandbox))
		return PTR_ERR(sandbox);
	if (cmd == VPROC_FORK)
		return vproc_ioctl_fork(sandbox, arg);
	return vproc_sandbox_ioctl(sandbox, cmd, arg);
}

static long vproc_ioctl(struct file *file, unsigned int cmd, unsigned long addr)
{
	void __user *arg = (void __user *)addr;

	switch (cmd) {
	case VPROC_INFO:
		return vproc_ioctl_info(arg);
	case VPROC_ATTACH:
		return vproc_ioctl_attach(file, arg);
	case VPROC_CREATE:
		return vproc_ioctl_create(file, arg);
	case VPROC_DETACH:
	case VPROC_OPEN_CHILD:
	case VPROC_VERIFY:
		return vproc_ioctl_tracker(file, cmd, arg);
	case VPROC_QUERY:
	case VPROC_REGIONS:
	case VPROC_FILE:
	case VPROC_STATS:
	case VPROC_HEAP:
	case VPROC_STACKS:
	case VPROC_LOOKUP:
		return vproc_ioctl_view(file, cmd, arg);
	default:
		if (cmd == VPROC_FORK || vproc_sandbox_knows(cmd))
			return vproc_ioctl_sandbox(file, cmd, arg);
		return -ENOTTY;
	}
}

static bool vproc_readable(struct vproc_tracker *tracker)
{
	bool readable;

	mutex_lock(&tracker->space.lock);
	vproc_apply(tracker);
	readable = vproc_events_ready(&tracker->events) ||
		   tracker->state == VPROC_STATE_ENDED;
	mutex_unlock(&tracker->space.lock);
	return readable;
}

/* Wait until there is something to read, or never will be. */
static int vproc_wait(struct vproc_tracker *tracker)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	int ret = 0;

	add_wait_queue(&tracker->wait, &wait);
	while (!vproc_readable(tracker)) {
		if (signal_pending(current)) {
			ret = -ERESTARTSYS;
			break;
		}
		wait_woken(&wait, TASK_INTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT);
	}
	remove_wait_queue(&tracker->wait, &wait);
	return ret;
}

/*
 * Copy one batch of events to user space. They leave the queue only once they
 * have arrived.
 */
static ssize_t vproc_read_batch(struct vproc_tracker *tracker,
				char __user *to, size_t room,
				struct vproc_event *events)
{
	struct vproc_batch batch;
	unsigned int copied;

	if (mutex_lock_interruptible(&tracker->space.lock))
		return -ERESTARTSYS;
	copied = vproc_events_peek(&tracker->events, events,
				   min_t(size_t, room, VPROC_READ_BATCH),
				   &batch);
	mutex_unlock(&tracker->space.lock);

	if (copy_to_user(to, events, copied * sizeof(*events)))
		return -EFAULT;

	mutex_lock(&tracker->space.lock);
	vproc_events_consume(&tracker->events, &batch);
	mutex_unlock(&tracker->space.lock);
	vproc_tracker_wake(tracker);
	return copied;
}

static ssize_t vproc_read_events(struct vproc_tracker *tracker,
				 char __user *to, size_t count)
{
	struct vproc_event *events;
	ssize_t ret;
	size_t done = 0;

	events = kmalloc_array(VPROC_READ_BATCH, sizeof(*events),
			       GFP_KERNEL_ACCOUNT);
	if (!events)
		return -ENOMEM;
	do {
		ret = vproc_read_batch(tracker, to + done * sizeof(*events),
				       count - done, events);
		if (ret > 0)
			done += ret;
	} while (ret > 0 && done < count);
	kfree(events);
	return done ? done * sizeof(*events) : ret;
}

static ssize_t vproc_read(struct file *file, char __user *to, size_t size,
			  loff_t *pos)
{
	struct vproc_tracker *tracker = vproc_file_tracker(file);
	struct vproc_handle *handle = file->private_data;
	ssize_t ret;

	if (IS_ERR(tracker))
		return PTR_ERR(tracker);
	if (size < sizeof(struct vproc_event))
		return -EINVAL;

	/* Another reader may be quicker: then it is to wait for again. */
	for (;;) {
		if (mutex_lock_interruptible(&handle->lock))
			return -ERESTARTSYS;
		if (vproc_readable(tracker))
			break;
		mutex_unlock(&handle->lock);
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		ret = vproc_wait(tracker);
		if (ret)
			return ret;
	}
	ret = vproc_read_events(tracker, to, size / sizeof(struct vproc_event));
	mutex_unlock(&handle->lock);
	return ret;
}

static __poll_t vproc_poll(struct file *file, poll_table *wait)
{
	struct vproc_tracker *tracker = vproc_file_tracker(file);
	__poll_t mask = 0;

	if (IS_ERR(tracker))
		return EPOLLERR;

	poll_wait(file, &tracker->wait, wait);
	mutex_lock(&tracker->space.lock);
	vproc_apply(tracker);
	if (vproc_events_ready(&tracker->events))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (tracker->state == VPROC_STATE_ENDED)
		mask |= EPOLLHUP;
	mutex_unlock(&tracker->space.lock);
	return mask;
}

static int vproc_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct vproc_tracker *tracker = vproc_file_tracker(file);

	if (IS_ERR(tracker))
		return PTR_ERR(tracker);
	return vproc_ring_mmap(tracker, vma);
}

const struct file_operations vproc_fops = {
	.owner = THIS_MODULE,
	.open = vproc_open,
	.release = vproc_release,
	.unlocked_ioctl = vproc_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.read = vproc_read,
	.poll = vproc_poll,
	.mmap = vproc_mmap,
};

static struct miscdevice vproc_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vproc_mem",
	.fops = &vproc_fops,
	.mode = 0600,
};

/* Without its hooks the module is of use yet, but its user should know. */
static void __init vproc_warn_of_missing(void)
{
	if (!vproc_hooks_missing())
		return;
	pr_warn("vproc: models work, but no process can be tracked: the kernel was built without%s%s%s%s%s\n",
		IS_ENABLED(CONFIG_PERF_EVENTS) ? "" : " PERF_EVENTS",
		IS_ENABLED(CONFIG_KPROBES) ? "" : " KPROBES",
		IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_ARGS) ? "" :
			" DYNAMIC_FTRACE",
		IS_ENABLED(CONFIG_MMU_NOTIFIER) ? "" : " MMU_NOTIFIER",
		IS_ENABLED(CONFIG_TRACEPOINTS) ? "" : " TRACEPOINTS");
}

static int __init vproc_init(void)
{
	int ret;

	ret = vproc_region_init();
	if (ret)
		return ret;
	ret = vproc_tracker_init();
	if (ret)
		goto region_exit;
	vproc_gate_init();
	ret = misc_register(&vproc_device);
	if (ret)
		goto tracker_exit;
	vproc_warn_of_missing();
	return 0;

tracker_exit:
	vproc_tracker_exit();
region_exit:
	vproc_region_exit();
	return ret;
}

static void __exit vproc_exit(void)
{
	misc_deregister(&vproc_device);
	vproc_tracker_exit();
	vproc_region_exit();
}

module_init(vproc_init);
module_exit(vproc_exit);

MODULE_DESCRIPTION("Memory model of processes: exact, current, with its history");
MODULE_AUTHOR("The vproc developers");
MODULE_ALIAS("vproc_mem");
MODULE_VERSION(VPROC_VERSION);
MODULE_LICENSE("GPL");
