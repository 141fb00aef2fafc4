/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_VERBS_H
#define _TOOLS_VERBS_H

/* What vproc exits with. */
enum {
	STATUS_OK		= 0,
	STATUS_DIFFERENT	= 1,
	STATUS_ERROR		= 2,
};

/* Each verb is a main() of its own; argv[0] is "vproc VERB". */
int record_main(int argc, char **argv);
int addr_main(int argc, char **argv);
int check_main(int argc, char **argv);
int export_main(int argc, char **argv);
int picture_main(int argc, char **argv);
int info_main(int argc, char **argv);
int report_main(int argc, char **argv);
int maps_main(int argc, char **argv);
int diff_main(int argc, char **argv);
int log_main(int argc, char **argv);
int stat_main(int argc, char **argv);
int heap_main(int argc, char **argv);
int stacks_main(int argc, char **argv);
int top_main(int argc, char **argv);
int model_main(int argc, char **argv);

#endif /* _TOOLS_VERBS_H */
