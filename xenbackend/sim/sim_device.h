/* Disk and vif specifications, as they stand in config files and on the command line.
 *
 * Grammar of vifs: Xen tools/xl/xl_parse.c:parse_nic_config and libxlu_vif.c. */
#pragma once

#include "xenbackend/xen_disk_text.h"

typedef struct {
    guint32 devid;
    gboolean has_devid; /* its specification says it */
    gboolean has_mac;
    guint8 mac[6];
    char *bridge;
    char *model;
    char *script;
    char *ip;
    char *name;
    char *backend;
    char *gatewaydev;
    char *rate;
    guint32 mtu;          /* 0: not said */
    char *trusted;        /* "True" or "False"; NULL: not said */
    gboolean is_emulated; /* type=ioemu */
    gboolean has_type;
} SimVif;

SimVif *sim_vif_new(void);
void sim_vif_free(SimVif *vif);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimVif, sim_vif_free)

/* The number of a virtual disk (xvda is 51712), or -1: no disk's name.
 * Xen libxl_device.c:libxl__device_disk_dev_number. */
int sim_disk_number(const char *vdev);
/* The specification in one piece; xen_disk_text_parse() reads it back. */
char *sim_disk_format(const XenDiskText *disk);

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
