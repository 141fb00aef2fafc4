// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program to be watched.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"
#include "vproc.h"

static void become(const struct preparation *preparation, char * const *argv)
{
	if (preparation->group)
		setpgid(0, 0);
	if (preparation->personality)
		personality(preparation->personality);
	if (preparation->uid &&
	    (setresgid(preparation->uid, preparation->uid, preparation->uid) ||
	     setresuid(preparation->uid, preparation->uid, preparation->uid)))
		_exit(125);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (preparation->fd >= 0 &&
	    vproc_attach(preparation->fd, 0, preparation->flags))
		_exit(126);
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

int program_wait(struct program *program)
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
