/* What the writer of config files and its dialects share; for xen_config*.c alone. */
#pragma once

#include "xenbackend/xen_config.h"

typedef struct {
    const ConfigDialect *dialect;
    const Domain *domain;
    GString *out;
    GError **error;
    /* Where all refusals go: writing goes on behind one, for the next. NULL: the first one goes
     * into the error, and ends it. */
    Problems *problems;
    const Settings *device; /* that is being written; NULL: none is */
} Writer;

/* Which value it is about: a row; a part of it, which is a key of a device or a raw key; or
 * neither. */
typedef struct {
    const char *key;
    const char *part; /* NULL: the row itself */
} Place;

/* In what the config languages of the toolstacks differ. Their quoting is the same. */
struct ConfigDialect {
    /* What the config calls the row; NULL: it is not written. */
    const char *(*name_of)(const KeyRow *row, const Domain *domain);
    /* What it calls a word of the row. One that is a number is written as such. */
    const char *(*word_of)(const KeyRow *row, const char *text);
    /* Is there anything in the domain that it cannot say? FALSE and an error then. */
    gboolean (*check)(const Writer *writer);
    gboolean (*check_raw_key)(const Writer *writer, Place place, const char *name);
    /* Appends a list of texts, integers or devices. */
    gboolean (*append_list)(Writer *writer, const KeyRow *row, Place place, const Value *list);
    /* Appends a device to DEVICE, without the quotes around it. */
    gboolean (*append_device)(Writer *writer, const KeyRow *row, const Settings *settings,
                              GString *device);
    /* Appends the argument that adds EXTRA to the kernel command line of one start. */
    gboolean (*append_command_line)(Writer *writer, const char *extra);
    gint64 integer_most;
    gboolean quotes_negative; /* a minus sign stands only within quotes */
    gboolean is_ascii;
    gboolean has_second_names; /* of KeyRow: also_name */
};

/* All of these return FALSE and set the error where a value cannot be written. */
gboolean writer_refuse(const Writer *writer, Place place, const char *expected, const char *text);
/* The same, with another reason: "cannot be written FORMAT...". */
gboolean writer_refuse_key(const Writer *writer, Place place, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
gboolean writer_check_characters(const Writer *writer, Place place, const char *text);
gboolean writer_append_quoted(Writer *writer, Place place, const char *text);
gboolean writer_append_value(Writer *writer, const KeyRow *row, Place place, const Value *value);
/* [..., ...] */
gboolean writer_append_list(Writer *writer, const KeyRow *row, Place place, const Value *list);
/* One value of a device string. */
gboolean writer_append_part(Writer *writer, const KeyRow *row, const KeyRow *part,
                            const Value *value, GString *device);
/* key=value,key=value */
gboolean writer_append_key_values(Writer *writer, const KeyRow *row, const Settings *settings,
                                  GString *device);
