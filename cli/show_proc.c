/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "cli/show_proc.h"
#include "lib/clock.h"

#define EVERY SEC(5)

/* ---- looking ---- */

static uint64_t usec(struct timeval t)
{
	return (uint64_t)t.tv_sec * USEC_PER_SEC + (uint64_t)t.tv_usec;
}

static uint64_t cpu_used(uint64_t *system)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	if (system)
		*system = usec(u.ru_stime);
	return usec(u.ru_utime) + usec(u.ru_stime);
}

/* The host's clock, not the engine's: processor time is the host's. */
static uint64_t host_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * USEC_PER_SEC + (uint64_t)t.tv_nsec / 1000;
}

static void sample(struct load *l)
{
	l->cpu[l->next] = cpu_used(NULL);
	l->at[l->next] = host_now();
	l->next = (l->next + 1) % (LOAD_SAMPLES + 1);
	if (l->n < LOAD_SAMPLES + 1)
		l->n++;
}

static void look(void *arg)
{
	struct load *l = arg;

	sample(l);
	timer_arm(l->timers, &l->timer, EVERY);
}

void load_start(struct load *l, struct timers *timers)
{
	l->timers = timers;
	timer_init(&l->timer, look, l);
	sample(l);
	timer_arm(timers, &l->timer, EVERY);
}

void load_stop(struct load *l)
{
	if (l->timers)
		timer_cancel(l->timers, &l->timer);
}

/* Hundredths of a percent of one processor since the sample 'back' before the newest, or the oldest there is. */
static unsigned load_of(const struct load *l, unsigned back)
{
	uint64_t wall, cpu;
	unsigned i;

	if (!l->n)
		return 0;
	if (back > l->n - 1)
		back = l->n - 1;
	i = (l->next + 2 * (LOAD_SAMPLES + 1) - 1 - back) % (LOAD_SAMPLES + 1);
	wall = host_now() - l->at[i];
	cpu = cpu_used(NULL) - l->cpu[i];
	return wall ? (unsigned)(cpu * 10000 / wall) : 0;
}

/* ---- snapshots ---- */

void show_cpu_now(const struct load *l, struct show_cpu *out)
{
	uint64_t system, used = cpu_used(&system);
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	out->five = load_of(l, 0);
	out->one = load_of(l, 11);
	out->fives = load_of(l, LOAD_SAMPLES - 1);
	out->kernel = used ? (unsigned)(out->five * system / used) : 0;
	out->used = used;
	out->invoked = (uint64_t)u.ru_nvcsw + (uint64_t)u.ru_nivcsw;
}

static uint64_t meminfo(const char *what)
{
	FILE *f = fopen("/proc/meminfo", "re");
	unsigned long long kb = 0, v;
	char line[128], name[40];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%39[^:]: %llu kB", name, &v) == 2 && strcmp(name, what) == 0)
			kb = v;
	if (f)
		fclose(f);
	return (uint64_t)kb * 1024;
}

static uint64_t resident(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long long all, pages = 0;

	if (f && fscanf(f, "%llu %llu", &all, &pages) != 2)
		pages = 0;
	if (f)
		fclose(f);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void show_memory_now(struct show_memory *out)
{
	struct mallinfo2 m = mallinfo2();

	out->total = meminfo("MemTotal");
	out->available = meminfo("MemAvailable");
	out->allocated = m.arena + m.hblkhd;
	out->freed = m.fordblks;
	out->holding = resident();
}

/* A number that stays with this host: made of the machine's identity, which it does not tell. */
void show_serial(char buf[SERIAL_TEXT])
{
	FILE *f = fopen("/etc/machine-id", "re");
	char id[64] = "gdoix";
	uint64_t h = UINT64_C(14695981039346656037);

	if (f && !fgets(id, sizeof(id), f))
		id[0] = '\0';
	if (f)
		fclose(f);
	for (const char *p = id; *p && *p != '\n'; p++)
		h = (h ^ (uint8_t)*p) * UINT64_C(1099511628211);
	snprintf(buf, SERIAL_TEXT, "GDX%08" PRIX32, (uint32_t)(h ^ h >> 32));
}

/* ---- telling ---- */

void show_processes_cpu(const struct show *s, const struct load *l)
{
	struct show_cpu c;

	show_cpu_now(l, &c);
	text_printf(s->out, "CPU utilization for five seconds: %u%%/%u%%; one minute: %u%%; five minutes: %u%%\n", c.five / 100,
		c.kernel / 100, c.one / 100, c.fives / 100);
	text_add(s->out, " PID Runtime(ms)     Invoked      uSecs   5Sec   1Min   5Min TTY Process \n");
	text_printf(s->out, "%4ld %11" PRIu64 " %11" PRIu64 " %10" PRIu64 " %2u.%02u%% %2u.%02u%% %2u.%02u%%   0 gdoixd\n",
		(long)getpid(), c.used / 1000, c.invoked, c.invoked ? c.used / c.invoked : 0, c.five / 100, c.five % 100, c.one / 100,
		c.one % 100, c.fives / 100, c.fives % 100);
}

void show_processes_memory(const struct show *s)
{
	struct show_memory m;

	show_memory_now(&m);
	text_printf(s->out, "Processor Pool Total: %10" PRIu64 " Used: %10" PRIu64 " Free: %10" PRIu64 "\n\n", m.total,
		m.total - m.available, m.available);
	text_add(s->out, " PID TTY  Allocated      Freed    Holding    Getbufs    Retbufs Process\n");
	text_printf(s->out, "%4ld   0 %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "          0          0 gdoixd\n", (long)getpid(),
		m.allocated, m.freed, m.holding);
}

void show_inventory(const struct show *s)
{
	char number[SERIAL_TEXT];

	show_serial(number);
	text_printf(s->out, "NAME: \"Chassis\", DESCR: \"" CHASSIS "\"\n"
		"PID: %-18s, VID: %-5s, SN: %s\n\n", "gdoix", s->d->version, number);
}
