/* The settings of a config file as members of libxl's JSON: what `xl list -l` shows beside what
 * changes while a domain runs. */
#pragma once

#include "xenbackend/xen_config_text.h"

typedef enum {
    SIM_MEMBER_OBJECT, /* one that is there even when it is empty */
    SIM_MEMBER_TEXT,
    SIM_MEMBER_NUMBER,
    SIM_MEMBER_TEXTS,
    /* What the domain itself says: */
    SIM_MEMBER_IDENTITY,
    SIM_MEMBER_HOTPLUG,
    SIM_MEMBER_VCPUS,
    SIM_MEMBER_MEMORY,
    SIM_MEMBER_SCHEDULER,
    SIM_MEMBER_CLAIM,
    SIM_MEMBER_CMDLINE,
    SIM_MEMBER_MSR
} SimMemberKind;

typedef struct {
    const char *path; /* the names of objects and its own with '/' between; lives for ever */
    SimMemberKind kind;
    char *text;
    gint64 number;
    GPtrArray *texts;
} SimMember;

/* Members of the domain (of SimMember) in the order of Xen's libxl_types.idl; TYPE is "pv", "pvh"
 * or "hvm". */
GPtrArray *sim_members_read(const XenConfigText *config, const char *type);
/* The devices of a list (of arrays of SimMember): "pcidevs", "vfbs" or "vkbs". */
GPtrArray *sim_members_read_devices(const XenConfigText *config, const char *type,
                                    const char *list);

/* For the files sim_members*.c: an empty array of SimMember, and one more in it. */
GPtrArray *sim_members_new(void);
SimMember *sim_members_add(GPtrArray *members, const char *path, SimMemberKind kind);
