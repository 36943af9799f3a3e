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

/* "live", "next-start", "re-create" as in the JSON of the command line; NULL for CHANGE_NONE. */
const char *key_change_name(KeyChange change);

/* A Xen release as a number that can be compared. */
#define XEN_RELEASE(major, minor) ((guint)(major)*100 + (guint)(minor))
#define XEN_RELEASE_FIRST         XEN_RELEASE(4, 1) /* the first with xl */

/* Whose config files a key is written into. */
typedef enum { XEN_DIALECT_XL, XEN_DIALECT_XM } XenDialect;

/* What xm does with a list of texts. */
typedef enum {
    XM_LIST_SAME,  /* it takes one */
    XM_LIST_ONE,   /* it takes one text alone */
    XM_LIST_JOINED /* it takes one text, which it cuts into words as a shell does */
} KeyXmList;

/* What is known of the value of a domain that runs, by libxl's JSON (`xl list -l ID`). */
typedef enum {
    SEEN_NOWHERE,
    SEEN_ROUGHLY, /* good enough to write it down for a domain of others; never a difference */
    SEEN_SURELY
} KeySeen;

/* Which command makes a live change. They are made in this order: a domain that moves to another
 * pool loses its affinity and its weight. */
typedef enum {
    LIVE_NONE,
    LIVE_MEMORY,
    LIVE_VCPUS,
    LIVE_POOL,
    LIVE_AFFINITY,
    LIVE_SCHEDULER,
    LIVE_DISKS, /* one by one, those that come and those that go */
    LIVE_VIFS,  /* the same */
    LIVE_MEDIA  /* within a disk: of a CD-ROM drive that stays; of any other disk it is none */
} KeyLive;

/* What of dom0 a value names; it has to be there when the domain starts. */
typedef enum {
    DOM0_UNSAID,   /* a file for TYPE_PATH, nothing for the others */
    DOM0_NOTHING,  /* a path of something else, or of what is made at the start */
    DOM0_PROGRAM,  /* a file, where the value is a path; Xen finds a bare name itself */
    DOM0_DISK,     /* a block device or an image */
    DOM0_BRIDGE,   /* a bridge, by the rules of the vif's hotplug script */
    DOM0_INTERFACE /* a network interface */
} KeyInDom0;

/* By what agent.yaml bounds the value, in a source that it does not let say everything: by whatever
 * names something of the host or of other domains, a guest could reach it. Each row that Xen is
 * told of has to be judged: one that derives none says BOUND_NOTHING itself. */
typedef enum {
    BOUND_UNSAID,   /* see key_row_bound() */
    BOUND_NOTHING,  /* it reaches nothing but the guest itself, and its memory and CPUs */
    BOUND_PROGRAMS, /* `allow_programs` */
    BOUND_DISKS,    /* `disks` of the source */
    BOUND_FILES,    /* `files` of the source */
    BOUND_BRIDGES,  /* `bridges` of the source */
    BOUND_DEVICES   /* `devices` of the source */
} KeyBound;

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
    /* A word that only a later release takes for what it means; NULL: none. */
    const char *late_word;
    guint late_since;
    KeyInDom0 in_dom0; /* see key_row_in_dom0() */
    KeyBound bound;    /* see key_row_bound() */
    /* With a bound: the values that need none, NULL-terminated; NULL: of a boolean `false`, else
     * none. */
    const char *const *free_texts;
    /* Where this other row is set, the value names something within the guest; NULL: never. */
    const char *in_guest_beside;
    /* What xm does otherwise than xl; Xen up to 4.4, tools/python/xen/xm/create.py. */
    const char *const *xm_words; /* what xm calls `words`, one for one; "": it has none for it */
    guint xm_guests;             /* GUEST_*: the types for which xm reads it; 0: as `guests` */
    guint xm_since;              /* XEN_RELEASE of the first xm that knows it; 0: 3.3 */
    KeyXmList xm_list;
    /* As `check`, where xm takes less; asked only when a config is written for xm. */
    const char *(*xm_check)(const char *text);
    /* Within a disk or vif specification, which is one string: written last, because it takes the
     * rest of the string (`target=`), or never with a name of its own. */
    gboolean is_last_in_string;

    /* What the toolstack takes where its file does not say it, as one would write it in YAML; NULL:
     * it is not known for sure. xm_default NULL: the same as xl_default. */
    const char *xl_default;
    const char *xm_default;
    gboolean is_numbered; /* xl and xm take the number of a word, too */

    KeyChange change;
    KeyLive live;
    /* Of a list whose devices come and go LIVE: when one changes that stays, by its identity, with
     * other settings. */
    KeyChange changed;
    gboolean is_identity; /* within a device: by this it is known among the others of its list */
    KeySeen seen;
    /* Where the JSON has it: members with dots between, from the domain's `config` or from the
     * device on (Xen tools/libs/light/libxl_types.idl). What older releases have in the part of the
     * guest type ("b_info.type.pv.kernel") is found by its newer place. Sizes are in KiB there. */
    const char *seen_path;
    const char *const *seen_words; /* what the JSON calls `words`, one for one; NULL: the same */
    /* What it means that the member is not there, as one would write it in YAML; "": that the key
     * is not set; NULL: nothing. */
    const char *seen_absent;
    gint64
        tolerance; /* values of numbers that differ by no more are alike, when seen on the host */
} KeyRow;

/* The texts of a row that stand for a value. */
typedef enum {
    KEY_TEXT_DEFAULT,
    KEY_TEXT_XL,
    KEY_TEXT_XM,
    KEY_TEXT_ABSENT,
    KEY_TEXT_COUNT
} KeyText;

typedef struct KeySlot KeySlot;
typedef struct Value Value;

/* What is worked out of a table's rows when it is first asked for. Rows are constants, so it lives
 * for ever. */
typedef struct {
    KeySlot *slots;               /* names -> rows (key_table.c); NULL: not made yet */
    guint slot_count;             /* a power of two */
    KeySlot *last;                /* the one that was found last */
    Value *named[KEY_TEXT_COUNT]; /* by row, the values of their texts; NULL: not made yet */
} KeyIndex;

struct KeyTable {
    const char *name; /* what its keys are keys of, for messages: "a domain" */
    const KeyRow *rows;
    guint count;
    KeyIndex *index;
};

/* The initialiser of a table of these rows. */
#define KEY_TABLE(its_name, its_rows)                                                              \
    {                                                                                              \
        .name = (its_name), .rows = (its_rows), .count = G_N_ELEMENTS(its_rows),                   \
        .index = &(KeyIndex)                                                                       \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

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
#define KEY(id, ...) USBDEV_KEY_##id,
typedef enum {
#include "spec/usbdev_keys.def"
    USBDEV_KEY_COUNT
} UsbdevKey;
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
/* Of NAMES (of const char *), the one that a mistyped one was probably meant to be, or NULL. */
const char *names_suggest(const GPtrArray *names, const char *name);
/* The same of the keys of a table. */
const char *key_table_suggest(const KeyTable *table, const char *name);
/* The key that a config of xl's or xm's calls NAME; NULL: there is none of another name. */
const char *key_table_find_foreign(const KeyTable *table, const char *name);
/* The key that a mistyped NAME of such a config was probably meant to be, by its name here; NULL:
 * none. */
const char *key_table_suggest_foreign(const KeyTable *table, const char *name);

/* The bit of a guest type by its word ("pvh": GUEST_PVH); 0: no such type. */
guint guest_type_of(const char *word);
/* The guest types for which xm reads the row. */
guint key_row_xm_guests(const KeyRow *row);
/* The first release of a row as people write it ("4.10"), or NULL where every xl has it. To be
 * freed. */
char *key_row_since(const KeyRow *row);
/* The same of xm; NULL where every xm from 3.3 on has it, or none. */
char *key_row_xm_since(const KeyRow *row);

/* What of dom0 its value names; never DOM0_UNSAID. */
KeyInDom0 key_row_in_dom0(const KeyRow *row);
/* By what it is bounded; never BOUND_UNSAID. */
KeyBound key_row_bound(const KeyRow *row);

/* In words: "a size such as 512MiB or 2GiB, from 1MiB", "one of running, paused, ...". */
void key_row_describe_type(const KeyRow *row, GString *out);
