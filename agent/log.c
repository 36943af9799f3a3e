#include "agent/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FIELDS_MOST 12

#define EVENT(id, its_message_id, its_level, text)                                                 \
    [LOG_##id] = {.name = #id, .message_id = (its_message_id), .level = (its_level), .doc = (text)},
const LogEventRow log_events[LOG_EVENT_COUNT] = {
#include "agent/log_events.def"
};
#undef EVENT

/* As syslog(3) counts. */
static const char *priority_of(GLogLevelFlags level)
{
    return level == G_LOG_LEVEL_CRITICAL  ? "3"
           : level == G_LOG_LEVEL_WARNING ? "4"
           : level == G_LOG_LEVEL_MESSAGE ? "5"
                                          : "6";
}

typedef struct {
    GLogField fields[FIELDS_MOST];
    gsize count;
    char numbers[3][24];
    guint numbers_count;
} Entry;

static void add(Entry *entry, const char *name, const char *value)
{
    if (value != NULL) {
        g_assert(entry->count < FIELDS_MOST);
        entry->fields[entry->count++] = (GLogField){name, value, -1};
    }
}

static void add_number(Entry *entry, const char *name, gint64 number)
{
    if (number >= 0) {
        char *text = entry->numbers[entry->numbers_count++];
        g_snprintf(text, sizeof entry->numbers[0], "%" G_GINT64_FORMAT, number);
        add(entry, name, text);
    }
}

static gboolean tell_journal(LogEvent event, const LogFields *about, const char *message)
{
    Entry entry = {.count = 0};
    add(&entry, "MESSAGE", message);
    add(&entry, "MESSAGE_ID", log_events[event].message_id);
    add(&entry, "PRIORITY", priority_of(log_events[event].level));
    add(&entry, "SYSLOG_IDENTIFIER", "xensure");
    add(&entry, "XENSURE_DOMAIN", about->domain);
    add(&entry, "XENSURE_ACTION", about->action);
    add(&entry, "XENSURE_RESULT", about->result);
    add(&entry, "XENSURE_REASON", about->reason);
    add_number(&entry, "XENSURE_GENERATION", about->generation);
    add_number(&entry, "XENSURE_DURATION_MS", about->duration_ms);
    add_number(&entry, "XENSURE_EXIT_CODE", about->exit_code);
    return g_log_writer_journald(log_events[event].level, entry.fields, entry.count, NULL) ==
           G_LOG_WRITER_HANDLED;
}

void log_tell(LogEvent event, const LogFields *fields, const char *format, ...)
{
    static const LogFields none = LOG_NO_FIELDS;
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_strchomp(message);
    gboolean is_told = g_log_writer_is_journald(STDERR_FILENO) &&
                       tell_journal(event, fields != NULL ? fields : &none, message);
    if (!is_told) {
        fprintf(stderr, "xensure: %s\n", message);
    }
}
