/* Disk and vif specifications, as they stand in config files and on the command line.
 *
 * Grammar: Xen tools/libs/util/libxlu_disk_l.l and libxlu_disk.c:xlu_disk_parse for disks,
 * tools/xl/xl_parse.c:parse_nic_config and libxlu_vif.c for vifs. */
#pragma once

#include <glib.h>

typedef struct {
    char *target; /* NULL or "": none (an empty drive) */
    char *vdev;
    char *format;  /* "raw", "qcow2", ..., NULL: not said */
    char *backend; /* "phy", "qdisk", "tap", "standalone"; NULL: not said */
    char *script;
    gboolean is_cdrom;
    gboolean is_read_only;
} SimDisk;

typedef struct {
    guint32 devid;
    gboolean has_mac;
    guint8 mac[6];
    char *bridge;
    char *model;
    char *script;
    char *ip;
    char *name;
    gboolean is_emulated; /* type=ioemu */
} SimVif;

SimDisk *sim_disk_new(void);
void sim_disk_free(SimDisk *disk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimDisk, sim_disk_free)
SimVif *sim_vif_new(void);
void sim_vif_free(SimVif *vif);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimVif, sim_vif_free)

/* Reads the COUNT pieces of one disk's specification. NULL when xl would refuse it; its message,
 * with SOURCE as the name of the file ("command line"), is appended to REPORT. */
SimDisk *sim_disk_parse(const char *source, const char *const *pieces, guint count,
                        GString *report);
/* The number of a virtual disk (xvda is 51712), or -1: no disk's name.
 * Xen libxl_device.c:libxl__device_disk_dev_number. */
int sim_disk_number(const char *vdev);
/* The specification in one piece; sim_disk_parse() reads it back. */
char *sim_disk_format(const SimDisk *disk);

typedef enum {
    SIM_VIF_DONE,
    SIM_VIF_BAD,  /* in a file: a message and nothing more. On the command line: an error */
    SIM_VIF_FATAL /* xl exits with 1 (a bad rate) */
} SimVifResult;

/* Reads one "key=value" of a vif into VIF; what xl would say is appended to REPORT. */
SimVifResult sim_vif_parse_token(const char *source, SimVif *vif, const char *token,
                                 GString *report);
/* Reads a vif of a config file (tokens between commas). NULL: fatal. */
SimVif *sim_vif_parse(const char *source, const char *text, GString *report);
char *sim_vif_format(const SimVif *vif);
void sim_vif_append_mac(const SimVif *vif, GString *out);
/* Gives a vif without one a random MAC of Xen's range (00:16:3e). */
void sim_vif_complete(SimVif *vif);
