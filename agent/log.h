/* The log: to the journal with fields where standard error is the journal, else as lines of text on
 * standard error. */
#pragma once

#include <glib.h>

#define EVENT(id, ...) LOG_##id,
typedef enum {
#include "agent/log_events.def"
    LOG_EVENT_COUNT
} LogEvent;
#undef EVENT

typedef struct {
    const char *name; /* "ACTION_DONE" */
    const char *message_id;
    GLogLevelFlags level;
    const char *doc;
} LogEventRow;

extern const LogEventRow log_events[LOG_EVENT_COUNT];

/* What an event is about; NULL, and less than 0, is not said. */
typedef struct {
    const char *domain;
    const char *action;
    const char *result;
    const char *reason;
    gint64 generation;
    gint64 duration_ms;
    int exit_code;
} LogFields;

#define LOG_NO_FIELDS                                                                              \
    {                                                                                              \
        .generation = -1, .duration_ms = -1, .exit_code = -1                                       \
    }

/* Says it. FIELDS may be NULL. The message needs no newline. */
void log_tell(LogEvent event, const LogFields *fields, const char *format, ...) G_GNUC_PRINTF(3, 4);
