/* The vocabulary of the key tables: one row per key of the spec.
 *
 * TO ADD A KEY: add one row to the .def file of its table (domain_keys.def explains the columns),
 * run the tests, and look at the one golden config that changed. Reading, defaulting, checking,
 * comparing, writing, `xensure schema` and the manual are loops over these tables; no code names a
 * key unless the key means something to xensure itself (state, stop, restart, ...). */
#pragma once

#include <glib.h>

typedef enum {
    TYPE_TEXT,
    TYPE_PATH,      /* absolute, no "." or ".." parts */
    TYPE_NAME,      /* of a domain */
    TYPE_LABEL,     /* of a host, a profile or a fleet */
    TYPE_WORD,      /* one of `words` */
    TYPE_INTEGER,   /* minimum..maximum */
    TYPE_SIZE_MIB,  /* minimum..maximum, in MiB */
    TYPE_SECONDS,   /* minimum..maximum, in seconds */
    TYPE_TIMESTAMP, /* RFC 3339; seconds since 1970 */
    TYPE_BOOLEAN,
    TYPE_SWITCH, /* a boolean; or one of `words`, which alone stand in lists where it has any */
    TYPE_UUID,
    TYPE_MAC,
    TYPE_TABLE,   /* a mapping that `table` describes; only as the items of a list */
    TYPE_RAW_MAP, /* any key of xl.cfg: text, integer, or a list of texts */
    TYPE_NODE     /* read by code of its own (hosts, profiles, domains) */
} KeyType;

typedef enum { LIST_NEVER, LIST_ALWAYS, LIST_OR_ONE } KeyList;

/* When a changed value reaches a domain that runs. */
typedef enum {
    CHANGE_NONE,       /* says how xensure behaves; nothing changes in Xen */
    CHANGE_LIVE,       /* by a command on the running domain */
    CHANGE_NEXT_START, /* the config file is rewritten; the next start takes it */
    CHANGE_RECREATE    /* the domain has to be stopped and created */
} KeyChange;

/* A Xen release as a number that can be compared. */
#define XEN_RELEASE(major, minor) ((guint)(major)*100 + (guint)(minor))

/* Where the running value can be seen. */
typedef enum {
    SEEN_NOWHERE,
    SEEN_IN_DETAILS /* `xl list -l ID` */
} KeySeen;

/* Which command makes a live change; the planner gives each an action of its own. */
typedef enum { LIVE_NONE, LIVE_MEMORY, LIVE_VCPUS, LIVE_SCHEDULER } KeyLive;

enum { GUEST_PV = 1, GUEST_PVH = 2, GUEST_HVM = 4, GUEST_ALL = 7 };

typedef struct KeyTable KeyTable;

typedef struct {
    const char *name; /* "memory"; "stop.timeout" is `timeout` in the mapping `stop` */
    const char *doc;  /* one line */
    KeyType type;
    KeyList list;
    gint64 minimum, maximum;  /* of a number; the length of a text, in bytes; of a list's items */
    guint items_maximum;      /* of a list; 0: LIST_ITEMS_MAX */
    const char *const *words; /* TYPE_WORD, TYPE_SWITCH; NULL-terminated */
    const KeyTable *table;    /* TYPE_TABLE */
    /* A further check of a text. Returns NULL when it is right, or what was expected. */
    const char *(*check)(const char *text);
    /* As one would write it in YAML; NULL: none, the key may stay unset. Holds for the guest types
     * that have the row. */
    const char *default_text;
    gboolean is_required;
    gboolean is_later; /* known, and without effect in this version: who sets it is told so */
    gboolean not_in_profile;
    gboolean runs_program; /* makes dom0 run a program that the spec names */
    guint guests;          /* GUEST_*: the types that have it; 0: GUEST_ALL */

    /* How Xen's config calls it; NULL: it is not written (control keys). */
    const char *xl_name;
    const char *xm_name;
    /* Written under this name instead when the row BESIDE is set too (xl ignores `root` when there
     * is a `cmdline`, so cmdline is then called `extra`; Xen tools/xl/xl_parse.c:parse_cmdline). */
    const char *xl_name_beside;
    const char *beside;
    const char *const *xl_words; /* what xl calls `words`, one for one; NULL: the same */
    /* A second key that gets the same value when it is this word; NULL: none. */
    const char *also_name;
    const char *also_word;
    /* Within a device string: a boolean is written as flags[value], a bare word, or not at all
     * where that is NULL. Both NULL: it is written like any other value. */
    const char *flags[2];
    guint since; /* XEN_RELEASE of the first xl that knows it; 0: the first xl, 4.1 */
    /* Within a disk or vif specification, which is one string: written last, because it takes the
     * rest of the string (`target=`), or never with a name of its own. */
    gboolean is_last_in_string;

    KeyChange change;
    KeyLive live;
    KeySeen seen;
    gint64
        tolerance; /* values of numbers that differ by no more are alike, when seen on the host */
} KeyRow;

struct KeyTable {
    const char *name; /* what its keys are keys of, for messages: "a domain" */
    const KeyRow *rows;
    guint count;
};

#define LIST_ITEMS_MAX 256u
#define TEXT_MAX       4096
#define VCPUS_MAX      512
#define VIF_DEVID_MAX  255
#define MEMORY_MIB_MAX (16 * 1024 * 1024) /* 16 TiB, Xen's own limit on x86 */

/* Each table's keys as numbers: DOMAIN_KEY_memory and so on. */
#define KEY(id, ...) DOMAIN_KEY_##id,
typedef enum {
#include "spec/domain_keys.def"
    DOMAIN_KEY_COUNT
} DomainKey;
#undef KEY
#define KEY(id, ...) DISK_KEY_##id,
typedef enum {
#include "spec/disk_keys.def"
    DISK_KEY_COUNT
} DiskKey;
#undef KEY
#define KEY(id, ...) VIF_KEY_##id,
typedef enum {
#include "spec/vif_keys.def"
    VIF_KEY_COUNT
} VifKey;
#undef KEY
#define KEY(id, ...) DOCUMENT_KEY_##id,
typedef enum {
#include "spec/document_keys.def"
    DOCUMENT_KEY_COUNT
} DocumentKey;
#undef KEY
#define KEY(id, ...) HOST_KEY_##id,
typedef enum {
#include "spec/host_keys.def"
    HOST_KEY_COUNT
} HostKey;
#undef KEY

#define KEY(id, ...) VFB_KEY_##id,
typedef enum {
#include "spec/vfb_keys.def"
    VFB_KEY_COUNT
} VfbKey;
#undef KEY
#define KEY(id, ...) VKB_KEY_##id,
typedef enum {
#include "spec/vkb_keys.def"
    VKB_KEY_COUNT
} VkbKey;
#undef KEY
#define KEY(id, ...) CHANNEL_KEY_##id,
typedef enum {
#include "spec/channel_keys.def"
    CHANNEL_KEY_COUNT
} ChannelKey;
#undef KEY

extern const KeyTable domain_keys;
extern const KeyTable disk_keys;
extern const KeyTable vif_keys;
extern const KeyTable vfb_keys;
extern const KeyTable vkb_keys;
extern const KeyTable usbctrl_keys;
extern const KeyTable usbdev_keys;
extern const KeyTable channel_keys;
extern const KeyTable document_keys;
extern const KeyTable host_keys;

/* The row of this name, or NULL. */
const KeyRow *key_table_find(const KeyTable *table, const char *name);
/* Is NAME a mapping of dotted rows ("stop" for "stop.timeout")? */
gboolean key_table_has_group(const KeyTable *table, const char *name);
/* The number of a row of this table. */
guint key_table_index(const KeyTable *table, const KeyRow *row);
/* The name that a mistyped one was probably meant to be, or NULL. */
const char *key_table_suggest(const KeyTable *table, const char *name);

/* The bit of a guest type by its word ("pvh": GUEST_PVH); 0: no such type. */
guint guest_type_of(const char *word);
/* The first release of a row as people write it ("4.10"), or NULL where every xl has it. To be
 * freed. */
char *key_row_since(const KeyRow *row);

/* In words: "a size such as 512MiB or 2GiB, from 1MiB", "one of running, paused, ...". */
void key_row_describe_type(const KeyRow *row, GString *out);
