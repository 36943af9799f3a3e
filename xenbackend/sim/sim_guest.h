/* What a config file says about a domain, in the terms of the simulator. */
#pragma once

#include "xenbackend/sim/sim_device.h"
#include "xenbackend/sim/sim_members.h"
#include "xenbackend/xen_config_text.h"

typedef enum { SIM_TYPE_PV, SIM_TYPE_PVH, SIM_TYPE_HVM } SimType;

/* What is done with a domain that has shut down. */
typedef enum {
    SIM_ACTION_DESTROY,
    SIM_ACTION_RESTART,
    SIM_ACTION_RENAME_RESTART,
    SIM_ACTION_PRESERVE,
    SIM_ACTION_COREDUMP_DESTROY,
    SIM_ACTION_COREDUMP_RESTART,
    SIM_ACTION_SOFT_RESET
} SimAction;

/* What the simulated guest does of its own. */
typedef enum {
    SIM_MODE_IDLE,   /* runs, and shuts down when asked to */
    SIM_MODE_BUSY,   /* as idle, using all of its CPU time */
    SIM_MODE_SLOW,   /* takes its time over shutting down */
    SIM_MODE_IGNORE, /* acknowledges a shutdown, and goes on */
    SIM_MODE_HUNG,   /* acknowledges nothing */
    SIM_MODE_OFF,    /* powers itself off */
    SIM_MODE_REBOOT, /* reboots itself */
    SIM_MODE_CRASH   /* crashes */
} SimMode;

typedef struct {
    char *name;
    char uuid[37];
    gboolean has_uuid; /* FALSE: `uuid` was made up */
    SimType type;
    guint64 target_kib, maximum_kib;
    gboolean has_memory; /* FALSE: xl's default of 32 MiB applies */
    guint32 vcpus, maximum_vcpus;
    gboolean has_vcpus;
    gint32 weight, cap;
    gboolean has_weight, has_cap;
    SimAction on_poweroff, on_reboot, on_crash, on_watchdog, on_soft_reset;
    char *kernel, *ramdisk, *cmdline, *bootloader;
    GPtrArray *disks;                      /* of XenDiskText */
    GPtrArray *vifs;                       /* of SimVif */
    GPtrArray *members;                    /* what is only shown: of SimMember */
    GPtrArray *pci, *displays, *keyboards; /* of arrays of SimMember */
} SimGuest;

const char *sim_type_name(SimType type);
const char *sim_action_name(SimAction action); /* as in a config file: "rename-restart" */
gboolean sim_action_parse(const char *text, SimAction *action);
const char *sim_mode_name(SimMode mode);
gboolean sim_mode_parse(const char *text, SimMode *mode);
/* "2s", "500ms", "1.5", "3m" -> milliseconds; a bare number is seconds. FALSE: no such thing. */
gboolean sim_duration_parse(const char *text, gint64 *duration_ms);

SimGuest *sim_guest_new(void);
/* Interprets a config (Xen xl_parse.c:parse_config_data). Warnings and errors are appended to
 * REPORT as xl prints them. NULL: xl exits, with *EXIT_CODE. */
SimGuest *sim_guest_read(const char *source, const XenConfigText *config, GString *report,
                         int *exit_code);
void sim_guest_free(SimGuest *guest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimGuest, sim_guest_free)

/* The value of "sim.KEY=..." in the guest's kernel command line, or NULL. To be freed. */
char *sim_guest_option(const SimGuest *guest, const char *key);
