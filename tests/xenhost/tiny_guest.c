/*
 * A paravirtual guest that is up at once, where a Linux takes seconds of an emulated processor: for
 * scenarios that ask what becomes of domains, and not what is in them. It says what guest/init
 * says, for the same words of its command line (`name=`, `mode=`). It uses one CPU and no devices,
 * hence sees none. `xl sysrq` ends it as it ends a Linux (c: crash, o: power off, b: reboot), and a
 * digit with that reason (SHUTDOWN_* of xen/sched.h).
 *
 * It is a kernel of its own, with no library below it. The headers are Xen's, and so are the facts:
 * xen/include/public.
 */
/* Without this, structures are those of Xen 3. */
#define __XEN_INTERFACE_VERSION__ __XEN_LATEST_INTERFACE_VERSION__

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/event_channel.h>
#include <xen/io/console.h>
#include <xen/io/xs_wire.h>
#include <xen/sched.h>
#include <xen/xen.h>

extern const char hypercall_page[];
void run_guest(const struct start_info *start) __attribute__((noreturn));

static volatile struct xencons_interface *console;
static volatile struct xenstore_domain_interface *store;
static uint32_t console_port, store_port;
/* Xen's page of the domain is put in the place of this one. */
static union {
    volatile struct shared_info info;
    char page[4096];
} shared __attribute__((aligned(4096)));

static long hypercall(unsigned number, uintptr_t first, uintptr_t second, uintptr_t third)
{
    long result;
    __asm__ volatile("call *%[entry]"
                     : "=a"(result), "+D"(first), "+S"(second), "+d"(third)
                     : [entry] "r"(hypercall_page + number * 32)
                     : "rcx", "r8", "r9", "r10", "r11", "memory");
    return result;
}

static void notify(uint32_t port)
{
    struct evtchn_send send = {.port = port};
    hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (uintptr_t)&send, 0);
}

/* What is written before it is seen by the other side before what is written after it. */
static void barrier(void)
{
    __asm__ volatile("mfence" ::: "memory");
}

/* Nanoseconds since Xen started. */
static uint64_t now(void)
{
    const volatile struct vcpu_time_info *time = &shared.info.vcpu_info[0].time;
    uint64_t result;
    uint32_t version;
    do {
        version = time->version;
        barrier();
        uint32_t low, high;
        __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
        uint64_t passed = ((uint64_t)high << 32 | low) - time->tsc_timestamp;
        passed = time->tsc_shift < 0 ? passed >> -time->tsc_shift : passed << time->tsc_shift;
        uint64_t factor = time->tsc_to_system_mul;
        result =
            time->system_time + (passed >> 32) * factor + ((passed & UINT32_MAX) * factor >> 32);
        barrier();
    } while ((version & 1) || version != time->version);
    return result;
}

/* Waits for the store, at most until then. */
static void wait_for_store(uint64_t until)
{
    evtchn_port_t port = store_port;
    struct sched_poll poll = {.nr_ports = 1, .timeout = until};
    set_xen_guest_handle(poll.ports, &port);
    hypercall(__HYPERVISOR_sched_op, SCHEDOP_poll, (uintptr_t)&poll, 0);
    volatile xen_ulong_t *pending = &shared.info.evtchn_pending[port / 64];
    __asm__ volatile("lock btrq %1, %0" : "+m"(*pending) : "r"((uint64_t)port % 64) : "memory");
}

static void say(const char *text)
{
    for (; *text != '\0'; text++) {
        while (console->out_prod - console->out_cons >= sizeof console->out) {
            notify(console_port);
            hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0);
        }
        console->out[MASK_XENCONS_IDX(console->out_prod, console->out)] = *text;
        barrier();
        console->out_prod++;
        if (*text == '\n')
            notify(console_port);
    }
}

static void say_number(uint64_t number)
{
    char digits[24], *at = digits + sizeof digits - 1;
    *at = '\0';
    do
        *--at = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    say(at);
}

static void __attribute__((noreturn)) shut_down(unsigned reason)
{
    struct sched_shutdown shutdown = {.reason = reason};
    for (;;)
        hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (uintptr_t)&shutdown, 0);
}

/* The value of a word NAME=VALUE of the command line, up to a blank; NULL when it is not there. */
static const char *word(const char *line, const char *name)
{
    for (; *line != '\0'; line++) {
        size_t length = 0;
        while (name[length] != '\0' && line[length] == name[length])
            length++;
        if (name[length] == '\0')
            return line + length;
        while (line[1] != '\0' && *line != ' ')
            line++;
    }
    return NULL;
}

static bool is(const char *value, const char *wanted)
{
    if (value == NULL)
        return false;
    for (; *wanted != '\0' && *value == *wanted; wanted++)
        value++;
    return *wanted == '\0' && (*value == '\0' || *value == ' ');
}

/* ---- the store ---- */

static void send_bytes(const void *bytes, size_t length)
{
    const char *at = bytes;
    for (; length > 0; length--) {
        while (store->req_prod - store->req_cons >= sizeof store->req)
            wait_for_store(0);
        store->req[MASK_XENSTORE_IDX(store->req_prod)] = *at++;
        barrier();
        store->req_prod++;
    }
}

/* What is asked of the store, and what its answers are about. */
enum { REQUEST_SHUTDOWN, REQUEST_SYSRQ };
#define SHUTDOWN_PATH "control/shutdown"
#define SYSRQ_PATH    "control/sysrq"

static void ask(uint32_t type, uint32_t about, const char *payload, uint32_t length)
{
    struct xsd_sockmsg header = {.type = type, .req_id = about, .len = length};
    send_bytes(&header, sizeof header);
    send_bytes(payload, length);
    notify(store_port);
}

static void read_bytes(void *bytes, size_t length)
{
    char *at = bytes;
    for (; length > 0; length--) {
        while (store->rsp_prod == store->rsp_cons)
            wait_for_store(0);
        barrier();
        *at++ = store->rsp[MASK_XENSTORE_IDX(store->rsp_cons)];
        barrier();
        store->rsp_cons++;
    }
    /* The store may wait for space. */
    notify(store_port);
}

/* xl's letter for Linux, or a digit of ours. */
static void end_by_key(char key)
{
    if (key >= '0' && key <= '9')
        shut_down((unsigned)(key - '0'));
    if (key == 'c')
        shut_down(SHUTDOWN_crash);
    if (key == 'o')
        shut_down(SHUTDOWN_poweroff);
    if (key == 'b')
        shut_down(SHUTDOWN_reboot);
}

/* A request for a shutdown was read: it is acknowledged, and done after that. */
static unsigned shutdown_wanted;

static void hear_answer(const struct xsd_sockmsg *header, const char *payload, bool ignore)
{
    if (header->type == XS_READ && header->len > 0 && header->req_id == REQUEST_SYSRQ)
        end_by_key(*payload);
    if (header->type == XS_READ && header->len > 0 && header->req_id == REQUEST_SHUTDOWN) {
        shutdown_wanted = is(payload, "reboot") ? SHUTDOWN_reboot : SHUTDOWN_poweroff;
        ask(XS_WRITE, REQUEST_SHUTDOWN, SHUTDOWN_PATH, sizeof SHUTDOWN_PATH);
    }
    if (header->type == XS_WRITE && !ignore) {
        if (shutdown_wanted == SHUTDOWN_poweroff)
            say("guest: asked to shut down\n");
        shut_down(shutdown_wanted);
    }
}

/* What the store says next. */
static void hear(bool ignore)
{
    struct xsd_sockmsg header;
    char payload[256];
    read_bytes(&header, sizeof header);
    for (uint32_t left = header.len; left > 0;) {
        uint32_t part = left < sizeof payload - 1 ? left : sizeof payload - 1;
        read_bytes(payload, part);
        payload[part] = '\0';
        left -= part;
    }
    /* Of either path: it is read which. */
    if (header.type == XS_WATCH_EVENT) {
        ask(XS_READ, REQUEST_SHUTDOWN, SHUTDOWN_PATH, sizeof SHUTDOWN_PATH);
        ask(XS_READ, REQUEST_SYSRQ, SYSRQ_PATH, sizeof SYSRQ_PATH);
    } else {
        hear_answer(&header, payload, ignore);
    }
}

/* ---- what it does ---- */

static void *page_of(xen_pfn_t frame)
{
    return (void *)(machine_to_phys_mapping[frame] << 12);
}

static void connect(const struct start_info *start)
{
    console = page_of(start->console.domU.mfn);
    console_port = start->console.domU.evtchn;
    store = page_of(start->store_mfn);
    store_port = start->store_evtchn;
    /* Present and writable, for Xen's page is the domain's, too. */
    hypercall(__HYPERVISOR_update_va_mapping, (uintptr_t)&shared, start->shared_info | 7,
              UVMF_INVLPG);
}

static void say_of(const char *name, const char *text)
{
    for (; *name != '\0' && *name != ' '; name++)
        say((const char[]){*name, '\0'});
    say(": ");
    say(text);
}

void run_guest(const struct start_info *start)
{
    const char *line = (const char *)start->cmd_line;
    const char *name = word(line, "name="), *mode = word(line, "mode=");
    /* A path and a token each. */
    static const char shutdown_watch[] = SHUTDOWN_PATH "\0", sysrq_watch[] = SYSRQ_PATH "\0";
    uint64_t seconds = 0;
    if (name == NULL)
        name = "guest";
    connect(start);
    uint64_t next = now();
    say_of(name, "up with ");
    say(line);
    say("\n");
    say_of(name, "sees ");
    say_number(start->nr_pages / 256);
    say(" MiB, cpus 0, disks, vifs\n");
    ask(XS_WATCH, REQUEST_SHUTDOWN, shutdown_watch, sizeof shutdown_watch);
    ask(XS_WATCH, REQUEST_SYSRQ, sysrq_watch, sizeof sysrq_watch);
    for (;;) {
        next += 1000000000;
        while (now() < next) {
            if (store->rsp_prod != store->rsp_cons)
                hear(is(mode, "ignore"));
            else
                wait_for_store(next);
        }
        seconds++;
        if (is(mode, "tick")) {
            say_of(name, "tick ");
            say_number(seconds);
            say("\n");
        }
    }
}
