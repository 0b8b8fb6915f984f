/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a terminal that talks to strangers has no use for is refused by the kernel (EPERM), so that whoever takes it over
 * finds little there: no other program, no new socket, no look into or signal to another process, no way into the
 * kernel's rarer parts. Files stay readable as they are for nobody: terminfo.
 */
#include <config.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "cli/gdoixsh.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

#if defined(ARCH) && !defined(GX_SANITIZED)	/* LeakSanitizer traces its own process */

static const int refused[] = { __NR_execve, __NR_execveat, __NR_ptrace, __NR_process_vm_readv, __NR_process_vm_writev,
	__NR_pidfd_getfd, __NR_pidfd_open, __NR_kill, __NR_tkill, __NR_rt_sigqueueinfo, __NR_rt_tgsigqueueinfo, __NR_socket,
	__NR_connect, __NR_bind, __NR_listen, __NR_accept, __NR_accept4, __NR_mount, __NR_umount2, __NR_pivot_root, __NR_chroot,
	__NR_move_mount, __NR_open_tree, __NR_fsopen, __NR_fsmount, __NR_fsconfig, __NR_unshare, __NR_setns,
	__NR_open_by_handle_at, __NR_name_to_handle_at, __NR_keyctl, __NR_add_key, __NR_request_key, __NR_bpf,
	__NR_perf_event_open, __NR_userfaultfd, __NR_io_uring_setup, __NR_io_uring_enter, __NR_io_uring_register,
	__NR_init_module, __NR_finit_module, __NR_delete_module, __NR_kexec_load, __NR_personality, __NR_memfd_create,
	__NR_mq_open, __NR_shmget, __NR_msgget, __NR_semget, __NR_inotify_init1, __NR_fanotify_init, __NR_setuid, __NR_setgid,
	__NR_setresuid, __NR_setresgid, __NR_setgroups, __NR_capset, __NR_syslog, __NR_swapon, __NR_acct, __NR_quotactl };

#define REFUSED (sizeof(refused) / sizeof(refused[0]))
#define NAMESPACES (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)
#define FIELD(f) ((uint32_t)offsetof(struct seccomp_data, f))
#define LOAD(f) ((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(f)))
#define IF(op, k, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | (op) | BPF_K, (uint32_t)(k), yes, no))
#define ANSWER(a) ((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (a)))

void sandbox(void)
{
	struct sock_filter f[REFUSED + 20];
	struct sock_fprog prog = { .filter = f };
	unsigned n = 0;

	f[n++] = LOAD(arch);
	f[n++] = IF(BPF_JEQ, ARCH, 1, 0);
	f[n++] = ANSWER(SECCOMP_RET_KILL_PROCESS);
	f[n++] = LOAD(nr);
	f[n++] = IF(BPF_JGE, 0x40000000, 0, 1);	/* the x32 numbers of x86-64 */
	f[n++] = ANSWER(SECCOMP_RET_KILL_PROCESS);
	f[n++] = IF(BPF_JEQ, __NR_clone3, 0, 1);	/* its flags are out of sight; the C library falls back on clone */
	f[n++] = ANSWER(SECCOMP_RET_ERRNO | ENOSYS);
	f[n++] = IF(BPF_JEQ, __NR_clone, 0, 4);
	f[n++] = LOAD(args[0]);
	f[n++] = IF(BPF_JSET, NAMESPACES, 0, 1);
	f[n++] = ANSWER(SECCOMP_RET_ERRNO | EPERM);
	f[n++] = ANSWER(SECCOMP_RET_ALLOW);
	for (size_t i = 0; i < REFUSED; i++)
		f[n++] = IF(BPF_JEQ, refused[i], (uint8_t)(REFUSED - i), 0);
	f[n++] = ANSWER(SECCOMP_RET_ALLOW);
	f[n++] = ANSWER(SECCOMP_RET_ERRNO | EPERM);
	prog.len = (unsigned short)n;
	/* A kernel without seccomp leaves what the daemon has set: nobody, no privileges, limits. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

#else

void sandbox(void)
{
}

#endif
