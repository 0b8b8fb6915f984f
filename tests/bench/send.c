/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the kernel alone asks for: COUNT datagrams of SIZE octets to as many addresses from FIRST on, 64 a system call.
 * Prints the CPU seconds they cost this process: the ceiling that a rekey to COUNT members is measured against.
 * Without arguments it is the other end: holds the port and never reads, as a stopped member does.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 64
#define PORT 849

static double cpu(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv)
{
	static char body[65536];
	struct sockaddr_in to[BATCH];
	struct mmsghdr m[BATCH];
	struct iovec iov;
	struct in_addr first;
	unsigned count, done = 0;
	int fd;

	if (argc == 1) {
		const struct sockaddr_in me = { .sin_family = AF_INET, .sin_port = htons(PORT) };

		fd = socket(AF_INET, SOCK_DGRAM, 0);
		if (fd < 0 || bind(fd, (const struct sockaddr *)(const void *)&me, sizeof(me)) < 0) {
			perror("sink");
			return 1;
		}
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &(int){ 8 << 20 }, sizeof(int));
		alarm(60);
		pause();
	}
	if (argc != 4 || !inet_aton(argv[1], &first)) {
		fprintf(stderr, "usage: send [FIRST-ADDRESS COUNT SIZE]\n");
		return 2;
	}
	count = (unsigned)atoi(argv[2]);
	iov = (struct iovec){ body, (size_t)atoi(argv[3]) % sizeof(body) };
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0) {
		perror("socket");
		return 1;
	}
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &(int){ 1 << 22 }, sizeof(int));
	/* as lib/udp.c: a rekey may need fragments, so it goes without DF */
	setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &(int){ IP_PMTUDISC_DONT }, sizeof(int));
	double t = cpu();

	while (done < count) {
		unsigned n = count - done < BATCH ? count - done : BATCH;
		int sent;

		memset(m, 0, sizeof(m));
		for (unsigned i = 0; i < n; i++) {
			to[i] = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(PORT) };
			to[i].sin_addr.s_addr = htonl(ntohl(first.s_addr) + done + i);
			m[i].msg_hdr = (struct msghdr){ .msg_name = &to[i], .msg_namelen = sizeof(to[i]), .msg_iov = &iov,
				.msg_iovlen = 1 };
		}
		sent = sendmmsg(fd, m, n, 0);
		if (sent <= 0) {
			perror("sendmmsg");
			return 1;
		}
		done += (unsigned)sent;
	}
	printf("send_cpu %.6f\n", cpu() - t);
	return 0;
}
