/* What carrying out a plan needs from the outside: a table of functions that xenbackend and the
 * agent fill. */
#pragma once

#include "reconcile/plan.h"

#define BACKEND_ERROR (backend_error_quark())
typedef enum {
    BACKEND_ERROR_FOREIGN, /* a config file that xensure did not write is left as it is */
} BackendError;
GQuark backend_error_quark(void);

typedef enum { RESULT_DONE, RESULT_FAILED, RESULT_HELD } ActionResult;

/* What became of an action. */
typedef struct {
    ActionResult result;
    HoldKind hold;
    char *message;      /* in words; NULL: there is nothing to add */
    gboolean has_begun; /* `progress` was told of it */
    gint64 duration_ms;
} Outcome;

typedef enum {
    TOOL_CREATE_PAUSED,
    TOOL_UNPAUSE,
    TOOL_PAUSE,
    TOOL_SHUTDOWN,
    TOOL_DESTROY,
    TOOL_SET_MEMORY,
    TOOL_SET_VCPUS,
    TOOL_SET_POOL,
    TOOL_PIN,
    TOOL_SET_CREDIT,  /* weight and cap, where the host has the scheduler credit */
    TOOL_SET_CREDIT2, /* the same for credit2 */
    TOOL_ATTACH_DISK,
    TOOL_DETACH_DISK,
    TOOL_ATTACH_VIF,
    TOOL_DETACH_VIF,
    TOOL_INSERT_CD,
    TOOL_EJECT_CD,
    TOOL_STORE_CONFIG, /* for the guest's own reboot */
    TOOL_MIGRATE,      /* to the request's address; never broken off, whatever the time */
    TOOL_COUNT
} ToolCommand;

#define ALL_VCPUS (-1)

/* One command of the toolstack. */
typedef struct {
    ToolCommand command;
    const Domain *domain; /* whose values it carries; NULL for a domain that left the spec */
    const char *name;
    guint32 domid; /* 0: it has none yet */
    /* Of a device: its vdev or MAC, and as it is to be. */
    const char *device;
    const Settings *settings;
    gint vcpu; /* of pinning: which one, or ALL_VCPUS */
    const char
        *operation_id;   /* goes into the command's environment, so that it can be found again */
    const char *address; /* of a migration: where it goes */
} ToolRequest;

typedef struct {
    gboolean is_success; /* it exited with 0; what it did has still to be looked at */
    gboolean is_cut_off; /* it was killed or timed out */
    /* It was cut off and could not be ended, so that it may still do what it was to do. */
    gboolean is_left_behind;
    char *description; /* "exited with 3: cannot make domain"; to be freed */
    char *errors;      /* what it printed on its standard error; to be freed */
} ToolResult;

/* The config file of a domain. */
typedef struct {
    const Domain *domain; /* NULL when the file is to be removed */
    const char *name;
    const char *uuid;
    const char *recorded_digest;  /* of the file as we wrote it; NULL: never */
    gboolean may_replace_foreign; /* the domain was taken over: somebody else's file gives way */
} ConfigFile;

typedef struct {
    gpointer data;
    /* Starts a command and returns a handle, or NULL and an error. */
    gpointer (*start)(gpointer data, const ToolRequest *request, GError **error);
    /* Waits until one of the commands has ended (its index), or TIMEOUT_MS has passed (-1). */
    int (*wait)(gpointer data, gpointer *commands, guint count, guint timeout_ms);
    /* The result of a command that has ended; its handle is gone then. */
    void (*finish)(gpointer data, gpointer command, ToolResult *out);
    /* Leaves a command to itself; its handle is gone then. */
    void (*abandon)(gpointer data, gpointer command);
    /* Starts a command that asks the host at ADDRESS what it has; waited for as the others are. */
    gpointer (*ask)(gpointer data, const char *address, GError **error);
    /* Starts the check of this name, which tells by its exit code whether a domain is ready; waited
     * for and finished as the others are. */
    gpointer (*check)(gpointer data, const char *name, GError **error);
    /* What it said; not checked, never NULL. The handle is gone then. */
    HostAnswer *(*answer)(gpointer data, gpointer command);
    /* A fresh list, with its own retries. Never NULL. */
    Observed *(*observe)(gpointer data);
    /* How much memory is free for guests; -1: that is not known. */
    gint64 (*free_memory_mib)(gpointer data);
    /* Fills the details of one domain of a list; what cannot be seen stays unseen. */
    void (*observe_details)(gpointer data, Observed *observed, guint32 domid);
    /* Writes the config file durably; a file that is not as we left it is copied aside first, one
     * that is not ours is an error unless it may be replaced. *digest gets what to record of it. */
    gboolean (*write_config)(gpointer data, const ConfigFile *file, char **digest, GError **error);
    /* Removes it by the same rules. One that is not there is no error. One that is not ours:
     * BACKEND_ERROR_FOREIGN; after other errors another try may succeed. */
    gboolean (*remove_config)(gpointer data, const ConfigFile *file, GError **error);
    /* Removes, durably, the links by which xendomains would start the domain from this file at
     * boot. */
    gboolean (*remove_boot_links)(gpointer data, const char *name, GError **error);
    /* The paths of these links; NULL: there are none. To be freed with g_strfreev(). */
    char **(*find_boot_links)(gpointer data, const char *name);
    /* Makes the link at PATH to the file again, durably. What is there is left as it is. */
    gboolean (*put_boot_link)(gpointer data, const char *path, const char *name, GError **error);
    /* Why no action is to be begun any more, in words, to be freed: somebody has said so since the
     * plan was made. NULL: nobody has. */
    char *(*find_halt)(gpointer progress_data);
    gpointer journal_data;
    /* Puts down durably what is now true of a domain (NULL: nothing is any more). */
    gboolean (*journal)(gpointer journal_data, const char *name, const RecordDomain *domain,
                        GError **error);
    /* A name for an operation that no other ever had; to be freed. */
    char *(*make_operation_id)(gpointer data);
    gint64 (*now_ms)(gpointer data); /* a clock that only goes forward */
    gint64 (*now)(gpointer data);    /* seconds since 1970 */
    /* An action was begun or has ended; for people who watch. OUTCOME: NULL while it is under way.
     */
    gpointer progress_data;
    void (*progress)(gpointer progress_data, const Action *action, const Outcome *outcome);
    /* Called about once a second while something is waited for; NULL: nobody watches. */
    void (*tick)(gpointer progress_data);
} Backend;
