/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_LIVE_CLASSIFY_H
#define _VPROC_LIVE_CLASSIFY_H

#include "live/files.h"
#include "live/log.h"
#include "model/region.h"

struct mm_struct;
struct pid_namespace;
struct pt_regs;

void vproc_classify_vma(struct vm_area_struct *vma, struct vproc_vma *out);
int vproc_classify_traits(struct vproc_files *files,
			  const struct vproc_vma *vma, const char *given,
			  struct vproc_traits *traits);
enum vproc_type vproc_classify_file(const struct file *file);
u32 vproc_classify_differs(const struct vproc_vma *vma, const char *given,
			   const struct vproc_span *span);

void vproc_classify_current(struct vproc_cause_info *by,
			    struct pid_namespace *ns,
			    const struct mm_struct *mm);
bool vproc_cause_unmaps(u8 cause);
struct pt_regs *vproc_task_regs(const struct task_struct *task);
bool vproc_classify_task_settles(struct task_struct *task, bool closes);
bool vproc_classify_has_uffd(struct mm_struct *mm);
bool vproc_classify_task_uffd(struct task_struct *task, bool closes);

#endif /* _VPROC_LIVE_CLASSIFY_H */
