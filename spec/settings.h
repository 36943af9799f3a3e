/* The values of a mapping that a key table describes: a disk, a vif, a host, a domain's own keys, a
 * header. */
#pragma once

#include "spec/value.h"

/* Sorted by row; only what was set. */
struct Settings {
    const KeyTable *table;
    Position where;
    guint count;
    Value *values;
    guint64 filter;  /* bit (key % 64) of each value; where it is not set, no search is needed */
    guint8 *refused; /* by row: a value was given that is wrong; NULL: none was */
    Value
        first[]; /* room for the values that were read, so that most need no memory of their own */
};

/* Reads a mapping node. Unknown keys, wrong values and missing required ones become problems; what
 * was right is kept, so that further checks can go on. IN_PROFILE: refuses rows that cannot stand
 * in a profile, and misses no required ones. Never NULL. */
Settings *settings_read(const ValueReader *reader, const KeyTable *table, const YamlNode *node,
                        gboolean in_profile);
/* Settings of a table, without values. */
Settings *settings_new(const KeyTable *table);
void settings_free(Settings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Settings, settings_free)
Settings *settings_copy(const Settings *settings);

/* Settings without values, all of them refused: what stands for a mapping that is none. */
Settings *settings_new_refused(const KeyTable *table, Position where);
/* Was a value given that is wrong? Who misses one then only repeats the complaint. */
gboolean settings_is_refused(const Settings *settings, guint key);

/* The value that was set, or NULL. */
const Value *settings_own(const Settings *settings, guint key);
/* The text of the value that was set, or NULL. */
const char *settings_own_text(const Settings *settings, guint key);
/* The value that was set, or the table's default, or NULL. */
const Value *settings_get(const Settings *settings, guint key);
/* By what a device is known among the others of its list: its vdev, its MAC; NULL: by nothing. */
const char *settings_identity(const Settings *settings);
/* Sets a value (takes over what it holds). */
void settings_set(Settings *settings, const Value *value);
/* Takes the value of a key away, if there is one. */
void settings_unset(Settings *settings, guint key);

/* The table's default of a row, or NULL. Lives for ever. */
const Value *key_table_default(const KeyTable *table, guint key);
/* What xl (XM: xm) takes where its file does not say it; NULL: it is not known for sure. Lives for
 * ever. */
const Value *key_table_toolstack_default(const KeyTable *table, guint key, gboolean xm);
/* What it means that libxl's JSON does not have the row's member: FALSE where it means nothing.
 * *out NULL: the key is not set. Lives for ever. */
gboolean key_table_absent(const KeyTable *table, guint key, const Value **out);
