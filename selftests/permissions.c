// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may look: what /proc/PID/maps refuses, vproc refuses. Each test asks both.
 *
 * The checks hold whatever the mode of the node. Where it lets only root open it,
 * who asks is sent a file that root has opened, over a socket: that is no key.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>

#include "check.h"
#include "lib/file.h"
#include "lib/program.h"

#define SOMEBODY	1000

static struct vproc_map map;
static char text[VPROC_TEXT_SIZE];

static int receive_file(int channel)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) != 1 ||
	    !CMSG_FIRSTHDR(&message))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static int open_maps(pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* What /proc/PID/maps says: 0, or an errno. */
static int maps_answer(pid_t pid)
{
	int fd = open_maps(pid), ret = 0;
	char byte;

	if (fd < 0 || read(fd, &byte, 1) < 0)
		ret = errno;
	close(fd);
	return ret;
}

/*
 * A new file of the device: opened, or if there is a channel, sent, as it cannot
 * be opened.
 */
static int get_file(int channel)
{
	int fd = vproc_open();

	if (!channel || fd >= 0)
		return fd;
	return errno == EACCES ? receive_file(channel) : -1;
}

/* Runs in who asks, about a process; returns both answers. */
static long ask_both(const unsigned long *args)
{
	int maps = maps_answer(args[0]);
	int fd = get_file(args[1]);
	int vproc;

	if (fd < 0)
		return -1;
	vproc = vproc_attach(fd, args[0], 0) ? errno : 0;
	if (!vproc && vproc_check(fd, args[0]))
		return -1;
	close(fd);
	return maps << 16 | vproc;
}

FIXTURE(asker)
{
	mode_t mode;
	int channel[2];
	struct target target;
};

FIXTURE_VARIANT(asker)
{
	mode_t mode;
	uid_t opener;
};

FIXTURE_VARIANT_ADD(asker, node_0600)
{
	.mode = 0600,
};

FIXTURE_VARIANT_ADD(asker, node_0666)
{
	.mode = 0666,
	.opener = NOBODY,
};

FIXTURE_SETUP(asker)
{
	struct stat stat_buf;

	if (geteuid())
		SKIP(return, "needs root");
	ASSERT_EQ(0, stat(VPROC_DEVICE, &stat_buf));
	ASSERT_EQ(0, chmod(VPROC_DEVICE, variant->mode));
	self->mode = stat_buf.st_mode & 07777;
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0,
				self->channel));
	ASSERT_EQ(0, target_start(&self->target));
}

FIXTURE_TEARDOWN(asker)
{
	if (!self->mode)
		return;
	chmod(VPROC_DEVICE, self->mode);
	target_stop(&self->target);
}

/* Send who asks a file that root has opened, if it needs one. */
static int help(const int channel[2], mode_t mode)
{
	int fd, ret;

	if (mode == 0666)
		return 0;
	fd = vproc_open();
	ret = fd < 0 ? -1 : file_send(channel[0], fd);
	close(fd);
	return ret ? -1 : channel[1];
}

static long ask_of(struct __test_metadata *_metadata, struct target *target,
		   int channel, pid_t pid)
{
	EXPECT_LE(0, channel);
	return target_call(target, ask_both, pid, channel);
}

/* Where the first refuses, the second does. */
#define EXPECT_ANSWERS(maps_error, vproc_error, pid) do {		\
	long answers = ask_of(_metadata, &self->target,			\
			      help(self->channel, variant->mode), pid);	\
									\
	EXPECT_LE(0, answers);						\
	EXPECT_EQ(maps_error, answers >> 16);				\
	EXPECT_EQ(vproc_error, answers & 0xffff);			\
	EXPECT_TRUE(!(answers >> 16) || answers & 0xffff);		\
} while (0)

/* Become a user, and as if one had always been that. */
static long become_user(const unsigned long *args)
{
	return program_become_user(args[0]) ||
	       prctl(PR_SET_DUMPABLE, args[1]);
}

static long enter_namespace(const unsigned long *args)
{
	(void)args;
	return unshare(CLONE_NEWUSER);
}

static int start_user(struct target *target, uid_t uid, bool dumpable)
{
	return target_start(target) ||
	       target_call(target, become_user, uid, dumpable) ? -1 : 0;
}

TEST_F(asker, of_another_user)
{
	struct target root, nobody;

	ASSERT_EQ(0, target_start(&root));
	ASSERT_EQ(0, start_user(&nobody, NOBODY, true));
	EXPECT_ANSWERS(0, 0, root.pid);
	EXPECT_ANSWERS(0, 0, nobody.pid);
	ASSERT_EQ(0, target_call(&self->target, become_user, NOBODY, true));
	EXPECT_ANSWERS(EACCES, EPERM, root.pid);
	EXPECT_ANSWERS(EACCES, EPERM, 1);
	/* Here vproc is the stricter one. */
	EXPECT_ANSWERS(0, EPERM, nobody.pid);
	EXPECT_ANSWERS(0, 0, self->target.pid);
	EXPECT_EQ(0, target_stop(&root));
	EXPECT_EQ(0, target_stop(&nobody));
}

TEST_F(asker, of_a_process_that_is_not_dumpable)
{
	struct target target;

	ASSERT_EQ(0, start_user(&target, NOBODY, false));
	EXPECT_ANSWERS(0, 0, target.pid);
	ASSERT_EQ(0, target_call(&self->target, become_user, NOBODY, false));
	EXPECT_ANSWERS(EACCES, EPERM, target.pid);
	/* A process may look at itself. */
	EXPECT_ANSWERS(0, 0, self->target.pid);
	EXPECT_EQ(0, target_stop(&target));
}

/* Start a program whose file has this mode, as nobody. */
static int start_program(struct program *program,
			 struct preparation *preparation, mode_t mode)
{
	static char path[64];
	char * const argv[] = { path, NULL };
	int ret;

	preparation->uid = NOBODY;
	if (program_copy(path, sizeof(path), mode))
		return -1;
	ret = program_start(program, preparation, argv) ||
	      program_set_up(program);
	program_remove(path);
	return ret;
}

TEST_F(asker, of_an_unreadable_program)
{
	struct preparation preparation = { .fd = -1 };
	struct program program;

	ASSERT_EQ(0, start_program(&program, &preparation, 0111));
	EXPECT_ANSWERS(0, 0, program.pid);
	ASSERT_EQ(0, target_call(&self->target, become_user, NOBODY, true));
	EXPECT_ANSWERS(EACCES, EPERM, program.pid);
	EXPECT_EQ(0, program_end(&program));
}

static int set_suid_dumpable(char value)
{
	int fd = open("/proc/sys/fs/suid_dumpable", O_WRONLY | O_CLOEXEC);
	int ret = write(fd, &value, 1) == 1 ? 0 : -1;

	close(fd);
	return ret;
}

TEST_F(asker, of_a_set_uid_program)
{
	struct preparation preparation = { .fd = -1 };
	struct program program;

	EXPECT_ANSWERS(0, 0, self->target.pid);
	ASSERT_EQ(0, target_call(&self->target, become_user, NOBODY, true));
	for (char dumpable = '0'; dumpable <= '2'; dumpable++) {
		ASSERT_EQ(0, set_suid_dumpable(dumpable));
		EXPECT_EQ(0, start_program(&program, &preparation, 04755));
		EXPECT_EQ(0, set_suid_dumpable('0'));
		EXPECT_ANSWERS(EACCES, EPERM, program.pid);
		EXPECT_EQ(0, program_end(&program));
	}
}

/* The device, opened as this user. */
static int open_as(uid_t uid)
{
	int fd;

	if (seteuid(uid))
		return -1;
	fd = vproc_open();
	return seteuid(0) ? -1 : fd;
}

static bool is_mapped(int fd, const char *path)
{
	return vproc_read_map(fd, &map) == 0 &&
	       vproc_render_map(fd, &map, text, sizeof(text)) > 0 &&
	       strstr(text, path);
}

/* @channel: for @target, who asks /proc/PID/maps. */
static void follow_exec(struct __test_metadata *_metadata,
			struct target *target, int channel, uid_t opener,
			mode_t mode, bool may)
{
	struct preparation preparation = {
		.fd = open_as(opener),
		.flags = VPROC_ATTACH_EXEC,
	};
	struct vproc_stats stats;
	struct program program;

	ASSERT_LE(0, preparation.fd);
	EXPECT_EQ(0, start_program(&program, &preparation, mode));
	EXPECT_EQ(may ? 0 : EACCES,
		  ask_of(_metadata, target, channel, program.pid) >> 16);
	ASSERT_EQ(0, vproc_stats(preparation.fd, &stats));
	if (may) {
		EXPECT_EQ(1, stats.execs);
		EXPECT_SAME(preparation.fd, program.pid);
	} else {
		EXPECT_EQ(VPROC_STATE_ENDED, stats.state);
		EXPECT_EQ(VPROC_CAUSE_DENIED, stats.end_cause);
		EXPECT_EQ(0, stats.execs);
		EXPECT_FALSE(is_mapped(preparation.fd, "/tmp/vproc."));
	}
	EXPECT_EQ(0, program_end(&program));
	close(preparation.fd);
}

/*
 * A tracker does not lead its holder to where it could not have attached. Who has
 * opened the file does not matter: what counts is who has attached.
 */
TEST_F(asker, of_what_a_tracked_process_execs)
{
	static const mode_t modes[] = { 0755, 0111, 04755 };

	ASSERT_EQ(0, target_call(&self->target, become_user, NOBODY, true));
	for (char dumpable = '0'; dumpable <= '2'; dumpable++) {
		ASSERT_EQ(0, set_suid_dumpable(dumpable));
		for (unsigned int i = 0; i < ARRAY_SIZE(modes); i++)
			follow_exec(_metadata, &self->target,
				    help(self->channel, variant->mode),
				    variant->opener, modes[i],
				    modes[i] == 0755 ||
				    (modes[i] == 0111 && dumpable == '1'));
	}
	EXPECT_EQ(0, set_suid_dumpable('0'));
}

/* Attach to oneself, and fork; returns what became of the child. */
static long fork_tracked(const unsigned long *args)
{
	int fd = get_file(args[0]);
	struct vproc_stats stats;
	pid_t pid;

	if (fd < 0 || vproc_attach(fd, 0, VPROC_ATTACH_FORK) ||
	    prctl(PR_SET_DUMPABLE, args[1]))
		return -1;
	pid = fork();
	if (!pid)
		_exit(0);
	if (waitpid(pid, NULL, 0) != pid || vproc_stats(fd, &stats))
		return -1;
	close(fd);
	return stats.children << 8 | stats.children_lost;
}

TEST_F(asker, of_a_child_that_is_not_dumpable)
{
	int channel;

	ASSERT_EQ(0, target_call(&self->target, become_user, NOBODY, true));
	channel = help(self->channel, variant->mode);
	EXPECT_EQ(0x100, target_call(&self->target, fork_tracked, channel, 1));
	channel = help(self->channel, variant->mode);
	EXPECT_EQ(0x001, target_call(&self->target, fork_tracked, channel, 0));
}

TEST_F(asker, of_a_child_user_namespace)
{
	struct preparation preparation = { .fd = -1, .namespace = true };
	struct program program;
	struct target owner;

	if (start_program(&program, &preparation, 0755))
		SKIP(return, "no user namespaces");
	EXPECT_ANSWERS(0, 0, program.pid);
	/* Who has made a namespace has all capabilities in it. */
	ASSERT_EQ(0, start_user(&owner, NOBODY, true));
	ASSERT_EQ(0, target_call(&self->target, become_user, SOMEBODY, true));
	EXPECT_ANSWERS(EACCES, EPERM, program.pid);
	EXPECT_EQ(0, target_call(&owner, ask_both, program.pid,
				 help(self->channel, variant->mode)));
	EXPECT_EQ(0, target_stop(&owner));
	EXPECT_EQ(0, program_end(&program));
}

/* A program in whatever namespace the caller is in. */
static long start_cat(const unsigned long *args)
{
	const struct preparation preparation = { .fd = -1 };
	static char * const argv[] = { "/bin/cat", NULL };
	static struct program program;

	(void)args;
	return program_start(&program, &preparation, argv) ||
	       program_set_up(&program) ? -1 : program.pid;
}

TEST_F(asker, from_a_child_user_namespace)
{
	struct target root, nobody;
	long inside;

	ASSERT_EQ(0, target_start(&root));
	ASSERT_EQ(0, start_user(&nobody, NOBODY, true));
	ASSERT_EQ(0, target_call(&self->target, become_user, NOBODY, true));
	if (target_call(&self->target, enter_namespace))
		SKIP(return, "no user namespaces");
	/* All capabilities there, and none here. */
	EXPECT_ANSWERS(EACCES, EPERM, root.pid);
	EXPECT_ANSWERS(EACCES, EPERM, nobody.pid);
	EXPECT_ANSWERS(0, 0, self->target.pid);
	inside = target_call(&self->target, start_cat);
	ASSERT_LT(0, inside);
	EXPECT_ANSWERS(0, 0, inside);
	EXPECT_EQ(0, target_stop(&root));
	EXPECT_EQ(0, target_stop(&nobody));
}

/* A tracker, and /proc/PID/maps, kept open. */
static struct {
	int tracker;
	int maps;
} kept;

static long attach_and_keep(const unsigned long *args)
{
	kept.tracker = vproc_open_attached(args[0], 0);
	kept.maps = open_maps(args[0]);
	return kept.tracker < 0 || kept.maps < 0;
}

static long receive_and_keep(const unsigned long *args)
{
	kept.tracker = receive_file(args[0]);
	kept.maps = receive_file(args[0]);
	return kept.tracker < 0 || kept.maps < 0;
}

/* They tell the same, and what is so. */
static long read_kept(const unsigned long *args)
{
	size_t size = 0;
	ssize_t ret;

	(void)args;
	if (lseek(kept.maps, 0, SEEK_SET))
		return -1;
	do {
		ret = read(kept.maps, text + size, sizeof(text) - 1 - size);
		size += ret > 0 ? ret : 0;
	} while (ret > 0);
	text[size] = 0;
	if (ret || !size || vproc_differences(kept.tracker))
		return -1;
	return vproc_compare_text(kept.tracker, text);
}

/* A file that is open stays open, here as there; a new one is asked for anew. */
TEST_F(asker, whose_privileges_are_gone)
{
	struct target target;

	ASSERT_EQ(0, target_start(&target));
	ASSERT_EQ(0, target_call(&self->target, attach_and_keep, target.pid));
	ASSERT_EQ(0, target_call(&self->target, become_user, NOBODY, true));
	EXPECT_EQ(0, target_call(&self->target, read_kept));
	ASSERT_LT(0, target_syscall(&target, SYS_mmap, 0, 16 * PAGE, PROT_NONE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	EXPECT_EQ(0, target_call(&self->target, read_kept));
	EXPECT_ANSWERS(EACCES, EPERM, target.pid);
	EXPECT_EQ(0, target_stop(&target));
}

TEST_F(asker, who_was_sent_a_tracker)
{
	struct target target;

	ASSERT_EQ(0, target_start(&target));
	ASSERT_EQ(0, attach_and_keep((unsigned long []) { target.pid }));
	ASSERT_EQ(0, target_call(&self->target, become_user, NOBODY, true));
	ASSERT_EQ(0, file_send(self->channel[0], kept.tracker));
	ASSERT_EQ(0, file_send(self->channel[0], kept.maps));
	ASSERT_EQ(0, target_call(&self->target, receive_and_keep,
				 self->channel[1]));
	EXPECT_EQ(0, target_call(&self->target, read_kept));
	EXPECT_ANSWERS(EACCES, EPERM, target.pid);
	EXPECT_EQ(0, target_stop(&target));
}

/* Attach to oneself, sharing another's memory, and leave it for a program. */
struct leaver {
	int fd;
	int in;
	int out;
	const char *path;
};

static int leave(void *data)
{
	const struct leaver *leaver = data;
	char * const argv[] = { (char *)leaver->path, NULL };

	dup2(leaver->in, STDIN_FILENO);
	dup2(leaver->out, STDOUT_FILENO);
	if (!vproc_attach(leaver->fd, 0, 0))
		execv(leaver->path, argv);
	_exit(127);
}

/* Returns what /proc/PID/maps says of the program, and the threads shown. */
static long ask_of_leaver(const unsigned long *args)
{
	static char stack[64 << 10] __attribute__((aligned(16)));
	struct vproc_thread threads[8];
	struct vproc_stacks stacks = {
		.threads_addr = (uintptr_t)threads,
		.count = ARRAY_SIZE(threads),
	};
	struct leaver leaver = {
		.fd = get_file(args[0]),
		.path = (const char *)args[1],
	};
	struct program program;
	int in[2], out[2], maps;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return -1;
	leaver.in = in[0];
	leaver.out = out[1];
	program.in = in[1];
	program.out = out[0];
	program.pid = clone(leave, stack + sizeof(stack), CLONE_VM | SIGCHLD,
			    &leaver);
	if (program.pid < 0 || program_set_up(&program))
		return -1;
	maps = maps_answer(program.pid);
	if (ioctl(leaver.fd, VPROC_STACKS, &stacks))
		return -1;
	close(leaver.fd);
	if (program_end(&program))
		return -1;
	return maps << 16 | stacks.total;
}

/*
 * The tracker stays with the memory, which another process still uses. Where the
 * stack of the program is, is none of its business.
 */
TEST_F(asker, of_threads_that_have_left_the_memory)
{
	char path[64];

	ASSERT_EQ(0, program_copy(path, sizeof(path), 04755));
	ASSERT_EQ(0, target_call(&self->target, become_user, NOBODY, true));
	EXPECT_EQ(EACCES << 16,
		  target_call(&self->target, ask_of_leaver,
			      help(self->channel, variant->mode),
			      target_string(&self->target, path)));
	program_remove(path);
}

/* Start a process that has this id; it must be free. */
static int start_with_id(struct target *target, pid_t pid)
{
	for (int i = 0; i < 100; i++) {
		int fd = open("/proc/sys/kernel/ns_last_pid",
			      O_WRONLY | O_CLOEXEC);
		int ret = dprintf(fd, "%d", pid - 1);

		close(fd);
		if (ret <= 0 || target_start(target))
			return -1;
		if (target->pid == pid)
			return 0;
		target_stop(target);
	}
	return -1;
}

TEST_F(asker, of_an_id_that_is_used_again)
{
	struct target target;
	struct vproc_stats stats;
	int tracker, pidfd, fd;
	pid_t pid;

	ASSERT_EQ(0, target_start(&target));
	pid = target.pid;
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	ASSERT_LE(0, pidfd);
	tracker = vproc_open_attached(pid, VPROC_ATTACH_EXEC);
	ASSERT_LE(0, tracker);
	ASSERT_EQ(SIGKILL, target_kill(&target, SIGKILL));
	EXPECT_ANSWERS(ENOENT, ESRCH, pid);
	if (start_with_id(&target, pid))
		SKIP(return, "no say in ids");

	/* Who has the old one does not get the new one. */
	fd = vproc_open();
	EXPECT_ERRNO(ESRCH, vproc_attach(fd, pidfd, VPROC_ATTACH_PIDFD));
	ASSERT_EQ(0, vproc_stats(tracker, &stats));
	EXPECT_EQ(VPROC_STATE_ENDED, stats.state);
	EXPECT_EQ(VPROC_CAUSE_EXIT, stats.end_cause);
	EXPECT_EQ(pid, stats.pid);
	EXPECT_EQ(0, vproc_attach(fd, pid, 0));
	EXPECT_SAME(fd, pid);
	ASSERT_EQ(0, target_call(&self->target, become_user, NOBODY, true));
	EXPECT_ANSWERS(EACCES, EPERM, pid);
	EXPECT_EQ(0, target_stop(&target));
	close(pidfd);
	close(tracker);
	close(fd);
}

/* Attaches to one id all the time, until it is told to stop. */
struct attacher {
	pid_t pid;
	bool stop;
	unsigned int attached;
	unsigned int wrong;
};

static void *attach_all_the_time(void *data)
{
	struct attacher *attacher = data;

	while (!__atomic_load_n(&attacher->stop, __ATOMIC_RELAXED)) {
		struct vproc_verify verify;
		struct vproc_stats stats;
		int fd = vproc_open_attached(attacher->pid, 0);

		if (fd < 0) {
			attacher->wrong += errno != ESRCH;
			continue;
		}
		__atomic_add_fetch(&attacher->attached, 1, __ATOMIC_RELAXED);
		if (vproc_stats(fd, &stats) ||
		    (stats.pid && stats.pid != attacher->pid))
			attacher->wrong++;
		if (vproc_verify(fd, &verify) ? errno != ESRCH :
						verify.differences)
			attacher->wrong++;
		close(fd);
	}
	return NULL;
}

/* Whichever process it finds, it is one, and whole. */
TEST_F(asker, of_an_id_that_is_used_again_meanwhile)
{
	struct attacher attacher = { 0 };
	struct target target;
	pthread_t thread;

	ASSERT_EQ(0, target_start(&target));
	attacher.pid = target.pid;
	ASSERT_EQ(0, pthread_create(&thread, NULL, attach_all_the_time,
				    &attacher));
	for (int i = 0; i < 20; i++) {
		unsigned int seen = __atomic_load_n(&attacher.attached,
						    __ATOMIC_RELAXED);

		while (__atomic_load_n(&attacher.attached,
				       __ATOMIC_RELAXED) == seen)
			usleep(1000);
		ASSERT_EQ(SIGKILL, target_kill(&target, SIGKILL));
		if (start_with_id(&target, attacher.pid))
			break;
	}
	__atomic_store_n(&attacher.stop, true, __ATOMIC_RELAXED);
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, attacher.wrong);
	EXPECT_LT(20, attacher.attached);
	target_stop(&target);
}

TEST_HARNESS_MAIN
