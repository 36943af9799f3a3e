/* The words of the record's text and what they stand for; for record_text*.c alone. TO ADD ONE: a
 * row. */
#pragma once

#include "reconcile/record.h"

#define RECORD_FIRST_LINE "xensure-record 1"

typedef struct {
    const char *name;
    gsize offset; /* in RecordDomain */
} RecordRow;

static const char *const record_operations[] = {
    [OPERATION_NONE] = "none",       [OPERATION_CREATE] = "create",
    [OPERATION_CREATED] = "created", [OPERATION_STOP] = "stop",
    [OPERATION_DESTROY] = "destroy", [OPERATION_CHANGE] = "change",
    [OPERATION_MIGRATE] = "migrate",
};

static const RecordRow record_flags[] = {
    {"running", G_STRUCT_OFFSET(RecordDomain, is_running)},
    {"adopted", G_STRUCT_OFFSET(RecordDomain, is_adopted)},
    {"claimed", G_STRUCT_OFFSET(RecordDomain, is_claimed)},
    {"off-by-guest", G_STRUCT_OFFSET(RecordDomain, is_off_by_guest)},
    {"protected", G_STRUCT_OFFSET(RecordDomain, is_protected)},
    {"storing", G_STRUCT_OFFSET(RecordDomain, is_storing)},
    {"proved", G_STRUCT_OFFSET(RecordDomain, is_proved)},
    {"not-started", G_STRUCT_OFFSET(RecordDomain, has_not_started)},
};

static const RecordRow record_texts[] = {
    {"boot", G_STRUCT_OFFSET(RecordDomain, boot_id)},
    {"config", G_STRUCT_OFFSET(RecordDomain, config_digest)},
    {"tried", G_STRUCT_OFFSET(RecordDomain, tried_digest)},
    {"failed", G_STRUCT_OFFSET(RecordDomain, failed_digest)},
    {"operation-id", G_STRUCT_OFFSET(RecordDomain, operation_id)},
    {"claim", G_STRUCT_OFFSET(RecordDomain, claim)},
    {"move-to", G_STRUCT_OFFSET(RecordDomain, move_to)},
    {"move-trouble", G_STRUCT_OFFSET(RecordDomain, move_trouble)},
};

/* What a source is, by 1: is_current, and 2: is_configured. */
static const char *const record_source_words[] = {"past", "current", "past+configured",
                                                  "current+configured"};

/* Canonical texts of several lines. */
static const RecordRow record_settings[] = {
    {"settings", G_STRUCT_OFFSET(RecordDomain, settings)},
    {"stored", G_STRUCT_OFFSET(RecordDomain, stored)},
    {"ran", G_STRUCT_OFFSET(RecordDomain, ran)},
};

/* Numbers that are 0 when they are left out. */
static const RecordRow record_numbers[] = {
    {"move-tries", G_STRUCT_OFFSET(RecordDomain, move_tries)},
    {"move-time", G_STRUCT_OFFSET(RecordDomain, move_time)},
    {"most-memory", G_STRUCT_OFFSET(RecordDomain, most_memory_mib)},
    {"most-domid", G_STRUCT_OFFSET(RecordDomain, most_domid)},
};
