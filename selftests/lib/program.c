// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program to be watched from its exec on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"
#include "vproc.h"

int program_become_user(uid_t uid)
{
	return setresgid(uid, uid, uid) || setresuid(uid, uid, uid) ? -1 : 0;
}

static void attach_itself(const struct preparation *preparation)
{
	if (preparation->fd >= 0 &&
	    vproc_attach(preparation->fd, 0, preparation->flags))
		_exit(126);
}

static void become(const struct preparation *preparation, char * const *argv)
{
	if (preparation->group)
		setpgid(0, 0);
	if (preparation->personality)
		personality(preparation->personality);
	if (preparation->attach_first)
		attach_itself(preparation);
	if (preparation->uid && program_become_user(preparation->uid))
		_exit(125);
	if (preparation->namespace && unshare(CLONE_NEWUSER))
		_exit(124);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!preparation->attach_first)
		attach_itself(preparation);
	execv(argv[0], argv);
	_exit(127);
}

int program_start(struct program *program,
		  const struct preparation *preparation, char * const *argv)
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return -1;
	program->pid = fork();
	if (!program->pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		become(preparation, argv);
	}
	close(in[0]);
	close(out[1]);
	program->in = in[1];
	program->out = out[0];
	return program->pid < 0 ? -1 : 0;
}

int program_set_up(struct program *program)
{
	char byte = 'x';

	if (write(program->in, &byte, 1) != 1 ||
	    read(program->out, &byte, 1) != 1)
		return -1;
	return byte == 'x' ? 0 : -1;
}

int program_end(struct program *program)
{
	int status = -1;

	close(program->in);
	if (waitpid(program->pid, &status, 0) != program->pid)
		status = -1;
	close(program->out);
	return status;
}

static int copy_file(const char *from_path, const char *to_path)
{
	int from = open(from_path, O_RDONLY);
	int to = open(to_path, O_WRONLY | O_CREAT | O_EXCL, 0700);
	ssize_t copied = -1;

	if (from >= 0 && to >= 0) {
		do {
			copied = sendfile(to, from, NULL, 1 << 20);
		} while (copied > 0);
	}
	close(from);
	close(to);
	return copied ? -1 : 0;
}

int program_copy(char *path, size_t size, mode_t mode)
{
	char dir[] = "/tmp/vproc.XXXXXX";

	if (!mkdtemp(dir) || chmod(dir, 0755))
		return -1;
	snprintf(path, size, "%s/cat", dir);
	if (copy_file("/bin/cat", path) || chmod(path, mode)) {
		program_remove(path);
		return -1;
	}
	return 0;
}

void program_remove(const char *path)
{
	char *dir = strdup(path);

	unlink(path);
	if (!dir)
		return;
	*strrchr(dir, '/') = 0;
	rmdir(dir);
	free(dir);
}
