/* A change of a domain that runs -> the commands that make it. */
#pragma once

#include "reconcile/backend.h"

typedef struct {
    ToolCommand command;
    guint change; /* the change of the action that it makes, or has to be repeated after */
    gint vcpu;    /* of pinning: which one, or ALL_VCPUS */
} LiveStep;

/* The commands of an action, in the order of KeyLive: an array of LiveStep, never empty. */
GArray *live_steps_make(const Action *action);

typedef enum {
    LIVE_UNSEEN, /* no list tells; the command's exit does */
    LIVE_DONE,
    LIVE_UNDONE
} LiveSight;

/* What a row with its details tells of a change: *seen gets what it is instead where it is undone
 * (to be freed; NULL: there is nothing to say). */
LiveSight live_change_see(const ObservedDomain *row, const Domain *domain, const Change *change,
                          char **seen);
